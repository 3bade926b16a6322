"""Which language a page of the gate speaks, and that every page can be read in the other one without sending anything."""

import re
from html import unescape
from urllib.parse import urlsplit

import pytest
from werkzeug.test import TestResponse

from tests.http import forms_of
from tests.idgateway.login.world import ISSUER, Person, World, query_of

ENGLISH = {"Accept-Language": "en-GB,en;q=0.9"}


def switched(person: Person, page: TestResponse) -> TestResponse:
    """The page behind the link to English."""
    return person.get(unescape(re.search(r'hreflang="en" href="([^"]+)"', page.text)[1]))


@pytest.mark.parametrize(
    ("browser", "application", "chosen", "spoken"),
    [
        ("", "", "", "de"),
        ("en", "", "", "en"),
        ("en", "de", "", "de"),
        ("de", "en", "", "en"),
        ("en", "fr", "", "en"),
        ("en", "en", "de", "de"),
        ("de", "de", "en", "en"),
    ],
)
def test_the_choice_wins_over_the_application_and_that_over_the_browser(
    world: World, browser: str, application: str, chosen: str, spoken: str
):
    """At the login (OIDC Core 3.1.2.1) and at the logout (RP-Initiated Logout 2) alike."""
    person = world.browser()
    if chosen:
        person.get("/", query_string={"lang": chosen})
    wish = {"ui_locales": application or None}
    asked = person.request_of(**wish)
    for path, query in (("/authorize", asked), ("/logout", {"ui_locales": application})):
        page = person.get(path, query_string=query, headers={"Accept-Language": browser})
        assert f'<html lang="{spoken}">' in page.text, path


def test_a_link_on_the_logout_page_wins_over_the_application(world: World):
    person = world.browser()
    person.login()
    page = person.get("/logout?ui_locales=de")
    assert "Do you want to log out?" in switched(person, page).text


def test_what_was_refused_by_form_is_read_in_english_with_the_same_number(world: World):
    """The error number and the code stay; nothing is reported a second time."""
    person = world.browser()
    person.login("einsicht")
    door = forms_of(person.get("/account").text)[-1]
    there = person.answered(person.post("/account/login", data={**door["fields"], "account": "bundid"}))
    person.get(urlsplit(there.location).path)
    csrf = forms_of(person.get("/account").text)[-1]["fields"]["csrf"]
    refusal = person.post("/account/withdraw", data={"csrf": csrf, "link": "x", "client": "einsicht"})
    number = refusal.headers["X-Request-ID"]
    assert refusal.status_code == 404
    english = switched(person, refusal)
    assert english.status_code == 404
    assert number in english.text
    assert "not-yours" in english.text
    assert '<html lang="en">' in english.text


@pytest.mark.parametrize(
    "path",
    [
        "/problem/Nobody/attempt-lost?number=0123456789abcdef",
        "/problem/AttemptLost/never-heard-of?number=0123456789abcdef",
        "/problem/AttemptLost/attempt-lost?number=call%20555-1234",
        "/problem/AttemptLost/attempt-lost",
    ],
)
def test_the_page_of_an_error_says_no_word_of_a_stranger(world: World, path: str):
    """Kind, code and number are ours, or there is no such page; the twin with all three is one."""
    person = world.browser()
    missing = person.get(path)
    assert missing.status_code == 404
    assert "attempt-lost" not in missing.text.partition("<main")[2]
    shown = person.get("/problem/AttemptLost/attempt-lost?number=0123456789abcdef&client_id=%3Cb%3E")
    assert "0123456789abcdef" in shown.text
    assert "<b>" not in shown.text


def test_a_login_that_failed_still_leads_to_its_service(world: World):
    person = world.browser()
    page = person.get("/problem/AttemptLost/attempt-lost?number=0123456789abcdef&client_id=urkunde")
    assert "Anmeldung neu beginnen" in page.text
    assert "Anmeldung neu beginnen" not in person.get("/problem/AttemptLost/attempt-lost?number=0123456789abcdef").text


def test_a_request_by_form_has_an_address_where_people_are_asked(world: World):
    """The page before the login can be loaded again and switched; what was asked for stays the same."""
    person = world.browser()
    person.authorize()
    where = person.post("/authorize", data=person.request_of("wahl", state="by-form"))
    assert where.status_code == 303
    page = person.get(where.location.removeprefix(ISSUER))
    english = switched(person, page)
    assert "How do you want to log in?" in english.text
    on = next(unescape(link) for link in re.findall(r'href="(/authorize[^"]+)"', english.text.partition("<main")[2]))
    there = person.answered(person.get(on), account=query_of(on)["account"])
    assert query_of(person.get(urlsplit(there.location).path).location)["state"] == "by-form"


def test_what_a_logout_left_open_is_asked_again_in_english(world: World):
    """The answer to the person's own button: the link leads to the question about what is left."""
    person = world.browser()
    person.login()
    person.login("lorsch")
    form = forms_of(person.get("/logout").text)[-1]
    page = person.post("/logout/confirm", data={**form["fields"], "which": "urkunde"})
    assert "abgemeldet" in page.text
    english = switched(person, page)
    assert "Do you want to log out?" in english.text
    assert "Lorsch" in english.text
    assert "Urkunde" not in english.text.partition("<main")[2]


def test_who_came_by_themselves_may_stay_logged_in(world: World):
    """/logout without an application has a way that ends nothing, too."""
    person = world.browser()
    person.login()
    page = person.get("/logout")
    assert re.search(r'href="/"><span class="kern-label">Angemeldet bleiben<', page.text)
    assert "Angemeldet bleiben, zurück zu" in person.get("/logout?client_id=urkunde").text
