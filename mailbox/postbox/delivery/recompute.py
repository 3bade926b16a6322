"""A later rule, or a later calendar: where it computes other dates, a computation is added with its reason.

Those before it stay as they were. Whoever relied on them can show them; the newest counts from now on.
"""

from datetime import datetime, timedelta
from typing import Final

from postbox.context import Postbox
from postbox.delivery import deadlines
from postbox.delivery.announce import contradicted
from postbox.delivery.life import CONTRADICTS, in_force
from postbox.delivery.make_available import ACTOR
from postbox.errors import NoRule
from postbox.law.calendar import legal_day
from postbox.law.computation import DAYS, Computation
from postbox.proof.commitments import computation_digest
from postbox.proof.events import EventType
from postbox.store import notices
from postbox.store.events import Happening, append, of_notice

RULE_CHANGED: Final = "rule-changed"
CALENDAR_CHANGED: Final = "calendar-changed"
_OPEN_FOR: Final = timedelta(days=460)  # the longest period of a remedy, and what lies around it
_AT_ONCE: Final = 500


def recompute(postbox: Postbox, now: datetime) -> int:
    """Compute again what may still be contested; how many got another computation. May be run again at any time."""
    count, after = 0, ""
    while names := _names(postbox, after, now):
        after = names[-1]
        count += sum(_recomputed(postbox, name) for name in names)
    return count


def _names(postbox: Postbox, after: str, now: datetime) -> list[str]:
    with postbox.database.read() as connection:
        return notices.available_since(connection, now - _OPEN_FOR, after=after, limit=_AT_ONCE)


def _recomputed(postbox: Postbox, notice_id: str) -> bool:
    if _another(postbox, notice_id) is None:  # looked at without the writer's lane: nearly always nothing changes
        return False
    with postbox.database.write() as connection:
        at, notice = postbox.clock(), notices.lock(connection, notice_id)
        before = deadlines.newest(connection, notice_id)
        if notice is None or before is None:
            return False
        after = deadlines.computed_for(postbox, notice)
        if _days(before) == _days(after):
            return False
        because = RULE_CHANGED if before.rule_id != after.rule_id else CALENDAR_CHANGED
        payload: dict[str, object] = {"computation": computation_digest(after)}
        stated = in_force(one.event for one in of_notice(connection, notice_id))
        if taken_back := contradicted(stated, after, legal_day(at)):
            payload[CONTRADICTS] = [kind.value for kind in taken_back]
        happening = Happening(type=EventType.RECOMPUTED, at=at, actor=ACTOR, reason=because, payload=payload)
        append(connection, notice_id, happening)
        deadlines.keep(connection, notice_id, after, because=because, at=at)
    return True


def _another(postbox: Postbox, notice_id: str) -> Computation | None:
    with postbox.database.read() as connection:
        notice, before = notices.find(connection, notice_id), deadlines.newest(connection, notice_id)
    try:
        after = deadlines.computed_for(postbox, notice)
    except NoRule:  # a rule that the tables lost decides nothing any more; what was computed stays
        return None
    return after if before is not None and _days(before) != _days(after) else None


def _days(computation: Computation) -> tuple[object, ...]:
    return computation.announced, *(getattr(computation, name) for name in DAYS)
