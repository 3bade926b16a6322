"""Retention: content goes when its time is over and nothing needs it; evidence stays and still verifies.

The time is the authority's, counted from the last event; it never ends within a remedy period, and never under a legal
hold. What a citizen erases earlier is erased (§ 8(7) OZG): a legal hold binds the operator, not the recipient.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from sqlalchemy import Connection, RowMapping

from postbox import journal
from postbox.callers import WRITE_NOTICES, Caller, check_scope
from postbox.context import Postbox
from postbox.delivery import deadlines
from postbox.delivery.erase import forget
from postbox.delivery.life import Step, check_step, refusal
from postbox.delivery.make_available import ACTOR
from postbox.errors import NotFound, Problem, Unacceptable
from postbox.journal import Happened
from postbox.law.calendar import add_months, legal_day
from postbox.proof.events import EventType
from postbox.store import events, notices
from postbox.store.events import Happening

LEGAL_HOLD_REASONS: Final = ("objection", "court-case", "claim", "audit")
RETENTION_ENDED: Final = "retention-ended"
_YEAR: Final = 12
_AT_ONCE: Final = 500


@dataclass(frozen=True, kw_only=True)
class Expired:
    """A notice whose time is over."""

    notice: str
    authority: str
    kept_until: date  # the last day on which its content was kept


def set_legal_hold(postbox: Postbox, caller: Caller, notice_id: str, reason: str) -> None:
    """Keep a notice beyond its time. Raises NotAllowed, NotFound, Unacceptable (reason), NotNow ``legal-hold``."""
    _hold(postbox, caller, notice_id, reason, Step.SET_LEGAL_HOLD)


def lift_legal_hold(postbox: Postbox, caller: Caller, notice_id: str, reason: str) -> None:
    """Let its time run again. Raises NotAllowed, NotFound, Unacceptable (reason), NotNow ``no-legal-hold``."""
    _hold(postbox, caller, notice_id, reason, Step.LIFT_LEGAL_HOLD)


def expired(postbox: Postbox, now: datetime) -> Iterator[Expired]:
    """Every notice whose content a run at ``now`` would erase, the oldest first within each authority."""
    for authority in postbox.settings.authorities:
        after = ""
        while rows := _old_ones(postbox, authority.ars, after, now):
            after = rows[-1]["id"]
            yield from (one for row in rows if (one := _judged(postbox, row, now)) is not None)


def run_retention(postbox: Postbox, now: datetime) -> int:
    """Erase what is expired, each in a transaction that judges again; how many. May be run again at any time."""
    return sum(_erased(postbox, one.notice, now) for one in list(expired(postbox, now)))


def kept_until(postbox: Postbox, connection: Connection, row: RowMapping) -> date:
    """The last day on which the content of a notice is kept, but for a legal hold."""
    last = legal_day(events.of_notice(connection, row["id"])[-1].event.at)
    until = add_months(last, _YEAR * years_of(postbox, row["authority"]))
    computation = deadlines.newest(connection, row["id"])
    # § 58(2) VwGO: as long as somebody might still object in any reading, the notice has to be there.
    ends = (computation.fallback_end, computation.end_lenient) if computation else ()
    return max([until, *(end for end in ends if end is not None)])


def years_of(postbox: Postbox, authority: str) -> int:
    """How many years an authority keeps content."""
    own = {one.authority: one.years for one in postbox.settings.retention}
    return own.get(authority, postbox.settings.retention_years)


def _old_ones(postbox: Postbox, authority: str, after: str, now: datetime) -> list[RowMapping]:
    before = add_months(legal_day(now), -_YEAR * years_of(postbox, authority))
    with postbox.database.read() as connection:
        return notices.accepted_before(connection, authority, before, after=after, limit=_AT_ONCE)


def _judged(postbox: Postbox, row: RowMapping, now: datetime) -> Expired | None:
    if refusal(Step.RETAIN_NO_LONGER, row) is not None:
        return None
    with postbox.database.read() as connection:
        until = kept_until(postbox, connection, row)
    return Expired(notice=row["id"], authority=row["authority"], kept_until=until) if until < legal_day(now) else None


def _erased(postbox: Postbox, notice_id: str, now: datetime) -> int:
    with postbox.database.write() as connection:
        row = notices.lock(connection, notice_id)
        # Judged again under the lock: a legal hold set a moment ago counts.
        if row is None or refusal(Step.RETAIN_NO_LONGER, row) is not None:
            return 0
        if kept_until(postbox, connection, row) >= legal_day(now):
            return 0
        names = forget(postbox, connection, row, actor=ACTOR, reason=RETENTION_ENDED)
    for name in names:
        postbox.objects.remove(name)
    journal.note(Happened.CONTENT_ERASED, notice=notice_id)
    return 1


def _hold(postbox: Postbox, caller: Caller, notice_id: str, reason: str, step: Step) -> None:
    check_scope(caller, WRITE_NOTICES)
    if reason not in LEGAL_HOLD_REASONS:
        sentence = f"reason is one of {', '.join(LEGAL_HOLD_REASONS)}."
        raise Unacceptable([Problem(code="reason-unknown", pointer="/reason", sentence=sentence)])
    setting = step is Step.SET_LEGAL_HOLD
    with postbox.database.write() as connection:
        at, row = postbox.clock(), notices.lock(connection, notice_id)
        if row is None or row["authority"] != caller.authority:
            raise NotFound("This authority has no such notice.")
        check_step(step, row)
        notices.change(
            connection, notice_id, legal_hold_at=at if setting else None, legal_hold_reason=reason if setting else None
        )
        kind = EventType.LEGAL_HOLD_SET if setting else EventType.LEGAL_HOLD_LIFTED
        events.append(connection, notice_id, Happening(type=kind, at=at, actor=caller.acts_as, reason=reason))
