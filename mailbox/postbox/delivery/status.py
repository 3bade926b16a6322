"""What a specialist system is told about a notice: its state as a projection of events, its dates, its defects."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import RowMapping

from postbox.context import Postbox
from postbox.errors import NotFound
from postbox.proof.events import EventType
from postbox.store import events, notices, outbox
from postbox.store.events import Recorded


class Status(StrEnum):
    """How far a notice got. Nothing is stored as a status: it follows from the events."""

    ACCEPTED = "accepted"
    AVAILABLE = "available"
    NOTIFIED = "notified"
    NOTIFICATION_FAILED = "notification-failed"
    RETRIEVED = "retrieved"
    LAPSED = "lapsed"


@dataclass(frozen=True, kw_only=True)
class Standing:
    """A notice as its authority may see it."""

    row: RowMapping
    status: Status
    recorded: tuple[Recorded, ...]
    computation: Mapping[str, Any] | None  # the newest, as stored
    waiting: Mapping[str, str]  # kind of work not done yet → code of its last error, or empty


_REACHED = {
    EventType.CONTENT_CONSIGNMENT: Status.AVAILABLE,
    EventType.CONSIGNMENT_NOTIFICATION: Status.NOTIFIED,
    EventType.CONSIGNMENT_NOTIFICATION_FAILURE: Status.NOTIFICATION_FAILED,
    EventType.LAPSED: Status.LAPSED,
}


def status_of(happened: Iterable[EventType], retrieved_at: datetime | None) -> Status:
    """The status that follows from a notice's events in their order. Pure."""
    status = Status.ACCEPTED
    for kind in happened:
        status = _REACHED.get(kind, status)
    return Status.RETRIEVED if retrieved_at is not None and status is not Status.LAPSED else status


def standing(postbox: Postbox, authority: str, notice_id: str) -> Standing:
    """How a notice of this authority stands. Raises NotFound, also for another authority's."""
    with postbox.database.read() as connection:
        row = notices.of_authority(connection, (authority,), notice_id)
        if row is None:
            raise NotFound("This authority has no such notice.")
        recorded = tuple(events.of_notice(connection, notice_id))
        computations = notices.computations_of(connection, notice_id)
        jobs = outbox.of_notice(connection, notice_id)
    return Standing(
        row=row,
        status=status_of((one.event.type for one in recorded), row["retrieved_at"]),
        recorded=recorded,
        computation=json.loads(computations[-1]["content"]) if computations else None,
        waiting={kind: job["last_error"] or "" for kind, job in jobs.items() if job["done_at"] is None},
    )
