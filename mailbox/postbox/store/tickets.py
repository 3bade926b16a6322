"""Tickets: the right of one session to fetch one document for a few minutes."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, RowMapping, bindparam, insert, select, update

from postbox.store.tables import tickets

# Built once: building a statement costs more than running it.
_ADD = insert(tickets)
_LOCK = select(tickets).where(tickets.c.hash == bindparam("handle")).with_for_update()


def add(connection: Connection, row: Mapping[str, Any]) -> None:
    """Issue a ticket."""
    connection.execute(_ADD, dict(row))


def lock(connection: Connection, ticket_hash: bytes) -> RowMapping | None:
    """A ticket, held until the transaction ends."""
    return connection.execute(_LOCK, {"handle": ticket_hash}).mappings().first()


def mark(connection: Connection, ticket_hash: bytes, **moments: Any) -> None:
    """Note when it was offered, completed or broken."""
    connection.execute(update(tickets).where(tickets.c.hash == ticket_hash).values(moments))
