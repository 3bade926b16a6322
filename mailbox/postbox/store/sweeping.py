"""Forgetting what ran out: tickets, sessions, drafts, idempotency keys, proofs, and objects that nothing stands on."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection, delete, select

from postbox.store.tables import documents, drafts, idempotency, proofs, sessions, tickets

KEYS_KEPT: Final = timedelta(hours=48)


def forget_what_ran_out(connection: Connection, now: datetime) -> int:
    """Delete rows whose time is over; how many. A draft's object becomes an orphan."""
    doomed = (
        delete(tickets).where(tickets.c.expires_at < now - timedelta(hours=1)),
        delete(sessions).where(sessions.c.ends_at < now),
        delete(drafts).where(drafts.c.expires_at < now),
        delete(idempotency).where(idempotency.c.created_at < now - KEYS_KEPT),
        delete(proofs).where(proofs.c.expires_at < now),
    )
    return sum(connection.execute(statement).rowcount for statement in doomed)


def named_of(connection: Connection, names: Collection[str]) -> set[str]:
    """Which of these objects a document or a draft stands on."""
    found: set[str] = set()
    for table in (documents, drafts):
        query = select(table.c.object_name).where(table.c.object_name.in_(names))
        found.update(connection.execute(query).scalars())
    return found
