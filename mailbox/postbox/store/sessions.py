"""Sessions of citizens and staff: found by the hash of a random handle that only the browser holds."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, delete, insert, select, update

from postbox.store.tables import sessions


def add(connection: Connection, row: Mapping[str, Any]) -> None:
    """Begin a session."""
    connection.execute(insert(sessions), dict(row))


def find(connection: Connection, handle_hash: bytes, kind: str) -> RowMapping | None:
    """The session behind a handle, whatever its age."""
    query = select(sessions).where(sessions.c.hash == handle_hash, sessions.c.kind == kind)
    return connection.execute(query).mappings().first()


def touch(connection: Connection, handle_hash: bytes, now: datetime) -> None:
    """Somebody was here."""
    connection.execute(update(sessions).where(sessions.c.hash == handle_hash).values(last_seen_at=now))


def remove(connection: Connection, handle_hash: bytes) -> None:
    """End a session."""
    connection.execute(delete(sessions).where(sessions.c.hash == handle_hash))


def remove_ended(connection: Connection, now: datetime) -> int:
    """Forget the sessions that are over; how many."""
    return connection.execute(delete(sessions).where(sessions.c.ends_at <= now)).rowcount
