"""Whether the dates in a bundle follow from its events: bound into the chain, fed by the events, computed again."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from postbox.errors import EvidenceInvalid, NoRule
from postbox.law.computation import Announced, Case, Computation
from postbox.law.periods import compute
from postbox.law.words import day_text
from postbox.moments import instant_text
from postbox.proof.commitments import computation_digest, read_documents_payload
from postbox.proof.events import Event, EventType

_AVAILABLE: Final = frozenset({EventType.CONTENT_CONSIGNMENT, EventType.LEGAL_DAY_CORRECTED})
_ACKNOWLEDGED: Final = frozenset({EventType.ACKNOWLEDGED})


@dataclass(frozen=True, kw_only=True)
class _Shown:
    """What the events show of the facts that the law is applied to; read once for all computations."""

    bound: frozenset[object]
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
    for computation in computations:
        if computation_digest(computation) not in shown.bound:
            raise EvidenceInvalid("A computation is not bound into the chain.", code="computation-not-in-chain")
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
        bound=_texts(event.payload.get("computation") for event in events),
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
    )
    if not all(stated):
        raise EvidenceInvalid("A computation rests on times that no event shows.", code="computation-facts")


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
