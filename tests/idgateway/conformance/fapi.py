"""What the tests of the FAPI 2.0 plans have in common: one client that pushes and holds a key, plainly or signing all."""

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlsplit

from werkzeug.test import TestResponse

from keys.tokens import verify_token
from tests.idgateway.login.world import CALLBACK, ISSUER, Person, World, query_of
from tests.idgateway.provider.test_request_object import signed
from tests.proofs import proof_of

# The two plans share most modules: with plain requests and answers, and with both signed (JAR, JARM).
FORMS = ("plain", "signed")
_OUTSIDE = ("client_assertion", "client_assertion_type", "request_uri")


@dataclass
class Signing(Person):
    """A browser whose application signs its requests and wants signed answers."""

    def push(self, client_id: str = "urkunde", **changes) -> TestResponse:
        if client_id != "fapi":
            return super().push(client_id, **changes)
        return self.call("/par", client_id, form_of(self, **changes))


def person_of(world: World, form: str) -> Person:
    """A browser, and the fapi2 client that sent it."""
    if form == "plain":
        return world.browser()
    clients: Any = world.app.extensions["gate"].clients.configured
    clients["fapi"] = replace(clients["fapi"], require_request_object=True)
    return Signing(world, world.app.test_client())


def form_of(person: Person, **changes) -> dict[str, str]:
    """The form of a correct push; None leaves a parameter out."""
    if not isinstance(person, Signing):
        return {**person.request_of("fapi"), **person.proof("fapi"), **changes}
    outside = {name: value for name, value in changes.items() if name in _OUTSIDE}
    inside = {"response_mode": "jwt", **{name: changes[name] for name in changes.keys() - outside.keys()}}
    return {"client_id": "fapi", "request": signed(person, "fapi", **inside), **person.proof("fapi"), **outside}


def reference(person: Person, **changes) -> str:
    answer = person.push("fapi", **changes)
    assert answer.status_code == 201, answer.json
    return answer.json["request_uri"]


def finished(person: Person, page, **said) -> Mapping[str, Any]:
    """What the client hears after the login behind this page."""
    there = person.answered(page, **said)
    return heard(person, person.get(urlsplit(there.location).path).location)


def heard(person: Person, location: str) -> Mapping[str, Any]:
    """The answer; a signed one has nothing plain beside it."""
    told = query_of(location)
    if not isinstance(person, Signing):
        return told
    assert told.keys() == {"response"}
    return read(person, told["response"])


def read(person: Person, token: str) -> Mapping[str, Any]:
    """JARM 4: signature by kid, issuer, audience, time."""
    jwks, now = person.get("/jwks").json, person.world.clock.now
    claims = verify_token(token, jwks, typ=None, issuer=ISSUER, audience="fapi", now=now)
    assert now.timestamp() < claims["exp"] <= now.timestamp() + 600
    return claims


def logged_in(person: Person, **changes) -> Mapping[str, Any]:
    return finished(person, person.open(reference(person, **changes), "fapi"))


def denied(person: Person, **changes) -> str:
    """The error of a push that is refused."""
    answer = person.push("fapi", **changes)
    assert answer.status_code in (400, 401)
    return answer.json["error"]


def is_page(answer) -> bool:
    return answer.status_code == 400 and "Location" not in answer.headers


def redeemed(person: Person, code: str, key=None, **changes) -> TestResponse:
    """The token answer for a proof by this key (the client's own), with these claims changed."""
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": CALLBACK}
    proof = proof_of(f"{ISSUER}/token", person.world.clock.now, key or person.world.keys["fapi"], **changes)
    form |= {"code_verifier": person.verifier, **person.proof("fapi")}
    return person.post("/token", data=form, headers={"DPoP": proof})


def nonce_of(person: Person, nonce: str) -> str:
    token = person.redeem(logged_in(person, nonce=nonce)["code"], "fapi").json["id_token"]
    return inside(token)["nonce"]


def inside(token: str) -> dict[str, Any]:
    payload = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
