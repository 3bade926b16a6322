"""Making a notice available: visibility, evidence, dates and the order to notify in one transaction."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta

from sqlalchemy import Connection, RowMapping

from postbox.context import Postbox
from postbox.delivery import deadlines
from postbox.delivery.kinds import LAPSE, NOTIFY
from postbox.delivery.life import Step, refusal
from postbox.delivery.paper import NO_POSTBOX, put_on_paper
from postbox.delivery.replace import first_retrieval
from postbox.law.calendar import BERLIN, calendar_version, legal_day
from postbox.law.computation import Computation
from postbox.moments import instant_text
from postbox.proof.commitments import computation_digest, documents_payload
from postbox.proof.events import EventType
from postbox.store import events, mailboxes, notices, outbox
from postbox.store.events import Happening

ACTOR = "postbox"
HELD = "held"
QUARANTINED = "quarantined"
AFTER_HOURS = "after-hours"
HELD_PAUSE = timedelta(hours=24)  # a release makes it due at once
MORNING = time(6)


@dataclass(frozen=True, kw_only=True)
class Job:
    """A claimed piece of work; ``lease`` says that it is ours."""

    id: int
    notice: str
    lease: str
    attempts: int


def make_available(postbox: Postbox, job: Job) -> bool:
    """Make the job's notice visible to its recipient, or order its letter where there is no postbox.

    False if somebody else did it, or it has to wait. Raises NoRule.

    The instant is taken inside the transaction: it is not before the moment from which the notice can be seen.
    """
    calendar_version()  # made once and kept: not inside the writer's lane
    with postbox.database.write() as connection:
        at = postbox.clock()
        notice = notices.lock(connection, job.notice)
        if notice is not None and _has_to_wait(postbox, connection, job, notice, at):
            return False
        if not outbox.finish(connection, job.id, job.lease, at):
            return False
        # Asked again under the lock: a withdrawal may have been faster (precisions 32).
        if notice is None or refusal(Step.MAKE_AVAILABLE, notice) is not None:
            return False
        if mailboxes.of_notice(connection, job.notice)["postal_address"] is not None:
            put_on_paper(connection, job.notice, actor=ACTOR, reason=NO_POSTBOX, at=at)
            return True
        _publish(postbox, connection, notice, max(at, notice["accepted_at"]))
    _correct_legal_day(postbox, job.notice, at)
    return True


def _has_to_wait(postbox: Postbox, connection: Connection, job: Job, notice: RowMapping, at: datetime) -> bool:
    """Held until released; and after the day's last hour until the morning, so that the notification keeps the day."""
    if (guard := refusal(Step.MAKE_AVAILABLE, notice)) is not None:
        if guard.code not in (HELD, QUARANTINED):
            return False
        outbox.wait(connection, job.id, job.lease, due_at=at + HELD_PAUSE, why=guard.code)
        return True
    morning = next_opening(at, postbox.settings.latest_publication)
    if morning is None:
        return False
    # § 9(1) s. 6 OZG: the notification belongs to the day of making available.
    if not outbox.wait(connection, job.id, job.lease, due_at=morning, why=AFTER_HOURS):
        return True
    events.append(connection, notice["id"], scheduled(morning, actor=ACTOR, at=at, reason=AFTER_HOURS))
    return True


def scheduled(publish_at: datetime, *, actor: str, at: datetime, reason: str | None = None) -> Happening:
    """That a notice becomes available later: by its sender's wish, or because the day is over."""
    payload = {"publish_at": instant_text(publish_at)}
    return Happening(type=EventType.CONSIGNMENT_SCHEDULED, at=at, actor=actor, reason=reason, payload=payload)


def next_opening(at: datetime, latest: str) -> datetime | None:
    """The next morning at six in Berlin if it is too late today, by ``latest`` (``22:00``; empty: never); else None."""
    here = at.astimezone(BERLIN)
    if not latest or here.time() < time.fromisoformat(latest):
        return None
    return datetime.combine(here.date() + timedelta(days=1), MORNING, tzinfo=BERLIN)


def _publish(postbox: Postbox, connection: Connection, notice: RowMapping, at: datetime) -> None:
    facts = {"available_at": at}
    # § 9(1) s. 7 OZG: what was retrieved before it is announced again keeps its day.
    if (before := first_retrieval(connection, notice)) is not None:
        facts["retrieved_before"] = before
    computation = deadlines.computed_for(postbox, notice, **facts)
    notices.change(connection, notice["id"], **facts)
    payload = _payload(connection, notice, computation)
    if before is not None:
        payload["retrieved_before"] = instant_text(before)
    happening = Happening(type=EventType.CONTENT_CONSIGNMENT, at=at, actor=ACTOR, payload=payload)
    events.append(connection, notice["id"], happening)
    deadlines.keep(connection, notice["id"], computation, because="made-available", at=at)
    outbox.add(connection, NOTIFY, notice["id"], due_at=at, now=at)


def _payload(connection: Connection, notice: RowMapping, computation: Computation) -> dict[str, object]:
    pairs = [(row["id"], row["commitment"]) for row in notices.documents_of(connection, notice["id"])]
    return {"documents": documents_payload(pairs), "computation": computation_digest(computation)}


def _correct_legal_day(postbox: Postbox, notice_id: str, at: datetime) -> None:
    """If midnight passed between the instant and the end of the commit, the later day counts: the doubt is ours."""
    after = postbox.clock()
    if legal_day(after) == legal_day(at):
        return
    with postbox.database.write() as connection:
        notice = notices.lock(connection, notice_id)
        if notice is None:
            return
        computation = deadlines.computed_for(postbox, notice, available_at=after)
        payload = {"computation": computation_digest(computation)}
        happening = Happening(type=EventType.LEGAL_DAY_CORRECTED, at=after, actor=ACTOR, payload=payload)
        events.append(connection, notice_id, happening)
        notices.change(connection, notice_id, available_at=after)
        deadlines.keep(connection, notice_id, computation, because="legal-day-corrected", at=after)


def queue_lapse(connection: Connection, notice_id: str, computation: Computation, now: datetime) -> None:
    """§ 41(2a) VwVfG: when the last day of retrieval is over, what was not retrieved is closed."""
    if computation.retrieve_until is None:
        return
    next_day = computation.retrieve_until + timedelta(days=1)
    due_at = datetime.combine(next_day, time.min, tzinfo=BERLIN)
    outbox.add(connection, LAPSE, notice_id, due_at=due_at, now=now)
