"""The rules of announcement as dated data with citations, and which of them governs a case.

Tables begin in 2024: earlier law was not examined, so there is no rule for it. A rule that changed is a new row, never
an edited one. What the tables do not hold is refused: the acts of Schleswig-Holstein (§ 110 LVwG), postal delivery
certificates (§ 3 VwZG) and De-Mail (§ 5a VwZG, repealed).
"""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

from postbox.errors import NoRule
from postbox.law.calendar import LAENDER


class Regime(StrEnum):
    """The provision that says when a notice counts as announced."""

    OZG_9 = "OZG_9"
    VWVFG_41_2A = "VWVFG_41_2A"
    AO_122A = "AO_122A"
    SGBX_37_2A = "SGBX_37_2A"
    VWVFG_41_2 = "VWVFG_41_2"  # by post or sent electronically
    AO_122_2 = "AO_122_2"  # by post
    AO_122_2A = "AO_122_2A"  # sent electronically
    SGBX_37_2 = "SGBX_37_2"  # by post or sent electronically
    VWZG_5_5 = "VWZG_5_5"  # formal service, electronically, against acknowledgement of receipt


class Start(StrEnum):
    """What the days are counted from."""

    AVAILABLE = "available"
    NOTIFIED = "notified"
    RETRIEVED = "retrieved"
    SENT = "sent"  # posted or sent electronically
    ACKNOWLEDGED = "acknowledged"  # or, where the law says so, deemed served after sending


class Shift(StrEnum):
    """Whether the announcement moves to the next working day when it falls on a free one."""

    DISPUTED = "disputed"  # both readings are computed
    SETTLED = "settled"  # it moves: one reading


@dataclass(frozen=True, kw_only=True)
class RemedyLaw:
    """Where the periods for remedies stand."""

    end: str  # what moves the end of a period to the next working day
    year: str  # one year where the information on remedies is missing or wrong


@dataclass(frozen=True, kw_only=True)
class Rule:
    """One provision in one version. Days are inclusive; ``last`` and ``issued_last`` None mean still in force."""

    regime: Regime
    version: str
    first: date  # first and last day of making available, posting or sending; it decides wherever the count starts
    last: date | None = None
    issued_first: date | None = None  # AO: the day of issue decides between old and new § 122a
    issued_last: date | None = None
    start: Start
    days: int
    shift: Shift
    retrieval_window: int | None = None  # days after the notification, then availability ends
    needs_consent: bool  # recorded and revocable; False: deemed consent with opt-out (§ 9(1) s. 2 OZG) or none
    first_retrieval_stays: bool = False  # retrieved before a renewed announcement, that day stays decisive
    proof_of_notification: bool = False  # without it the day of retrieval counts
    notification_names_effects: bool = False  # § 122a(1) AO: it says from when the notice counts
    months_abroad: int | None = None  # the remedy period where the act is announced abroad
    posted_abroad_months: int | None = None  # by post to abroad: so many months instead of days; None: no fiction there
    citation: str  # what makes it announced
    remedy: RemedyLaw
    remark: str = ""

    @property
    def id(self) -> str:
        """Regime and version in one word."""
        return f"{self.regime.value}/{self.version}"


_VWVFG: Final = RemedyLaw(end="§ 31 Abs. 3 VwVfG", year="§ 58 Abs. 2 VwGO")
_AO: Final = RemedyLaw(end="§ 108 Abs. 3 AO", year="§ 356 Abs. 2 AO")
_SGG: Final = RemedyLaw(end="§ 64 Abs. 3 SGG", year="§ 66 Abs. 2 SGG")

RULES: Final = (
    Rule(
        regime=Regime.OZG_9, version="three-days", first=date(2024, 7, 24), last=date(2024, 12, 31),
        start=Start.AVAILABLE, days=3, shift=Shift.DISPUTED, needs_consent=False, first_retrieval_stays=True,
        citation="§ 9 Abs. 1 Satz 4 OZG (bis 31.12.2024)", remedy=_VWVFG,
        remark="Which act moved § 9 OZG from the third to the fourth day is not confirmed.",
    ),
    Rule(
        regime=Regime.OZG_9, version="four-days", first=date(2025, 1, 1),
        start=Start.AVAILABLE, days=4, shift=Shift.DISPUTED, needs_consent=False, first_retrieval_stays=True,
        citation="§ 9 Abs. 1 Satz 4 OZG", remedy=_VWVFG,
        remark="Which act moved § 9 OZG from the third to the fourth day is not confirmed.",
    ),
    Rule(
        regime=Regime.VWVFG_41_2A, version="day-after-retrieval", first=date(2024, 1, 1),
        start=Start.RETRIEVED, days=1, shift=Shift.DISPUTED, retrieval_window=10, needs_consent=True,
        citation="§ 41 Abs. 2a VwVfG", remedy=_VWVFG,
    ),
    Rule(
        regime=Regime.AO_122A, version="old-three-days", first=date(2024, 1, 1), last=date(2024, 12, 31),
        issued_last=date(2025, 12, 31), start=Start.NOTIFIED, days=3, shift=Shift.SETTLED, needs_consent=True,
        proof_of_notification=True, citation="§ 122a Abs. 4 AO a. F. (drei Tage)", remedy=_AO,
    ),
    Rule(
        regime=Regime.AO_122A, version="old-four-days", first=date(2025, 1, 1),
        issued_last=date(2025, 12, 31), start=Start.NOTIFIED, days=4, shift=Shift.SETTLED, needs_consent=True,
        proof_of_notification=True, citation="§ 122a Abs. 4 AO a. F. (Art. 97 § 28 Abs. 2 EGAO)", remedy=_AO,
    ),
    Rule(
        regime=Regime.AO_122A, version="new", first=date(2026, 1, 1), issued_first=date(2026, 1, 1),
        start=Start.AVAILABLE, days=4, shift=Shift.SETTLED, needs_consent=False, notification_names_effects=True,
        citation="§ 122a Abs. 4 AO", remedy=_AO,
    ),
    Rule(
        regime=Regime.SGBX_37_2A, version="three-days", first=date(2024, 1, 1), last=date(2024, 12, 31),
        start=Start.NOTIFIED, days=3, shift=Shift.DISPUTED, needs_consent=True, proof_of_notification=True,
        months_abroad=3, citation="§ 37 Abs. 2a SGB X (bis 31.12.2024)", remedy=_SGG,
    ),
    Rule(
        regime=Regime.SGBX_37_2A, version="four-days", first=date(2025, 1, 1),
        start=Start.NOTIFIED, days=4, shift=Shift.DISPUTED, needs_consent=True, proof_of_notification=True,
        months_abroad=3, citation="§ 37 Abs. 2a SGB X", remedy=_SGG,
    ),
    Rule(
        regime=Regime.VWVFG_41_2, version="three-days", first=date(2024, 1, 1), last=date(2024, 12, 31),
        start=Start.SENT, days=3, shift=Shift.DISPUTED, needs_consent=False,
        citation="§ 41 Abs. 2 VwVfG (bis 31.12.2024)", remedy=_VWVFG,
    ),
    Rule(
        regime=Regime.VWVFG_41_2, version="four-days", first=date(2025, 1, 1),
        start=Start.SENT, days=4, shift=Shift.DISPUTED, needs_consent=False,
        citation="§ 41 Abs. 2 VwVfG", remedy=_VWVFG,
    ),
    Rule(
        regime=Regime.AO_122_2, version="three-days", first=date(2024, 1, 1), last=date(2024, 12, 31),
        start=Start.SENT, days=3, shift=Shift.SETTLED, needs_consent=False, posted_abroad_months=1,
        citation="§ 122 Abs. 2 AO (bis 31.12.2024)", remedy=_AO,
    ),
    Rule(
        regime=Regime.AO_122_2, version="four-days", first=date(2025, 1, 1),
        start=Start.SENT, days=4, shift=Shift.SETTLED, needs_consent=False, posted_abroad_months=1,
        citation="§ 122 Abs. 2 AO", remedy=_AO,
    ),
    Rule(
        regime=Regime.AO_122_2A, version="three-days", first=date(2024, 1, 1), last=date(2024, 12, 31),
        start=Start.SENT, days=3, shift=Shift.SETTLED, needs_consent=False,
        citation="§ 122 Abs. 2a AO (bis 31.12.2024)", remedy=_AO,
    ),
    Rule(
        regime=Regime.AO_122_2A, version="four-days", first=date(2025, 1, 1),
        start=Start.SENT, days=4, shift=Shift.SETTLED, needs_consent=False,
        citation="§ 122 Abs. 2a AO", remedy=_AO,
    ),
    Rule(
        regime=Regime.SGBX_37_2, version="three-days", first=date(2024, 1, 1), last=date(2024, 12, 31),
        start=Start.SENT, days=3, shift=Shift.DISPUTED, needs_consent=False, months_abroad=3,
        citation="§ 37 Abs. 2 SGB X (bis 31.12.2024)", remedy=_SGG,
    ),
    Rule(
        regime=Regime.SGBX_37_2, version="four-days", first=date(2025, 1, 1),
        start=Start.SENT, days=4, shift=Shift.DISPUTED, needs_consent=False, months_abroad=3,
        citation="§ 37 Abs. 2 SGB X", remedy=_SGG,
    ),
    Rule(
        regime=Regime.VWZG_5_5, version="three-days", first=date(2024, 1, 1), last=date(2024, 12, 31),
        start=Start.ACKNOWLEDGED, days=3, shift=Shift.DISPUTED, needs_consent=True,
        citation="§ 5 Abs. 5 und 7 VwZG (bis 31.12.2024)", remedy=_VWVFG,
        remark="That § 5(7) VwZG had three days until the end of 2024 is inferred from the same reform, not confirmed.",
    ),
    Rule(
        regime=Regime.VWZG_5_5, version="four-days", first=date(2025, 1, 1),
        start=Start.ACKNOWLEDGED, days=4, shift=Shift.DISPUTED, needs_consent=True,
        citation="§ 5 Abs. 5 und 7 VwZG", remedy=_VWVFG,
    ),
)  # fmt: skip

FORMAL_SERVICE: Final = "VwZG"  # as procedural law of a notice: served against acknowledgement of receipt
CHANNELS: Final = frozenset({"own", "zbp", "post", "transmission", "acknowledgement"})
_SENT: Final = CHANNELS - {"own", "zbp"}
# Schleswig-Holstein's LVwG has provisions of its own (§ 110) that were not examined.
_LAND_ACTS_LIKE_VWVFG: Final = LAENDER - {"SH"}


def choose(
    *, channel: str, procedural_law: str, land: str, on: date, part_of_user_account: str, issued_on: date | None = None
) -> Rule:
    """The rule that governs a notice handed over through ``channel`` on a legal day. There is no default.

    ``channel``: ``own`` (this postbox), ``zbp``, ``post``, ``transmission`` (sent electronically), ``acknowledgement``
    (formal service against acknowledgement of receipt). ``procedural_law``: ``VwVfG``, ``AO``, ``SGB X``, ``BEEG`` or
    ``VwZG`` (formal service through the postbox, against acknowledgement of receipt).
    ``land``: the authority's. ``part_of_user_account``: the legal reference that makes this postbox part of a user
    account, or empty (§ 2(5), (7) OZG). ``issued_on`` is needed for § 122a ``AO`` only. Raises NoRule.
    """
    if channel not in CHANNELS:
        raise NoRule(f"No rule is known for the channel {channel!r}.", code="unknown-channel")
    if land not in LAENDER:
        raise NoRule(f"{land!r} is not the abbreviation of a Land.", code="unknown-land")
    if channel in _SENT:
        return rule_for(_sent(channel, procedural_law, land), on, issued_on)
    regime = _regime(procedural_law, land, in_account=channel == "zbp" or bool(part_of_user_account))
    return rule_for(regime, on, issued_on)


def rule_for(regime: Regime, day: date, issued_on: date | None) -> Rule:
    """The version of a regime for the day that decides (AO also for the day of issue). Raises NoRule."""
    found = [rule for rule in RULES if rule.regime is regime and _covers(rule, day, issued_on)]
    if len(found) != 1:
        raise NoRule(f"The tables hold no one rule of {regime.value} for {day.isoformat()}.")
    return found[0]


def rule_of_id(rule_id: str) -> Rule:
    """The rule with this id, as a computation names it. Raises NoRule."""
    for rule in RULES:
        if rule.id == rule_id:
            return rule
    raise NoRule(f"The tables hold no rule {rule_id!r}.")


def _regime(procedural_law: str, land: str, *, in_account: bool) -> Regime:
    match procedural_law:
        case "VwVfG" if in_account:  # § 9 OZG: only for a postbox that is part of a user account
            return Regime.OZG_9
        case "VwVfG" if land in _LAND_ACTS_LIKE_VWVFG:  # a town's own portal
            return Regime.VWVFG_41_2A
        case "VwZG" if land in _LAND_ACTS_LIKE_VWVFG:  # § 5(5), (7) VwZG: whatever the postbox is part of
            return Regime.VWZG_5_5
        case "AO":  # § 122a(5) AO: also in the postbox of a user account
            return Regime.AO_122A
        case "SGB X":
            return Regime.SGBX_37_2A
        case "BEEG" if in_account:  # § 37(2b) SGB X: parental allowance follows § 9 OZG
            return Regime.OZG_9
    raise NoRule(f"No rule is known for {procedural_law!r} through this postbox in {land}.")


def _sent(channel: str, procedural_law: str, land: str) -> Regime:
    """What was put on its way, not made available."""
    match procedural_law, channel:
        case "VwVfG", "post" | "transmission" if land in _LAND_ACTS_LIKE_VWVFG:
            return Regime.VWVFG_41_2
        case "AO", "post":
            return Regime.AO_122_2
        case "AO", "transmission":
            return Regime.AO_122_2A
        case "SGB X" | "BEEG", "post" | "transmission":
            return Regime.SGBX_37_2
        case "VwVfG", "acknowledgement" if land in _LAND_ACTS_LIKE_VWVFG:
            return Regime.VWZG_5_5
    raise NoRule(f"No rule is known for {procedural_law!r} by {channel} in {land}.")


def _covers(rule: Rule, day: date, issued_on: date | None) -> bool:
    if not rule.first <= day <= (rule.last or date.max):
        return False
    if rule.issued_first is None and rule.issued_last is None:
        return True
    if issued_on is None:  # the day of issue decides between old and new § 122a AO
        raise NoRule("The day of issue is needed to choose the version of § 122a AO.", code="issued-on-missing")
    return (rule.issued_first or date.min) <= issued_on <= (rule.issued_last or date.max)
