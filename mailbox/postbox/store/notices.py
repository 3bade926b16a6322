"""Notices and their documents. What a person or an authority asks for is always asked with its mailbox or authority."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, Select, and_, insert, or_, select, update

from postbox.store.tables import computations, documents, notices

_VISIBLE = notices.c.available_at.is_not(None)


def add(connection: Connection, notice: Mapping[str, Any], parts: Sequence[Mapping[str, Any]]) -> None:
    """Store a notice with its documents."""
    connection.execute(insert(notices), dict(notice))
    connection.execute(insert(documents), [dict(part) for part in parts])


def lock(connection: Connection, notice: str) -> RowMapping | None:
    """A notice, whoever it belongs to, held until the transaction ends: only the holder adds to its chain."""
    return connection.execute(select(notices).where(notices.c.id == notice).with_for_update()).mappings().first()


def change(connection: Connection, notice: str, **values: Any) -> None:
    """Change columns of a notice."""
    connection.execute(update(notices).where(notices.c.id == notice).values(values))


def of_authority(connection: Connection, authorities: Sequence[str], notice: str) -> RowMapping | None:
    """A notice, if it is of one of these authorities."""
    query = select(notices).where(notices.c.id == notice, notices.c.authority.in_(authorities))
    return connection.execute(query).mappings().first()


def of_mailbox(connection: Connection, mailbox: str, notice: str) -> RowMapping | None:
    """A notice, if it lies visibly in this mailbox."""
    query = select(notices).where(notices.c.id == notice, notices.c.mailbox == mailbox, _VISIBLE)
    return connection.execute(query).mappings().first()


def visible_in(
    connection: Connection, mailbox: str, *, before: tuple[datetime, str] | None, limit: int
) -> list[RowMapping]:
    """What lies in a mailbox, the newest first; ``before`` is time and id of the last one already seen."""
    query = select(notices).where(notices.c.mailbox == mailbox, _VISIBLE)
    if before is not None:
        at, last = before
        query = query.where(or_(notices.c.available_at < at, and_(notices.c.available_at == at, notices.c.id < last)))
    return _all(connection, query.order_by(notices.c.available_at.desc(), notices.c.id.desc()).limit(limit))


def of_recipient(connection: Connection, recipient: str, limit: int) -> list[RowMapping]:
    """What was sent to a recipient, the newest first."""
    query = select(notices).where(notices.c.recipient == recipient)
    return _all(connection, query.order_by(notices.c.accepted_at.desc()).limit(limit))


def documents_of(connection: Connection, notice: str) -> list[RowMapping]:
    """A notice's documents in their order."""
    query = select(documents).where(documents.c.notice == notice).order_by(documents.c.position)
    return _all(connection, query)


def document(connection: Connection, document_id: str) -> RowMapping | None:
    """A document, whoever it belongs to."""
    return connection.execute(select(documents).where(documents.c.id == document_id)).mappings().first()


def add_computation(connection: Connection, row: Mapping[str, Any]) -> None:
    """Add a computation; those before it stay."""
    connection.execute(insert(computations), dict(row))


def computations_of(connection: Connection, notice: str) -> list[RowMapping]:
    """All computations of a notice, the oldest first."""
    query = select(computations).where(computations.c.notice == notice).order_by(computations.c.number)
    return _all(connection, query)


def _all(connection: Connection, query: Select[Any]) -> list[RowMapping]:
    return list(connection.execute(query).mappings())
