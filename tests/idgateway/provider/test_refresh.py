"""Refresh tokens: families, rotation, the lost answer, and everything that ends them (catalogue T1, T2)."""

import threading
from dataclasses import replace

import pytest
from sqlalchemy import select

from idgateway.errors import NotConfigured
from idgateway.provider.clients import load_clients
from idgateway.store import tables
from keys.tokens import verify_token
from runtime.database import Database
from tests.idgateway.login.world import ISSUER, World


def claims_of(world: World, token: str, *, typ: str | None = None, audience: str = "urkunde"):
    """The verified claims of a token of ours."""
    jwks = world.browser().get("/jwks").json
    return verify_token(token, jwks, typ=typ, issuer=ISSUER, audience=audience, now=world.clock.now)


def test_a_refresh_token_brings_new_tokens_and_the_same_person(world: World):
    """OIDC Core 12.2: iss, sub, aud and auth_time stay; iat is new; no nonce; userinfo answers to the new token."""
    person = world.browser()
    before = person.lasting()
    world.clock.turn(minutes=9)
    answer = person.refresh(before["refresh_token"])
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    after = answer.json
    assert after["refresh_token"] != before["refresh_token"]
    assert after["scope"] == "openid profile offline_access"
    old, new = (claims_of(world, tokens["id_token"]) for tokens in (before, after))
    assert {name: old[name] for name in ("iss", "sub", "aud", "auth_time", "acr", "sid")} == {
        name: new[name] for name in ("iss", "sub", "aud", "auth_time", "acr", "sid")
    }
    assert new["iat"] > old["iat"]
    assert "nonce" not in new
    assert person.userinfo(after["access_token"]).json["given_name"] == "Erika"


def test_without_scope_or_agreement_there_is_none(world: World):
    """offline_access is asked for and agreed; a guest is known once and gets none."""
    person = world.browser()
    assert "refresh_token" not in person.redeem(person.login()["code"]).json
    assert "refresh_token" not in person.lasting("lorsch")
    assert "refresh_token" not in world.browser().lasting("gast", said={"subject": None})
    assert "refresh_token" in world.browser().lasting("gast")


def test_t1_a_spent_token_ends_the_whole_family(world: World):
    """RFC 9700 4.14.2: after the grace, reuse ends successor and access tokens alike, and the operators hear of it."""
    person = world.browser()
    first = person.lasting()["refresh_token"]
    second = person.refresh(first).json
    third = person.refresh(second["refresh_token"]).json
    assert person.userinfo(third["access_token"]).status_code == 200
    world.clock.turn(seconds=10)
    assert person.refresh(first).json["error"] == "invalid_grant"
    assert person.refresh(third["refresh_token"]).json["error"] == "invalid_grant"
    assert person.userinfo(third["access_token"]).status_code == 401
    assert 'gate_events_total{code="refresh_token",event="token-reused"} 1.0' in person.get("/metrics").text


def test_t1_a_lost_answer_may_be_asked_for_again(world: World):
    """Within the grace the same token brings the very same successor, and nobody is punished."""
    person = world.browser()
    first = person.lasting()["refresh_token"]
    answers = [person.refresh(first).json for _ in range(3)]
    world.clock.turn(seconds=9)
    answers.append(person.refresh(first).json)
    assert len({answer["refresh_token"] for answer in answers}) == 1
    assert person.refresh(answers[0]["refresh_token"]).status_code == 200


def test_t1_a_successor_that_was_used_was_not_lost(world: World):
    """Once the successor is spent, its predecessor is reuse at once, also within the grace."""
    person = world.browser()
    first = person.lasting()["refresh_token"]
    second = person.refresh(first).json["refresh_token"]
    third = person.refresh(second).json["refresh_token"]
    assert person.refresh(first).json["error"] == "invalid_grant"
    assert person.refresh(third).json["error"] == "invalid_grant"


def test_t1_after_the_grace_a_lost_answer_is_reuse(world: World):
    """Ten seconds later nobody can tell a lost answer from a thief, even if the successor was never used."""
    person = world.browser()
    first = person.lasting()["refresh_token"]
    second = person.refresh(first).json["refresh_token"]
    world.clock.turn(seconds=10)
    assert person.refresh(first).json["error"] == "invalid_grant"
    assert person.refresh(second).json["error"] == "invalid_grant"


def test_e6_of_two_refreshes_at_once_both_get_the_same(world: World, gate_database: Database):
    """E6: the database decides once; the slower one is told the same successor, and the family lives."""
    person = world.browser()
    first = person.lasting()["refresh_token"]
    people, answers = [world.browser() for _ in range(4)], []
    start = threading.Barrier(4)

    def refresh(one) -> None:
        start.wait()
        answers.append(one.refresh(first))

    threads = [threading.Thread(target=refresh, args=(one,)) for one in people]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert [answer.status_code for answer in answers] == [200] * 4
    assert len({answer.json["refresh_token"] for answer in answers}) == 1
    with gate_database.read() as connection:
        assert len(connection.execute(select(tables.refresh_tokens)).all()) == 2
    assert person.refresh(answers[0].json["refresh_token"]).status_code == 200


def test_t2_a_token_is_worth_nothing_at_another_client(world: World):
    """T2: refused to the other, and its owner notices nothing."""
    person = world.browser()
    token = person.lasting()["refresh_token"]
    assert person.refresh(token, "wohngeld").json["error"] == "invalid_grant"
    assert person.refresh(token, "lorsch").json["error"] == "unauthorized_client"
    newer = person.refresh(token).json["refresh_token"]
    world.clock.turn(seconds=10)
    assert person.refresh(token, "wohngeld").json["error"] == "invalid_grant"
    assert person.refresh(newer).status_code == 200


def test_t2_a_scope_is_narrowed_and_never_widened(world: World):
    """A narrower access token, with the family unchanged; what was not granted is invalid_scope."""
    person = world.browser()
    tokens = person.lasting(scope="openid profile postbox offline_access")
    assert {"postbox_address", "given_name", "verified_claims"} <= set(person.userinfo(tokens["access_token"]).json)
    for wider in ("openid email", "openid notices:write"):
        assert person.refresh(tokens["refresh_token"], scope=wider).json["error"] == "invalid_scope"
    narrow = person.refresh(tokens["refresh_token"], scope="openid").json
    assert narrow["scope"] == "openid"
    assert set(person.userinfo(narrow["access_token"]).json) == {"sub"}
    wide = person.refresh(narrow["refresh_token"]).json
    assert {"postbox_address", "given_name"} <= set(person.userinfo(wide["access_token"]).json)


@pytest.mark.parametrize(("level", "minutes"), [(4, 30), (3, 120)], ids=["high", "substantial"])
def test_a_family_lives_as_long_as_a_session_of_its_level(world: World, level: int, minutes: int):
    """Counted from the login, whoever refreshes however often."""
    person = world.browser()
    tokens = person.lasting(said={"level": level})
    for _ in range(2):
        world.clock.turn(minutes=minutes / 2 - 1)
        answer = person.refresh(tokens["refresh_token"])
        assert answer.status_code == 200
        tokens = answer.json
    world.clock.turn(minutes=2)
    assert person.refresh(tokens["refresh_token"]).json["error"] == "invalid_grant"


def test_fapi2_keeps_its_token(world: World):
    """FAPI 2.0 5.3.2.1: no rotation; the same token works again and again, with the client's key only."""
    person = world.browser()
    token = person.lasting("fapi")["refresh_token"]
    for _ in range(2):
        answer = person.refresh(token, "fapi")
        assert answer.status_code == 200
        assert "refresh_token" not in answer.json
        world.clock.turn(seconds=30)
    assert person.refresh(token, "fapi", client_assertion=None).status_code == 401


def test_p6_the_reuse_of_a_code_ends_refresh_tokens_too(world: World):
    """RFC 6749 4.1.2: everything the code brought dies with its second use."""
    person = world.browser()
    code = person.login(scope="openid offline_access")["code"]
    tokens = person.redeem(code).json
    assert person.redeem(code).json["error"] == "invalid_grant"
    assert person.refresh(tokens["refresh_token"]).json["error"] == "invalid_grant"
    assert 'gate_events_total{code="authorization_code",event="token-reused"} 1.0' in person.get("/metrics").text


def test_what_is_no_refresh_token_is_refused(world: World):
    """Missing, empty, made up, or another token of ours."""
    person = world.browser()
    tokens = person.lasting()
    assert person.refresh(None).json["error"] == "invalid_request"
    for other in ("", "made-up", tokens["access_token"], tokens["id_token"], "x" * 40000):
        assert person.refresh(other).json["error"] in ("invalid_grant", "invalid_request")
    assert person.refresh(tokens["refresh_token"]).status_code == 200


def test_a_replayed_assertion_cannot_end_a_family(world: World):
    """Somebody with an old assertion and a spent token takes nothing away."""
    person = world.browser()
    first, proof = person.lasting()["refresh_token"], person.proof()
    second = person.refresh(first, **proof).json["refresh_token"]
    world.clock.turn(seconds=11)
    assert person.refresh(first, **proof).json["error"] == "invalid_client"
    assert person.refresh(second).status_code == 200


def test_grant_and_scope_are_agreed_together(world: World):
    """A registration with one of the two stops the start."""
    settings = world.app.extensions["gate"].settings
    first, *others = settings.clients
    for change in ({"scopes": ("openid",)}, {"grant_types": ("authorization_code",)}):
        with pytest.raises(NotConfigured, match="offline_access"):
            load_clients(replace(settings, clients=(replace(first, **change), *others)))
