"""The stand-in without its pages: the catalogue as JSON, and an answer at once for whoever names person and fault.

A request posted to the SSO address with ``?person=erika-eid&fault=xsw-3`` (or the headers ``X-Simulator-Person`` and
``X-Simulator-Fault``; the address wins) is answered right there: with the form that a browser sends on, or, under
``Accept: application/json``, with that form's address and fields. Without ``fault`` the answer is sound.
"""

from dataclasses import dataclass
from datetime import datetime

from flask import Response, jsonify, request

from idgateway.simulator.answers import answer_for, stated
from idgateway.simulator.catalogue import BROKEN, FAMILIES
from idgateway.simulator.errors import CODES, RequestRefused
from idgateway.simulator.identity import Identity
from idgateway.simulator.offers import offered_persons, transfer
from idgateway.simulator.persons import BY_KEY, PERSONS
from idgateway.simulator.visits import Answered, Visit, Visits


@dataclass(frozen=True, kw_only=True)
class Wish:
    """Who logs in, and what is wrong with the answer; ``fault`` is empty for a sound one."""

    person: str
    fault: str


def wish() -> Wish | None:
    """What this request asks for without pages, or None where it names nobody."""
    person = request.args.get("person") or request.headers.get("X-Simulator-Person", "")
    fault = request.args.get("fault") or request.headers.get("X-Simulator-Fault", "")
    return Wish(person=person, fault=fault) if person or fault else None


def wants_json() -> bool:
    """Whether a program asks; a browser prefers HTML."""
    return request.accept_mimetypes.best == "application/json"


def answer_at_once(identity: Identity, visits: Visits, visit: Visit, wished: Wish, now: datetime) -> Answered:
    """Choose person and fault for a login that has begun. Raises RequestRefused where they do not fit the request."""
    if wished.person not in {person.key for person in offered_persons(visit.request)}:
        raise RequestRefused("sim-person-not-offered")
    visit = visits.change(visit.handle, now, person=wished.person, authenticated_at=now)
    _check_fault(identity, visit, wished.fault, now)
    decision, address = "broken" if wished.fault else "agree", request.remote_addr or "127.0.0.1"
    return visits.finish(
        visit.handle,
        now,
        lambda seen: answer_for(identity, seen, decision=decision, fault=wished.fault, address=address, now=now),
    )


def answered_json(answered: Answered) -> Response:
    """The form as data: where to, which fields in which order, how often to send it."""
    return jsonify(url=answered.url, fields=[list(pair) for pair in answered.fields], deliveries=answered.deliveries)


def refused_json(error: RequestRefused) -> Response:
    """A refusal as data: its code and what it means."""
    response = jsonify(code=error.code, explanation=dict(zip(("de", "en"), CODES[error.code], strict=True)))
    response.status_code = 400
    return response


def catalogue_json() -> Response:
    """Every person and every named answer, with what a sound service does with it."""
    answers = [
        {
            "name": entry.name,
            "family": entry.family,
            "description": {"de": entry.title[0], "en": entry.title[1]},
            "rule": entry.rule,
            "expectation": entry.expectation,
            "deliveries": entry.deliveries,
        }
        for entry in BROKEN.values()
    ]
    persons = [{"key": one.key, "name": one.title, "means": one.entrance, "level": int(one.level)} for one in PERSONS]
    families = {key: {"de": german, "en": english} for key, (german, english) in FAMILIES.items()}
    return jsonify(persons=persons, families=families, answers=answers)


def _check_fault(identity: Identity, visit: Visit, fault: str, now: datetime) -> None:
    if not fault:
        return
    if fault not in BROKEN:
        raise RequestRefused("sim-fault-unknown")
    missing = transfer(BY_KEY[visit.person], visit.request, identity.pairwise_secret).missing_required
    if missing or not BROKEN[fault].applies(stated(identity, visit, "127.0.0.1", now), visit.request.level):
        raise RequestRefused("sim-fault-without-bite")
