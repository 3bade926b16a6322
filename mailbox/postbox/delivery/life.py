"""The life of a notice in one table: which step is allowed when, and how far a notice got. Pure.

Nothing is stored as a status: it follows from the events. Guards, not an order, decide about a step, and every step
asks them again inside its own transaction (a withdrawal may meet the worker that makes available).
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final

from postbox.errors import NotNow
from postbox.proof.events import EventType


class Status(StrEnum):
    """How far a notice got."""

    ACCEPTED = "accepted"
    SCHEDULED = "scheduled"
    HELD = "held"
    AVAILABLE = "available"
    NOTIFIED = "notified"
    NOTIFICATION_FAILED = "notification-failed"
    RETRIEVED = "retrieved"
    LAPSED = "lapsed"
    REFUSED = "refused"
    REPLACED = "replaced"
    WITHDRAWN = "withdrawn"


class Step(StrEnum):
    """What a sender or the worker may want to do with a notice."""

    MAKE_AVAILABLE = "make-available"
    HOLD = "hold"
    RELEASE = "release"
    WITHDRAW = "withdraw"
    REPLACE = "replace"
    ERASE = "erase"


@dataclass(frozen=True, kw_only=True)
class Guard:
    """What must hold for a step; ``code`` and ``sentence`` tell who is refused why."""

    code: str
    holds: Callable[[Mapping[Any, Any]], bool]  # of the notice's row
    sentence: str


_NOT_AVAILABLE: Final = Guard(
    code="already-available",
    holds=lambda row: row["available_at"] is None,
    sentence="The notice is already available; it can only be withdrawn or replaced.",
)
_NOT_HELD: Final = Guard(code="held", holds=lambda row: row["held_at"] is None, sentence="The notice is held.")
_CHECKED: Final = Guard(
    code="quarantined",
    holds=lambda row: row["quarantine"] is None,
    sentence="The notice waits to be checked for malware, or malware was found in it.",
)
_HELD: Final = Guard(code="not-held", holds=lambda row: row["held_at"] is not None, sentence="The notice is not held.")
_NOT_WITHDRAWN: Final = Guard(
    code="withdrawn", holds=lambda row: row["withdrawn_at"] is None, sentence="The notice was withdrawn."
)
_NOT_REPLACED: Final = Guard(
    code="already-replaced",
    holds=lambda row: row["replaced_by"] is None,
    sentence="Another notice has already taken its place.",
)
_NOT_ERASED: Final = Guard(
    code="erased", holds=lambda row: row["wrapped_key"] is not None, sentence="The content has been erased."
)
GUARDS: Final[Mapping[Step, tuple[Guard, ...]]] = MappingProxyType(
    {
        Step.MAKE_AVAILABLE: (_NOT_AVAILABLE, _NOT_WITHDRAWN, _NOT_HELD, _CHECKED),
        Step.HOLD: (_NOT_AVAILABLE, _NOT_WITHDRAWN, _NOT_HELD),
        Step.RELEASE: (_NOT_WITHDRAWN, _HELD),
        Step.WITHDRAW: (_NOT_WITHDRAWN,),
        Step.REPLACE: (_NOT_REPLACED,),
        Step.ERASE: (_NOT_ERASED,),
    }
)
_REACHED: Final[Mapping[EventType, Status]] = MappingProxyType(
    {
        EventType.CONSIGNMENT_SCHEDULED: Status.SCHEDULED,
        EventType.HELD: Status.HELD,
        EventType.RELEASED: Status.ACCEPTED,
        EventType.CONTENT_CONSIGNMENT: Status.AVAILABLE,
        EventType.CONSIGNMENT_NOTIFICATION: Status.NOTIFIED,
        EventType.CONSIGNMENT_NOTIFICATION_FAILURE: Status.NOTIFICATION_FAILED,
        EventType.LAPSED: Status.LAPSED,
        EventType.CONTENT_CONSIGNMENT_FAILURE: Status.REFUSED,
        EventType.REPLACED: Status.REPLACED,
        EventType.WITHDRAWN: Status.WITHDRAWN,
    }
)
# Once one of these stands, what happens later does not hide it; the later of them wins.
_LAST_WORD: Final = (Status.LAPSED, Status.REFUSED, Status.REPLACED, Status.WITHDRAWN)


def refusal(step: Step, row: Mapping[Any, Any]) -> Guard | None:
    """The first guard that forbids the step for this notice, or None."""
    return next((guard for guard in GUARDS[step] if not guard.holds(row)), None)


def check_step(step: Step, row: Mapping[Any, Any]) -> None:
    """Raises NotNow with the code of the guard that forbids the step."""
    if (guard := refusal(step, row)) is not None:
        raise NotNow(guard.sentence, code=guard.code)


def status_of(happened: Iterable[EventType], *, retrieved: bool) -> Status:
    """The status that follows from a notice's events in their order."""
    status = Status.ACCEPTED
    for kind in happened:
        reached = _REACHED.get(kind, status)
        status = status if status in _LAST_WORD and reached not in _LAST_WORD else reached
    return Status.RETRIEVED if retrieved and status not in _LAST_WORD else status
