"""The stand-in without its pages: the HTTP API for the tests of any service. It is stable: names are added, none moves.

**GET /catalogue** tells, as JSON: ``persons`` (key, name, means, level), ``families``, ``answers`` (name, family,
description, rule, expectation refuse or accept, deliveries), ``outcomes`` (name, description, status codes),
``metadata`` (wrong and odd metadata, each served by ``GET /idp?fault=NAME``; the right ones without ``fault``),
``manners`` (each switch with its choices, the first one standing for "as it comes") and ``codes`` (why a request is
refused, ``idp.code``) with ``warnings``.

**A request at an SSO address** (POST ``/idp/profile/SAML2/POST/SSO``, GET ``/idp/profile/SAML2/Redirect/SSO``) may
carry wishes, in the address or as a header; the address wins:

====================  ===========================  ================================================================
in the address        header                       meaning
====================  ===========================  ================================================================
``person``            ``X-Simulator-Person``       who logs in; the answer comes at once, without pages
``fault``             ``X-Simulator-Fault``        what is wrong with the answer, a name of the catalogue
``outcome``           ``X-Simulator-Outcome``      no login but this end; nobody has to be named
``signed``            ``X-Simulator-Signed``       both, response, assertion
``signature``         ``X-Simulator-Signature``    rsa-pss, rsa-sha256
``encryption``        ``X-Simulator-Encryption``   aes256-gcm, aes192-gcm, aes128-gcm
``transport``         ``X-Simulator-Transport``    mgf1p-sha1, mgf1p-sha256, oaep-sha256-mgf1-sha256, and so on
``country``           ``X-Simulator-Country``      of an eIDAS login: AT, PL, and so on
``eidas-level``       ``X-Simulator-Eidas-Level``  of an eIDAS login: low, substantial, high
``mfa``               ``X-Simulator-Mfa``          true, false
``clock-offset``      ``X-Simulator-Clock-Offset`` seconds that this one answer is made later (or, negative, earlier)
====================  ===========================  ================================================================

Without person, fault and outcome the pages come, and the answer they end in keeps to the switches.

**The answer** is the page whose form carries it back, or under ``Accept: application/json`` an object: ``url``,
``fields`` (name and value, in this order, a name may come twice), ``deliveries`` (how often to send it), ``method``
(``post``; ``get`` where a cancelled login merely leads to the request's BackURL, then ``fields`` is empty) and
``warnings`` (codes: the request was served and is worth mending). A refused request is 400 with ``code``, ``detail``
and ``explanation``, or for a browser 303 to ``/error?idp.code=…``.
"""

from dataclasses import dataclass
from datetime import datetime

from flask import Response, jsonify, request

from idgateway.simulator.answers import answer_for, stated
from idgateway.simulator.catalogue import BROKEN, FAMILIES, METADATA
from idgateway.simulator.errors import CODES, WARNINGS, RequestRefused
from idgateway.simulator.identity import Identity
from idgateway.simulator.manner import CHOICES, SWITCHES, Manner, wished_manner
from idgateway.simulator.offers import offered_persons, transfer
from idgateway.simulator.outcomes import OUTCOMES
from idgateway.simulator.persons import PERSONS
from idgateway.simulator.visits import Answered, Visit, Visits


@dataclass(frozen=True, kw_only=True)
class Wish:
    """Who logs in and what is wrong with the answer (``fault`` is empty for a sound one), or how it ends."""

    person: str
    fault: str
    outcome: str


def wish(outcome: str = "") -> Wish | None:
    """What this request asks for without pages, or None where it names neither person nor fault nor outcome.

    ``outcome`` is the end that the request itself leads to, whatever is wished.
    """
    wished = Wish(person=_wished("person"), fault=_wished("fault"), outcome=outcome or _wished("outcome"))
    return wished if wished.person or wished.fault or wished.outcome else None


def wanted_manner(default: Manner) -> Manner:
    """The answer's switches: the default with what this request wishes. Raises RequestRefused."""
    named = {switch: _wished(switch.replace("_", "-")) for switch in SWITCHES}
    return wished_manner(default, {switch: value for switch, value in named.items() if value})


def wants_json() -> bool:
    """Whether a program asks; a browser prefers HTML."""
    return request.accept_mimetypes.best == "application/json"


def answer_at_once(identity: Identity, visits: Visits, visit: Visit, wished: Wish, now: datetime) -> Answered:
    """Choose person, fault or outcome for a login that has begun.

    Raises RequestRefused where they do not fit the request.
    """
    if wished.outcome:
        return _ended(identity, visits, visit, wished.outcome, now)
    offered = [person.key for person in offered_persons(visit.request, visit.manner)]
    if wished.person not in offered:
        cause = "no person is named" if not wished.person else "this person does not fit"
        raise RequestRefused("sim-person-not-offered", f"{cause}; this request offers {', '.join(offered) or 'nobody'}")
    visit = visits.change(visit.handle, now, person=wished.person, authenticated_at=now)
    _check_fault(identity, visit, wished.fault, now)
    return _finished(identity, visits, visit, "broken" if wished.fault else "agree", now, fault=wished.fault)


def answered_json(answered: Answered, warnings: tuple[str, ...]) -> Response:
    """The form as data: where to, which fields in which order, how often to send it."""
    return jsonify(
        url=answered.url,
        fields=[list(pair) for pair in answered.fields],
        deliveries=answered.deliveries,
        method="post" if answered.fields else "get",
        warnings=list(warnings),
    )


def refused_json(error: RequestRefused) -> Response:
    """A refusal as data: its code and what it means."""
    response = jsonify(code=error.code, detail=error.detail, explanation=_both(CODES[error.code]))
    response.status_code = 400
    return response


def catalogue_json() -> Response:
    """Every person, every named answer with what a sound service does with it, every end, every switch."""
    answers = [
        {
            "name": entry.name,
            "family": entry.family,
            "description": _both(entry.title),
            "rule": entry.rule,
            "expectation": entry.expectation,
            "deliveries": entry.deliveries,
        }
        for entry in BROKEN.values()
    ]
    outcomes = [
        {"name": one.name, "description": _both(one.title), "status": list(one.codes)} for one in OUTCOMES.values()
    ]
    return jsonify(
        persons=[
            {"key": one.key, "name": one.title, "means": one.entrance, "level": int(one.level)} for one in PERSONS
        ],
        families={key: _both(title) for key, title in FAMILIES.items()},
        answers=answers,
        outcomes=outcomes,
        metadata=[
            {
                "name": entry.name,
                "description": _both(entry.title),
                "rule": entry.rule,
                "expectation": entry.expectation,
            }
            for entry in METADATA.values()
        ],
        manners={switch.replace("_", "-"): list(choices) for switch, choices in CHOICES.items()},
        codes={code: _both(explanation) for code, explanation in CODES.items()},
        warnings={code: _both(explanation) for code, explanation in WARNINGS.items()},
    )


def _wished(name: str) -> str:
    header = "X-Simulator-" + name.title()
    return request.args.get(name) or request.headers.get(header, "")


def _both(pair: tuple[str, str]) -> dict[str, str]:
    return {"de": pair[0], "en": pair[1]}


def _ended(identity: Identity, visits: Visits, visit: Visit, outcome: str, now: datetime) -> Answered:
    if outcome not in OUTCOMES:
        raise RequestRefused("sim-outcome-unknown")
    back_url = visit.request.extension.back_url
    if outcome == "cancel" and back_url:
        # Interface description 9.5: with a BackURL the browser is simply led there, without any SAML.
        return visits.finish(visit.handle, now, lambda _: Answered(url=back_url, fields=(), deliveries=1))
    return _finished(identity, visits, visit, outcome, now)


def _finished(
    identity: Identity, visits: Visits, visit: Visit, decision: str, now: datetime, *, fault: str = ""
) -> Answered:
    address = request.remote_addr or "127.0.0.1"
    return visits.finish(
        visit.handle,
        now,
        lambda seen: answer_for(identity, seen, decision=decision, fault=fault, address=address, now=now),
    )


def _check_fault(identity: Identity, visit: Visit, fault: str, now: datetime) -> None:
    if not fault:
        return
    if fault not in BROKEN:
        raise RequestRefused("sim-fault-unknown")
    missing = transfer(visit.who, visit.request, identity.pairwise_secret).missing_required
    if missing or not BROKEN[fault].applies(stated(identity, visit, "127.0.0.1", now), visit.request.level):
        raise RequestRefused("sim-fault-without-bite")
