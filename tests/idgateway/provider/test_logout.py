"""Logging out: who may end what, what ends with it, and a browser with several logins (catalogue S1, S10, P7)."""

from dataclasses import replace

import pytest

from idgateway.errors import NotConfigured
from idgateway.provider.clients import load_clients
from keys.tokens import verify_token
from tests.idgateway.conformance.test_rp_initiated_logout import confirmed, is_logged_in, leave
from tests.idgateway.login.world import GOODBYE, ISSUER, Person, World

COOKIE = "__Host-gate"


def cookie_of(person: Person) -> str:
    found = person.http.get_cookie(COOKIE, domain="localhost")
    return found.value if found else ""


def sid_of(world: World, id_token: str, audience: str = "urkunde") -> str:
    jwks = world.browser().get("/jwks").json
    return verify_token(id_token, jwks, typ=None, issuer=ISSUER, audience=audience, now=world.clock.now)["sid"]


def test_a_logout_ends_every_token_of_the_session(world: World):
    """Refresh tokens, access tokens and a code that was not redeemed yet (P7): all of the session, none of another."""
    person, other = world.browser(), world.browser()
    tokens, others = person.lasting(), other.lasting()
    code = person.login()["code"]
    leave(person, id_token_hint=tokens["id_token"])
    assert person.userinfo(tokens["access_token"]).status_code == 401
    assert person.refresh(tokens["refresh_token"]).json["error"] == "invalid_grant"
    assert person.redeem(code).json["error"] == "invalid_grant"
    assert other.userinfo(others["access_token"]).status_code == 200
    assert other.refresh(others["refresh_token"]).status_code == 200
    assert is_logged_in(other)


def test_logins_at_two_applications_stand_side_by_side(world: World):
    """One browser, two applications: logging out of one leaves the other, and the page says so."""
    person = world.browser()
    hint = person.lasting()["id_token"]
    person.lasting("wohngeld")
    assert is_logged_in(person)
    assert is_logged_in(person, "wohngeld")
    page = leave(person, id_token_hint=hint)
    assert "„Wohngeld“: Hier sind Sie weiter angemeldet." in page.text
    assert not is_logged_in(person)
    assert is_logged_in(person, "wohngeld")
    assert confirmed(person, page, "everywhere").status_code == 200
    assert not is_logged_in(person, "wohngeld")
    assert cookie_of(person) == ""


def test_s10_nobody_is_logged_out_by_a_foreign_site(world: World):
    """S10: a foreign page with its own hint, or with none, ends nothing here; the question needs our own form."""
    person, attacker = world.browser(), world.browser()
    person.lasting()
    page = leave(person, id_token_hint=attacker.lasting()["id_token"], post_logout_redirect_uri=GOODBYE)
    assert page.status_code == 200
    assert "Location" not in page.headers
    assert is_logged_in(person)
    assert person.post("/logout/confirm", data={"which": "everywhere"}).status_code == 403
    assert is_logged_in(person)
    confirmed(person, page, "urkunde")
    assert not is_logged_in(person)


def test_a_post_from_another_site_comes_without_our_cookie(world: World):
    """SameSite=Lax: with a hint the session ends all the same; without one the browser looks again from our side."""
    person = world.browser()
    hint = person.lasting()["id_token"]
    stranger = world.browser()
    bounced = leave(stranger, by="post", client_id="urkunde", state="x")
    assert (bounced.status_code, bounced.location) == (303, "/logout?client_id=urkunde")
    answer = leave(stranger, by="post", id_token_hint=hint, post_logout_redirect_uri=GOODBYE)
    assert answer.location == GOODBYE
    assert not is_logged_in(person)


def test_a_hint_works_twice_and_long_after(world: World):
    """An application that asks again, or whose own session lived for days, still gets its person back."""
    person = world.browser()
    hint = person.lasting()["id_token"]
    for days in (0, 0, 60):
        world.clock.turn(days=days)
        assert leave(person, id_token_hint=hint, post_logout_redirect_uri=GOODBYE).location == GOODBYE


def test_a_hint_of_another_client_than_the_one_named(world: World):
    """RP-Initiated Logout 1.0, 2: client_id and the hint's audience must agree; and the address is the hint's client's."""
    person = world.browser()
    hint = person.lasting()["id_token"]
    page = leave(person, id_token_hint=hint, client_id="wohngeld", post_logout_redirect_uri=GOODBYE)
    assert page.status_code == 400
    assert is_logged_in(person)
    assert leave(person, id_token_hint=hint, client_id="urkunde", post_logout_redirect_uri=GOODBYE).location == GOODBYE


def test_r10_a_parameter_twice_is_refused(world: World):
    """R10: nobody guesses which one was meant."""
    person = world.browser()
    hint = person.lasting()["id_token"]
    query = {"id_token_hint": hint, "post_logout_redirect_uri": [GOODBYE, "https://evil.example"]}
    assert person.get("/logout", query_string=query).status_code == 400
    assert is_logged_in(person)


@pytest.mark.parametrize("query", [{"state": ["a", "b"]}, {"state": "\x00"}, {"client_id": "x" * 5000}])
def test_a_malformed_request_asks_and_never_says_that_nobody_is_logged_in(world: World, query: dict):
    """The login goes on, so the page offers to end it; its button does."""
    person = world.browser()
    person.lasting()
    page = person.get("/logout", query_string=query)
    assert page.status_code == 400
    assert "Möchten Sie sich abmelden?" in page.text
    assert "nicht angemeldet" not in page.text
    assert is_logged_in(person)
    assert confirmed(person, page, "everywhere").status_code == 200
    assert not is_logged_in(person)


def test_a_link_checker_logs_nobody_out(world: World):
    """HEAD is refused, and nothing happens."""
    person = world.browser()
    hint = person.lasting()["id_token"]
    assert person.http.head("/logout", query_string={"id_token_hint": hint}, base_url=ISSUER).status_code == 405
    assert is_logged_in(person)


def test_s1_a_new_login_keeps_the_sessions_name_and_changes_its_handle(world: World):
    """S1: another cookie after a step-up, the same sid for the application; both logins' tokens end with it."""
    person = world.browser()
    first = person.lasting(said={"level": 3})
    before = cookie_of(person)
    second = person.lasting(prompt="login")
    assert cookie_of(person) != before
    assert "." not in cookie_of(person)
    assert sid_of(world, first["id_token"]) == sid_of(world, second["id_token"])
    leave(person, id_token_hint=second["id_token"])
    assert person.refresh(first["refresh_token"]).json["error"] == "invalid_grant"


def test_another_person_ends_the_session_of_the_first(world: World):
    """Precision 15: a new login that brings somebody else starts over, and the first one's tokens end."""
    person = world.browser()
    first = person.lasting()
    second = person.lasting(prompt="login", said={"subject": "bpk2-of-hans"})
    assert sid_of(world, first["id_token"]) != sid_of(world, second["id_token"])
    assert person.refresh(first["refresh_token"]).json["error"] == "invalid_grant"
    assert person.userinfo(first["access_token"]).status_code == 401
    assert person.refresh(second["refresh_token"]).status_code == 200


def test_a_guest_is_led_back_and_has_no_session(world: World):
    """No sid, nothing to end, and no dead end."""
    person = world.browser()
    tokens = person.redeem(person.login("gast", said={"subject": None})["code"], "gast").json
    assert leave(person, id_token_hint=tokens["id_token"], post_logout_redirect_uri=GOODBYE).location == GOODBYE


def test_logins_are_shared_only_where_both_registered_it_in_one_authority(world: World):
    """Isolated by default; shared within a town where both say so; never across towns."""
    person = world.browser()
    person.lasting()
    assert not is_logged_in(person, "basic")
    person.lasting("geteilt-a")
    assert is_logged_in(person, "geteilt-b")
    assert not is_logged_in(person, "geteilt-lorsch")
    assert not is_logged_in(person, "basic")


def test_a_shared_session_ends_for_all_who_took_part(world: World):
    """Whoever logs out of one logs out of the login they share."""
    person = world.browser()
    hint = person.lasting("geteilt-a")["id_token"]
    code = query_code(person, "geteilt-b")
    tokens = person.redeem(code, "geteilt-b").json
    assert person.userinfo(tokens["access_token"]).status_code == 200
    leave(person, id_token_hint=hint)
    assert person.userinfo(tokens["access_token"]).status_code == 401
    assert not is_logged_in(person, "geteilt-b")


def query_code(person: Person, client_id: str) -> str:
    from tests.idgateway.login.world import query_of

    return query_of(person.authorize(client_id, prompt="none").location)["code"]


def test_a_browser_keeps_eight_logins(world: World):
    """More are forgotten, the oldest first; garbage in the cookie is no login and no fault."""
    from idgateway.sessions import MOST, handles_of

    assert handles_of("..a..b.") == ("a", "b")
    assert len(handles_of(".".join("abcdefghijkl"))) == MOST
    person = world.browser()
    person.http.set_cookie(COOKIE, "x.y.z" * 200, domain="localhost", secure=True)
    person.lasting()
    assert is_logged_in(person)
    assert len(cookie_of(person).split(".")) <= MOST


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"post_logout_redirect_uris": ("javascript:alert(1)",)}, "post_logout_redirect_uris"),
        ({"post_logout_redirect_uris": ("https://a.example/#x",)}, "post_logout_redirect_uris"),
        ({"backchannel_logout_uri": "http://town.example/out"}, "backchannel_logout_uri"),
        ({"backchannel_logout_uri": "https://town.example/out#x"}, "backchannel_logout_uri"),
        ({"backchannel_logout_uri": "ftp://town.example/out"}, "backchannel_logout_uri"),
    ],
    ids=str,
)
def test_addresses_that_cannot_be_right_stop_the_start(world: World, change: dict, word: str):
    """No script, no fragment, no open line."""
    settings = world.app.extensions["gate"].settings
    first, *others = settings.clients
    good = replace(
        first, post_logout_redirect_uris=("https://a.example/x?y",), backchannel_logout_uri="https://a.example"
    )
    load_clients(replace(settings, clients=(good, *others)))
    with pytest.raises(NotConfigured, match=word):
        load_clients(replace(settings, clients=(replace(first, **change), *others)))
