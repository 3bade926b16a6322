"""Rows of sessions: who is still logged in, and for which application. A browser may hold several of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, delete, insert, select, update

from idgateway.assurance import Level
from idgateway.store.statement import Statement
from idgateway.store.tables import accounts, links, sessions


@dataclass(frozen=True, kw_only=True)
class Session:
    """A session as stored; ``assertion`` is sealed."""

    session_hash: bytes
    sid: str  # as applications know it; survives a new login of the same person
    client_id: str  # the application it was opened for
    link_id: str
    provider: str
    level: Level
    assertion: bytes
    authenticated_at: datetime
    idle_ends_at: datetime
    ends_at: datetime


_SAME = sessions.c.session_hash == bindparam("hash")
_AMONG = sessions.c.session_hash.in_(bindparam("hashes", expanding=True))
_ADD = Statement(insert(sessions))
_FIND = select(sessions).where(_AMONG).order_by(sessions.c.authenticated_at.desc())
_TOUCH = Statement(update(sessions).where(_SAME).values(idle_ends_at=bindparam("until")))
_LEAVE = (
    delete(sessions)
    .where(_AMONG, sessions.c.client_id == bindparam("client"))
    .returning(sessions.c.session_hash, sessions.c.sid, sessions.c.link_id)
)
_END = Statement(
    delete(sessions).where(sessions.c.sid == bindparam("session")).returning(sessions.c.client_id, sessions.c.provider)
)


@dataclass(frozen=True, kw_only=True)
class Left:
    """What is remembered of a session that a new login took the place of."""

    session_hash: bytes
    sid: str
    link_id: str


def add(connection: Connection, row: Mapping[str, Any]) -> None:
    """Store a new session."""
    _ADD.run(connection, row)


def find(connection: Connection, hashes: Sequence[bytes]) -> tuple[Session, ...]:
    """The sessions behind a browser's handles, the newest login first."""
    rows = connection.execute(_FIND, {"hashes": list(hashes)}).mappings()
    return tuple(Session(**{**row, "level": Level(row["level"])}) for row in rows)


def touch(connection: Connection, session_hash: bytes, idle_ends_at: datetime) -> bool:
    """Note that it was used; False if it has ended in the meantime. Until the transaction ends, nobody can end it."""
    return bool(_TOUCH.run(connection, {"hash": session_hash, "until": idle_ends_at}))


def leave(connection: Connection, hashes: Sequence[bytes], client_id: str) -> tuple[Left, ...]:
    """Forget this browser's sessions of one application: a new login takes their place."""
    rows = connection.execute(_LEAVE, {"hashes": list(hashes), "client": client_id}).mappings()
    return tuple(Left(**row) for row in rows)


def of_account(connection: Connection, provider: str, hashes: Sequence[bytes]) -> tuple[str, ...]:
    """The names of all sessions of an account, known under one of these hashes."""
    joined = sessions.join(links, sessions.c.link_id == links.c.id).join(accounts, links.c.account_id == accounts.c.id)
    same = (accounts.c.provider == provider, accounts.c.subject_hash.in_(hashes), sessions.c.provider == provider)
    found = connection.execute(select(sessions.c.sid).select_from(joined).where(*same)).scalars()
    return tuple(dict.fromkeys(found))


def of_link(connection: Connection, link_id: str, client_id: str = "") -> tuple[str, ...]:
    """The names of all sessions of a link, or of those that one application opened."""
    chosen = (sessions.c.link_id == link_id, *([sessions.c.client_id == client_id] if client_id else []))
    return tuple(dict.fromkeys(connection.execute(select(sessions.c.sid).where(*chosen)).scalars()))


def of_client(connection: Connection, client_id: str) -> tuple[str, ...]:
    """The names of all sessions that one application opened."""
    opened = select(sessions.c.sid).where(sessions.c.client_id == client_id)
    return tuple(dict.fromkeys(connection.execute(opened).scalars()))


def end(connection: Connection, sid: str) -> Sequence[tuple[str, str]]:
    """Forget the session of this name; gives the application it was opened for and the account."""
    return [(row["client_id"], row["provider"]) for row in _END.all(connection, {"session": sid})]
