"""The page before data go to an application: what it says, when it comes, and that nothing goes before (D5 S8, S9, S11)."""

import json
from urllib.parse import urlsplit

import pytest
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from idgateway.store import tables
from runtime.database import Database
from tests.http import forms_of, links_of
from tests.idgateway.login.world import CALLBACK, ISSUER, PURPOSE, Person, World, query_of

EMAIL_IF_YOU_LIKE = json.dumps({"userinfo": {"email": None}})


def asked(person: Person, client_id: str = "einsicht", said: dict | None = None, **changes: str) -> TestResponse:
    """A login up to where the browser comes back to us."""
    there = person.answered(person.authorize(client_id, **changes), **(said or {}))
    return person.get(urlsplit(there.location).path)


def told(person: Person, back: TestResponse, client_id: str = "einsicht") -> dict:
    """What userinfo tells for the code that came back."""
    tokens = person.redeem(query_of(back.location)["code"], client_id).json
    return person.userinfo(tokens["access_token"]).json


def is_page(answer: TestResponse) -> bool:
    return answer.status_code == 200 and 'name="decision"' in answer.text


def counted(database: Database, *names: str) -> list[int]:
    with database.read() as connection:
        return [
            connection.execute(select(func.count()).select_from(tables.metadata.tables[name])).scalar_one()
            for name in names
        ]


def test_the_page_says_who_gets_what_why_and_how_sure(world: World):
    """Application, town, purpose; each value with its source; the identifier; the way to look it up."""
    said = {"attributes": {"given_name": ["Erika", 4], "family_name": ["Mustermann", 4], "email": ["e@example.org", 2]}}
    page = asked(world.browser(), scope="openid profile email", said=said)
    assert is_page(page)
    for words in (
        "Einsicht",
        "Stadt Viernheim",
        PURPOSE,
        "Erika",
        "e@example.org",
        "Online-Ausweis",
        "nicht nachgewiesen",
    ):
        assert words in page.text
    assert "Auch erbeten" in page.text  # of the data that this account does not know
    assert "/account" in links_of(page.text)
    assert page.headers["Cache-Control"] == "no-store"
    assert "http://localhost:8083" in page.headers["Content-Security-Policy"].partition("form-action")[2]


def test_nothing_is_released_or_linked_before_the_answer(world: World, gate_database: Database):
    """No account, link, evidence, grant or session; with the answer, their twin, each is there once."""
    person = world.browser()
    page = asked(person)
    kinds = ("accounts", "links", "evidence", "grants", "sessions", "consents")
    assert counted(gate_database, *kinds) == [0] * 6
    assert person.http.get_cookie("__Host-gate", domain="localhost") is None
    back = person.past_the_page(page)
    assert told(person, back)["given_name"] == "Erika"
    assert counted(gate_database, *kinds) == [1] * 6


def test_who_was_told_is_not_told_again(world: World):
    """The second login goes through at once, here and in another browser of the same person."""
    world.browser().login("einsicht")
    for person in (world.browser(), world.browser()):
        assert asked(person).status_code == 303


def test_a_reload_shows_the_page_again_and_the_answer_counts_once(world: World):
    """S11: reload and step back harm nothing; what was answered leads back to the service."""
    person = world.browser()
    page = asked(person)
    again = person.get(forms_of(page.text)[-1]["action"])
    assert is_page(again)
    assert query_of(person.past_the_page(again).location)["code"]
    late = person.past_the_page(page)
    assert late.status_code == 400
    assert "attempt-used" in late.text
    assert any(link.startswith("http://localhost:8083") for link in links_of(late.text))


def test_a_link_checker_answers_nothing(world: World):
    person = world.browser()
    page = asked(person)
    address = forms_of(page.text)[-1]["action"]
    assert person.http.head(address, base_url=ISSUER).status_code == 405
    assert is_page(person.get(address))


def test_a_refusal_reaches_the_application_and_nothing_else_does(world: World, gate_database: Database):
    """access_denied with the stable code; no link, no consent, no second try with the same login."""
    person = world.browser()
    page = asked(person)
    back = person.past_the_page(page, "refused")
    heard = query_of(back.location)
    assert back.location.startswith(CALLBACK)
    assert (heard["error"], heard["error_description"]) == ("access_denied", "consent-refused")
    assert counted(gate_database, "links", "grants", "consents") == [0, 0, 0]
    assert person.past_the_page(page).status_code == 400
    assert is_page(asked(person))


@pytest.mark.parametrize(
    "decision", ["", "maybe", ["agreed", "agreed"], ["agreed", "refused"], ["refused", "agreed"], []]
)
def test_an_unclear_answer_is_none(world: World, decision: str | list[str]):
    """Neither, both or the same twice: the page comes again and nothing was agreed; one press, the twin, counts."""
    person = world.browser()
    page = person.past_the_page(asked(person), decision)
    assert is_page(page)
    assert query_of(person.past_the_page(page).location)["code"]


def test_a_foreign_form_answers_nothing(world: World):
    """Without this browser's token the answer is refused (CSRF), and the login still waits."""
    person = world.browser()
    page = asked(person)
    form = forms_of(page.text)[-1]
    assert (
        person.post(form["action"], data={**form["fields"], "csrf": "x" * 43, "decision": "agreed"}).status_code == 403
    )
    assert query_of(person.past_the_page(page).location)["code"]


def test_another_browser_sees_nothing_of_it(world: World):
    """The page is for the browser that set out; whoever got hold of the address burns it."""
    person = world.browser()
    address = forms_of(asked(person).text)[-1]["action"]
    stranger = world.browser().get(address)
    assert stranger.status_code == 400
    assert "Erika" not in stranger.text
    assert person.get(address).status_code == 400


def test_s11_two_tabs_are_answered_each_by_itself(world: World):
    """Two logins in one browser, the second answered first; each brings its own code for its own set."""
    person = world.browser()
    first, second = asked(person, scope="openid profile"), asked(person, scope="openid profile email")
    later = told(person, person.past_the_page(second))
    assert "email" in later
    assert "email" not in told(person, person.past_the_page(first))


@pytest.mark.parametrize(("minutes", "open_still"), [(29, True), (31, False)])
def test_the_page_waits_as_long_as_a_login_may_take(world: World, minutes: int, open_still: bool):
    """Half an hour from the beginning; who comes later reads so and finds the way back."""
    person = world.browser()
    page = asked(person)
    world.clock.turn(minutes=minutes)
    back = person.past_the_page(page)
    assert (back.status_code == 303) is open_still
    if not open_still:
        assert "attempt-expired" in back.text
        assert any(link.startswith("http://localhost:8083") for link in links_of(back.text))


def test_s8_voluntary_claims_are_never_ticked_beforehand(world: World):
    """Whoever just goes on keeps the voluntary back, and is not asked again; whoever ticks, gives."""
    person = world.browser()
    page = asked(person, claims=EMAIL_IF_YOU_LIKE)
    assert 'value="email"' in page.text
    assert "checked" not in page.text
    assert "email" not in told(person, person.past_the_page(page))
    again = asked(person, claims=EMAIL_IF_YOU_LIKE, prompt="login")
    assert "email" not in told(person, again)
    other = world.browser()
    page = asked(other, claims=EMAIL_IF_YOU_LIKE, said={"subject": "somebody-else"})
    assert told(other, other.past_the_page(page, "agreed", "email"))["email"] == "erika@example.org"
    assert told(other, asked(other, claims=EMAIL_IF_YOU_LIKE, prompt="login", said={"subject": "somebody-else"}))[
        "email"
    ]


def test_a_voluntary_claim_that_becomes_essential_is_asked_for_again(world: World):
    person = world.browser()
    person.past_the_page(asked(person, claims=EMAIL_IF_YOU_LIKE))
    page = asked(person, prompt="login", claims=json.dumps({"userinfo": {"email": {"essential": True}}}))
    assert is_page(page)
    assert told(person, person.past_the_page(page))["email"]


@pytest.mark.parametrize("ticked", ["address", "phone_number", "sub", "postbox_address", "roles"])
def test_s8_a_form_cannot_grant_more_than_was_asked(world: World, ticked: str):
    """What the browser adds to its answer is no claim: not the unasked, not the unregistered."""
    person = world.browser()
    back = person.past_the_page(asked(person, scope="openid", claims=EMAIL_IF_YOU_LIKE), "agreed", ticked)
    assert set(told(person, back)) == {"sub"}


def test_s8_the_claims_parameter_asks_for_no_more_than_registered(world: World):
    person = world.browser()
    wish = json.dumps({"userinfo": {"phone_number": {"essential": True}, "given_name": {"essential": True}}})
    page = asked(person, scope="openid", claims=wish)
    assert "+49" not in page.text
    assert set(told(person, person.past_the_page(page))) == {"sub", "given_name", "verified_claims"}


@pytest.mark.parametrize(
    ("first", "second", "again"),
    [
        ("openid profile", "openid profile", False),
        ("openid profile email", "openid profile", False),
        ("openid profile", "openid email", True),
        ("openid profile", "openid profile offline_access", True),
        ("openid profile postbox", "openid profile", False),
        ("openid profile", "openid profile postbox", True),
        ("openid profile", "openid", False),
    ],
)
def test_the_page_comes_again_only_when_the_set_grows(world: World, first: str, second: str, again: bool):
    person = world.browser()
    person.past_the_page(asked(person, scope=first))
    assert is_page(asked(person, scope=second, prompt="login")) is again


def test_two_sets_do_not_take_turns_in_asking(world: World):
    """What was answered for one request still counts after the answer to another."""
    person = world.browser()
    for scope in ("openid profile", "openid email"):
        person.past_the_page(asked(person, scope=scope, prompt="login"))
    for scope in ("openid profile", "openid email", "openid profile email"):
        assert asked(person, scope=scope, prompt="login").status_code == 303


def test_s8_prompt_consent_asks_again_without_a_new_login(world: World):
    """OIDC Core 3.1.2.1: the page comes; the account is not bothered, for it gave no consent that we could renew."""
    person = world.browser()
    first = told(person, person.past_the_page(asked(person)))
    asks = len(world.providers["bundid"].asks)
    waiting = person.authorize("einsicht", prompt="consent")
    assert waiting.status_code == 303
    page = person.get(urlsplit(waiting.location).path)
    assert is_page(page)
    assert told(person, person.past_the_page(page))["sub"] == first["sub"]
    assert len(world.providers["bundid"].asks) == asks


def test_prompt_none_hears_that_somebody_has_to_be_told(world: World):
    """consent_required where the set grew, and nothing else; with the known set it succeeds silently."""
    person = world.browser()
    person.past_the_page(asked(person))
    refused = query_of(person.authorize("einsicht", scope="openid profile offline_access", prompt="none").location)
    assert (refused["error"], "code" in refused) == ("consent_required", False)
    assert "code" in query_of(person.authorize("einsicht", prompt="none").location)


def test_a_session_that_ended_meanwhile_answers_nothing(world: World):
    """The page rested on a login of before; without that login its answer brings no code."""
    person = world.browser()
    person.past_the_page(asked(person))
    waiting = person.authorize("einsicht", scope="openid profile offline_access")
    page = person.get(urlsplit(waiting.location).path)
    assert is_page(page)
    logout = person.get("/logout")
    form = forms_of(logout.text)[-1]
    person.post("/logout/confirm", data={**form["fields"], "which": "everywhere"})
    late = person.past_the_page(page)
    assert late.status_code == 400
    assert "attempt-expired" in late.text


def test_the_same_session_goes_on_after_the_page(world: World):
    """Its twin: the answer brings a code in the session of before (same sid)."""
    person = world.browser()
    person.past_the_page(asked(person))
    waiting = person.authorize("einsicht", scope="openid profile offline_access")
    back = person.past_the_page(person.get(urlsplit(waiting.location).path))
    tokens = person.redeem(query_of(back.location)["code"], "einsicht").json
    assert tokens["refresh_token"]
    assert person.refresh(tokens["refresh_token"], "einsicht", scope="openid email").json["error"] == "invalid_scope"


def test_consent_is_more_than_information(world: World, gate_database: Database):
    """Where consent is the ground the page asks for it and keeps that; purpose and names stand there, no value."""
    person = world.browser()
    page = asked(person, "zustimmung")
    assert "Ich stimme zu" in page.text
    person.past_the_page(page)
    informed = asked(world.browser(), "einsicht")
    assert "Ich stimme zu" not in informed.text
    person.past_the_page(informed)
    with gate_database.read() as connection:
        row = connection.execute(select(tables.consents)).one()
    assert (row.mode, row.client_id, row.purpose) == ("ask", "zustimmung", "")
    assert "given_name" in row.claims
    assert "Erika" not in repr(row)


def test_guests_are_told_each_time(world: World):
    """Nobody knows a guest again; the page says so and promises no memory."""
    person = world.browser()
    for _ in range(2):
        page = asked(person, "gast", said={"subject": None}, prompt="consent")
        assert is_page(page)
        assert "/account" not in page.text.partition("<main")[2]
        assert "code" in query_of(person.past_the_page(page).location)


def test_staff_and_registered_exceptions_see_no_page(world: World):
    attributes = {"name": ["Sabine Amt", 3], "authorities": ["064310020020", 3], "roles": ["casework", 3]}
    there = world.browser().answered(
        (person := world.browser()).authorize("casework"), account="staff", attributes=attributes, means="staff"
    )
    assert person.get(urlsplit(there.location).path).status_code == 303
    assert asked(world.browser(), "urkunde").status_code == 303


def test_s9_what_was_not_asked_for_is_neither_shown_nor_kept(world: World):
    """The account sends more than asked: it stands on no page and in no token."""
    page = asked(world.browser(), scope="openid email")
    assert "erika@example.org" in page.text
    assert "Mustermann" not in page.text
    assert "Gabler" not in page.text


def test_a_form_post_client_hears_the_answer_its_way(world: World):
    person = world.browser()
    back = person.past_the_page(asked(person, response_mode="form_post"))
    assert back.status_code == 200
    assert f'action="{CALLBACK}"' in back.text


def test_both_languages_say_the_whole_page(world: World):
    """English by the application's wish or the person's choice; no German word of ours is left but the purpose."""
    page = asked(world.browser(), ui_locales="en", claims=EMAIL_IF_YOU_LIKE)
    assert '<html lang="en">' in page.text
    for words in ("This data goes to", "verified with the online ID card", "Voluntary", "Do not pass on my data"):
        assert words in page.text
