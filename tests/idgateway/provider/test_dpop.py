"""DPoP (RFC 9449) at the gate: codes, refresh tokens and userinfo bound to a key (catalogue A3, T6)."""

import base64
import json
import threading
from dataclasses import replace
from urllib.parse import urlsplit

import pytest

from tests.idgateway.login.world import CALLBACK, ISSUER, NOW, Person, World, query_of
from tests.proofs import KEY, OTHER, ath_of
from tests.proofs import proof_of as proof_at

URL = f"{ISSUER}/token"


def proof_of(key=KEY, at=NOW, **changes) -> str:
    return proof_at(URL, at, key, **changes)


def redeemed(person: Person, code: str, key=KEY, client_id: str = "fapi", **changes):
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": "http://localhost:8083/callback"}
    form |= {"code_verifier": person.verifier, **person.proof(client_id), **changes}
    headers = {"DPoP": proof_of(key, at=person.world.clock.now)} if key else {}
    return person.post("/token", data=form, headers=headers)


def userinfo(person: Person, token: str, proof: str | None, scheme: str = "DPoP"):
    headers = {"Authorization": f"{scheme} {token}", **({"DPoP": proof} if proof else {})}
    return person.get("/userinfo", headers=headers)


def resource_proof(person: Person, token: str, key=KEY, **changes) -> str:
    given = {"htm": "GET", "htu": f"{ISSUER}/userinfo", "ath": ath_of(token), "at": person.world.clock.now, **changes}
    return proof_of(key, **given)


def test_a_bound_token_says_so_and_opens_userinfo_with_its_key(world: World):
    """token_type DPoP, cnf in the token, and the scheme in any case."""
    person = world.browser()
    answer = redeemed(person, person.login("fapi")["code"]).json
    token = answer["access_token"]
    payload = token.split(".")[1]
    assert answer["token_type"] == "DPoP"
    assert json.loads(base64.urlsafe_b64decode(payload + "=="))["cnf"] == {"jkt": KEY.thumbprint()}
    for scheme in ("DPoP", "dpop", "DPOP"):
        assert userinfo(person, token, resource_proof(person, token), scheme).status_code == 200


def test_a_bound_token_is_worth_nothing_without_its_key(world: World):
    """As Bearer, without proof, by another key, for another token, method or address, or a second time."""
    person = world.browser()
    token = redeemed(person, person.login("fapi")["code"]).json["access_token"]
    good = resource_proof(person, token)
    assert userinfo(person, token, good).status_code == 200
    refused = {
        "replayed": userinfo(person, token, good),
        "bearer": userinfo(person, token, resource_proof(person, token), "Bearer"),
        "no proof": userinfo(person, token, None),
        "other key": userinfo(person, token, resource_proof(person, token, OTHER)),
        "other token": userinfo(person, token, resource_proof(person, token, ath=ath_of("x"))),
        "no token": userinfo(person, token, resource_proof(person, token, ath=None)),
        "method": userinfo(person, token, resource_proof(person, token, htm="POST")),
        "address": userinfo(person, token, resource_proof(person, token, htu=URL)),
        "old": userinfo(person, token, resource_proof(person, token, iat=int(NOW.timestamp()) - 3600)),
    }
    for name, answer in refused.items():
        assert answer.status_code == 401, name
        assert answer.headers["WWW-Authenticate"].startswith('DPoP algs="ES256 PS256 EdDSA", error='), name
    form = person.post("/userinfo", data={"access_token": token})
    assert form.status_code == 401
    assert userinfo(person, token, resource_proof(person, token)).status_code == 200


def test_a_bearers_token_is_no_bound_one(world: World):
    """And cannot be presented as one."""
    person = world.browser()
    token = person.redeem(person.login()["code"]).json["access_token"]
    assert userinfo(person, token, resource_proof(person, token)).status_code == 401
    assert userinfo(person, token, None, "bEaReR").status_code == 200


def test_fapi2_gets_no_token_without_a_key(world: World):
    """Holder of key missing: 4xx, and the code is still there for who brings one."""
    person = world.browser()
    code = person.login("fapi")["code"]
    assert redeemed(person, code, None).json["error"] == "invalid_request"
    assert redeemed(person, code).status_code == 200


def test_a_bad_proof_at_the_token_endpoint_is_named(world: World):
    """invalid_dpop_proof; so is a proof that was used before, here or elsewhere."""
    person = world.browser()
    code, proof = person.login("fapi")["code"], proof_of()
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": "http://localhost:8083/callback"}
    form["code_verifier"] = person.verifier

    def token(proof: str):
        return person.post("/token", data={**form, **person.proof("fapi")}, headers={"DPoP": proof})

    assert token("x.y.z").json["error"] == "invalid_dpop_proof"
    assert token(proof).status_code == 200
    again = token(proof)
    assert (again.status_code, again.json["error"]) == (400, "invalid_dpop_proof")


@pytest.mark.parametrize("way", ["dpop_jkt", "proof", "both"])
def test_a_code_is_bound_at_the_push(world: World, way: str):
    """By dpop_jkt, by a proof, or both: then only that key redeems it."""
    person = world.browser()
    form = {**person.request_of("fapi"), **person.proof("fapi")}
    if way != "proof":
        form["dpop_jkt"] = KEY.thumbprint()
    headers = {"DPoP": proof_of(htu=f"{ISSUER}/par")} if way != "dpop_jkt" else {}
    reference = person.post("/par", data=form, headers=headers).json["request_uri"]
    there = person.answered(person.open(reference, "fapi"))
    code = query_of(person.get(urlsplit(there.location).path).location)["code"]
    assert redeemed(person, code, OTHER).json["error"] == "invalid_grant"
    assert redeemed(person, code, KEY).status_code == 200


def test_dpop_jkt_binds_a_code_that_the_browser_asked_for(world: World):
    """RFC 9449 10: also without a push, for a client that needs no DPoP."""
    person = world.browser()
    code = person.login(dpop_jkt=KEY.thumbprint())["code"]
    assert person.redeem(code).json["error"] == "invalid_grant"
    assert redeemed(person, code, KEY, "urkunde").status_code == 200
    assert "error=invalid_request" in person.authorize(dpop_jkt="short").location


def test_a_push_that_names_two_keys_is_refused(world: World):
    """dpop_jkt and proof must agree; a proof for another address is none."""
    person = world.browser()

    def push(proof: str, **more):
        form = {**person.request_of("fapi"), **person.proof("fapi"), **more}
        return person.post("/par", data=form, headers={"DPoP": proof})

    here = {"htu": f"{ISSUER}/par"}
    assert push(proof_of(**here), dpop_jkt=OTHER.thumbprint()).json["error"] == "invalid_request"
    assert push(proof_of()).json["error"] == "invalid_dpop_proof"
    good = proof_of(**here)
    assert push(good, dpop_jkt=KEY.thumbprint()).status_code == 201
    assert push(good).json["error"] == "invalid_dpop_proof"


def test_a_refresh_token_stays_with_its_key(world: World):
    """T6: no key swap at refresh; fapi2 keeps its refresh token."""
    person = world.browser()
    tokens = redeemed(person, person.login("fapi", scope="openid offline_access")["code"]).json

    def refresh(key):
        form = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"], **person.proof("fapi")}
        return person.post("/token", data=form, headers={"DPoP": proof_of(key)} if key else {})

    assert refresh(OTHER).json["error"] == "invalid_grant"
    assert refresh(None).json["error"] == "invalid_request"
    assert refresh(KEY).json["token_type"] == "DPoP"


def test_of_parallel_uses_of_one_proof_one_counts(world: World):
    """E6: double jti at the same moment; the database decides."""
    person = world.browser()
    token = redeemed(person, person.login("fapi")["code"]).json["access_token"]
    proof, start, answers = resource_proof(person, token), threading.Barrier(4), []

    def use() -> None:
        other = world.browser()
        start.wait()
        answers.append(userinfo(other, token, proof).status_code)

    threads = [threading.Thread(target=use) for _ in range(4)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert sorted(answers) == [200, 401, 401, 401]


@pytest.fixture
def nonced(world: World) -> Person:
    """A browser where the application is registered with ``dpop_nonce``."""
    clients = world.app.extensions["gate"].clients.configured
    clients["fapi"] = replace(clients["fapi"], dpop_nonce=True)
    return world.browser()


def test_a_client_is_told_the_nonce_and_then_gets_its_tokens(nonced: Person):
    """RFC 9449 8: push and token endpoint name it in the header; the same request with it succeeds."""
    form = {**nonced.request_of("fapi"), **nonced.proof("fapi")}
    first = nonced.post("/par", data=form, headers={"DPoP": proof_of(htu=f"{ISSUER}/par")})
    assert (first.status_code, first.json["error"]) == (400, "use_dpop_nonce")
    nonce = first.headers["DPoP-Nonce"]
    form |= nonced.proof("fapi")
    second = nonced.post("/par", data=form, headers={"DPoP": proof_of(htu=f"{ISSUER}/par", nonce=nonce)})
    there = nonced.answered(nonced.open(second.json["request_uri"], "fapi"))
    code = query_of(nonced.get(urlsplit(there.location).path).location)["code"]

    def token(**changes):
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": CALLBACK}
        form |= {"code_verifier": nonced.verifier, **nonced.proof("fapi")}
        return nonced.post("/token", data=form, headers={"DPoP": proof_of(at=nonced.world.clock.now, **changes)})

    for wrong in (None, "other"):
        refused = token(nonce=wrong)
        assert (refused.json["error"], refused.headers["DPoP-Nonce"]) == ("use_dpop_nonce", nonce)
    good = token(nonce=nonce)
    assert (good.status_code, good.headers["DPoP-Nonce"]) == (200, nonce)

    bound = good.json["access_token"]
    asked = userinfo(nonced, bound, resource_proof(nonced, bound))
    assert asked.status_code == 401
    assert 'error="use_dpop_nonce"' in asked.headers["WWW-Authenticate"]
    # RFC 9449 9: the resource names one, too.
    again = resource_proof(nonced, bound, nonce=asked.headers["DPoP-Nonce"])
    assert userinfo(nonced, bound, again).status_code == 200


def test_a_nonce_outlives_its_period_by_one(nonced: Person):
    """Whoever was told it just before the turn still uses it; ten minutes later it is old."""
    form = {"grant_type": "refresh_token", "refresh_token": "x"}

    def answer(nonce: str):
        proof = proof_of(at=nonced.world.clock.now, nonce=nonce)
        return nonced.post("/token", data={**form, **nonced.proof("fapi")}, headers={"DPoP": proof})

    nonce = answer("").headers["DPoP-Nonce"]
    nonced.world.clock.turn(minutes=5)
    assert answer(nonce).json["error"] == "invalid_grant"
    assert answer(nonce).headers["DPoP-Nonce"] != nonce
    nonced.world.clock.turn(minutes=5)
    assert answer(nonce).json["error"] == "use_dpop_nonce"


def test_who_brings_no_token_learns_both_ways(world: World):
    """RFC 6750 3.1, RFC 9449 7.1: no error code, and the algorithms of a proof."""
    answer = world.browser().get("/userinfo")
    assert answer.headers.getlist("WWW-Authenticate") == ["Bearer", 'DPoP algs="ES256 PS256 EdDSA"']
