"""Introspection and revocation: told to those whom a token concerns, and no oracle for anybody else (T4, T5)."""

import pytest

from tests.idgateway.login.world import ISSUER, TOWN, Person, World

RESOURCE = "http://localhost:8082"
DEAD = {"active": False}


def introspect(person: Person, token: str | None, client_id: str = "urkunde", **changes):
    form = {"token": token, **person.proof(client_id), **changes}
    return person.post("/introspect", data={name: value for name, value in form.items() if value is not None})


def revoke(person: Person, token: str | None, client_id: str = "urkunde", **changes):
    form = {"token": token, **person.proof(client_id), **changes}
    return person.post("/revoke", data={name: value for name, value in form.items() if value is not None})


def application_token(person: Person) -> str:
    form = {"grant_type": "client_credentials", "scope": "notices:write", "resource": RESOURCE}
    return person.post("/token", data={**form, **person.proof()}).json["access_token"]


def test_the_audience_is_told_what_a_token_is_worth(world: World):
    """RFC 7662 2.2: the resource server learns audience, scope, application and authority of a token for it."""
    person = world.browser()
    answer = introspect(person, application_token(person), "postbox")
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    told = answer.json
    assert told["active"] is True
    assert (told["aud"], told["iss"], told["token_type"]) == (RESOURCE, ISSUER, "Bearer")
    assert (told["client_id"], told["scope"], told["authority"]) == ("urkunde", "notices:write", TOWN)
    assert told["exp"] - told["iat"] == 300


def test_t4_nobody_else_is_told_anything(world: World):
    """T4: a client that is neither audience nor owner hears the same as for a token that never was."""
    person = world.browser()
    tokens = person.lasting()
    for token in (application_token(person), tokens["access_token"], tokens["refresh_token"], tokens["id_token"], "x"):
        assert introspect(person, token, "wohngeld").json == DEAD
    assert introspect(person, tokens["access_token"], "postbox").json == DEAD
    assert introspect(person, tokens["refresh_token"], "postbox").json == DEAD
    assert introspect(person, tokens["id_token"]).json == DEAD


def test_the_owner_is_told_about_his_tokens(world: World):
    """The person's pseudonym for this application, level and time of the login; nothing else about the person."""
    person = world.browser()
    tokens = person.lasting()
    told = introspect(person, tokens["access_token"]).json
    assert told["active"] is True
    assert told["sub"] == person.userinfo(tokens["access_token"]).json["sub"]
    assert told["acr"] == "http://eidas.europa.eu/LoA/high"
    assert not {"given_name", "grant_id", "sid"} & told.keys()
    assert introspect(person, tokens["refresh_token"]).json["active"] is True


def test_what_has_ended_is_inactive(world: World):
    """Expired, spent, reused, revoked: each is only ``active: false``."""
    person = world.browser()
    tokens = person.lasting()
    newer = person.refresh(tokens["refresh_token"]).json
    assert introspect(person, tokens["refresh_token"]).json == DEAD
    assert introspect(person, newer["refresh_token"]).json["active"] is True
    world.clock.turn(minutes=10)
    assert introspect(person, newer["access_token"]).json == DEAD
    fresh = person.refresh(newer["refresh_token"]).json
    person.refresh(tokens["refresh_token"])
    assert introspect(person, fresh["access_token"]).json == DEAD
    assert introspect(person, fresh["refresh_token"]).json == DEAD


def test_revoking_a_refresh_token_ends_its_family(world: World):
    """RFC 7009 2.1: access tokens of the same grant go too, at once; another login of the same person stays."""
    person = world.browser()
    tokens, others = person.lasting(), world.browser().lasting()
    answer = revoke(person, tokens["refresh_token"], token_type_hint="refresh_token")
    assert (answer.status_code, answer.data) == (200, b"")
    assert answer.headers["Cache-Control"] == "no-store"
    assert person.refresh(tokens["refresh_token"]).json["error"] == "invalid_grant"
    assert person.userinfo(tokens["access_token"]).status_code == 401
    assert person.userinfo(others["access_token"]).status_code == 200


def test_revoking_an_access_token_leaves_the_family(world: World):
    """The one token counts no more, at userinfo and at introspection; a wrong hint does not matter."""
    person = world.browser()
    tokens = person.lasting()
    revoke(person, tokens["access_token"], token_type_hint="refresh_token")
    assert person.userinfo(tokens["access_token"]).status_code == 401
    assert introspect(person, tokens["access_token"]).json == DEAD
    assert person.userinfo(person.refresh(tokens["refresh_token"]).json["access_token"]).status_code == 200
    own = application_token(person)
    revoke(person, own)
    assert introspect(person, own, "postbox").json == DEAD


def test_t5_anothers_token_is_answered_alike_and_lives(world: World):
    """T5: 200 and no effect, as for a token that never was."""
    person = world.browser()
    tokens = person.lasting()
    answers = [revoke(person, token, "wohngeld") for token in (*tokens.values(), "x", "a.b.c")]
    assert {(answer.status_code, answer.data) for answer in answers} == {(200, b"")}
    assert person.userinfo(tokens["access_token"]).status_code == 200
    assert person.refresh(tokens["refresh_token"]).status_code == 200


@pytest.mark.parametrize("call", [introspect, revoke])
def test_only_proven_clients_are_heard(world: World, call):
    """No proof, a proof used before, a parameter twice, no token: an error, and nothing happens."""
    person = world.browser()
    token = person.lasting()["access_token"]
    proof = person.proof()
    assert call(person, token, client_assertion=None, client_assertion_type=None).json["error"] == "invalid_client"
    assert call(person, None).json["error"] == "invalid_request"
    assert call(person, ["x", "y"]).json["error"] == "invalid_request"
    assert call(person, "x", **proof).status_code == 200
    assert call(person, token, **proof).json["error"] == "invalid_client"
    assert person.userinfo(token).status_code == 200


def test_an_assertion_counts_once_whatever_the_endpoint(world: World):
    """J13: used here, it is used up at the token endpoint too."""
    person = world.browser()
    proof = person.proof()
    assert introspect(person, "x", **proof).status_code == 200
    assert person.redeem("x", **proof).json["error"] == "invalid_client"
    assert person.redeem(person.login()["code"]).status_code == 200
