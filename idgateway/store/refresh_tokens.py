"""Rows of refresh tokens: each leads to its grant, and knows whether it was used."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, bindparam, insert, select, update

from idgateway.store.statement import Statement
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
_ADD = Statement(insert(refresh_tokens))
_FIND = Statement(select(refresh_tokens).where(_SAME))
_USE = Statement(
    update(refresh_tokens).where(_SAME, refresh_tokens.c.used_at.is_(None)).values(used_at=bindparam("now"))
)


def add(connection: Connection, token: RefreshToken) -> None:
    """Store a new refresh token."""
    _ADD.run(connection, {column.name: getattr(token, column.name) for column in refresh_tokens.columns})


def find(connection: Connection, token_hash: bytes) -> RefreshToken | None:
    """The refresh token with this hash, used or not."""
    row = _FIND.first(connection, {"hash": token_hash})
    return None if row is None else RefreshToken(**row)


def use(connection: Connection, token_hash: bytes, now: datetime) -> bool:
    """Use a token up; False if somebody was faster."""
    return bool(_USE.run(connection, {"hash": token_hash, "now": now}))
