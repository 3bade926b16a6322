"""Drafts of notices: composed by a caseworker and not sent yet."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, insert, select, update

from postbox.store.tables import drafts


def add(connection: Connection, row: Mapping[str, Any]) -> None:
    """Keep a draft."""
    connection.execute(insert(drafts), dict(row))


def find(
    connection: Connection, authorities: Collection[str], author: str, draft_id: str, now: datetime
) -> RowMapping | None:
    """A draft of this author for these authorities that has not expired."""
    query = select(drafts).where(
        drafts.c.id == draft_id,
        drafts.c.author == author,
        drafts.c.authority.in_(authorities),
        drafts.c.expires_at > now,
    )
    return connection.execute(query).mappings().first()


def mark_sent(connection: Connection, draft_id: str, notice_id: str) -> None:
    """Remember what became of a draft."""
    connection.execute(update(drafts).where(drafts.c.id == draft_id).values(sent_as=notice_id))
