"""The modules of the FAPI 2.0 plans about how the client proves itself (private_key_jwt), each by its name."""

from dataclasses import replace
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import RSAKey

from tests.idgateway.login.world import ISSUER, Person, World

RSA = RSAKey.generate_key(2048)


@pytest.fixture
def dialect() -> str:
    """Who the client is does not depend on the engine."""
    return "sqlite"


@pytest.fixture
def person(world: World) -> Person:
    """A browser, and the fapi2 client that sent it."""
    return world.browser()


def told(person: Person, path: str, **faults) -> tuple[int, str]:
    """Status and error of a call whose assertion has these claims; numbers are seconds from now."""
    now = int(person.world.clock.now.timestamp())
    claims = {name: now + value if isinstance(value, int) else value for name, value in faults.items()}
    form = {**person.request_of("fapi"), "grant_type": "authorization_code", "code": "x"}
    answer = person.call(path, "fapi", {**form, **person.proof("fapi", **claims)})
    return answer.status_code, answer.json.get("error", "")


PROVEN = {"/par": (201, ""), "/token": (400, "invalid_grant")}  # the code is nobody's
REFUSED = 401, "invalid_client"


@pytest.fixture(params=PROVEN)
def path(request: pytest.FixtureRequest, person: Person) -> str:
    """Both endpoints; a sound assertion is taken there."""
    assert told(person, request.param) == PROVEN[request.param]
    return request.param


def test_fapi2_security_profile_final_ensure_client_assertion_with_exp_is_5_minutes_in_past_fails(
    person: Person, path: str
):
    """Expired."""
    assert told(person, path, exp=-300) == REFUSED


def test_fapi2_security_profile_final_ensure_client_assertion_with_wrong_aud_fails(person: Person, path: str):
    """For another server."""
    assert told(person, path, aud="https://other.example") == REFUSED


def test_fapi2_security_profile_final_ensure_client_assertion_with_no_sub_fails(person: Person, path: str):
    """Of nobody."""
    assert told(person, path, sub=None) == REFUSED


@pytest.mark.parametrize(
    "fault", [{"iss": "urkunde"}, {"iss": None}, {"exp": None}, {"jti": None}, {"exp": 3700}], ids=str
)
def test_fapi2_security_profile_final_ensure_invalid_client_assertions_fail(person: Person, path: str, fault: dict):
    """Every other claim that has to be there, and one that lives too long."""
    assert told(person, path, **fault) == REFUSED


def test_fapi2_security_profile_final_par_ensure_jwt_client_assertions_nbf_8_seconds_in_the_future_is_accepted(
    person: Person, path: str
):
    """A clock that is early is borne."""
    assert told(person, path, iat=8, nbf=8) == PROVEN[path]


def test_fapi2_security_profile_final_par_ensure_jwt_client_assertions_nbf_over_60_seconds_in_the_future_fails(
    person: Person, path: str
):
    """A minute is too early."""
    assert told(person, path, iat=90, nbf=90) == REFUSED
    assert told(person, path, nbf=61) == REFUSED


def test_fapi2_security_profile_final_par_test_array_as_audience_fails(person: Person, path: str):
    """A list, whatever else stands in it."""
    for audience in ([ISSUER], [ISSUER, "https://other.example"]):
        assert told(person, path, aud=audience) == REFUSED


def test_fapi2_security_profile_final_par_test_par_endpoint_url_as_audience_fails(person: Person, path: str):
    """The push's own address is no audience."""
    assert told(person, path, aud=f"{ISSUER}/par") == REFUSED


def test_fapi2_security_profile_final_par_test_token_endpoint_url_as_audience_fails(person: Person, path: str):
    """Nor is the token endpoint's, for this profile."""
    assert told(person, path, aud=f"{ISSUER}/token") == REFUSED


def test_fapi2_security_profile_final_ensure_signed_client_assertion_with_RS256_fails(person: Person, path: str):
    """The same key by PS256 is taken."""
    clients: Any = person.world.app.extensions["gate"].clients.configured
    public = {**RSA.as_dict(private=False), "kid": "rsa", "use": "sig"}
    clients["fapi"] = replace(clients["fapi"], jwks={"keys": [public]})

    def assertion(algorithm: str) -> str:
        claims = jwt.decode(person.proof("fapi")["client_assertion"], person.world.keys["fapi"]).claims
        return jwt.encode({"alg": algorithm, "kid": "rsa"}, claims, RSA, algorithms=[algorithm])

    def answered(algorithm: str) -> tuple[int, str]:
        form = {**person.request_of("fapi"), "grant_type": "authorization_code", "code": "x", **person.proof("fapi")}
        answer = person.call(path, "fapi", {**form, "client_assertion": assertion(algorithm)})
        return answer.status_code, answer.json.get("error", "")

    assert answered("PS256") == PROVEN[path]
    assert answered("RS256") == REFUSED
