"""Plans fapi2-security-profile-final and fapi2-message-signing-final (private_key_jwt, DPoP, openid), by their modules.

Each runs with plain requests and answers, and with both signed; pushes, keys and clients have files of their own.
"""

import json

import pytest

from tests.idgateway.conformance.fapi import (
    FORMS,
    Signing,
    denied,
    finished,
    form_of,
    heard,
    inside,
    logged_in,
    nonce_of,
    person_of,
    reference,
)
from tests.idgateway.conformance.relying_party import entropy
from tests.idgateway.login.world import CALLBACK, ISSUER, Person, World

FAPI_ALGORITHMS = {"PS256", "ES256", "EdDSA"}


@pytest.fixture
def dialect() -> str:
    """Races and stores have their own tests on both engines."""
    return "sqlite"


@pytest.fixture(params=FORMS)
def person(world: World, request: pytest.FixtureRequest) -> Person:
    """A browser, and the fapi2 client that sent it."""
    return person_of(world, request.param)


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


def test_fapi2_security_profile_final_ensure_response_type_code_idtoken_fails(person: Person):
    """No other response type."""
    assert denied(person, response_type="code id_token") == "unsupported_response_type"


def test_fapi2_security_profile_final_ensure_response_type_token_fails(person: Person):
    """Nor a token in the address."""
    assert denied(person, response_type="token") == "unsupported_response_type"


def test_fapi2_security_profile_final_ensure_different_nonce_inside_and_outside_request_object(person: Person):
    """What was pushed counts, not what the browser brings beside it."""
    page = person.open(reference(person, nonce="inside"), "fapi", nonce="outside")
    assert inside(person.redeem(finished(person, page)["code"], "fapi").json["id_token"])["nonce"] == "inside"


def test_fapi2_security_profile_final_ensure_different_state_inside_and_outside_request_object(person: Person):
    """The same for the state."""
    page = person.open(reference(person, state="inside"), "fapi", state="outside")
    assert finished(person, page)["state"] == "inside"


def test_fapi2_security_profile_final_state_only_outside_request_object_not_used(person: Person):
    """A state that was not pushed is not given back, wherever it stood beside."""
    page = person.open(reference(person, state=None), "fapi", state="outside")
    assert "state" not in finished(person, page)
    if isinstance(person, Signing):
        form = {**form_of(person, state=None, prompt="none"), "state": "outside"}
        request_uri = person.call("/par", "fapi", form).json["request_uri"]
        assert "state" not in heard(person, person.open(request_uri, "fapi").location)


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


def test_fapi2_security_profile_final_ensure_token_endpoint_fails_with_expired_auth_code(person: Person):
    """First used after 62 seconds: invalid_grant."""
    code = logged_in(person)["code"]
    person.world.clock.turn(seconds=62)
    assert person.redeem(code, "fapi").json["error"] == "invalid_grant"


def test_fapi2_security_profile_final_ensure_client_id_in_token_endpoint(person: Person):
    """client_id of client 2 beside client 1's assertion."""
    form = {"grant_type": "authorization_code", "code": logged_in(person)["code"], "redirect_uri": CALLBACK}
    answer = person.call("/token", "fapi", {**form, **person.proof("fapi"), "client_id": "urkunde"})
    assert (answer.status_code, answer.json["error"]) == (401, "invalid_client")


def test_fapi2_security_profile_final_ensure_client_assertion_in_token_endpoint(person: Person):
    """No assertion at all."""
    none = {"client_assertion": None, "client_assertion_type": None}
    assert person.redeem(logged_in(person)["code"], "fapi", **none).json["error"] == "invalid_client"


def test_fapi2_security_profile_final_ensure_pkce_code_verifier_required(person: Person):
    """Missing at the token endpoint: invalid_grant; the code is still there for who brings it."""
    code = logged_in(person)["code"]
    assert person.redeem(code, "fapi", code_verifier=None).json["error"] == "invalid_grant"
    assert person.redeem(code, "fapi").status_code == 200


def test_fapi2_security_profile_final_incorrect_pkce_code_verifier_rejected(person: Person):
    """Another one: invalid_grant."""
    code = logged_in(person)["code"]
    assert person.redeem(code, "fapi", code_verifier="w" * 64).json["error"] == "invalid_grant"
