"""Rows of sessions: who is still logged in, for one application each."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, delete, insert, select, update

from idgateway.assurance import Level
from idgateway.store.tables import sessions


@dataclass(frozen=True, kw_only=True)
class Session:
    """A session as stored; ``assertion`` is sealed."""

    session_hash: bytes
    client_id: str
    provider: str
    level: Level
    assertion: bytes
    authenticated_at: datetime
    idle_ends_at: datetime
    ends_at: datetime


_SAME = sessions.c.session_hash == bindparam("hash")
_ADD = insert(sessions)
_FIND = select(sessions).where(_SAME)
_TOUCH = update(sessions).where(_SAME).values(idle_ends_at=bindparam("until"))
_END = delete(sessions).where(_SAME)


def add(connection: Connection, row: Mapping[str, Any]) -> None:
    """Store a new session."""
    connection.execute(_ADD, dict(row))


def find(connection: Connection, session_hash: bytes) -> Session | None:
    """The session behind a cookie."""
    row = connection.execute(_FIND, {"hash": session_hash}).first()
    if row is None:
        return None
    values = dict(row._mapping)  # noqa: SLF001 - SQLAlchemy's public name for it
    return Session(**{**values, "level": Level(values["level"])})


def touch(connection: Connection, session_hash: bytes, idle_ends_at: datetime) -> None:
    """Note that it was used."""
    connection.execute(_TOUCH, {"hash": session_hash, "until": idle_ends_at})


def end(connection: Connection, session_hash: bytes) -> None:
    """Forget a session."""
    connection.execute(_END, {"hash": session_hash})
