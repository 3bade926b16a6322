"""The modules of the FAPI 2.0 plans about keys that codes and tokens are bound to (DPoP), each by its name."""

import pytest

from tests.idgateway.conformance.fapi import FORMS, finished, form_of, logged_in, person_of, redeemed
from tests.idgateway.login.world import CALLBACK, ISSUER, Person, World
from tests.proofs import OTHER, ath_of, proof_of

MISMATCH = {"invalid_request", "invalid_grant", "invalid_dpop_proof"}  # what the suite takes


@pytest.fixture
def dialect() -> str:
    """Races and stores have their own tests on both engines."""
    return "sqlite"


@pytest.fixture(params=FORMS)
def person(world: World, request: pytest.FixtureRequest) -> Person:
    """A browser, and the fapi2 client that sent it."""
    return person_of(world, request.param)


def opens(person: Person, token: str, **changes) -> bool:
    """Whether userinfo takes a proof with these claims changed."""
    url, key, now = f"{ISSUER}/userinfo", person.world.keys["fapi"], person.world.clock.now
    proof = proof_of(url, now, key, **{"htm": "GET", "ath": ath_of(token), **changes})
    return person.get("/userinfo", headers={"Authorization": f"DPoP {token}", "DPoP": proof}).status_code == 200


def taken(person: Person, **changes) -> None:
    """A proof with these claims is taken at the token endpoint and at the resource."""
    answer = redeemed(person, logged_in(person)["code"], **changes)
    assert answer.status_code == 200, answer.json
    assert opens(person, answer.json["access_token"], **changes)


def pushed_with_proof(person: Person, **changes):
    """The answer to a push with a proof of the client's own key."""
    return person.post("/par", data=form_of(person, **changes), headers={"DPoP": person.dpop("POST", "/par")})


def test_fapi2_security_profile_final_check_dpop_proof_nbf_exp(person: Person):
    """Nbf and exp in a proof are borne."""
    now = int(person.world.clock.now.timestamp())
    taken(person, nbf=now, exp=now + 60)


def test_fapi2_security_profile_final_ensure_dpopproof_with_iat_10seconds_before_succeeds(person: Person):
    """A clock that is late."""
    taken(person, iat=int(person.world.clock.now.timestamp()) - 10)


def test_fapi2_security_profile_final_ensure_dpopproof_with_iat_10seconds_after_succeeds(person: Person):
    """A clock that is early."""
    taken(person, iat=int(person.world.clock.now.timestamp()) + 10)


def test_fapi2_security_profile_final_ensure_mismatched_dpop_jkt_fails(person: Person):
    """dpop_jkt of another key than the proof's, at the push."""
    answer = pushed_with_proof(person, dpop_jkt=OTHER.thumbprint())
    assert (answer.status_code, answer.json["error"]) == (400, "invalid_request")


def test_fapi2_security_profile_final_ensure_token_endpoint_fails_with_mismatched_dpop_proof_jkt(person: Person):
    """Bound by a proof at the push, redeemed with another key."""
    code = finished(person, person.open(pushed_with_proof(person).json["request_uri"], "fapi"))["code"]
    assert redeemed(person, code, OTHER).json["error"] in MISMATCH


def test_fapi2_security_profile_final_ensure_token_endpoint_fails_with_mismatched_dpop_jkt(person: Person):
    """Bound by dpop_jkt, redeemed with another key."""
    code = logged_in(person, dpop_jkt=OTHER.thumbprint())["code"]
    assert redeemed(person, code).json["error"] in MISMATCH


def test_fapi2_security_profile_final_ensure_dpopproof_at_par_endpoint_binding_success(person: Person):
    """Bound by a proof at the push, redeemed with the same key."""
    code = finished(person, person.open(pushed_with_proof(person).json["request_uri"], "fapi"))["code"]
    assert redeemed(person, code).status_code == 200


def test_fapi2_security_profile_final_ensure_dpop_auth_code_binding_success(person: Person):
    """Bound by dpop_jkt, redeemed with the same key."""
    code = logged_in(person, dpop_jkt=OTHER.thumbprint())["code"]
    assert redeemed(person, code, OTHER).status_code == 200


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
