"""What the pages show: plain frozen things made from stored rows."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection

from postbox.delivery.life import Status
from postbox.law.computation import Announced, Computation
from postbox.law.stages import Stage, stage_on
from postbox.law.words import explain
from postbox.proof.events import EventType
from postbox.proof.states import EvidenceState, Reach, state_of
from postbox.store import notices
from postbox.store.events import Recorded

# English msgids; the German stands in translations/de.po.
SENTENCES: dict[str, str] = {
    EventType.SUBMISSION_ACCEPTED: "The authority handed the notice over, and it was stored durably",
    EventType.CONTENT_CONSIGNMENT: "It was made available in the postbox",
    EventType.CONTENT_CONSIGNMENT_FAILURE: "Malware was found in it; it will never be available",
    EventType.CONSIGNMENT_NOTIFICATION: "An e-mail saying that something has arrived was handed to the mail server",
    EventType.CONSIGNMENT_NOTIFICATION_FAILURE: "The e-mail could not be handed over",
    EventType.HANDOVER_OFFERED: "The recipient asked for a document",
    EventType.CONTENT_HANDOVER: "The document was transmitted completely",
    EventType.CONTENT_HANDOVER_FAILURE: "The transmission of the document broke off",
    EventType.LAPSED: "It was not retrieved in time; this way of announcing it has ended",
    EventType.CONSIGNMENT_SCHEDULED: "It will be made available later",
    EventType.HELD: "The authority stopped it before it was available",
    EventType.RELEASED: "The authority let it go on",
    EventType.WITHDRAWN: "The authority withdrew it",
    EventType.REPLACED: "Another notice took its place",
    EventType.CONTENT_ERASED: "The content was erased; this record remains",
    EventType.ACKNOWLEDGED: "The recipient gave the acknowledgement of receipt",
    EventType.REFUSED: "The recipient refused the acknowledgement of receipt",
    EventType.UNREADABLE: "The recipient told the authority that it cannot be opened",
    EventType.RENEWED: "The authority announced it again",
    EventType.ANNOUNCED: "From this day it counts as announced",
    EventType.REMEDY_PERIOD_ENDED: "The last period for an objection is over",
    EventType.RECOMPUTED: "Its dates were computed again under a later rule or calendar",
    EventType.LEGAL_HOLD_SET: "The authority decided to keep it beyond its time",
    EventType.LEGAL_HOLD_LIFTED: "The authority decided that its time runs again",
    EventType.LETTER_ORDERED: "The authority decided to send it as a letter, too",
    EventType.RELAYED_TO_NON_ERDS: "The letter's print job was handed over",
    EventType.POSTED: "The authority recorded that the letter was posted",
    EventType.RELAY_TO_NON_ERDS_FAILED: "The letter came back",
    EventType.LEGAL_DAY_CORRECTED: "Midnight passed while it was made available; the later day counts",
}
# What the postbox did of its own accord is told in other words.
REASONS: dict[str, str] = {
    "scanner-down": "It waits until it has been checked for malware",
    "scanned": "It was checked for malware and goes on",
}
STATES: dict[Status, str] = {
    Status.ACCEPTED: "accepted",
    Status.SCHEDULED: "scheduled",
    Status.HELD: "held",
    Status.AVAILABLE: "available",
    Status.NOTIFIED: "available, citizen notified",
    Status.NOTIFICATION_FAILED: "available, notification failed",
    Status.RETRIEVED: "retrieved",
    Status.ACKNOWLEDGED: "served, receipt acknowledged",
    Status.RECEIPT_REFUSED: "acknowledgement refused",
    Status.LAPSED: "not announced",
    Status.REFUSED: "stopped, malware was found",
    Status.LETTER_READY: "letter ready to be posted",
    Status.POSTED: "posted as a letter",
    Status.LETTER_RETURNED: "letter came back",
    Status.ANNOUNCED: "announced",
    Status.PERIOD_ENDED: "announced, all periods over",
    Status.REPLACED: "replaced",
    Status.WITHDRAWN: "withdrawn",
}
WITHDRAWALS: dict[str, str] = {
    "sent-in-error": "It was sent by mistake.",
    "wrong-recipient": "It was meant for somebody else.",
    "wrong-content": "Its content was wrong.",
    "superseded": "It is out of date.",
    "legal-order": "A court or another authority ordered it.",
}
PROOFS: dict[EvidenceState, str] = {
    EvidenceState.RECORDED: "recorded",
    EvidenceState.SEALED: "sealed in the log",
    EvidenceState.TIMESTAMPED: "with an independent time stamp",
    EvidenceState.ANCHORED: "seen by an outside witness",
}
HOLDS: dict[str, str] = {
    "sender-request": "The office wants to check it again.",
    "legal-stop": "A court or another authority ordered it.",
    "recipient-deceased": "The recipient has died.",
    "reachability-lost": "The recipient can no longer be reached this way.",
}
LEGAL_HOLDS: dict[str, str] = {
    "objection": "An objection is pending.",
    "court-case": "A court case is pending.",
    "claim": "A claim may be raised.",
    "audit": "An audit needs it.",
}
LETTERS: dict[str, str] = {
    "cannot-open": "The recipient cannot open it (§ 3a(4) VwVfG).",
    "not-notified": "The e-mail could not be handed over.",
    "not-retrieved": "It was not retrieved in time.",
    "recipient-asked": "The recipient asked for paper.",
    "unreachable": "The recipient cannot be reached in the postbox.",
}
RETURNS: dict[str, str] = {
    "moved": "The recipient has moved.",
    "unknown-at-address": "The recipient is not known at this address.",
    "not-collected": "It was not collected.",
    "refused": "The recipient refused to take it.",
    "deceased": "The recipient has died.",
}
REASONS_OF: dict[str, dict[str, str]] = {
    "withdraw": WITHDRAWALS,
    "hold": HOLDS,
    "legal-hold": LEGAL_HOLDS,
    "letter": LETTERS,
    "return-letter": RETURNS,
}
STAGES: dict[Stage, str] = {
    Stage.UNDECIDED: "It is not announced, or nobody could prove it yet.",
    Stage.COMING: "It does not count as announced yet.",
    Stage.DISPUTED: "It counts as announced in one reading of the law, and not yet in the other.",
    Stage.ANNOUNCED: "It counts as announced.",
    Stage.LATE: "The safe end is over. In another reading of the law there is still time.",
    Stage.ENDED: "It counts as announced, and the last period is over in every reading.",
}
_KILO = 1024


@dataclass(frozen=True, kw_only=True)
class EventView:
    """One line of a timeline; ``sentence`` and ``proof`` are msgids."""

    at: datetime
    sentence: str
    proof: str


@dataclass(frozen=True, kw_only=True)
class DeadlineView:
    """The dates of a notice in words."""

    language: str
    announced: date | None
    safe_until: date | None
    final_not_before: date | None
    disputed: bool
    citation: str  # what makes it announced
    stage: str  # on the day of looking, as a msgid of STAGES
    reasons: tuple[str, ...]


def deadline_view(computation: Computation, language: str, today: date | None = None) -> DeadlineView:
    """What people are shown: the citizen the earlier end, the authority the day after the later one; on ``today``."""
    known = computation.announced is not Announced.NO
    return DeadlineView(
        language=language,
        announced=computation.announced_strict if known else None,
        safe_until=computation.citizen_safe_until,
        final_not_before=computation.final_not_before,
        disputed=computation.disputed,
        citation=computation.citations[0],
        stage=STAGES[stage_on(computation, today)] if today else "",
        reasons=explain(computation, language),
    )


def events_view(rows: Sequence[Recorded], reach: Reach) -> tuple[EventView, ...]:
    """A timeline out of stored events, each with how strongly it is proven."""
    return tuple(
        EventView(
            at=one.event.at,
            sentence=REASONS.get(one.event.reason or "") or SENTENCES.get(one.event.type, "Something happened"),
            proof=PROOFS[state_of(one.log_index, reach)],
        )
        for one in rows
    )


def latest_computation(connection: Connection, notice_id: str) -> Computation | None:
    """The newest computation of a notice's dates; None before it is available."""
    kept = notices.computations_of(connection, notice_id)
    return Computation.from_json(json.loads(kept[-1]["content"])) if kept else None


def size_text(size: int) -> str:
    """A size for people: ``34 kB``, ``20 MB``; whole numbers read alike in every language."""
    if size >= _KILO * _KILO:
        return f"{round(size / _KILO / _KILO)} MB"
    return f"{max(1, round(size / _KILO))} kB"
