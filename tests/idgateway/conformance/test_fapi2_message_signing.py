"""Plan fapi2-message-signing-final: what the other plan lacks, signed requests above all (JAR), each module by its name."""

from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

import pytest
from joserfc import jwt
from joserfc.jwk import RSAKey

from tests.http import forms_of
from tests.idgateway.conformance.fapi import (
    heard,
    inside,
    person_of,
    read,
    reference,
)
from tests.idgateway.login.world import CALLBACK, ISSUER, Person, World, query_of
from tests.idgateway.provider.test_request_object import signed, unsigned

RSA = RSAKey.generate_key(2048)
REFUSED = 400, "invalid_request_object"


@pytest.fixture
def dialect() -> str:
    """How an answer is signed does not depend on the engine."""
    return "sqlite"


@pytest.fixture
def person(world: World) -> Person:
    """A browser, and a fapi2 client that signs its requests and wants signed answers."""
    return person_of(world, "signed")


def pushed(person: Person, request: str, **beside) -> tuple[int, str]:
    """Status and error of a push with this request object."""
    answer = person.call("/par", "fapi", {"client_id": "fapi", "request": request, **beside, **person.proof("fapi")})
    return answer.status_code, answer.json.get("error", "")


def from_now(person: Person, **seconds) -> dict[str, int]:
    now = int(person.world.clock.now.timestamp())
    return {name: now + value for name, value in seconds.items()}


def refused(person: Person, **changes) -> bool:
    """Whether an object with these claims is refused, and a sound one taken."""
    assert pushed(person, signed(person, "fapi"))[0] == 201
    return pushed(person, signed(person, "fapi", **changes)) == REFUSED


def test_fapi2_security_profile_final_ensure_request_object_with_multiple_aud_succeeds(person: Person):
    """The issuer among others."""
    assert pushed(person, signed(person, "fapi", aud=[ISSUER, "https://other.example"])) == (201, "")


def test_fapi2_security_profile_final_ensure_request_object_with_nbf_8_seconds_in_the_future_is_accepted(
    person: Person,
):
    """A clock that is early is borne."""
    assert pushed(person, signed(person, "fapi", **from_now(person, nbf=8))) == (201, "")


def test_fapi2_security_profile_final_ensure_request_object_without_exp_fails(person: Person):
    """It ends, and says when."""
    assert refused(person, exp=None)


def test_fapi2_security_profile_final_ensure_request_object_without_nbf_fails(person: Person):
    """It begins, and says when."""
    assert refused(person, nbf=None)


def test_fapi2_security_profile_final_ensure_expired_request_object_fails(person: Person):
    """It is over."""
    assert refused(person, **from_now(person, exp=-60))


def test_fapi2_security_profile_final_ensure_request_object_with_bad_aud_fails(person: Person):
    """For another server; our own push address is none either."""
    assert refused(person, aud="https://other.example")
    assert refused(person, aud=f"{ISSUER}/par")


def test_fapi2_security_profile_final_ensure_request_object_with_exp_over_60_fails(person: Person):
    """It lives longer than an hour."""
    assert refused(person, **from_now(person, exp=3700))


def test_fapi2_security_profile_final_ensure_request_object_with_nbf_over_60_fails(person: Person):
    """It began more than an hour ago."""
    assert refused(person, **from_now(person, nbf=-3700))


def test_fapi2_security_profile_final_ensure_signed_request_object_with_RS256_fails(person: Person):
    """The same key by PS256 is taken."""
    clients: Any = person.world.app.extensions["gate"].clients.configured
    known = clients["fapi"].jwks["keys"]
    public = {**RSA.as_dict(private=False), "kid": "rsa", "use": "sig"}
    clients["fapi"] = replace(clients["fapi"], jwks={"keys": [*known, public]})

    def by(algorithm: str) -> tuple[int, str]:
        claims = inside(signed(person, "fapi"))
        return pushed(person, jwt.encode({"alg": algorithm, "kid": "rsa"}, claims, RSA, algorithms=[algorithm]))

    assert by("PS256") == (201, "")
    assert by("RS256") == REFUSED


def test_fapi2_security_profile_final_ensure_request_object_signature_algorithm_is_not_none(person: Person):
    """Not signed at all."""
    assert pushed(person, unsigned(person, "fapi")) == REFUSED


def test_fapi2_security_profile_final_ensure_request_object_with_invalid_signature_fails(person: Person):
    """One letter of the signature changed."""
    good = signed(person, "fapi")
    bad = good[:-8] + ("A" if good[-8] != "A" else "B") + good[-7:]
    assert pushed(person, bad) == REFUSED
    assert pushed(person, good) == (201, "")


def test_fapi2_security_profile_final_ensure_matching_key_in_authorization_request(person: Person):
    """Signed by client 2."""
    assert pushed(person, signed(person, "fapi", by="urkunde", head={"kid": "urkunde"})) == REFUSED
    assert pushed(person, signed(person, "fapi", by="urkunde")) == REFUSED


def test_fapi2_security_profile_final_ensure_unsigned_request_at_par_endpoint_fails(person: Person):
    """Parameters without an object."""
    form = {**person.request_of("fapi"), **person.proof("fapi"), "response_mode": "jwt"}
    answer = person.call("/par", "fapi", form)
    assert (answer.status_code, answer.json["error"]) == REFUSED


def test_fapi2_security_profile_final_par_authorization_request_containing_request_uri(person: Person):
    """request_uri inside the object."""
    assert refused(person, request_uri=reference(person))


def answered(person: Person, **changes):
    """The answer to the browser after a whole login."""
    there = person.answered(person.open(reference(person, **changes), "fapi"))
    return person.get(urlsplit(there.location).path)


def test_errors_are_signed_too(person: Person):
    """Also where nobody is asked."""
    silent = heard(person, person.open(reference(person, prompt="none"), "fapi").location)
    assert silent["error"] == "login_required"


@pytest.mark.parametrize("mode", ["query.jwt", "form_post.jwt"])
def test_the_other_signed_ways_to_answer(person: Person, mode: str):
    """The other signed ways; by form the token alone is posted."""
    answer = answered(person, response_mode=mode)
    if mode == "query.jwt":
        assert "code" in heard(person, answer.location)
        return
    (form,) = [form for form in forms_of(answer.text) if form["action"] == CALLBACK]
    assert form["fields"].keys() == {"response"}
    assert "code" in read(person, form["fields"]["response"])


def test_j12_a_signed_answer_is_no_id_token(person: Person):
    """As a hint, at logout or at userinfo it opens nothing."""
    token = query_of(answered(person).location)["response"]
    assert person.userinfo(token).status_code == 401
    answer = person.call(
        "/par",
        "fapi",
        {"client_id": "fapi", "request": signed(person, "fapi", id_token_hint=token), **person.proof("fapi")},
    )
    assert answer.json["error"] == "invalid_request"
