"""The days on which something comes to pass by itself: the announcement, and the end of the last remedy period.

Nobody acts on them, so a job states them: it names the computation it rests on, and may be run again.
"""

from collections.abc import Iterable
from datetime import date, datetime, time
from typing import Final

from sqlalchemy import Connection, RowMapping

from postbox.context import Postbox
from postbox.delivery import deadlines
from postbox.delivery.kinds import ANNOUNCE, END_PERIOD
from postbox.delivery.life import Step, refusal
from postbox.delivery.make_available import ACTOR, Job
from postbox.law.calendar import BERLIN, legal_day
from postbox.law.computation import Announced, Computation
from postbox.proof.commitments import computation_digest
from postbox.proof.events import EventType
from postbox.store import events, notices, outbox
from postbox.store.events import Happening

TOO_EARLY: Final = "too-early"
_STATES: Final = {ANNOUNCE: EventType.ANNOUNCED, END_PERIOD: EventType.REMEDY_PERIOD_ENDED}


def announce(postbox: Postbox, job: Job) -> bool:
    """State that the notice counts as announced in every reading; False if the job is not ours any more."""
    return _state(postbox, job, ANNOUNCE)


def end_period(postbox: Postbox, job: Job) -> bool:
    """State that the last remedy period is over in its latest reading; False if the job is not ours any more."""
    return _state(postbox, job, END_PERIOD)


def contradicted(stated: Iterable[EventType], computation: Computation, today: date) -> list[EventType]:
    """The statements among ``stated`` that this computation does not bear out: their day is still to come, or none."""
    known, days = set(stated), {event: _day_of(kind, computation) for kind, event in _STATES.items()}
    return [event for event, day in days.items() if event in known and (day is None or day > today)]


def _state(postbox: Postbox, job: Job, kind: str) -> bool:
    with postbox.database.write() as connection:
        at = postbox.clock()
        notice = notices.lock(connection, job.notice)
        computation = deadlines.newest(connection, job.notice)
        day = _day_of(kind, computation)
        if day is not None and day > legal_day(at):  # the clock had gone ahead: nothing is stated before its day
            due_at = datetime.combine(day, time.min, tzinfo=BERLIN)
            outbox.wait(connection, job.id, job.lease, due_at=due_at, why=TOO_EARLY)
            return False
        if not outbox.finish(connection, job.id, job.lease, at):
            return False
        if notice is not None and computation is not None and day is not None:
            _stated(connection, notice, kind, computation, at)
    return True


def _stated(connection: Connection, notice: RowMapping, kind: str, computation: Computation, at: datetime) -> None:
    if refusal(Step.ANNOUNCE, notice) is None:
        payload = {"computation": computation_digest(computation), "rule": computation.rule_id}
        events.append(connection, notice["id"], Happening(type=_STATES[kind], at=at, actor=ACTOR, payload=payload))


def _day_of(kind: str, computation: Computation | None) -> date | None:
    if computation is None or computation.announced is not Announced.YES:
        return None
    return computation.announced_lenient if kind == ANNOUNCE else computation.final_not_before
