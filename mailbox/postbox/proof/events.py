"""The events of a notice's life: a closed list named after ETSI EN 319 522-1, and their one canonical form."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from functools import cached_property
from types import MappingProxyType
from typing import Any, Final

from postbox.errors import EvidenceInvalid
from postbox.moments import instant_text, read_instant
from postbox.proof.canonical import canonical_json

FORMAT: Final = "postbox-event-1"


class EventType(StrEnum):
    """What can happen to a notice. The value is the ERDS name, or ``x-…`` where the standard has none."""

    # EN 319 522-1, clause 6: A.1, D.1, D.2, D.3, D.4, E.1, E.2, C.3, C.4, C.5
    SUBMISSION_ACCEPTED = "SubmissionAcceptance"  # we took responsibility for the notice
    CONTENT_CONSIGNMENT = "ContentConsignment"  # it is available for retrieval (Bereitstellung)
    CONTENT_CONSIGNMENT_FAILURE = "ContentConsignmentFailure"  # it will never be available: malware was found in it
    CONSIGNMENT_NOTIFICATION = "ConsignmentNotification"  # the notification was handed to the mail server
    CONSIGNMENT_NOTIFICATION_FAILURE = "ConsignmentNotificationFailure"  # it could not be handed over
    CONTENT_HANDOVER = "ContentHandover"  # every byte was accepted by the recipient's connection; says no more
    CONTENT_HANDOVER_FAILURE = "ContentHandoverFailure"  # the transmission broke
    ACKNOWLEDGED = "ConsignmentAcceptance"  # § 5(7) VwZG: the recipient gave the acknowledgement of receipt
    REFUSED = "ConsignmentRejection"  # the recipient refused it
    LAPSED = "AcceptanceRejectionExpiry"  # § 41(2a) VwVfG: not retrieved within ten days, closed, not announced
    # Clause 6, F.1 and F.2: what leaves for a way that is no registered electronic delivery, here for the post
    RELAYED_TO_NON_ERDS = "RelayToNonERDS"  # the letter's print job was handed over
    RELAY_TO_NON_ERDS_FAILED = "RelayToNonERDSFailure"  # the letter came back
    LETTER_ORDERED = "x-LetterOrdered"  # the authority decided to send it on paper, too; the reason says why
    POSTED = "x-Posted"  # the authority says on which day the letter was posted (zur Post gegeben)
    HANDOVER_OFFERED = "x-HandoverOffered"  # committed before the first plaintext byte leaves
    LEGAL_DAY_CORRECTED = "x-LegalDayCorrected"  # midnight passed inside the commit; the later day counts
    CONSIGNMENT_SCHEDULED = (
        "x-ConsignmentScheduled"  # it will be made available later: the sender's wish, or too late today
    )
    HELD = "x-Held"  # the sender stopped it before it was available
    RELEASED = "x-Released"  # and let it go on
    WITHDRAWN = "x-Withdrawn"  # a technical withdrawal (Rückzug): what was available stays so, and is marked
    CONTENT_ERASED = "x-ContentErased"  # the notice's key was destroyed; this evidence remains
    REPLACED = "x-Replaced"  # another notice takes its place; the payload names it
    RENEWED = "x-Renewed"  # it is announced again by another notice; the payload names it
    UNREADABLE = "x-CannotBeOpened"  # § 3a(4) VwVfG: the recipient says so; the authority sends it in another way
    ANNOUNCED = "x-Announced"  # from this day it counts as announced in every reading; the payload has the computation
    REMEDY_PERIOD_ENDED = "x-RemedyPeriodEnded"  # the last end, in its latest reading, lies behind
    RECOMPUTED = "x-Recomputed"  # a later rule or calendar computes otherwise; the earlier computation stays
    LEGAL_HOLD_SET = "x-LegalHoldSet"  # retention waits
    LEGAL_HOLD_LIFTED = "x-LegalHoldLifted"  # and no longer does

    @property
    def uri(self) -> str:
        """The event's identifier in the standard's name space, or the plain name of one of our own."""
        return self.value if self.value.startswith("x-") else f"http://uri.etsi.org/19522/Event/{self.value}"


NEGATIVE: Final = frozenset(
    {
        EventType.CONTENT_CONSIGNMENT_FAILURE,
        EventType.CONSIGNMENT_NOTIFICATION_FAILURE,
        EventType.CONTENT_HANDOVER_FAILURE,
        EventType.LAPSED,
        EventType.RELAY_TO_NON_ERDS_FAILED,
        EventType.REFUSED,
        EventType.UNREADABLE,
    }
)
_MEMBERS: Final = {
    "format", "notice_id", "seq", "type", "at", "recorded_at", "actor", "level", "reason", "payload",
}  # fmt: skip
_CODE: Final = re.compile(r"[a-z][a-z0-9-]{0,63}")


@dataclass(frozen=True, kw_only=True)
class Event:
    """One thing that happened to a notice. Holds commitments and pseudonyms only: it outlives the content.

    ``at`` is when it happened, ``recorded_at`` when we wrote it down; both aware. ``actor`` is a role, a client id
    or a pseudonym, never a name. ``level`` is the level of assurance of the actor's login. ``reason`` is a code and
    is demanded of every negative event. Raises EvidenceInvalid when built from values that cannot be evidence.
    """

    notice_id: str
    seq: int  # 1, 2, 3, … within the notice
    type: EventType
    at: datetime
    recorded_at: datetime
    actor: str
    level: str | None = None
    reason: str | None = None
    payload: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Refuse what cannot be evidence, and freeze the payload's top level."""
        object.__setattr__(self, "payload", MappingProxyType(dict(self.payload)))
        if self.seq < 1 or not self.notice_id or not self.actor:
            raise EvidenceInvalid("An event names its notice, its number from 1 and who acted.", code="event-invalid")
        if self.type in NEGATIVE and self.reason is None:
            raise EvidenceInvalid("A negative event gives a reason code.", code="event-invalid")
        if self.reason is not None and not _CODE.fullmatch(self.reason):
            raise EvidenceInvalid("A reason is a code, not a sentence.", code="event-invalid")

    def to_json(self) -> dict[str, Any]:
        """Every member, in JSON types."""
        return {
            "format": FORMAT,
            "notice_id": self.notice_id,
            "seq": self.seq,
            "type": self.type.value,
            "at": instant_text(self.at),
            "recorded_at": instant_text(self.recorded_at),
            "actor": self.actor,
            "level": self.level,
            "reason": self.reason,
            "payload": dict(self.payload),
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> "Event":
        """Read what ``to_json`` wrote: exactly these members, nothing else. Raises EvidenceInvalid."""
        if set(value) != _MEMBERS or value["format"] != FORMAT or not isinstance(value["payload"], dict):
            raise EvidenceInvalid("An event has exactly the members of its format.", code="event-invalid")
        texts = (value["notice_id"], value["actor"])
        optional = (value["level"], value["reason"])
        if type(value["seq"]) is not int or not all(isinstance(text, str) for text in texts):
            raise EvidenceInvalid("An event's members have the types of its format.", code="event-invalid")
        if not all(text is None or isinstance(text, str) for text in optional):
            raise EvidenceInvalid("An event's members have the types of its format.", code="event-invalid")
        return cls(
            notice_id=value["notice_id"],
            seq=value["seq"],
            type=_type(value["type"]),
            at=read_instant(value["at"]),
            recorded_at=read_instant(value["recorded_at"]),
            actor=value["actor"],
            level=value["level"],
            reason=value["reason"],
            payload=value["payload"],
        )

    def canonical(self) -> bytes:
        """The bytes that are hashed and stored (RFC 8785)."""
        return self._canonical

    @cached_property
    def _canonical(self) -> bytes:
        return canonical_json(self.to_json())  # made once: what is stored is then also what was hashed


def _type(name: object) -> EventType:
    try:
        return EventType(str(name))
    except ValueError:
        raise EvidenceInvalid("No such event is on the closed list.", code="event-unknown") from None
