"""Attacks on codes, client assertions and tokens (catalogue D2, D3), each beside the request that is right."""

import base64
import json
import threading

import pytest
from joserfc import jwt

from tests.idgateway.login.world import CALLBACK, ISSUER, World


def test_a_code_works_once_and_its_reuse_takes_back_the_token(world: World):
    """RFC 6749 4.1.2: the second use fails and revokes what the first one brought."""
    person = world.browser()
    code = person.login()["code"]
    first = person.redeem(code).json
    assert person.userinfo(first["access_token"]).status_code == 200
    assert person.redeem(code).json["error"] == "invalid_grant"
    refused = person.userinfo(first["access_token"])
    assert refused.status_code == 401
    assert 'error="invalid_token"' in refused.headers["WWW-Authenticate"]


def test_a_code_lives_sixty_seconds(world: World):
    """A code is good for a minute and no longer."""
    person = world.browser()
    code = person.login()["code"]
    world.clock.turn(seconds=59)
    assert person.redeem(code).status_code == 200
    late = person.login()["code"]
    world.clock.turn(seconds=60)
    assert person.redeem(late).json["error"] == "invalid_grant"


@pytest.mark.parametrize(
    "verifier",
    [None, "", "w" * 64, "v" * 42, "v" * 129, "v" * 63 + "!", "v" * 63 + "ü"],
    ids=["missing", "empty", "wrong", "too short", "too long", "illegal", "not ASCII"],
)
def test_p2_p4_a_wrong_or_missing_verifier_is_an_invalid_grant(world: World, verifier: str | None):
    """P2, P4: and the code is still there for its owner, who has the right one."""
    person = world.browser()
    code = person.login()["code"]
    refused = person.redeem(code, code_verifier=verifier)
    assert refused.status_code == 400
    assert refused.json["error"] == "invalid_grant"
    assert person.redeem(code).status_code == 200


def test_p6_a_code_is_worth_nothing_at_another_client(world: World):
    """P6: client B cannot redeem A's code, and A still can."""
    person = world.browser()
    code = person.login()["code"]
    assert person.redeem(code, "wohngeld").json["error"] == "invalid_grant"
    assert person.redeem(code).status_code == 200


def test_p6_the_address_is_repeated_exactly(world: World):
    """P6: another or no redirect_uri at the token endpoint."""
    person = world.browser()
    code = person.login()["code"]
    for uri in ("http://localhost:8083/other", None):
        assert person.redeem(code, redirect_uri=uri).json["error"] == "invalid_grant"
    assert person.redeem(code).status_code == 200


def test_p6_of_parallel_redemptions_one_wins(world: World):
    """P6: four at the same moment; the database decides, once."""
    person = world.browser()
    code = person.login()["code"]
    people, answers = [world.browser() for _ in range(4)], []
    start = threading.Barrier(4)

    def redeem(one) -> None:
        start.wait()
        answers.append(one.redeem(code))

    threads = [threading.Thread(target=redeem, args=(one,)) for one in people]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert sorted(answer.status_code for answer in answers) == [200, 400, 400, 400]
    (won,) = [answer.json["access_token"] for answer in answers if answer.status_code == 200]
    # Who uses a code twice is not trusted with the first either.
    assert person.userinfo(won).status_code == 401


def test_an_assertion_counts_once_whatever_came_of_it(world: World):
    """J13: the same jti again is refused, after success and after failure alike."""
    person = world.browser()
    proof = person.proof()
    assert person.redeem(person.login()["code"], **proof).status_code == 200
    again = person.redeem(person.login()["code"], **proof)
    assert again.status_code == 401
    assert again.json["error"] == "invalid_client"
    failed = person.proof()
    assert person.redeem("no-such-code", **failed).json["error"] == "invalid_grant"
    code = person.login()["code"]
    assert person.redeem(code, **failed).json["error"] == "invalid_client"
    assert person.redeem(code).status_code == 200


def test_a_replayed_assertion_cannot_revoke(world: World):
    """Somebody with an old assertion and an old code takes nothing away."""
    person = world.browser()
    code, proof = person.login()["code"], person.proof()
    token = person.redeem(code, **proof).json["access_token"]
    assert person.redeem(code, **proof).json["error"] == "invalid_client"
    assert person.userinfo(token).status_code == 200


@pytest.mark.parametrize(
    "change",
    [
        {"aud": [f"{ISSUER}/token"]},
        {"aud": [ISSUER, "https://other.example"]},
        {"aud": "https://other.example/token"},
        {"aud": f"{ISSUER}/authorize"},
        {"aud": None},
        {"iss": "wohngeld"},
        {"sub": "wohngeld"},
        {"sub": "nobody"},
        {"sub": ["urkunde"]},
        {"jti": None},
        {"jti": ""},
        {"jti": 7},
        {"exp": 1},
        {"exp": "tomorrow"},
        {"exp": 10**10},
        {"iat": 10**10},
    ],
    ids=str,
)
def test_j13_an_assertion_for_others_or_for_ever_is_refused(world: World, change: dict):
    """J10, J11, J13: audience as a list or elsewhere, another subject, no jti, times that cannot be."""
    person = world.browser()
    code = person.login()["code"]
    refused = person.redeem(code, **person.proof(**change))
    assert refused.status_code == 401
    assert refused.json["error"] == "invalid_client"
    assert person.redeem(code, **person.proof(aud=ISSUER)).status_code == 200


def test_an_assertion_by_another_key_or_by_none_is_refused(world: World):
    """J1, J2: another client's key, alg none, a key inside the token, HMAC with the public key."""
    person = world.browser()
    code = person.login()["code"]
    claims = json.loads(_decoded(person.proof()["client_assertion"].split(".")[1]))
    stranger = world.keys["wohngeld"]
    forged = jwt.encode({"alg": "ES256", "kid": "urkunde"}, claims, stranger)
    carried = jwt.encode({"alg": "ES256", "jwk": stranger.as_dict(private=False)}, claims, stranger)
    unsigned = ".".join([_encoded({"alg": "none", "typ": "JWT"}), _encoded(claims), ""])
    symmetric = ".".join([_encoded({"alg": "HS256", "kid": "urkunde"}), _encoded(claims), "AAAA"])
    for assertion in (forged, carried, unsigned, symmetric, "x.y", "", "a" * 40000):
        refused = person.redeem(code, client_assertion=assertion)
        assert refused.status_code == 401, assertion[:40]
        assert refused.json["error"] == "invalid_client"
    assert person.redeem(code).status_code == 200


def test_j12_our_own_tokens_are_no_client_assertions(world: World):
    """J12: an ID token or an access token for an application is not taken for its signature."""
    person = world.browser()
    tokens = person.redeem(person.login()["code"]).json
    form = {"grant_type": "client_credentials", "scope": "notices:write", "resource": "http://localhost:8082"}
    access = person.post("/token", data={**form, **person.proof()}).json["access_token"]
    code = person.login()["code"]
    for assertion in (tokens["id_token"], access):
        assert person.redeem(code, client_assertion=assertion).json["error"] == "invalid_client"


def test_no_other_way_to_authenticate_is_offered(world: World):
    """Without an assertion, with a password or by name only: invalid_client."""
    person = world.browser()
    code = person.login()["code"]
    none = {"client_assertion": None, "client_assertion_type": None}
    assert person.redeem(code, **none).status_code == 401
    assert person.redeem(code, **none, client_secret="x").status_code == 401
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": CALLBACK,
        "code_verifier": person.verifier,
    }
    other = person.post("/token", data={**form, **person.proof(), "client_id": "wohngeld"})
    assert other.json["error"] == "invalid_client"
    same = person.post("/token", data={**form, **person.proof(), "client_id": "urkunde"})
    assert same.status_code == 200


def test_other_grants_and_repeated_parameters_are_refused(world: World):
    """No password grant; RFC 6749 3.2: nothing stands twice; the query is not read."""
    person = world.browser()
    for grant in ("password", "implicit", None):
        answer = person.redeem("x", grant_type=grant)
        assert answer.json["error"] == "unsupported_grant_type"
    form = {"grant_type": "authorization_code", "code": "x", "redirect_uri": CALLBACK, **person.proof()}
    twice = person.post("/token", data={**form, "code": ["x", "y"]})
    assert twice.json["error"] == "invalid_request"
    assert person.post("/token", query_string=form).json["error"] == "unsupported_grant_type"
    assert person.get("/token").status_code == 405


def test_userinfo_wants_a_living_token_and_never_in_the_url(world: World):
    """GET and POST with the token in header or body; not in the query, not expired, not an ID token."""
    person = world.browser()
    tokens = person.redeem(person.login()["code"]).json
    token = tokens["access_token"]
    assert person.userinfo(token).status_code == 200
    assert person.post("/userinfo", data={"access_token": token}).status_code == 200
    assert person.get("/userinfo", query_string={"access_token": token}).status_code == 401
    assert person.userinfo(tokens["id_token"]).status_code == 401
    assert person.get("/userinfo").status_code == 401
    world.clock.turn(minutes=10)
    assert person.userinfo(token).status_code == 401


def _encoded(content: dict) -> str:
    return base64.urlsafe_b64encode(json.dumps(content).encode()).rstrip(b"=").decode()


def _decoded(segment: str) -> bytes:
    return base64.urlsafe_b64decode(segment + "=" * (-len(segment) % 4))
