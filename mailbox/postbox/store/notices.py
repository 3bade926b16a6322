"""Notices and their documents. What a person or an authority asks for is always asked with its mailbox or authority."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, RowMapping, Select, and_, bindparam, func, insert, or_, select, update

from postbox.store.tables import computations, documents, notices

_VISIBLE = notices.c.available_at.is_not(None)
# Built once: building a statement costs more than running it.
_ADD = insert(notices)
_ADD_DOCUMENTS = insert(documents)
_ADD_COMPUTATION = insert(computations)
_LOCK = select(notices).where(notices.c.id == bindparam("notice")).with_for_update()
_OF_MAILBOX = select(notices).where(
    notices.c.id == bindparam("notice"), notices.c.mailbox == bindparam("its_mailbox"), _VISIBLE
)
_DOCUMENTS = select(documents).where(documents.c.notice == bindparam("its_notice")).order_by(documents.c.position)
_DOCUMENT = select(documents).where(documents.c.id == bindparam("document"))
_COMPUTATIONS = (
    select(computations).where(computations.c.notice == bindparam("its_notice")).order_by(computations.c.number)
)


def add(connection: Connection, notice: Mapping[str, Any], parts: Sequence[Mapping[str, Any]]) -> None:
    """Store a notice with its documents."""
    connection.execute(_ADD, dict(notice))
    connection.execute(_ADD_DOCUMENTS, [dict(part) for part in parts])


def find(connection: Connection, notice: str) -> RowMapping:
    """A notice that is known to be there, whoever it belongs to."""
    return connection.execute(select(notices).where(notices.c.id == notice)).mappings().one()


def lock(connection: Connection, notice: str) -> RowMapping | None:
    """A notice, whoever it belongs to, held until the transaction ends: only the holder adds to its chain."""
    return connection.execute(_LOCK, {"notice": notice}).mappings().first()


def change(connection: Connection, notice: str, **values: Any) -> None:
    """Change columns of a notice."""
    connection.execute(update(notices).where(notices.c.id == notice).values(values))


def forget(connection: Connection, notice: str) -> None:
    """Destroy a notice's key, its texts, and its documents' names, digests, salts and objects; evidence stays."""
    connection.execute(update(notices).where(notices.c.id == notice).values(wrapped_key=None, words=b"", letter=None))
    gone = {"words": b"", "object_name": "erased-" + documents.c.id, "code_hash": None}
    connection.execute(update(documents).where(documents.c.notice == notice).values(gone))


def untold_since(connection: Connection, at: datetime) -> int:
    """How many notices became available since then without a notification handed over."""
    untold = and_(notices.c.available_at >= at, notices.c.notified_at.is_(None))
    return int(connection.execute(select(func.count()).select_from(notices).where(untold)).scalar_one())


def of_authority(connection: Connection, authorities: Sequence[str], notice: str) -> RowMapping | None:
    """A notice, if it is of one of these authorities."""
    query = select(notices).where(notices.c.id == notice, notices.c.authority.in_(authorities))
    return connection.execute(query).mappings().first()


def of_mailbox(connection: Connection, mailbox: str, notice: str) -> RowMapping | None:
    """A notice, if it lies visibly in this mailbox."""
    return connection.execute(_OF_MAILBOX, {"notice": notice, "its_mailbox": mailbox}).mappings().first()


def visible_in(
    connection: Connection, mailbox: str, *, before: tuple[datetime, str] | None, limit: int
) -> list[RowMapping]:
    """What lies in a mailbox, the newest first; ``before`` is time and id of the last one already seen."""
    query = select(notices).where(notices.c.mailbox == mailbox, _VISIBLE, notices.c.wrapped_key.is_not(None))
    if before is not None:
        at, last = before
        query = query.where(or_(notices.c.available_at < at, and_(notices.c.available_at == at, notices.c.id < last)))
    return _all(connection, query.order_by(notices.c.available_at.desc(), notices.c.id.desc()).limit(limit))


def accepted_before(connection: Connection, authority: str, day: date, *, after: str, limit: int) -> list[RowMapping]:
    """An authority's notices that were accepted before a day and still have content, by their ids from ``after`` on."""
    noon = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)  # a few hours more or less: each is judged by itself
    query = select(notices).where(
        notices.c.authority == authority,
        notices.c.accepted_at < noon + timedelta(days=1),
        notices.c.wrapped_key.is_not(None),
        notices.c.id > after,
    )
    return _all(connection, query.order_by(notices.c.id).limit(limit))


def available_since(connection: Connection, at: datetime, *, after: str, limit: int) -> list[str]:
    """Ids of notices that became available, or were posted, since then, from ``after`` on."""
    since = or_(notices.c.available_at >= at, notices.c.posted_on >= at.date())
    query = select(notices.c.id).where(since, notices.c.id > after)
    return list(connection.execute(query.order_by(notices.c.id).limit(limit)).scalars())


def of_recipient(connection: Connection, recipient: str, limit: int) -> list[RowMapping]:
    """What was sent to a recipient, the newest first."""
    query = select(notices).where(notices.c.recipient == recipient)
    return _all(connection, query.order_by(notices.c.accepted_at.desc()).limit(limit))


def documents_of(connection: Connection, notice: str) -> list[RowMapping]:
    """A notice's documents in their order."""
    return list(connection.execute(_DOCUMENTS, {"its_notice": notice}).mappings())


def document(connection: Connection, document_id: str) -> RowMapping | None:
    """A document, whoever it belongs to."""
    return connection.execute(_DOCUMENT, {"document": document_id}).mappings().first()


def document_of_code(connection: Connection, code_hash: bytes) -> RowMapping | None:
    """The document that a third party's code leads to."""
    return connection.execute(select(documents).where(documents.c.code_hash == code_hash)).mappings().first()


def add_computation(connection: Connection, row: Mapping[str, Any]) -> None:
    """Add a computation; those before it stay."""
    connection.execute(_ADD_COMPUTATION, dict(row))


def computations_of(connection: Connection, notice: str) -> list[RowMapping]:
    """All computations of a notice, the oldest first."""
    return list(connection.execute(_COMPUTATIONS, {"its_notice": notice}).mappings())


def _all(connection: Connection, query: Select[Any]) -> list[RowMapping]:
    return list(connection.execute(query).mappings())
