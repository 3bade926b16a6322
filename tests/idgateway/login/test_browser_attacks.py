"""Attacks between browser, account and gate (catalogue D5 and R3, R5), each beside the login that is right."""

from urllib.parse import urlsplit

import pytest

from tests.http import links_of
from tests.idgateway.login.world import CALLBACK, HIGH, SUBSTANTIAL, World, hidden_fields, query_of

BASIC = "http://localhost:8080/loa/basic"


def _path(answer) -> str:
    assert answer.status_code == 303, answer.text
    return urlsplit(answer.location).path


def _cookie(answer, name: str) -> str | None:
    found = [
        line.split(";")[0].split("=", 1)[1]
        for line in answer.headers.getlist("Set-Cookie")
        if line.startswith(f"{name}=")
    ]
    return found[0] if found else None


def test_the_answer_opens_nothing_by_itself(world: World):
    """The callback sets no cookie, gives no code and leads only to our own one-time address."""
    person = world.browser()
    there = person.answered(person.authorize())
    assert there.headers.getlist("Set-Cookie") == []
    assert there.location.startswith("http://localhost:8080/continue/")
    assert "code=" not in there.location
    assert "code" in query_of(person.get(_path(there)).location)


def test_s2_a_login_cannot_be_finished_in_another_browser(world: World):
    """S2, R5: the attacker's answer in the victim's browser, with and without an own cookie; the attempt is burnt."""
    attacker, victim, fresh = world.browser(), world.browser(), world.browser()
    victim.authorize()
    for other in (victim, fresh):
        path = _path(attacker.answered(attacker.authorize()))
        page = other.get(path)
        assert page.status_code == 400
        assert "wrong-browser" in page.text
        assert _cookie(page, "__Host-gate") is None
        assert "Zurück zu „Urkunde“" in page.text
        assert "attempt-used" in attacker.get(path).text  # burnt, for its owner too
    assert "code" in attacker.login()


def test_an_identical_second_answer_leads_to_the_same_place(world: World):
    """An impatient browser posts twice: the same 303; another answer to the same attempt is refused."""
    person = world.browser()
    page = person.authorize()
    fields = hidden_fields(page.text)
    answer = world.providers["bundid"].answer(fields)
    other = world.providers["bundid"].answer(fields, subject="somebody-else")
    first, second, third = person.deliver(answer), person.deliver(answer), person.deliver(other)
    assert first.location == second.location
    assert third.status_code == 400
    assert "attempt-answered" in third.text
    assert person.get(_path(first)).status_code == 303
    assert "attempt-used" in person.deliver(answer).text
    assert "attempt-used" in person.get(_path(first)).text


def test_a_bad_answer_consumes_nothing(world: World):
    """Malformed and forged answers get a page with number and code; the right one still arrives afterwards."""
    person = world.browser()
    fields = hidden_fields(person.authorize().text)
    good = world.providers["bundid"].answer(fields)
    for bad in ({**good, "mac": "0"}, {**good, "answer": ""}, {**good, "answer": good["answer"] + " "}):
        page = person.deliver(bad)
        assert page.status_code == 400
        assert "signature" in page.text
        assert page.headers["X-Request-ID"] in page.text
    assert "code" in query_of(person.get(_path(person.deliver(good))).location)


def test_an_assertion_is_taken_once(world: World):
    """The same assertion id in answer to another question is a replay, and consumes nothing."""
    person = world.browser()
    one, two = hidden_fields(person.authorize().text), hidden_fields(person.authorize().text)
    provider = world.providers["bundid"]
    assert person.deliver(provider.answer(one, id="same")).status_code == 303
    replayed = person.deliver(provider.answer(two, id="same"))
    assert replayed.status_code == 400
    assert "assertion-replayed" in replayed.text
    assert person.deliver(provider.answer(two, id="other")).status_code == 303


def test_unsolicited_and_foreign_answers_are_nobodys(world: World):
    """Unknown relay state, none at all, and R3: one account's answer at another account's address."""
    person = world.browser()
    fields = hidden_fields(person.authorize("wahl", account="bundid").text)
    good = world.providers["bundid"].answer(fields)
    for bad in ({**good, "RelayState": "unknown"}, {**good, "RelayState": ""}):
        assert "attempt-unknown" in person.deliver(bad).text
    assert "attempt-unknown" in person.deliver(good, account="bayernid").text
    assert "attempt-unknown" in person.deliver(good, account="staff").text
    assert person.deliver(good).status_code == 303


def test_r10_an_answer_with_a_repeated_parameter_is_refused(world: World):
    """R10: two states, even equal ones, are one too many; the answer without the second still counts."""
    person = world.browser()
    good = world.providers["bundid"].answer(hidden_fields(person.authorize().text))
    query = [*good.items(), ("state", good["RelayState"]), ("state", good["RelayState"])]
    page = person.get("/oidc/bundid/callback", query_string=query)
    assert page.status_code == 400
    assert "parameter-repeated" in page.text
    assert person.deliver(good).status_code == 303


def test_attempts_and_results_grow_old(world: World):
    """Thirty minutes for the person, five for the way back."""
    person = world.browser()
    page = person.authorize()
    world.clock.turn(minutes=29)
    there = person.answered(page)
    world.clock.turn(minutes=5)
    assert "attempt-expired" in person.get(_path(there)).text
    late = person.authorize()
    world.clock.turn(minutes=30)
    assert "attempt-expired" in person.answered(late).text
    assert "code" in person.login()


def test_a_link_checker_does_not_use_up_a_login(world: World):
    """HEAD on the one-time address changes nothing."""
    person = world.browser()
    path = _path(person.answered(person.authorize()))
    assert person.http.head(path, base_url="http://localhost:8080").status_code == 405
    assert person.get(path).status_code == 303


def test_two_logins_in_parallel_tabs_both_arrive(world: World):
    """S11: each attempt has its own handle; the browser's cookie is the same for both."""
    person = world.browser()
    first, second = person.authorize(state="one"), person.authorize("wohngeld", state="two")
    there_two, there_one = person.answered(second), person.answered(first)
    assert query_of(person.get(_path(there_two)).location)["state"] == "two"
    assert query_of(person.get(_path(there_one)).location)["state"] == "one"


def test_cancelling_is_told_to_the_application(world: World):
    """Who cancels comes back with access_denied, in the own browser only, and after a reload the same way."""
    person = world.browser()
    there = person.answered(person.authorize(), cancelled=True)
    back = person.get(_path(there))
    answer = query_of(back.location)
    assert (answer["error"], answer["error_description"]) == ("access_denied", "login-cancelled")
    assert answer["state"] == person.state
    assert person.get(_path(there)).location == back.location
    assert "wrong-browser" in world.browser().get(_path(there)).text


def test_s4_the_level_is_the_clients_minimum_or_more(world: World):
    """S4: a wish below the minimum does not lower it, one above raises it; the first known wish counts."""
    person = world.browser()
    provider = world.providers["bundid"]
    for wish, level in [
        (None, 3),
        (BASIC, 3),
        (SUBSTANTIAL, 3),
        (HIGH, 4),
        (f"{HIGH} {BASIC}", 4),
        ("urn:moon", 3),
        (f"urn:moon {HIGH}", 4),
    ]:
        person.authorize(acr_values=wish)
        assert provider.asks[-1].level == level, wish
    person.authorize("wohngeld", acr_values=f"{SUBSTANTIAL} {HIGH}")
    assert provider.asks[-1].level == 3
    person.authorize("wohngeld", claims=f'{{"id_token": {{"acr": {{"essential": true, "values": ["{HIGH}"]}}}}}}')
    assert provider.asks[-1].level == 4


def test_s4_a_login_below_the_needed_level_brings_no_code(world: World):
    """S4: a page says why; its way back carries unmet_authentication_requirements; there is no session."""
    person = world.browser()
    there = person.answered(person.authorize(), level=2)
    page = person.get(_path(there))
    assert page.status_code == 403
    assert _told_by(page)["error"] == "unmet_authentication_requirements"
    assert _cookie(page, "__Host-gate") is None
    assert "code" in person.login(said={"level": 3})


def test_s4_an_upstream_that_forgets_to_check_is_not_believed(world: World):
    """The level is asked again where the code is born, whatever the upstream let through."""
    person = world.browser()
    page = person.authorize("wahl", account="bayernid")
    lenient = world.providers["bayernid"]
    honest = lenient.complete
    lenient.complete = lambda answer: honest(_asking_for(answer, 1))
    there = person.answered(page, account="bayernid", level=2)
    assert _told_by(person.get(_path(there)))["error"] == "unmet_authentication_requirements"


def _told_by(page) -> dict[str, str]:
    """What the application hears when the person goes back from an error's page."""
    return query_of(next(link for link in links_of(page.text) if link.startswith(CALLBACK)))


def _asking_for(answer, level: int):
    from dataclasses import replace

    from idgateway.assurance import Level

    return replace(answer, asked_level=Level(level))


def test_s1_every_login_gets_a_new_session(world: World):
    """S1: a new value after each login, the old one opens nothing; cookies are Secure, HttpOnly, Lax and host-bound."""
    person = world.browser()
    first = person.get(_path(person.answered(person.authorize())))
    planted = _cookie(first, "__Host-gate")
    second = person.get(_path(person.answered(person.authorize(prompt="login"))))
    assert planted
    assert _cookie(second, "__Host-gate") not in (None, planted)
    for line in second.headers.getlist("Set-Cookie"):
        assert all(part in line for part in ("Secure", "HttpOnly", "SameSite=Lax", "Path=/"))
        assert "Domain" not in line
    thief = world.browser()
    thief.http.set_cookie("__Host-gate", planted, domain="localhost")
    assert query_of(thief.authorize(prompt="none").location)["error"] == "login_required"
    assert "code" in query_of(person.authorize(prompt="none").location)


@pytest.mark.parametrize(
    ("change", "reused"),
    [
        ({}, True),
        ({"acr_values": HIGH}, True),
        ({"max_age": "120"}, True),
        ({"max_age": "60"}, False),
        ({"max_age": "0"}, False),
        ({"prompt": "login"}, False),
        ({"prompt": "consent"}, False),  # the person is asked first
        ({"scope": "openid postbox"}, False),  # needs more than was asked for then
        ({"client_id": "wohngeld"}, False),
    ],
    ids=str,
)
def test_a_session_serves_its_own_application_within_its_limits(world: World, change: dict, reused: bool):
    """Reused only by the same client, young enough, strong enough, not when a fresh login is wanted."""
    person = world.browser()
    person.login()
    world.clock.turn(seconds=90)
    answer = person.authorize(**change)
    assert (answer.status_code == 303 and answer.location.startswith(CALLBACK)) is reused
    if reused:
        tokens = person.redeem(query_of(answer.location)["code"]).json
        assert person.userinfo(tokens["access_token"]).json["given_name"] == "Erika"


def test_a_weak_session_does_not_serve_a_strong_wish(world: World):
    """S4: a substantial session and a wish for high: a new login; without the wish it is reused."""
    person = world.browser()
    person.login(said={"level": 3, "means": "Elster"})
    assert person.authorize(acr_values=HIGH).status_code == 200
    assert person.authorize(acr_values=SUBSTANTIAL).status_code == 303


@pytest.mark.parametrize(("level", "idle", "absolute"), [(1, 60, 720), (3, 30, 120), (4, 5, 30)])
def test_sessions_end_by_idleness_and_by_age(world: World, level: int, idle: int, absolute: int):
    """The stronger the login, the shorter: minutes of idleness, and an absolute end whatever happens."""
    person = world.browser()
    person.login("wohngeld", said={"level": level})
    for _ in range(absolute // (idle - 1)):
        world.clock.turn(minutes=idle - 1)
        assert person.authorize("wohngeld").status_code == 303
    world.clock.turn(minutes=idle - 1)
    assert person.authorize("wohngeld").status_code == 200
    person.login("wohngeld", said={"level": level})
    world.clock.turn(minutes=idle)
    assert person.authorize("wohngeld").status_code == 200
