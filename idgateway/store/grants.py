"""Rows of codes, access tokens and of the client assertions that were used."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, insert, select, update

from idgateway.store.tables import access_tokens, codes, links, seen_jtis
from idgateway.store.writing import insert_new


@dataclass(frozen=True, kw_only=True)
class Code:
    """An authorization code as stored, with the ``sub`` of the link it stands for; ``released`` is sealed."""

    code_hash: bytes
    client_id: str
    redirect_uri: str
    challenge: str
    scope: str
    nonce: str | None
    link_id: str
    evidence_id: str
    released: bytes
    expires_at: datetime
    used_at: datetime | None
    sub: str


@dataclass(frozen=True, kw_only=True)
class AccessToken:
    """An access token as stored, with its link; ``released`` is sealed."""

    client_id: str
    scope: str
    link_id: str
    evidence_id: str
    released: bytes
    expires_at: datetime
    revoked_at: datetime | None
    sub: str
    account_id: str | None


_ADD_CODE = insert(codes)
_FIND_CODE = (
    select(codes, links.c.sub)
    .join(links, links.c.id == codes.c.link_id)
    .where(codes.c.code_hash == bindparam("hash"), codes.c.client_id == bindparam("client"))
)
_CONSUME_CODE = (
    update(codes)
    .where(codes.c.code_hash == bindparam("hash"), codes.c.used_at.is_(None))
    .values(used_at=bindparam("now"), released=b"")
)
_ADD_TOKEN = insert(access_tokens)
_FIND_TOKEN = (
    select(
        *[access_tokens.c[name] for name in AccessToken.__dataclass_fields__ if name in access_tokens.c],
        links.c.sub,
        links.c.account_id,
    )
    .join(links, links.c.id == access_tokens.c.link_id)
    .where(access_tokens.c.token_hash == bindparam("hash"))
)


def add_code(connection: Connection, row: Mapping[str, Any]) -> None:
    """Store a new code."""
    connection.execute(_ADD_CODE, dict(row))


def find_code(connection: Connection, code_hash: bytes, client_id: str) -> Code | None:
    """A code of this client, used or not; another client's code is nobody's."""
    row = connection.execute(_FIND_CODE, {"hash": code_hash, "client": client_id}).first()
    return None if row is None else Code(**row._mapping)  # noqa: SLF001 - SQLAlchemy's public name for it


def consume_code(connection: Connection, code_hash: bytes, now: datetime) -> bool:
    """Use a code up and erase what it carried; False if somebody was faster."""
    return bool(connection.execute(_CONSUME_CODE, {"hash": code_hash, "now": now}).rowcount)


def add_token(connection: Connection, row: Mapping[str, Any]) -> None:
    """Store a new access token."""
    connection.execute(_ADD_TOKEN, dict(row))


def find_token(connection: Connection, token_hash: bytes) -> AccessToken | None:
    """The access token with this hash, whatever its state."""
    row = connection.execute(_FIND_TOKEN, {"hash": token_hash}).first()
    return None if row is None else AccessToken(**row._mapping)  # noqa: SLF001 - SQLAlchemy's public name for it


def revoke_tokens_of(connection: Connection, code_hash: bytes, now: datetime) -> int:
    """Take back what a code brought (RFC 6749 4.1.2); gives how many."""
    alive = (access_tokens.c.code_hash == code_hash) & access_tokens.c.revoked_at.is_(None)
    return connection.execute(update(access_tokens).where(alive).values(revoked_at=now, released=b"")).rowcount


def remember_jti(connection: Connection, client_id: str, jti_hash: bytes, expires_at: datetime) -> bool:
    """Note that a client assertion was used; False if it had been before."""
    row = {"client_id": client_id, "jti_hash": jti_hash, "expires_at": expires_at}
    return insert_new(connection, seen_jtis, row)
