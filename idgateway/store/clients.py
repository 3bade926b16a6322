"""Rows of applications that came at run time, and of invitations by which they may."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Connection, bindparam, delete, insert, null, select, text, update

from idgateway.store.tables import invitations, registered_clients
from idgateway.store.writing import insert_new


@dataclass(frozen=True, kw_only=True)
class ClientRow:
    """An application as stored; ``bounds`` and ``token_hash`` are absent where only the operator changes it."""

    client_id: str
    registration: Mapping[str, Any]
    bounds: Mapping[str, Any] | None
    token_hash: bytes | None
    created_at: datetime
    changed_at: datetime


@dataclass(frozen=True, kw_only=True)
class Invitation:
    """An invitation as stored; its token is known to who was invited alone."""

    id: str
    token_hash: bytes
    bounds: Mapping[str, Any]
    uses_left: int
    created_at: datetime
    expires_at: datetime


_SAME = registered_clients.c.client_id == bindparam("id")
_FIND = select(registered_clients).where(_SAME)
_ALL = select(registered_clients).order_by(registered_clients.c.client_id)
# Only what was read is replaced: of two changes at the same time, the second has to look again.
_CHANGE = (
    update(registered_clients)
    .where(_SAME, registered_clients.c.changed_at == bindparam("read_at"))
    .values(registration=bindparam("content", type_=JSON), changed_at=bindparam("now"))
)
_REMOVE = delete(registered_clients).where(_SAME)
_INVITED = select(invitations).where(invitations.c.token_hash == bindparam("hash"))
_USE = (
    update(invitations)
    .where(
        invitations.c.token_hash == bindparam("hash"),
        invitations.c.uses_left > 0,
        invitations.c.expires_at > bindparam("now"),
    )
    .values(uses_left=invitations.c.uses_left - 1)
)


def find(connection: Connection, client_id: str) -> ClientRow | None:
    """One application."""
    row = connection.execute(_FIND, {"id": client_id}).first()
    return None if row is None else ClientRow(**row._mapping)  # noqa: SLF001 - SQLAlchemy's public name for it


def all_clients(connection: Connection) -> Sequence[ClientRow]:
    """Every application, by its id."""
    return [ClientRow(**row._mapping) for row in connection.execute(_ALL)]  # noqa: SLF001 - the same


def hold(connection: Connection) -> None:
    """Let nobody else add or change one until the transaction ends; SQLite has one writer anyway."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("LOCK TABLE registered_clients IN SHARE ROW EXCLUSIVE MODE"))


def add(connection: Connection, row: ClientRow) -> bool:
    """Store a new one; False if its id is taken."""
    bounds = null() if row.bounds is None else dict(row.bounds)
    content = {"registration": dict(row.registration), "bounds": bounds, "token_hash": row.token_hash}
    times = {"created_at": row.created_at, "changed_at": row.changed_at}
    return insert_new(connection, registered_clients, {"client_id": row.client_id, **content, **times})


def change(connection: Connection, read: ClientRow, registration: Mapping[str, Any], now: datetime) -> bool:
    """Put a registration in the place of the one that was read; False if somebody was faster."""
    values = {"id": read.client_id, "read_at": read.changed_at, "content": dict(registration), "now": now}
    return bool(connection.execute(_CHANGE, values).rowcount)


def remove(connection: Connection, client_id: str) -> bool:
    """Erase one; False if there is none."""
    return bool(connection.execute(_REMOVE, {"id": client_id}).rowcount)


def invite(connection: Connection, invitation: Invitation) -> None:
    """Store a new invitation."""
    content = {"token_hash": invitation.token_hash, "bounds": dict(invitation.bounds)}
    ends = {"created_at": invitation.created_at, "expires_at": invitation.expires_at}
    connection.execute(insert(invitations), {"id": invitation.id, **content, "uses_left": invitation.uses_left, **ends})


def invitation_of(connection: Connection, token_hash: bytes, now: datetime) -> Invitation | None:
    """The invitation behind a token, if it can still be used."""
    row = connection.execute(_INVITED, {"hash": token_hash}).first()
    found = None if row is None else Invitation(**row._mapping)  # noqa: SLF001 - the same
    return found if found and found.uses_left > 0 and now < found.expires_at else None


def use(connection: Connection, token_hash: bytes, now: datetime) -> bool:
    """Use an invitation once; False where it is used up, over, or was taken back."""
    return bool(connection.execute(_USE, {"hash": token_hash, "now": now}).rowcount)


def open_invitations(connection: Connection, now: datetime) -> Sequence[Invitation]:
    """Those that can still be used, the first to end first."""
    still = (invitations.c.uses_left > 0) & (invitations.c.expires_at > now)
    rows = connection.execute(select(invitations).where(still).order_by(invitations.c.expires_at))
    return [Invitation(**row._mapping) for row in rows]  # noqa: SLF001 - the same


def withdraw(connection: Connection, invitation_id: str) -> bool:
    """Take an invitation back."""
    return bool(connection.execute(delete(invitations).where(invitations.c.id == invitation_id)).rowcount)
