"""Plan fapi2-message-signing-final: signed requests and signed answers (JAR, JARM), each module by its name."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

import pytest

from keys.tokens import verify_token
from tests.http import forms_of
from tests.idgateway.login.world import CALLBACK, ISSUER, Person, World, query_of
from tests.idgateway.provider.test_request_object import signed


@pytest.fixture
def dialect() -> str:
    """How an answer is signed does not depend on the engine."""
    return "sqlite"


@pytest.fixture
def person(world: World) -> Person:
    """A browser, and a fapi2 client that signs its requests and wants signed answers."""
    clients: Any = world.app.extensions["gate"].clients
    clients["fapi"] = replace(clients["fapi"], require_request_object=True)
    return world.browser()


def pushed(person: Person, **changes) -> str:
    form = {"client_id": "fapi", "request": signed(person, "fapi", **{"response_mode": "jwt", **changes})}
    answer = person.call("/par", "fapi", {**form, **person.proof("fapi")})
    assert answer.status_code == 201, answer.json
    return answer.json["request_uri"]


def read(person: Person, token: str) -> Mapping[str, Any]:
    """JARM 4: signature by kid, issuer, audience, time."""
    jwks, now = person.get("/jwks").json, person.world.clock.now
    claims = verify_token(token, jwks, typ=None, issuer=ISSUER, audience="fapi", now=now)
    assert now.timestamp() < claims["exp"] <= now.timestamp() + 600
    return claims


def heard(person: Person, location: str) -> Mapping[str, Any]:
    """The signed answer, with nothing plain beside it."""
    told = query_of(location)
    assert told.keys() == {"response"}
    return read(person, told["response"])


def finished(person: Person, request_uri: str, **said):
    there = person.answered(person.open(request_uri, "fapi"), **said)
    return person.get(urlsplit(there.location).path)


def test_fapi2_message_signing_final_happy_flow(person: Person):
    """Signed request, signed answer with code, state and issuer, tokens."""
    told = heard(person, finished(person, pushed(person)).location)
    assert told["state"] == person.state
    assert person.redeem(told["code"], "fapi").status_code == 200


@pytest.mark.parametrize("mode", ["query.jwt", "form_post.jwt"])
def test_fapi2_message_signing_final_ensure_response_modes(person: Person, mode: str):
    """The other signed ways; by form the token alone is posted."""
    answer = finished(person, pushed(person, response_mode=mode))
    if mode == "query.jwt":
        assert "code" in heard(person, answer.location)
        return
    (form,) = [form for form in forms_of(answer.text) if form["action"] == CALLBACK]
    assert form["fields"].keys() == {"response"}
    assert "code" in read(person, form["fields"]["response"])


def test_fapi2_message_signing_final_user_rejects_authentication(person: Person):
    """Errors are signed too."""
    told = heard(person, finished(person, pushed(person), cancelled=True).location)
    assert (told["error"], told["state"]) == ("access_denied", person.state)
    silent = heard(person, person.open(pushed(person, prompt="none"), "fapi").location)
    assert silent["error"] == "login_required"


def test_fapi2_message_signing_final_ensure_unsigned_request_at_par_fails(person: Person):
    """Parameters without an object: invalid_request_object."""
    assert person.push("fapi", response_mode="jwt").json["error"] == "invalid_request_object"


def test_fapi2_message_signing_final_state_only_outside_request_object_not_used(person: Person):
    """A state beside the object is not given back."""
    form = {"client_id": "fapi", "request": signed(person, "fapi", response_mode="jwt", state=None, prompt="none")}
    answer = person.call("/par", "fapi", {**form, "state": "outside", **person.proof("fapi")})
    assert "state" not in heard(person, person.open(answer.json["request_uri"], "fapi").location)


def test_j12_a_signed_answer_is_no_id_token(person: Person):
    """As a hint, at logout or at userinfo it opens nothing."""
    token = query_of(finished(person, pushed(person)).location)["response"]
    assert person.userinfo(token).status_code == 401
    answer = person.call(
        "/par",
        "fapi",
        {"client_id": "fapi", "request": signed(person, "fapi", id_token_hint=token), **person.proof("fapi")},
    )
    assert answer.json["error"] == "invalid_request"
