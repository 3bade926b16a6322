"""Sessions of citizens and staff: found by the hash of a random handle that only the browser holds."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, bindparam, delete, insert, select, update

from postbox.store.tables import sessions

# Built once: building a statement costs more than running it.
_ADD = insert(sessions)
_FIND = select(sessions).where(sessions.c.hash == bindparam("handle"), sessions.c.kind == bindparam("its_kind"))
_TOUCH = update(sessions).where(sessions.c.hash == bindparam("handle")).values(last_seen_at=bindparam("now"))


def add(connection: Connection, row: Mapping[str, Any]) -> None:
    """Begin a session."""
    connection.execute(_ADD, dict(row))


def find(connection: Connection, handle_hash: bytes, kind: str) -> RowMapping | None:
    """The session behind a handle, whatever its age."""
    return connection.execute(_FIND, {"handle": handle_hash, "its_kind": kind}).mappings().first()


def touch(connection: Connection, handle_hash: bytes, now: datetime) -> None:
    """Somebody was here."""
    connection.execute(_TOUCH, {"handle": handle_hash, "now": now})


def remove(connection: Connection, handle_hash: bytes) -> None:
    """End a session."""
    connection.execute(delete(sessions).where(sessions.c.hash == handle_hash))
