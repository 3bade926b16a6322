"""Whether the dates in a bundle follow from its events: bound into the chain, fed by the events, computed again."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Final

from postbox.errors import EvidenceInvalid, NoRule
from postbox.law.calendar import legal_day
from postbox.law.computation import Announced, Case, Computation
from postbox.law.periods import compute
from postbox.law.words import day_text
from postbox.moments import instant_text
from postbox.proof.commitments import computation_digest, read_documents_payload
from postbox.proof.events import Event, EventType

_AVAILABLE: Final = frozenset({EventType.CONTENT_CONSIGNMENT, EventType.LEGAL_DAY_CORRECTED})
_ACKNOWLEDGED: Final = frozenset({EventType.ACKNOWLEDGED})
_MOST_POSTED: Final = 100  # computations for letters of one notice: a stranger's bundle shall not cost more


@dataclass(frozen=True, kw_only=True)
class _Shown:
    """What the events show of the facts that the law is applied to; read once for all computations."""

    bound: Mapping[object, int]  # digests of computations, each with the number of the event that holds it
    available: frozenset[datetime]
    notified: frozenset[datetime | None]
    retrieved: frozenset[datetime | None]
    acknowledged: frozenset[tuple[date | None, datetime | None]]
    retrieved_before: frozenset[object]


def check_dates(computations: Sequence[Computation], events: Sequence[Event]) -> bool:
    """Whether this verifier could compute all of them again, with the same result. Raises EvidenceInvalid.

    False where its tables or its calendar are not those of the computation and the results differ: then they
    are not disproven, only not proven here.
    """
    shown = _shown(events)
    if sum(computation.case.posted for computation in computations) > _MOST_POSTED:
        raise EvidenceInvalid("More letters than one notice can have.", code="computation-invalid")
    for number, computation in enumerate(computations):
        until = shown.bound.get(computation_digest(computation))
        if until is None:
            raise EvidenceInvalid("A computation is not bound into the chain.", code="computation-not-in-chain")
        if computation.case.posted:
            _check_posted(computation.case, events[:until], computations[:number])
        else:
            _check_facts(computation.case, shown)
    again = [_computed_again(computation) for computation in computations]  # every one: a later one may be wrong
    return all(again)


def summary(computation: Computation) -> tuple[str, str]:
    """The dates that matter, in German and English."""
    return _summary(computation, "de"), _summary(computation, "en")


def _shown(events: Sequence[Event]) -> _Shown:
    consigned = [event for event in events if event.type is EventType.CONTENT_CONSIGNMENT]
    given = ((_day(event.payload.get("received_on")), event.at) for event in events if event.type in _ACKNOWLEDGED)
    notified = (event.at for event in events if event.type is EventType.CONSIGNMENT_NOTIFICATION)
    return _Shown(
        bound={
            text: number
            for number, event in enumerate(events, 1)
            for text in _texts([event.payload.get("computation")])
        },
        available=frozenset(event.at for event in events if event.type in _AVAILABLE),
        notified=frozenset({None, *notified}),
        retrieved=frozenset({None, *_handovers_of_the_act(events)[:1]}),
        acknowledged=frozenset({(None, None), *given}),
        retrieved_before=_texts(event.payload.get("retrieved_before") for event in consigned),
    )


def _texts(values: Iterable[object]) -> frozenset[object]:
    """The texts among them: a stranger's payload may hold anything."""
    return frozenset(value for value in values if isinstance(value, str))


def _check_facts(case: Case, shown: _Shown) -> None:
    """The instants that the law was applied to are those of the events."""
    stated = (
        case.available_at in shown.available,
        case.notified_at in shown.notified,
        case.retrieved_at in shown.retrieved,
        case.sent_at in {None, case.available_at},
        (case.ack_date, case.ack_received_at) in shown.acknowledged,
        case.retrieved_before is None or instant_text(case.retrieved_before) in shown.retrieved_before,
        case.announced_before is None,
        not case.returned,
    )
    if not all(stated):
        raise EvidenceInvalid("A computation rests on times that no event shows.", code="computation-facts")


def _check_posted(case: Case, events: Sequence[Event], earlier: Sequence[Computation]) -> None:
    """A letter's day is one that the authority stated by then, an earlier announcement what the postbox came to."""
    days = {_day(event.payload.get("posted_on")) for event in events if event.type is EventType.POSTED}
    back = any(event.type is EventType.RELAY_TO_NON_ERDS_FAILED for event in events)
    only = (case.available_at, case.notified_at, case.retrieved_at, case.received_at, case.ack_date)
    stated = _posted_on(case) in days and case.announced_before in _announced_before(case, events, earlier)
    if not stated or any(only) or (case.returned and not back):
        raise EvidenceInvalid("A computation rests on times that no event shows.", code="computation-facts")


def _posted_on(case: Case) -> date:
    try:
        return legal_day(case.on)
    except NoRule:
        raise EvidenceInvalid("No rule computes from such facts.", code="computation-invalid") from None


def _announced_before(case: Case, events: Sequence[Event], earlier: Sequence[Computation]) -> set[date | None]:
    """What the postbox had come to by these events, in the calendar of either way; None where it never lay there."""
    own = [one.case for one in earlier if not one.case.posted]
    if not own:
        return {None}
    notified = [event.at for event in events if event.type is EventType.CONSIGNMENT_NOTIFICATION]
    facts: dict[str, Any] = {
        "retrieved_at": next(iter(_handovers_of_the_act(events)), None),
        "notified_at": notified[-1] if notified else None,
    }
    try:
        calendars = (own[-1].calendar_changes, case.calendar_changes)
        found = [compute(replace(own[-1], **facts, calendar_changes=changes)) for changes in calendars]
    except NoRule:  # not among this verifier's tables: it then computes nothing again either
        return {case.announced_before}
    return {None if one.announced is Announced.NO else one.announced_strict for one in found}


def _day(text: object) -> date | None:
    try:
        return date.fromisoformat(str(text))
    except ValueError:
        return None


def _handovers_of_the_act(events: Sequence[Event]) -> list[datetime]:
    """When the main document, the first that was submitted, was handed over; an annex alone retrieves nothing."""
    submitted = next((event for event in events if event.type is EventType.SUBMISSION_ACCEPTED), None)
    main = next(iter(read_documents_payload(submitted.payload)), None) if submitted else None
    handovers = [event for event in events if event.type is EventType.CONTENT_HANDOVER]
    return [event.at for event in handovers if main in read_documents_payload(event.payload)]


def _computed_again(computation: Computation) -> bool:
    try:
        again = compute(computation.case)
    except NoRule as error:
        # Another version of the tables may hold a rule that ours lack; for facts that cannot be, none ever did.
        if error.code != NoRule.code:
            raise EvidenceInvalid("No rule computes from such facts.", code="computation-invalid") from None
        return False
    if again.to_json() == computation.to_json():
        return True
    if (again.rule_id, again.calendar_version) == (computation.rule_id, computation.calendar_version):
        raise EvidenceInvalid("Computed again, the dates are others.", code="computation-wrong")
    # Another calendar or another version of the rule: the dates may still be the same ones.
    return {**again.to_json(), "calendar_version": computation.calendar_version} == computation.to_json()


def _summary(computation: Computation, language: str) -> str:
    texts = [_announced(computation, language)]
    if computation.citizen_safe_until:
        until = day_text(computation.citizen_safe_until, language)
        texts.append(f"Handeln Sie bis {until}." if language == "de" else f"Act by {until}.")
    return " ".join(texts)


def _announced(computation: Computation, language: str) -> str:
    strict, lenient = computation.announced_strict, computation.announced_lenient
    if strict is None or computation.announced is Announced.NO:
        return "Der Bescheid ist nicht bekannt gegeben." if language == "de" else "The notice is not announced."
    text = day_text(strict, language)
    if lenient and lenient != strict:
        other = day_text(lenient, language)
        text += f" (nach anderer Lesart {other})" if language == "de" else f" (in another reading {other})"
    return f"Bekannt gegeben: {text}." if language == "de" else f"Announced: {text}."
