"""The events of a notice: appended under the notice's lock, each linked to the one before, never changed."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, bindparam, insert, select

from postbox.proof.canonical import read_json
from postbox.proof.chain import GENESIS, link
from postbox.proof.events import Event, EventType
from postbox.store.tables import events, receipts

# Built once: building a statement costs more than running it.
_ADD = insert(events)
_OF_NOTICE = select(events).where(events.c.notice == bindparam("its_notice")).order_by(events.c.seq)
_LAST = select(events).where(events.c.notice == bindparam("its_notice")).order_by(events.c.seq.desc()).limit(1)
_WAITING = (
    select(events)
    .where(events.c.log_index.is_(None))
    .order_by(events.c.recorded_at, events.c.notice, events.c.seq)
    .limit(bindparam("most"))
)
_ADD_RECEIPT = insert(receipts)
_RECEIPTS = (
    select(receipts.c.seq, receipts.c.token)
    .where(receipts.c.notice == bindparam("its_notice"))
    .order_by(receipts.c.seq)
)


@dataclass(frozen=True, kw_only=True)
class Recorded:
    """An event as it was written: with its chain hash and, once sequenced, its place in the log."""

    event: Event
    hash: bytes
    log_index: int | None = None


@dataclass(frozen=True, kw_only=True)
class Happening:
    """What is about to become an event; number and chain hash come with the appending."""

    type: EventType
    at: datetime
    actor: str
    level: str | None = None
    reason: str | None = None
    payload: Mapping[str, Any] = field(default_factory=dict)


def first(notice: str, happening: Happening) -> Recorded:
    """A notice's first event, not yet written: its receipt is signed before the transaction begins."""
    return _next(notice, 1, GENESIS, happening, happening.at)


def append(connection: Connection, notice: str, happening: Happening) -> Recorded:
    """Write the next event of a notice. The caller holds the notice's lock (``notices.lock``)."""
    last = _last(connection, notice)
    if last is None:
        recorded = first(notice, happening)
    else:
        # A clock that steps back must not turn the order of the log.
        recorded_at = max(happening.at, last["recorded_at"])
        recorded = _next(notice, last["seq"] + 1, last["hash"], happening, recorded_at)
    write(connection, recorded)
    return recorded


def write(connection: Connection, recorded: Recorded) -> None:
    """Store an event that has its number and hash."""
    event = recorded.event
    row = {
        "notice": event.notice_id, "seq": event.seq, "type": event.type.value, "at": event.at,
        "recorded_at": event.recorded_at, "canonical": event.canonical(), "hash": recorded.hash,
    }  # fmt: skip
    connection.execute(_ADD, row)


def of_notice(connection: Connection, notice: str) -> list[Recorded]:
    """A notice's events in their order."""
    return [_read(row) for row in connection.execute(_OF_NOTICE, {"its_notice": notice}).mappings()]


def waiting_for_log(connection: Connection, limit: int) -> list[Recorded]:
    """Events without a place in the log, in the order they get it: each notice's own order is kept."""
    return [_read(row) for row in connection.execute(_WAITING, {"most": limit}).mappings()]


def add_receipt(connection: Connection, notice: str, seq: int, token: str) -> None:
    """Keep the signed receipt of an event."""
    connection.execute(_ADD_RECEIPT, {"notice": notice, "seq": seq, "token": token})


def receipts_of(connection: Connection, notice: str) -> dict[int, str]:
    """A notice's receipts by the number of their event."""
    return {row.seq: row.token for row in connection.execute(_RECEIPTS, {"its_notice": notice})}


def _last(connection: Connection, notice: str) -> RowMapping | None:
    return connection.execute(_LAST, {"its_notice": notice}).mappings().first()


def _next(notice: str, seq: int, previous: bytes, happening: Happening, recorded_at: datetime) -> Recorded:
    event = Event(
        notice_id=notice,
        seq=seq,
        type=happening.type,
        at=happening.at,
        recorded_at=recorded_at,
        actor=happening.actor,
        level=happening.level,
        reason=happening.reason,
        payload=happening.payload,
    )
    return Recorded(event=event, hash=link(previous, event))


def _read(row: RowMapping) -> Recorded:
    event = Event.from_json(read_json(row["canonical"]))
    return Recorded(event=event, hash=row["hash"], log_index=row["log_index"])
