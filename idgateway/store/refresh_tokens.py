"""Rows of refresh tokens: each leads to its grant, and knows whether it was used."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, bindparam, insert, select, update

from idgateway.store.tables import refresh_tokens


@dataclass(frozen=True, kw_only=True)
class RefreshToken:
    """A refresh token as stored."""

    token_hash: bytes
    evidence_id: str
    issued_at: datetime
    used_at: datetime | None
    ends_at: datetime


_SAME = refresh_tokens.c.token_hash == bindparam("hash")
_ADD = insert(refresh_tokens)
_FIND = select(refresh_tokens).where(_SAME)
_USE = update(refresh_tokens).where(_SAME, refresh_tokens.c.used_at.is_(None)).values(used_at=bindparam("now"))


def add(connection: Connection, token: RefreshToken) -> None:
    """Store a new refresh token."""
    connection.execute(_ADD, {column.name: getattr(token, column.name) for column in refresh_tokens.columns})


def find(connection: Connection, token_hash: bytes) -> RefreshToken | None:
    """The refresh token with this hash, used or not."""
    row = connection.execute(_FIND, {"hash": token_hash}).first()
    return None if row is None else RefreshToken(**row._mapping)  # noqa: SLF001 - SQLAlchemy's public name for it


def use(connection: Connection, token_hash: bytes, now: datetime) -> bool:
    """Use a token up; False if somebody was faster."""
    return bool(connection.execute(_USE, {"hash": token_hash, "now": now}).rowcount)
