"""Plan fapi2-security-profile-final (private_key_jwt, DPoP, openid, plain response): each module by its name."""

import json

import pytest

from tests.idgateway.conformance.fapi import denied, finished, logged_in, nonce_of, reference
from tests.idgateway.conformance.relying_party import entropy
from tests.idgateway.login.world import CALLBACK, ISSUER, Person, World

FAPI_ALGORITHMS = {"PS256", "ES256", "EdDSA"}


@pytest.fixture
def dialect() -> str:
    """Races and stores have their own tests on both engines."""
    return "sqlite"


@pytest.fixture
def person(world: World) -> Person:
    """A browser, and the fapi2 client that sent it."""
    return world.browser()


def test_fapi2_security_profile_final_discovery_end_point_verification(person: Person):
    """Code only, PAR, iss, private_key_jwt, the algorithms of the profile, S256."""
    said = person.get("/.well-known/openid-configuration").json
    assert said["response_types_supported"] == ["code"]
    assert said["pushed_authorization_request_endpoint"] == f"{ISSUER}/par"
    assert isinstance(said["require_pushed_authorization_requests"], bool)
    assert said["authorization_response_iss_parameter_supported"] is True
    assert "private_key_jwt" in said["token_endpoint_auth_methods_supported"]
    assert set(said["token_endpoint_auth_signing_alg_values_supported"]) >= FAPI_ALGORITHMS
    assert set(said["dpop_signing_alg_values_supported"]) == FAPI_ALGORITHMS
    assert said["code_challenge_methods_supported"] == ["S256"]


def test_fapi2_security_profile_final_happy_flow(person: Person):
    """Push, login, tokens bound to the key, userinfo; iss and state; nothing in the query opens anything."""
    request_uri = reference(person)
    assert entropy(request_uri.rpartition(":")[2]) > 128
    told = finished(person, person.open(request_uri, "fapi"))
    assert (told["state"], told["iss"]) == (person.state, ISSUER)
    tokens = person.redeem(told["code"], "fapi").json
    assert tokens["token_type"] == "DPoP"
    assert "no-store" in person.bound_userinfo(tokens["access_token"]).headers["Cache-Control"]
    assert person.bound_userinfo(tokens["access_token"]).json["given_name"] == "Erika"
    assert person.get("/userinfo", query_string={"access_token": tokens["access_token"]}).status_code == 401


def test_fapi2_security_profile_final_user_rejects_authentication(person: Person):
    """Cancel: access_denied with state and iss."""
    told = finished(person, person.open(reference(person), "fapi"), cancelled=True)
    assert (told["error"], told["state"], told["iss"]) == ("access_denied", person.state, ISSUER)


def test_fapi2_security_profile_final_ensure_authorization_request_without_state_success(person: Person):
    """No state in, no state out."""
    told = logged_in(person, state=None)
    assert "state" not in told
    assert person.redeem(told["code"], "fapi").status_code == 200


def test_fapi2_security_profile_final_ensure_authorization_request_without_nonce_success(person: Person):
    """No nonce is no error."""
    assert person.redeem(logged_in(person, nonce=None)["code"], "fapi").status_code == 200


def test_fapi2_security_profile_final_ensure_authorization_request_with_64_char_nonce_success(person: Person):
    """Given back whole."""
    assert nonce_of(person, "n" * 64) == "n" * 64


def test_fapi2_security_profile_final_ensure_authorization_request_with_long_nonce(person: Person):
    """384 characters: exactly those."""
    assert nonce_of(person, "n" * 384) == "n" * 384
    assert denied(person, nonce="n" * 513) == "invalid_request"


def test_fapi2_security_profile_final_ensure_authorization_request_with_long_state(person: Person):
    """384 characters: exactly those."""
    assert logged_in(person, state="s" * 384)["state"] == "s" * 384


def test_fapi2_security_profile_final_ensure_other_scope_order_succeeds(person: Person):
    """Scopes in another order."""
    assert "code" in logged_in(person, scope="profile openid")


def test_fapi2_security_profile_final_access_token_type_header_case_sensitivity(person: Person):
    """The scheme in any case."""
    token = person.redeem(logged_in(person)["code"], "fapi").json["access_token"]
    for scheme in ("DPoP", "dpop", "DPOP", "dPoP"):
        headers = {"Authorization": f"{scheme} {token}", "DPoP": person.dpop("GET", "/userinfo", token)}
        assert person.get("/userinfo", headers=headers).status_code == 200


def test_fapi2_security_profile_final_test_claims_parameter_identity_claims(person: Person):
    """Every listed claim, and some that nobody knows: those are ignored."""
    listed = person.get("/.well-known/openid-configuration").json["claims_supported"]
    wished = dict.fromkeys([*listed, "urn:nobody:knows"])
    wished.pop("verified_claims")
    tokens = person.redeem(logged_in(person, claims=json.dumps({"userinfo": wished}))["code"], "fapi").json
    assert "given_name" in person.bound_userinfo(tokens["access_token"]).json


@pytest.mark.parametrize("kind", ["code id_token", "token"])
def test_fapi2_security_profile_final_ensure_response_type_code_only(person: Person, kind: str):
    """No other response type."""
    assert denied(person, response_type=kind) == "unsupported_response_type"


@pytest.mark.parametrize("verifier", [None, "w" * 64])
def test_fapi2_security_profile_final_ensure_code_verifier_required(person: Person, verifier: str | None):
    """Missing or wrong at the token endpoint: invalid_grant."""
    code = logged_in(person)["code"]
    assert person.redeem(code, "fapi", code_verifier=verifier).json["error"] == "invalid_grant"
    assert person.redeem(code, "fapi").status_code == 200


def test_fapi2_security_profile_final_ensure_authorization_code_is_bound_to_client(person: Person):
    """Another client's code: invalid_grant."""
    code = logged_in(person)["code"]
    assert person.redeem(code, "urkunde").json["error"] == "invalid_grant"


def test_fapi2_security_profile_final_attempt_reuse_authorization_code_after_one_second(person: Person):
    """invalid_grant, and what it brought dies."""
    code = logged_in(person)["code"]
    token = person.redeem(code, "fapi").json["access_token"]
    person.world.clock.turn(seconds=1)
    assert person.redeem(code, "fapi").json["error"] == "invalid_grant"
    assert person.bound_userinfo(token).status_code == 401


def test_fapi2_security_profile_final_ensure_authorization_code_lifetime(person: Person):
    """First used after 62 seconds: invalid_grant."""
    code = logged_in(person)["code"]
    person.world.clock.turn(seconds=62)
    assert person.redeem(code, "fapi").json["error"] == "invalid_grant"


def test_fapi2_security_profile_final_ensure_client_id_of_the_assertion(person: Person):
    """client_id of client 2 beside client 1's assertion, and no assertion at all."""
    code = logged_in(person)["code"]
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": CALLBACK, **person.proof("fapi")}
    assert person.call("/token", "fapi", {**form, "client_id": "urkunde"}).json["error"] == "invalid_client"
    none = {"client_assertion": None, "client_assertion_type": None}
    assert person.redeem(code, "fapi", **none).json["error"] == "invalid_client"


def test_fapi2_security_profile_final_ensure_holder_of_key_required(person: Person):
    """No proof of a key at the token endpoint: 4xx."""
    form = {"grant_type": "authorization_code", "code": logged_in(person)["code"], "redirect_uri": CALLBACK}
    answer = person.post("/token", data={**form, "code_verifier": person.verifier, **person.proof("fapi")})
    assert answer.status_code == 400


def test_fapi2_security_profile_final_dpop_negative_tests(person: Person):
    """At the resource: as Bearer, replayed, for another method or address; tests/idgateway/provider/test_dpop has the rest."""
    token = person.redeem(logged_in(person)["code"], "fapi").json["access_token"]

    def presented(scheme: str, proof: str) -> int:
        headers = {"Authorization": f"{scheme} {token}", "DPoP": proof}
        return person.get("/userinfo", headers=headers).status_code

    good = person.dpop("GET", "/userinfo", token)
    assert presented("Bearer", good) == 401
    assert presented("DPoP", person.dpop("POST", "/userinfo", token)) == 401
    assert presented("DPoP", person.dpop("GET", "/token", token)) == 401
    assert presented("DPoP", person.dpop("GET", "/userinfo", "other")) == 401
    assert presented("DPoP", good) == 200
    assert presented("DPoP", good) == 401
