"""Whom an application means: by id_token_hint or by a ``sub`` in the claims parameter (OIDC Core 3.1.2.1, 5.5.1; S6)."""

import json
from urllib.parse import urlsplit

import pytest

from tests.idgateway.login.world import Person, World, query_of


def id_token(person: Person, client_id: str = "urkunde", **options) -> str:
    return person.redeem(person.login(client_id, **options)["code"], client_id).json["id_token"]


def sub_of(person: Person) -> str:
    return person.told()["sub"]


def heard(person: Person, page) -> dict:
    """What the application hears after the login behind this page."""
    return query_of(person.get(urlsplit(page.location).path).location)


def by_claims(sub: str) -> str:
    return json.dumps({"id_token": {"sub": {"value": sub}}})


def test_the_hinted_person_goes_on_silently(world: World):
    """The session is theirs; the hint may be long expired."""
    person = world.browser()
    hint = id_token(person)
    assert "code" in query_of(person.authorize(prompt="none", id_token_hint=hint).location)
    assert "code" in query_of(person.authorize(prompt="none", claims=by_claims(sub_of(person))).location)
    world.clock.turn(minutes=4)
    late = id_token(person, prompt="login")
    world.clock.turn(minutes=4)
    assert "code" in query_of(person.authorize(prompt="none", id_token_hint=late).location)
    world.clock.turn(hours=24)
    assert "code" in person.login(id_token_hint=hint)


def test_s6_another_persons_session_answers_login_required(world: World):
    """prompt=none with the hint of somebody else; without prompt the login page comes."""
    person, other = world.browser(), world.browser()
    hint = id_token(other, said={"subject": "bpk2-of-max"})
    person.login()
    assert query_of(person.authorize(prompt="none", id_token_hint=hint).location)["error"] == "login_required"
    assert person.authorize(id_token_hint=hint).status_code == 200
    assert "code" in query_of(person.authorize(prompt="none").location)


@pytest.mark.parametrize("way", ["hint", "claims"])
def test_somebody_else_who_logs_in_is_not_let_in(world: World, way: str):
    """login_required for the application, no code, no session, and the login is used up."""
    person, other = world.browser(), world.browser()
    wish = {"id_token_hint": id_token(other)} if way == "hint" else {"claims": by_claims(sub_of(other))}
    there = person.answered(person.authorize(**wish), subject="bpk2-of-max")
    answer = heard(person, there)
    assert answer["error"] == "login_required"
    assert answer["state"] == person.state
    assert "code" not in answer
    assert person.get(urlsplit(there.location).path).status_code == 400
    assert query_of(person.authorize(prompt="none").location)["error"] == "login_required"
    assert "code" in heard(person, person.answered(person.authorize(**wish)))


@pytest.mark.parametrize("subject", ["bpk2-of-max", "bpk2-of-erika"])
def test_somebody_else_at_this_browser_ends_the_session_of_whom_was_meant(world: World, subject: str):
    """Precision 15: a new login that brings another person ends the session; the same person's goes on."""
    person = world.browser()
    hint = id_token(person)
    heard(person, person.answered(person.authorize(prompt="login", id_token_hint=hint), subject=subject))
    answer = query_of(person.authorize(prompt="none").location)
    assert ("code" in answer) == (subject == "bpk2-of-erika")


def test_a_hint_is_an_id_token_of_ours_for_this_client(world: World):
    """Another client's, a changed or foreign one, an access token, one that contradicts the claims: invalid_request."""
    person = world.browser()
    tokens = person.redeem(person.login()["code"]).json
    good = tokens["id_token"]
    for hint in (id_token(person, "lorsch"), good[:-4] + "AAAA", tokens["access_token"], "x", "a.b.c"):
        assert query_of(person.authorize(id_token_hint=hint).location)["error"] == "invalid_request"
    two = {"id_token_hint": good, "claims": by_claims("somebody-else")}
    assert query_of(person.authorize(**two).location)["error"] == "invalid_request"
    assert "code" in query_of(person.authorize(id_token_hint=good).location)
