"""Plan oidcc-basic-certification-test-plan, the modules about sessions: when a login is asked for again, and when not."""

from collections.abc import Mapping
from typing import Any

import pytest

from keys.tokens import verify_token
from tests.idgateway.login.world import ISSUER, Person, World, query_of


def claims_of(person: Person, back: Mapping[str, str], client_id: str = "urkunde") -> Mapping[str, Any]:
    """The ID token's claims for a code that came back."""
    token = person.redeem(back["code"], client_id).json["id_token"]
    jwks, now = person.get("/jwks").json, person.world.clock.now
    return verify_token(token, jwks, typ=None, issuer=ISSUER, audience=client_id, now=now)


def silently(person: Person, **changes: str) -> Mapping[str, str]:
    """What comes back at once, without any page."""
    answer = person.authorize(**changes)
    assert answer.status_code == 303
    return query_of(answer.location)


def test_oidcc_prompt_none_not_logged_in(world: World):
    """A fresh browser with prompt=none hears login_required, with its state and our name."""
    back = silently(world.browser(), prompt="none")
    assert back["error"] == "login_required"
    assert back["state"] == "state-of-the-application"
    assert back["iss"] == ISSUER


def test_oidcc_prompt_none_logged_in(world: World):
    """With a session it succeeds silently: the same sub, auth_time and session."""
    person = world.browser()
    first = claims_of(person, person.login())
    world.clock.turn(seconds=2)
    second = claims_of(person, silently(person, prompt="none"))
    assert [first[name] for name in ("sub", "auth_time", "sid")] == [
        second[name] for name in ("sub", "auth_time", "sid")
    ]
    assert second["iat"] > first["iat"]


def test_oidcc_prompt_login(world: World):
    """The person sees the login again, the account is asked to do it afresh, and auth_time is strictly later."""
    person = world.browser()
    first = claims_of(person, person.login())
    world.clock.turn(seconds=2)
    asked = len(world.providers["bundid"].asks)
    second = claims_of(person, person.login(prompt="login"))
    assert len(world.providers["bundid"].asks) == asked + 1
    assert world.providers["bundid"].asks[-1].fresh
    assert second["auth_time"] > first["auth_time"]
    assert second["sub"] == first["sub"]


def test_oidcc_max_age_1(world: World):
    """Two seconds later with max_age=1: a login again; auth_time is there, later, and recent."""
    person = world.browser()
    first = claims_of(person, person.login())
    world.clock.turn(seconds=2)
    assert person.authorize(max_age="1").status_code == 200
    second = claims_of(person, person.login(max_age="1"))
    assert second["auth_time"] > first["auth_time"]
    assert second["auth_time"] == int(world.clock.now.timestamp())


def test_oidcc_max_age_10000(world: World):
    """max_age 15000, then 10000: no login again; auth_time is there and the same."""
    person = world.browser()
    first = claims_of(person, person.login(max_age="15000"))
    world.clock.turn(seconds=2)
    second = claims_of(person, silently(person, max_age="10000"))
    assert second["auth_time"] == first["auth_time"]


@pytest.mark.parametrize(("level", "idle", "whole"), [(4, 5, 30), (3, 30, 120)], ids=["high", "substantial"])
def test_e8_a_session_ends_by_the_minute(world: World, level: int, idle: int, whole: int):
    """E8: a second before its idle end it serves, at the end it does not; use prolongs it, never beyond the whole."""
    person = world.browser()
    person.login(said={"level": level})
    step, gone = idle * 60 - 1, 0
    while gone + step < whole * 60:
        world.clock.turn(seconds=step)
        gone += step
        assert "code" in silently(person, prompt="none")
    world.clock.turn(seconds=whole * 60 - gone - 1)
    assert "code" in silently(person, prompt="none")
    world.clock.turn(seconds=1)
    assert silently(person, prompt="none")["error"] == "login_required"
    other = world.browser()
    other.login(said={"level": level})
    world.clock.turn(minutes=idle)
    assert silently(other, prompt="none")["error"] == "login_required"
