"""Tickets: the right of one session to fetch one document for a few minutes."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, RowMapping, insert, select, update

from postbox.store.tables import tickets


def add(connection: Connection, row: Mapping[str, Any]) -> None:
    """Issue a ticket."""
    connection.execute(insert(tickets), dict(row))


def lock(connection: Connection, ticket_hash: bytes) -> RowMapping | None:
    """A ticket, held until the transaction ends."""
    return connection.execute(select(tickets).where(tickets.c.hash == ticket_hash).with_for_update()).mappings().first()


def mark(connection: Connection, ticket_hash: bytes, **moments: Any) -> None:
    """Note when it was offered, completed or broken."""
    connection.execute(update(tickets).where(tickets.c.hash == ticket_hash).values(moments))
