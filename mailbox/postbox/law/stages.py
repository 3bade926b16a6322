"""What counts on a day: how far a computed notice has come, seen from that day. Pure."""

from datetime import date
from enum import StrEnum

from postbox.law.computation import Announced, Computation


class Stage(StrEnum):
    """How far a notice has come on a day, by its computation."""

    UNDECIDED = "undecided"  # not announced by this way, or nobody could prove it: the days wait for a fact
    COMING = "coming"  # the day of announcement lies ahead in every reading
    DISPUTED = "disputed"  # announced in one reading, not yet in the other
    ANNOUNCED = "announced"  # announced; there is no period, or it is running for the citizen in every reading
    LATE = "late"  # the citizen's safe end is over, and a later reading may still let them act
    ENDED = "ended"  # the last period is over in its latest reading


def stage_on(computation: Computation, day: date) -> Stage:
    """The stage on a legal day. With a computation of a later day's facts the same day may look different."""
    strict, lenient = computation.announced_strict, computation.announced_lenient
    if computation.announced is not Announced.YES or strict is None or lenient is None:
        return Stage.UNDECIDED
    if day < strict:
        return Stage.COMING
    if day < lenient:
        return Stage.DISPUTED
    safe, final = computation.citizen_safe_until, computation.final_not_before
    if final is not None and day >= final:
        return Stage.ENDED
    return Stage.LATE if safe is not None and day > safe else Stage.ANNOUNCED
