"""Known attacks that no other test stands for, each beside its positive twin (``oauth_attacks`` names them all)."""

import base64
import json
import re
import secrets

import pytest
from structlog.testing import capture_logs

from keys.tokens import encrypt_token
from tests.idgateway.conformance.test_rp_initiated_logout import leave
from tests.idgateway.login.world import ISSUER, OTHER_TOWN, SECRETS, TOWN, World, basic_of

MOST_COOKIE = 4096  # bytes that every browser takes (RFC 6265 6.1)


@pytest.fixture
def dialect() -> str:
    """What the database decides is asked on both engines elsewhere (test_races)."""
    return "sqlite"


def test_p1_a_verifier_without_a_challenge_is_a_downgrade(world: World):
    """RFC 9700 4.8.2: who took the challenge out of the request is noticed where the code is redeemed."""
    person = world.browser()
    stripped = {"code_challenge": None, "code_challenge_method": None}
    refused = person.redeem(person.login("basic", **stripped)["code"], "basic")
    assert (refused.status_code, refused.json["error"]) == (400, "invalid_grant")
    honest = person.redeem(person.login("basic", prompt="login", **stripped)["code"], "basic", code_verifier=None)
    assert honest.status_code == 200
    assert person.redeem(person.login("basic", prompt="login")["code"], "basic").status_code == 200


def test_p7_a_code_is_worth_nothing_after_the_logout(world: World):
    """A code that waits while its session ends opens nothing; one of a living session does."""
    person = world.browser()
    hint = person.redeem(person.login()["code"]).json["id_token"]
    waiting = person.login(prompt="none")["code"]
    kept = person.login(prompt="none")["code"]
    assert person.redeem(kept).status_code == 200
    assert leave(person, id_token_hint=hint).status_code == 200
    assert person.redeem(waiting).json["error"] == "invalid_grant"


def test_j7_j8_nothing_encrypted_is_opened_for_a_stranger(world: World):
    """No compressed and no password-encrypted token costs us work: the gate decrypts nothing that applications send."""
    person, gate = world.browser(), world.app.extensions["gate"]
    part = base64.urlsafe_b64encode(b"x" * 16).rstrip(b"=").decode()
    heads = (
        {"alg": "PBES2-HS512+A256KW", "enc": "A256GCM", "p2s": part, "p2c": 2**31 - 1},
        {"alg": "ECDH-ES+A256KW", "enc": "A256GCM", "zip": "DEF", "cty": "JWT"},
        {"alg": "dir", "enc": "A256GCM", "zip": "DEF"},
    )
    tokens = [f"{_part(head)}.{part}.{part}.{part * 50}.{part}" for head in heads]
    real = person.proof()["client_assertion"]
    tokens.append(encrypt_token(gate.postbox_key, real))  # well made, for another reader
    for token in tokens:
        form = {**person.proof(), "client_assertion": token, "token": "x"}
        assert person.post("/introspect", data=form).status_code == 401
        asked = person.authorize(request=token)
        assert "error=" in asked.location or asked.status_code == 400
        assert person.authorize(id_token_hint=token).status_code in (303, 400)
        assert person.userinfo(token).status_code == 401
    assert person.post("/introspect", data={**person.proof(), "token": "x"}).status_code == 200


def test_s5_a_fresh_login_is_asked_of_the_account_too(world: World):
    """prompt=login and max_age reach the account; a login that is fresh enough is reused without asking it."""
    person, asks = world.browser(), world.providers["bundid"].asks
    person.login()
    begun = len(asks)
    person.login(max_age="300")
    assert len(asks) == begun
    world.clock.turn(seconds=61)
    person.authorize(max_age="60")
    assert asks[-1].fresh
    person.authorize(prompt="login")
    assert len(asks) == begun + 2
    assert asks[-1].fresh


def test_s7_no_sub_stands_in_the_log(world: World):
    """Nor the account's own identifier, a name or a mail address, over a whole login, refresh and logout."""
    person = world.browser()
    with capture_logs() as logged:
        tokens = person.lasting()
        told = person.userinfo(tokens["access_token"]).json
        person.refresh(tokens["refresh_token"])
        leave(person, id_token_hint=tokens["id_token"])
    assert {"login-completed", "token-issued", "logged-out"} <= {entry["event"] for entry in logged}
    for personal in (told["sub"], "bpk2-of-erika", "Mustermann", "erika@example.org", "Heidestraße"):
        assert personal not in str(logged)


def test_s12_s13_cookies_are_for_this_host_and_hold_nothing(world: World):
    """Each is __Host-, Secure, HttpOnly and Lax, opaque and small; there is no session that the framework keeps."""
    person = world.browser()
    seen = []
    page = person.authorize()
    there = person.answered(page)
    for answer in (page, there, person.get(there.location.removeprefix(ISSUER)), person.get("/logout")):
        seen += answer.headers.getlist("Set-Cookie")
    assert {cookie.partition("=")[0] for cookie in seen} >= {"__Host-gate", "__Host-gate-browser"}
    for cookie in seen:
        name, _, rest = cookie.partition("=")
        value = rest.partition(";")[0]
        assert name.startswith("__Host-"), cookie
        for attribute in ("Secure", "HttpOnly", "SameSite=Lax", "Path=/"):
            assert attribute in cookie, cookie
        assert re.fullmatch(r"[A-Za-z0-9_.%-]*", value), cookie
        assert len(cookie) < MOST_COOKIE / 4
    assert world.app.secret_key is None


def test_s14_a_refusal_tells_nobody_what_exists(world: World):
    """A code, token, reference or handle that never was and one that is over are refused alike."""
    person = world.browser()
    used = person.login()["code"]
    assert person.redeem(used).status_code == 200
    never, over = person.redeem(secrets.token_urlsafe(32), "lorsch"), person.redeem(used, "lorsch")
    assert (never.status_code, never.json) == (over.status_code, over.json)
    assert person.redeem(used).json["error"] == never.json["error"]  # its own client is told why, and nobody else
    refresh = person.lasting(prompt="login")["refresh_token"]
    newer = person.refresh(refresh).json["refresh_token"]
    assert person.refresh(newer).status_code == 200
    world.clock.turn(seconds=30)
    never, over = person.refresh(secrets.token_urlsafe(32)), person.refresh(refresh)
    assert (never.status_code, never.json["error"]) == (over.status_code, over.json["error"]) == (400, "invalid_grant")
    wrong = person.post(
        "/token",
        headers={"Authorization": basic_of("basic", "wrong")},
        data={"grant_type": "authorization_code", "code": "x"},
    )
    assert SECRETS["basic"][0] not in wrong.text
    assert wrong.status_code == 401


def test_s19_one_towns_keys_and_tokens_open_nothing_of_another(world: World):
    """Keys, codes, refresh and access tokens of a client count for it and its town alone."""
    person = world.browser()
    tokens = person.lasting()
    mine = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"], "client_id": "urkunde"}
    assert person.post("/token", data={**mine, **person.proof("lorsch")}).json["error"] == "invalid_client"
    assert person.post("/introspect", data={**person.proof("lorsch"), "token": tokens["access_token"]}).json == {
        "active": False
    }
    form = {"grant_type": "client_credentials", "scope": "notices:write", "resource": "http://localhost:8082"}
    own = person.post("/token", data={**form, **person.proof()}).json["access_token"]
    claims = json.loads(base64.urlsafe_b64decode(own.split(".")[1] + "=="))
    assert claims["authority"] == TOWN != OTHER_TOWN
    assert person.post("/token", data={**form, **person.proof("lorsch")}).status_code == 400
    assert person.refresh(tokens["refresh_token"]).status_code == 200


def _part(head: dict) -> str:
    return base64.urlsafe_b64encode(json.dumps(head).encode()).rstrip(b"=").decode()
