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
from postbox.law.regimes import FORMAL_SERVICE
from postbox.proof.events import Event, EventType

INFECTED: Final = "malware-found"  # why a notice is in quarantine for good
# Member of a payload: the statements that a computation takes back. Only a later rule or calendar (``RECOMPUTED``) can
# contradict one. No fact can: a statement is made when notification, retrieval or acknowledgement, where they count,
# are on record, and each counts once; a correction of the day comes with making available, before any statement. Nor
# does what is done to the act: until it is withdrawn or replaced it was in force (§ 43(2) VwVfG), and the announcement
# has happened, so both stay stated and only weigh less (``_HEAVIEST``).
CONTRADICTS: Final = "contradicts"


class Status(StrEnum):
    """How far a notice got."""

    ACCEPTED = "accepted"
    SCHEDULED = "scheduled"
    HELD = "held"
    AVAILABLE = "available"
    NOTIFIED = "notified"
    NOTIFICATION_FAILED = "notification-failed"
    RETRIEVED = "retrieved"
    ACKNOWLEDGED = "acknowledged"
    RECEIPT_REFUSED = "receipt-refused"
    LAPSED = "lapsed"
    REFUSED = "refused"
    LETTER_READY = "letter-ready"
    POSTED = "posted"
    LETTER_RETURNED = "letter-returned"
    ANNOUNCED = "announced"
    PERIOD_ENDED = "period-ended"
    REPLACED = "replaced"
    WITHDRAWN = "withdrawn"


class Step(StrEnum):
    """What sender, recipient or worker may want to do with a notice."""

    MAKE_AVAILABLE = "make-available"
    HOLD = "hold"
    RELEASE = "release"
    WITHDRAW = "withdraw"
    REPLACE = "replace"
    RENEW = "renew"
    ACKNOWLEDGE = "acknowledge"
    REFUSE = "refuse"
    REPORT_UNREADABLE = "report-unreadable"
    LAPSE = "lapse"
    ORDER_LETTER = "order-letter"
    PRINT_LETTER = "print-letter"
    POST_LETTER = "post-letter"
    RETURN_LETTER = "return-letter"
    ANNOUNCE = "announce"
    ERASE = "erase"
    SET_LEGAL_HOLD = "set-legal-hold"
    LIFT_LEGAL_HOLD = "lift-legal-hold"
    RETAIN_NO_LONGER = "retain-no-longer"


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
_AVAILABLE: Final = Guard(
    code="not-available", holds=lambda row: row["available_at"] is not None, sentence="The notice is not available yet."
)
_WENT_OUT: Final = Guard(
    code="not-available",
    holds=lambda row: any(row[name] is not None for name in ("available_at", "posted_on", "returned_at")),
    sentence="The notice is not available yet, and no letter of it went out.",
)
_OPEN: Final = Guard(
    code="retrieval-closed",
    holds=lambda row: row["closed_at"] is None,
    sentence="The time for retrieving this notice is over.",
)
_RETRIEVED: Final = Guard(
    code="retrieve-first", holds=lambda row: row["retrieved_at"] is not None, sentence="Save the document first."
)
_UNRETRIEVED: Final = Guard(
    code="retrieved", holds=lambda row: row["retrieved_at"] is None, sentence="The notice was retrieved."
)
# § 5(7) VwZG: an acknowledgement is asked for in formal service only, and given or refused once.
_FORMAL: Final = Guard(
    code="no-acknowledgement-asked",
    holds=lambda row: row["procedural_law"] == FORMAL_SERVICE,
    sentence="This notice is not served against acknowledgement of receipt.",
)
_UNANSWERED: Final = Guard(
    code="already-answered",
    holds=lambda row: row["acknowledged_at"] is None and row["refused_at"] is None,
    sentence="The acknowledgement was given or refused before.",
)
_UNREPORTED: Final = Guard(
    code="already-reported",
    holds=lambda row: row["unreadable_at"] is None,
    sentence="The authority has been told that this notice cannot be opened.",
)
# Where a court might hold a defect against the authority, nothing is stated by itself; unless a letter cured it.
_UNCONTESTED: Final = Guard(
    code="contestable",
    holds=lambda row: row["contestable"] is None or row["posted_on"] is not None,
    sentence="The announcement can be contested.",
)
# § 3a(4) VwVfG: what the recipient cannot open is sent again; whether this one took effect is not ours to say.
_READABLE: Final = Guard(
    code="cannot-open",
    holds=lambda row: row["unreadable_at"] is None or row["posted_on"] is not None,
    sentence="The recipient cannot open it.",
)
_NO_LETTER: Final = Guard(
    code="letter-under-way", holds=lambda row: row["letter_at"] is None, sentence="A letter is under way already."
)
_LETTER: Final = Guard(
    code="no-letter", holds=lambda row: row["letter_at"] is not None, sentence="No letter was ordered."
)
_PRINTED: Final = Guard(
    code="letter-not-ready",
    holds=lambda row: row["printed_at"] is not None,
    sentence="No letter lies ready to be posted.",
)
_NOT_POSTED: Final = Guard(
    code="already-posted", holds=lambda row: row["posted_on"] is None, sentence="The letter was posted already."
)
_POSTED: Final = Guard(
    code="not-posted", holds=lambda row: row["posted_on"] is not None, sentence="No letter of it was posted."
)
# § 3 VwZG: formal service by post needs a delivery certificate, which is not made here.
_INFORMAL: Final = Guard(
    code="formal-service",
    holds=lambda row: row["procedural_law"] != FORMAL_SERVICE,
    sentence="Formal service by post needs a delivery certificate (§ 3 VwZG).",
)
# What never came to its recipient and still may is kept, however long it waits for its moment, its release or a scan.
_SETTLED: Final = Guard(
    code="not-delivered",
    holds=lambda row: (
        row["available_at"] is not None
        or row["posted_on"] is not None
        or (row["returned_at"] is not None and row["letter_at"] is None)
        or row["withdrawn_at"] is not None
        or row["quarantine"] == INFECTED
    ),
    sentence="The notice still waits to become available.",
)
_NO_LEGAL_HOLD: Final = Guard(
    code="legal-hold", holds=lambda row: row["legal_hold_at"] is None, sentence="The notice is under a legal hold."
)
_LEGAL_HOLD: Final = Guard(
    code="no-legal-hold",
    holds=lambda row: row["legal_hold_at"] is not None,
    sentence="The notice is under no legal hold.",
)
GUARDS: Final[Mapping[Step, tuple[Guard, ...]]] = MappingProxyType(
    {
        Step.MAKE_AVAILABLE: (_NOT_AVAILABLE, _NOT_WITHDRAWN, _NOT_ERASED, _NOT_HELD, _CHECKED, _NO_LETTER),
        Step.HOLD: (_NOT_AVAILABLE, _NOT_WITHDRAWN, _NOT_HELD, _NO_LETTER),
        Step.RELEASE: (_NOT_WITHDRAWN, _HELD, _NOT_ERASED),
        Step.WITHDRAW: (_NOT_WITHDRAWN,),
        Step.REPLACE: (_NOT_REPLACED,),
        Step.RENEW: (_AVAILABLE, _NOT_ERASED, _NOT_WITHDRAWN),
        Step.ACKNOWLEDGE: (_AVAILABLE, _FORMAL, _OPEN, _NOT_WITHDRAWN, _RETRIEVED, _UNANSWERED),
        Step.REFUSE: (_AVAILABLE, _FORMAL, _OPEN, _NOT_WITHDRAWN, _UNANSWERED),
        Step.REPORT_UNREADABLE: (_AVAILABLE, _NOT_ERASED, _UNREPORTED),
        Step.LAPSE: (_OPEN, _UNRETRIEVED, _NOT_WITHDRAWN),
        Step.ANNOUNCE: (_WENT_OUT, _NOT_WITHDRAWN, _NOT_REPLACED, _UNCONTESTED, _READABLE),
        Step.ORDER_LETTER: (_WENT_OUT, _NOT_ERASED, _NOT_WITHDRAWN, _NOT_REPLACED, _INFORMAL, _NO_LETTER),
        Step.PRINT_LETTER: (_LETTER, _NOT_ERASED, _NOT_WITHDRAWN, _NOT_REPLACED),
        Step.POST_LETTER: (_PRINTED, _NOT_POSTED),
        Step.RETURN_LETTER: (_POSTED,),
        Step.ERASE: (_NOT_ERASED,),
        Step.SET_LEGAL_HOLD: (_NO_LEGAL_HOLD,),
        Step.LIFT_LEGAL_HOLD: (_LEGAL_HOLD,),
        Step.RETAIN_NO_LONGER: (_NOT_ERASED, _NO_LEGAL_HOLD, _SETTLED),
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
        EventType.ACKNOWLEDGED: Status.ACKNOWLEDGED,
        EventType.REFUSED: Status.RECEIPT_REFUSED,
        EventType.LAPSED: Status.LAPSED,
        EventType.CONTENT_CONSIGNMENT_FAILURE: Status.REFUSED,
        EventType.RELAYED_TO_NON_ERDS: Status.LETTER_READY,
        EventType.POSTED: Status.POSTED,
        EventType.RELAY_TO_NON_ERDS_FAILED: Status.LETTER_RETURNED,
        EventType.ANNOUNCED: Status.ANNOUNCED,
        EventType.REMEDY_PERIOD_ENDED: Status.PERIOD_ENDED,
        EventType.REPLACED: Status.REPLACED,
        EventType.WITHDRAWN: Status.WITHDRAWN,
    }
)
# Once one of these stands, what happens later does not hide it; the later of them wins, but for the heaviest:
# whoever reads the status must learn first that the notice is not to be relied on.
_LAST_WORD: Final = (
    Status.ACKNOWLEDGED,
    Status.RECEIPT_REFUSED,
    Status.REFUSED,
    Status.LAPSED,
    Status.LETTER_READY,
    Status.POSTED,
    Status.LETTER_RETURNED,
    Status.ANNOUNCED,
    Status.PERIOD_ENDED,
)
_HEAVIEST: Final = (Status.REPLACED, Status.WITHDRAWN)


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
        status = reached if _weight(reached) >= _weight(status) else status
    return Status.RETRIEVED if retrieved and not _weight(status) else status


def in_force(happened: Iterable[Event]) -> list[EventType]:
    """What happened to a notice, without the statements that a later computation contradicts; in order."""
    standing: list[EventType] = []
    for event in happened:
        contradicted = event.payload.get(CONTRADICTS, ())
        standing = [kind for kind in standing if kind not in contradicted] + [event.type]
    return standing


def _weight(status: Status) -> int:
    return 2 if status in _HEAVIEST else int(status in _LAST_WORD)
