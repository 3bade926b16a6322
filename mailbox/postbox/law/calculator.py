"""The calculator: a question about dates as flat JSON in, the answer as flat JSON out. Nothing is stored.

Public authorities and their software vendors may ask without knowing this house. An instant without a zone is German
time, a day alone its noon: only the legal day matters. Whoever does not name the regime names channel and procedural
law, from which it follows (§§ 2(5), (7), 9 OZG); a default does not exist.
"""

import difflib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, time
from typing import Any, Final

from postbox.errors import NoRule, Problem, Unacceptable
from postbox.law.calendar import BERLIN, LAENDER, DayChange, Municipality, legal_day
from postbox.law.computation import Case, Computation
from postbox.law.editing import touching
from postbox.law.periods import compute
from postbox.law.regimes import CHANNELS, Regime, choose, rule_of_id
from postbox.law.words import explain

USUAL_MONTHS: Final = 1  # § 70(1) VwGO, § 355(1) AO, § 84(1) SGG
_NOON: Final = time(12)


def read_instant(text: object) -> datetime:
    """An ISO 8601 instant or day; German time where no zone stands. Raises TypeError or ValueError."""
    if not isinstance(text, str):
        raise TypeError("a moment like 2026-11-23T14:30:00+01:00, or a day like 2026-11-23")
    try:
        return datetime.combine(date.fromisoformat(text), _NOON, tzinfo=BERLIN)
    except ValueError:
        pass
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError("a moment like 2026-11-23T14:30:00+01:00, or a day like 2026-11-23") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=BERLIN)


def read_day(text: object) -> date:
    """An ISO 8601 day. Raises ValueError."""
    try:
        return date.fromisoformat(text)  # type: ignore[arg-type]  # the error below answers for other types
    except (TypeError, ValueError):
        raise ValueError("a day like 2026-11-23") from None


def answer(question: Mapping[str, Any], changes: Sequence[DayChange] = ()) -> dict[str, Any]:
    """Compute what is asked, with a legal editor's ``changes`` to the calendar. Raises Unacceptable, NoRule."""
    computation = compute(edited(read_case(question), changes))
    return {
        "regime": computation.case.regime.value,
        "announced": computation.announced.value,
        **{name: _text(getattr(computation, field)) for name, field in DAYS.items()},
        "disputed": computation.disputed,
        "contestable": computation.contestable,
        "rules": [_rule(computation)],
        "citations": list(computation.citations),
        "reasons": {language: list(explain(computation, language)) for language in ("de", "en")},
        "calendar_version": computation.calendar_version,
    }


def edited(case: Case, changes: Sequence[DayChange]) -> Case:
    """The case with those changes of the calendar that may touch it."""
    places = (case.authority_land, case.recipient_land)
    return replace(case, calendar_changes=touching(changes, places, legal_day(case.on))) if changes else case


def read_case(question: Mapping[str, Any]) -> Case:
    """The facts of a question. Raises Unacceptable with every wrong member, NoRule."""
    problems = [_unknown(name) for name in question if name not in _MEMBERS]
    facts: dict[str, Any] = {"period_months": USUAL_MONTHS}
    for name, (field, read) in _MEMBERS.items():
        given = question.get(name)
        if given is None and name != "period_months":
            continue  # null and absent say the same: not known
        if name not in question:
            continue
        try:
            facts[field] = read(given)
        except (TypeError, ValueError) as error:
            problems.append(Problem(code="member-malformed", pointer=f"/{name}", sentence=f"Write {error}."))
    if "authority_land" not in question:
        problems.append(Problem(code="member-missing", pointer="/authority_land", sentence="Whose holidays count?"))
    if "regime" not in question and not ("channel" in question and "procedural_law" in question):
        sentence = "Name the regime, or channel and procedural_law, from which it follows; there is no default."
        problems.append(Problem(code="member-missing", pointer="/regime", sentence=sentence))
    if problems:
        raise Unacceptable(problems)
    return _case(facts)


def _case(facts: dict[str, Any]) -> Case:
    channel, law = facts.pop("channel", None), facts.pop("procedural_law", None)
    reference = facts.get("account_reference", "")
    if "regime" not in facts:
        at = facts.get("available_at") or facts.get("sent_at")
        if at is None:
            raise NoRule("Say when it was made available, or when it was sent.", code="facts-missing")
        rule = choose(
            channel=channel,
            procedural_law=law,
            land=facts["authority_land"],
            on=legal_day(at),
            part_of_user_account=reference,
            issued_on=facts.get("issued_on"),
        )
        facts["regime"] = rule.regime
        facts.setdefault("posted", channel == "post")
    return Case(**facts)


def _rule(computation: Computation) -> dict[str, str]:
    rule = rule_of_id(computation.rule_id)
    return {"id": rule.id, "citation": rule.citation, "in_force_from": rule.first.isoformat(), "remark": rule.remark}


def _unknown(name: str) -> Problem:
    near = difflib.get_close_matches(name, _MEMBERS, 1)
    sentence = f"There is no such member{f'; did you mean {near[0]}' if near else ''}."
    return Problem(code="member-unknown", pointer=f"/{name[:60]}", sentence=sentence)


def _one_of(words: frozenset[str]) -> Callable[[object], str]:
    def read(value: object) -> str:
        if not isinstance(value, str) or value not in words:
            raise ValueError("one of " + ", ".join(sorted(words)))
        return value

    return read


def _flag(value: object) -> bool:
    if not isinstance(value, bool):
        raise TypeError("true or false")
    return value


def _months(value: object) -> int | None:
    if value is not None and (isinstance(value, bool) or not isinstance(value, int)):
        raise ValueError("a number of months, or null where there is no remedy")
    return value


def _reference(value: object) -> str:
    if not isinstance(value, str) or len(value) > 200:  # noqa: PLR2004
        raise ValueError("the legal reference as text of at most 200 characters")
    return value


def _text(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


_LAND: Final = _one_of(LAENDER)
_TOWN: Final = _one_of(frozenset(Municipality))
# Member of the question, field of the case, and who reads it.
_MEMBERS: Final[Mapping[str, tuple[str, Callable[[object], Any]]]] = {
    "regime": ("regime", lambda value: Regime(_one_of(frozenset(Regime))(value))),
    "channel": ("channel", _one_of(CHANNELS)),
    "procedural_law": ("procedural_law", _one_of(frozenset({"VwVfG", "AO", "SGB X", "BEEG"}))),
    "part_of_user_account": ("account_reference", _reference),
    "available_at": ("available_at", read_instant),
    "notified_at": ("notified_at", read_instant),
    "notification_proven": ("notification_proven", _flag),
    "retrieved_at": ("retrieved_at", read_instant),
    "sent_at": ("sent_at", read_instant),
    "posted": ("posted", _flag),
    "received_at": ("received_at", read_instant),
    "receipt_denied": ("receipt_denied", _flag),
    "ack_date": ("ack_date", read_day),
    "ack_received_at": ("ack_received_at", read_instant),
    "fiction_announced": ("fiction_announced", _flag),
    "issued_on": ("issued_on", read_day),
    "authority_land": ("authority_land", _LAND),
    "municipality": ("authority_municipality", lambda value: Municipality(_TOWN(value))),
    "recipient_land": ("recipient_land", _LAND),
    "recipient_municipality": ("recipient_municipality", lambda value: Municipality(_TOWN(value))),
    "abroad": ("abroad", _flag),
    "remedy_ok": ("remedy_information_complete", _flag),
    "period_months": ("period_months", _months),
}
MEMBERS: Final = tuple(_MEMBERS)
DAYS: Final = {
    "strict_day": "announced_strict",
    "lenient_day": "announced_lenient",
    "strict_end": "end_strict",
    "lenient_end": "end_lenient",
    "fallback_end": "fallback_end",
    "retrieve_until": "retrieve_until",
    "citizen_safe_until": "citizen_safe_until",
    "final_not_before": "final_not_before",
}
