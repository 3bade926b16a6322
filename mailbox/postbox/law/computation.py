"""What goes into a computation of dates and what comes out: frozen, with its rule, its calendar and its reasons."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Final

from postbox.errors import EvidenceInvalid, NoRule
from postbox.law.calendar import DayChange, Municipality, Place
from postbox.law.editing import change_json, read_kept
from postbox.law.regimes import Regime
from postbox.moments import instant_text, read_instant

FORMAT: Final = "postbox-computation-1"


class Announced(StrEnum):
    """Whether the notice counts as announced, on what is known."""

    YES = "yes"
    NO = "no"  # not by this path, or not yet
    UNPROVEN = "unproven"  # perhaps, but the authority could not prove it


@dataclass(frozen=True, kw_only=True)
class Case:
    """The facts. Instants are aware; ``None`` means that it did not happen or is not known."""

    regime: Regime
    available_at: datetime | None = None  # for retrieval
    authority_land: str  # two letters: whose holidays move the end of a period
    period_months: int | None  # None: no remedy is named, so no period is computed
    notified_at: datetime | None = None  # the notification was handed over to its channel
    notification_proven: bool = False  # its receipt can be proven (SGB X, old AO)
    retrieved_at: datetime | None = None  # first handover
    issued_on: date | None = None  # AO only
    authority_municipality: Municipality = Municipality.ORDINARY
    recipient_land: str | None = None  # None: unknown or abroad, then the authority's
    recipient_municipality: Municipality = Municipality.ORDINARY
    remedy_information_complete: bool = True
    abroad: bool = False
    account_reference: str = ""  # why this postbox is part of a user account (§ 2(5), (7) OZG)
    sent_at: datetime | None = None  # posted, or sent electronically
    posted: bool = False  # by post, not electronically
    received_at: datetime | None = None  # where it is known to have come later than the law presumes
    receipt_denied: bool = False  # the recipient says credibly that nothing came
    ack_date: date | None = None  # the day written in the acknowledgement of receipt (§ 5(7) VwZG)
    ack_received_at: datetime | None = None  # when that acknowledgement came back
    fiction_announced: bool = False  # the recipient asked for the procedure and was told of the fiction before
    calendar_changes: tuple[DayChange, ...] = ()  # by a legal editor, as far as they may touch this case
    retrieved_before: datetime | None = None  # first retrieval before this renewed announcement (§ 9(1) s. 7 OZG)

    returned: bool = False  # the letter came back
    announced_before: date | None = None  # by another way, earlier and perhaps in vain: the citizen counts from it

    @property
    def on(self) -> datetime:
        """The instant whose day chooses the version of a rule. Raises NoRule where neither is known."""
        at = self.available_at or self.sent_at
        if at is None:
            raise NoRule("Say when it was made available, or when it was sent.", code="facts-missing")
        return at

    @property
    def authority(self) -> Place:
        """Where the objection is to be lodged."""
        return Place(self.authority_land, self.authority_municipality, self.calendar_changes)

    @property
    def recipient(self) -> Place:
        """Where the notice arrives; abroad no German holiday counts there, so the authority's place does."""
        if self.abroad or self.recipient_land is None:
            return self.authority
        return Place(self.recipient_land, self.recipient_municipality, self.calendar_changes)

    def to_json(self) -> dict[str, Any]:
        """Every fact, in JSON types."""
        return {
            "regime": self.regime.value,
            "available_at": _moment(self.available_at),
            "notified_at": _moment(self.notified_at),
            "notification_proven": self.notification_proven,
            "retrieved_at": _moment(self.retrieved_at),
            "issued_on": _text(self.issued_on),
            "authority_land": self.authority_land,
            "authority_municipality": self.authority_municipality.value,
            "recipient_land": self.recipient_land,
            "recipient_municipality": self.recipient_municipality.value,
            "period_months": self.period_months,
            "remedy_information_complete": self.remedy_information_complete,
            "abroad": self.abroad,
            "account_reference": self.account_reference,
            **self._sending(),
            **({"retrieved_before": _moment(self.retrieved_before)} if self.retrieved_before else {}),
            **({"returned": True} if self.returned else {}),
            **({"announced_before": _text(self.announced_before)} if self.announced_before else {}),
            **({"calendar_changes": list(map(change_json, self.calendar_changes))} if self.calendar_changes else {}),
        }

    def _sending(self) -> dict[str, Any]:
        """The facts of sending, where there are any: a computation for retrieval reads as it always did."""
        facts = {
            "sent_at": _moment(self.sent_at),
            "posted": self.posted,
            "received_at": _moment(self.received_at),
            "receipt_denied": self.receipt_denied,
            "ack_date": _text(self.ack_date),
            "ack_received_at": _moment(self.ack_received_at),
            "fiction_announced": self.fiction_announced,
        }
        return facts if any(facts.values()) else {}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> "Case":
        """Read what ``to_json`` wrote. Raises EvidenceInvalid."""
        try:
            read = {name: _of_type(value[name], kinds) for name, kinds in _PLAIN.items()} | {
                "regime": Regime(value["regime"]),
                "available_at": _instant(value["available_at"]),
                "notified_at": _instant(value["notified_at"]),
                "retrieved_at": _instant(value["retrieved_at"]),
                "issued_on": _day(value["issued_on"]),
                "authority_municipality": Municipality(value["authority_municipality"]),
                "recipient_municipality": Municipality(value["recipient_municipality"]),
                **_read_sending(value),
                "retrieved_before": _instant(value.get("retrieved_before")),
                "returned": _of_type(value.get("returned", False), (bool,)),
                "announced_before": _day(value.get("announced_before")),
                "calendar_changes": read_kept(value.get("calendar_changes", ())),
            }
            case = cls(**read)
        except (KeyError, TypeError, ValueError, AttributeError):
            raise EvidenceInvalid("These are not the facts of a computation.", code="computation-invalid") from None
        if case.to_json() != value:
            raise EvidenceInvalid("These are not the facts of a computation.", code="computation-invalid")
        return case


@dataclass(frozen=True, kw_only=True)
class Reason:
    """One step of the reasoning: a code with its values (days as ``2026-11-27``). ``law.words`` makes it a sentence."""

    code: str
    values: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class Computation:
    """The dates of a notice under one rule and one calendar. Never changed; a new fact makes a new computation.

    ``…_strict`` is the earliest defensible day, ``…_lenient`` the latest. The citizen acts until
    ``citizen_safe_until``; the authority treats the act as final from ``final_not_before`` on, and not at all while
    that is None.
    """

    case: Case
    rule_id: str
    calendar_version: str
    announced: Announced
    announced_strict: date | None
    announced_lenient: date | None
    end_strict: date | None
    end_lenient: date | None
    fallback_end: date | None  # the one year of missing or wrong information on remedies, in its latest reading
    retrieve_until: date | None  # last day of retrieval where availability ends (§ 41(2a) VwVfG), in its latest reading
    citizen_safe_until: date | None
    final_not_before: date | None
    disputed: bool  # two readings of the law differ in this case or about this rule
    contestable: bool  # a fact is missing or late that a court might hold against the authority
    citations: tuple[str, ...]
    reasons: tuple[Reason, ...]

    def to_json(self) -> dict[str, Any]:
        """Everything, in JSON types; canonical bytes are the caller's."""
        return {
            "format": FORMAT,
            "inputs": self.case.to_json(),
            "rule_id": self.rule_id,
            "calendar_version": self.calendar_version,
            "announced": self.announced.value,
            **{name: _text(getattr(self, name)) for name in DAYS},
            "disputed": self.disputed,
            "contestable": self.contestable,
            "citations": list(self.citations),
            "reasons": [{"code": reason.code, "values": dict(reason.values)} for reason in self.reasons],
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> "Computation":
        """Read what ``to_json`` wrote, as it was computed then. Raises EvidenceInvalid."""
        try:
            days = {name: _day(value[name]) for name in DAYS}
            computation = cls(
                case=Case.from_json(value["inputs"]),
                rule_id=_of_type(value["rule_id"], (str,)),
                calendar_version=_of_type(value["calendar_version"], (str,)),
                announced=Announced(value["announced"]),
                disputed=_of_type(value["disputed"], (bool,)),
                contestable=_of_type(value["contestable"], (bool,)),
                citations=tuple(_of_type(text, (str,)) for text in value["citations"]),
                reasons=tuple(map(_reason, value["reasons"])),
                **days,
            )
        except (KeyError, TypeError, ValueError, AttributeError):
            raise EvidenceInvalid("This is not a computation of dates.", code="computation-invalid") from None
        if computation.to_json() != value:
            raise EvidenceInvalid("This is not a computation of dates.", code="computation-invalid")
        return computation


DAYS: Final = (
    "announced_strict",
    "announced_lenient",
    "end_strict",
    "end_lenient",
    "fallback_end",
    "retrieve_until",
    "citizen_safe_until",
    "final_not_before",
)
_NOTHING: Final = type(None)
_PLAIN: Final[Mapping[str, tuple[type, ...]]] = {
    "notification_proven": (bool,),
    "authority_land": (str,),
    "recipient_land": (str, _NOTHING),
    "period_months": (int, _NOTHING),
    "remedy_information_complete": (bool,),
    "abroad": (bool,),
    "account_reference": (str,),
}


def _of_type(value: Any, kinds: tuple[type, ...]) -> Any:
    """The value, if it is exactly of one of these types: in JSON, true is no number. Raises TypeError."""
    if type(value) not in kinds:
        raise TypeError("a value of another type")
    return value


def _reason(item: Mapping[str, Any]) -> Reason:
    values = {_of_type(name, (str,)): _of_type(text, (str,)) for name, text in item["values"].items()}
    return Reason(code=_of_type(item["code"], (str,)), values=values)


def _read_sending(value: Mapping[str, Any]) -> dict[str, Any]:
    if "sent_at" not in value:
        return {}
    return {
        **{name: _instant(value[name]) for name in ("sent_at", "received_at", "ack_received_at")},
        **{name: _of_type(value[name], (bool,)) for name in ("posted", "receipt_denied", "fiction_announced")},
        "ack_date": _day(value["ack_date"]),
    }


def _moment(at: datetime | None) -> str | None:
    return None if at is None else instant_text(at)


def _text(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def _day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)


def _instant(text: str | None) -> datetime | None:
    return None if text is None else read_instant(text)
