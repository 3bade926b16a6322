"""``/account``: what went where, looked up and taken back; and that nobody reaches into another one's account (D5 S3)."""

import re
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from sqlalchemy import delete, select
from werkzeug.test import TestResponse

from idgateway.own import OWN
from idgateway.store import tables
from runtime.database import Database
from tests.http import forms_of, links_of
from tests.idgateway.login.world import NOW, Person, World, query_of

OTHER = {"subject": "bpk2-of-somebody-else"}


def entered(person: Person, *, level: str = "basic", **said) -> TestResponse:
    """The person logs in at the gate itself; gives the overview."""
    door = person.get("/account")
    form = next(one for one in forms_of(door.text) if one["action"] == "/account/login")
    page = person.post("/account/login", data={**form["fields"], "level": level, "account": "bundid"})
    there = person.answered(page, **said)
    back = person.get(urlsplit(there.location).path)
    assert urlsplit(back.location).path == "/account"
    assert "code" not in back.location
    return person.get("/account")


def press(person: Person, page: TestResponse, action: str, **chosen: str) -> TestResponse:
    """Send one of the page's forms: the first that leads there and carries what is chosen."""
    for form in forms_of(page.text):
        fits = all(form["fields"].get(name) in (None, value) for name, value in chosen.items())
        if fits and form["action"] == f"/account/{action}":
            return person.post(form["action"], data={**form["fields"], **chosen})
    raise AssertionError(f"no form {action} with {chosen}")


def asked_to_unlink(person: Person, page: TestResponse) -> TestResponse:
    """The question behind the overview's first link of this kind."""
    return person.get(unlinking(page)[0])


def unlinking(page: TestResponse) -> list[str]:
    return [link for link in links_of(page.text) if link.startswith("/account/unlink?")]


def rows(database: Database, name: str) -> list:
    with database.read() as connection:
        return list(connection.execute(select(tables.metadata.tables[name])))


def test_the_overview_shows_links_consents_history_and_sessions(world: World):
    """Town, application, level, names of data; never a value; and nothing of it may be kept on the way."""
    person = world.browser()
    person.login("einsicht", scope="openid profile email")
    person.login("lorsch")
    page = entered(person)
    for words in (
        "Stadt Viernheim",
        "Einsicht",
        "Stadt Lorsch",
        "Vornamen",
        "E-Mail-Adresse",
        "(Online-Ausweis)",
        "hoch",
    ):
        assert words in page.text
    for value in ("Erika", "Mustermann", "erika@example.org", "bpk2"):
        assert value not in page.text
    assert page.headers["Cache-Control"] == "no-store"


def test_the_gate_itself_receives_nothing(world: World, gate_database: Database):
    """Its own login asks the account for no data, brings no code, and cannot be asked for from outside."""
    person = world.browser()
    entered(person)
    assert not {"given_name", "email"} & set(world.providers["bundid"].asks[-1].attributes)
    assert rows(gate_database, "grants") == []
    (evidence,) = rows(gate_database, "evidence")
    assert (evidence.client_id, evidence.released) == (OWN, [])
    outside = person.authorize(OWN, redirect_uri="http://localhost:8080/account", scope="openid")
    assert query_of(outside.location)["error"] == "invalid_request"


@pytest.mark.parametrize("level", ["substantial", "high"])
def test_the_person_chooses_the_level(world: World, level: str):
    entered(world.browser(), level=level)
    assert world.providers["bundid"].asks[-1].level.name.lower() == level


@pytest.mark.parametrize("form", [{"level": "paper"}, {"level": ""}, {"account": "staff"}, {"account": "nobody"}])
def test_a_door_that_is_not_there_opens_nothing(world: World, form: dict):
    person = world.browser()
    fields = forms_of(person.get("/account").text)[-1]["fields"]
    good = {**fields, "level": "basic", "account": "bundid"}
    assert person.post("/account/login", data={**good, **form}).status_code == 400
    assert person.post("/account/login", data=good).status_code == 200


def test_a_cancelled_login_leads_back_with_a_word(world: World):
    person = world.browser()
    form = forms_of(person.get("/account").text)[-1]
    page = person.post("/account/login", data={**form["fields"], "level": "basic", "account": "bundid"})
    back = person.get(urlsplit(person.answered(page, cancelled=True).location).path)
    shown = person.get(back.location.removeprefix("http://localhost:8080"))
    assert shown.status_code == 200
    assert "abgebrochen" in shown.text


@pytest.mark.parametrize("minutes", [4, 6])
def test_the_session_follows_the_level(world: World, minutes: int):
    """At high it ends after five minutes of rest, as everywhere."""
    person = world.browser()
    entered(person, level="high")
    world.clock.turn(minutes=minutes)
    assert ("Überall abmelden" in person.get("/account").text) is (minutes < 5)


def test_withdrawing_ends_codes_tokens_and_asks_again(world: World):
    """What the application holds opens nothing any more, the code that is under way too; the next login is told."""
    person = world.browser()
    tokens = person.redeem(person.login("einsicht", scope="openid profile offline_access")["code"], "einsicht").json
    waiting = query_of(person.authorize("einsicht", scope="openid profile").location)["code"]
    other = person.redeem(person.login("lorsch")["code"], "lorsch").json
    done = press(person, entered(person), "withdraw", client="einsicht")
    assert urlsplit(done.location).query == "done=withdrawn"
    assert person.userinfo(tokens["access_token"]).status_code == 401
    assert person.refresh(tokens["refresh_token"], "einsicht").json["error"] == "invalid_grant"
    assert person.redeem(waiting, "einsicht").json["error"] == "invalid_grant"
    assert person.userinfo(other["access_token"]).status_code == 200
    there = person.answered(person.authorize("einsicht"))
    assert 'name="decision"' in person.get(urlsplit(there.location).path).text


@pytest.mark.parametrize("act", ["withdraw", "unlink", ""])
def test_what_outlives_its_session_ends_too(world: World, gate_database: Database, act: str):
    """The session was swept and its refresh token counts on: taking back ends it, and only taking back does."""
    person = world.browser()
    tokens = person.redeem(person.login("einsicht", scope="openid profile offline_access")["code"], "einsicht").json
    with gate_database.write() as connection:
        connection.execute(delete(tables.sessions))
    page = entered(person)
    if act == "unlink":
        page = asked_to_unlink(person, page)
    if act:
        press(person, page, act, **({"client": "einsicht"} if act == "withdraw" else {}))
    assert ("error" in person.refresh(tokens["refresh_token"], "einsicht").json) is bool(act)


def test_unlinking_ends_everything_but_the_evidence(world: World, gate_database: Database):
    """Sessions, codes, tokens, consents end; the row, its sub and the evidence stay; the page asks before it acts."""
    person = world.browser()
    tokens = person.redeem(person.login("einsicht", scope="openid profile offline_access")["code"], "einsicht").json
    waiting = query_of(person.authorize("einsicht", scope="openid profile").location)["code"]
    page = entered(person)
    question = asked_to_unlink(person, page)
    assert "Verknüpfung lösen?" in question.text
    assert person.userinfo(tokens["access_token"]).status_code == 200
    before = len(rows(gate_database, "evidence"))
    press(person, question, "unlink")
    assert person.userinfo(tokens["access_token"]).status_code == 401
    assert person.refresh(tokens["refresh_token"], "einsicht").json["error"] == "invalid_grant"
    assert person.redeem(waiting, "einsicht").json["error"] == "invalid_grant"
    assert query_of(person.authorize("einsicht", prompt="none").location)["error"] == "login_required"
    assert [one.ended_by for one in rows(gate_database, "consents")] == ["unlinked"]
    assert len(rows(gate_database, "evidence")) == before
    shown = person.get("/account")
    assert "Mit diesem Konto ist kein Dienst verknüpft" in shown.text
    assert "Einsicht" in shown.text  # in the history


@pytest.mark.parametrize("client_id", ["einsicht", "urkunde"])
def test_s3_a_link_is_never_made_again_silently(world: World, gate_database: Database, client_id: str):
    """After unlinking the next login waits and says so, also where no page is registered; then the sub is the same."""
    person = world.browser()
    before = person.told(client_id)["sub"]
    press(person, asked_to_unlink(person, entered(person)), "unlink")
    there = person.answered(person.authorize(client_id))
    page = person.get(urlsplit(there.location).path)
    assert "Sie hatten diese Verknüpfung gelöst" in page.text
    (link,) = [one for one in rows(gate_database, "links") if one.sector == "localhost"]
    assert link.unlinked_at is not None
    world.clock.turn(minutes=1)
    back = person.past_the_page(page)
    tokens = person.redeem(query_of(back.location)["code"], client_id).json
    assert person.userinfo(tokens["access_token"]).json["sub"] == before
    (link,) = [one for one in rows(gate_database, "links") if one.sector == "localhost"]
    assert (link.unlinked_at, link.linked_at) == (None, NOW + timedelta(minutes=1))


@pytest.mark.parametrize("client_id", ["einsicht", "urkunde"])
def test_s3_a_page_that_did_not_say_so_makes_no_link_again(world: World, gate_database: Database, client_id: str):
    """The page is open, the link is undone in another tab, the old page is answered: it comes again and says so now."""
    person, other = world.browser(), world.browser()
    other.told(client_id)
    there = person.answered(person.authorize(client_id, prompt="consent"))
    stale = person.get(urlsplit(there.location).path)
    assert "Sie hatten diese Verknüpfung gelöst" not in stale.text
    press(other, asked_to_unlink(other, entered(other)), "unlink")
    page = person.past_the_page(stale)
    assert "Sie hatten diese Verknüpfung gelöst" in page.text
    (link,) = [one for one in rows(gate_database, "links") if one.sector == "localhost"]
    assert link.unlinked_at is not None
    assert "code" in query_of(person.past_the_page(page).location)
    (link,) = [one for one in rows(gate_database, "links") if one.sector == "localhost"]
    assert link.unlinked_at is None


def test_s3_a_page_of_a_session_that_ended_with_its_link_makes_none(world: World, gate_database: Database):
    """Where a session would have answered, it is gone: the login begins anew."""
    person, other = world.browser(), world.browser()
    person.told("einsicht")
    waiting = person.authorize("einsicht", prompt="consent")
    stale = person.get(urlsplit(waiting.location).path)
    press(other, asked_to_unlink(other, entered(other)), "unlink")
    assert "attempt-expired" in person.past_the_page(stale).text
    (link,) = [one for one in rows(gate_database, "links") if one.sector == "localhost"]
    assert link.unlinked_at is not None


def test_s3_a_refusal_leaves_the_link_undone(world: World, gate_database: Database):
    person = world.browser()
    person.told("einsicht")
    press(person, asked_to_unlink(person, entered(person)), "unlink")
    there = person.answered(person.authorize("einsicht"))
    person.past_the_page(person.get(urlsplit(there.location).path), "refused")
    (link,) = [one for one in rows(gate_database, "links") if one.sector == "localhost"]
    assert link.unlinked_at is not None


def test_an_undone_postbox_gets_no_address(world: World, gate_database: Database):
    """Who undid the link to the postbox is not led there by a town: no delivery address is issued."""
    person = world.browser()
    assert "postbox_address" in person.told("einsicht", scope="openid profile postbox")
    person.told("postbox", scope="openid")
    page = entered(person)
    for link in unlinking(page):
        question = person.get(link)
        if "Postbox" in question.text.partition("<main")[2]:
            press(person, question, "unlink")
    world.clock.turn(seconds=1)
    assert "postbox_address" not in person.told("einsicht", scope="openid profile postbox", prompt="login")
    last = max(rows(gate_database, "evidence"), key=lambda one: one.at)
    assert "given_name" in last.released
    assert "postbox_address" not in last.released


@pytest.mark.parametrize("act", ["withdraw", "unlink", "end"])
def test_s3_nobody_reaches_into_another_account(world: World, gate_database: Database, act: str):
    """Another person's link, consent or session is not found; the owner's own hand, the twin, finds it."""
    erika, other = world.browser(), world.browser()
    tokens = erika.redeem(erika.login("einsicht")["code"], "einsicht").json
    (link,) = rows(gate_database, "links")
    sid = next(one.sid for one in rows(gate_database, "sessions"))
    chosen = {"link": link.id, "client": "einsicht", "sid": sid}
    theirs, hers = entered(other, **OTHER), entered(erika)
    assert "Einsicht" not in theirs.text
    foreign = other.post(f"/account/{act}", data={**chosen, "csrf": forms_of(theirs.text)[-1]["fields"]["csrf"]})
    assert foreign.status_code == 404
    assert "not-yours" in foreign.text
    assert erika.userinfo(tokens["access_token"]).status_code == 200
    assert (
        erika.post(f"/account/{act}", data={**chosen, "csrf": forms_of(hers.text)[-1]["fields"]["csrf"]}).status_code
        == 303
    )
    assert erika.userinfo(tokens["access_token"]).status_code == 401


def test_the_question_before_unlinking_has_an_address_and_asks_about_ones_own_alone(world: World):
    """It is there in the other language, too; asked about another person's link, or by nobody, it leads back."""
    erika, other = world.browser(), world.browser()
    erika.login("einsicht")
    there = other.answered(other.authorize("einsicht"), **OTHER)
    other.past_the_page(other.get(urlsplit(there.location).path))
    (link,) = unlinking(entered(erika))
    page = erika.get(link)
    assert "Einsicht" in page.text
    english = next(one for one in links_of(page.text) if one.endswith("lang=en"))
    assert "Remove this link?" in erika.get(english).text
    assert len(unlinking(entered(other, **OTHER))) == 1
    for stranger in (other, world.browser()):
        answer = stranger.get(link)
        assert (answer.status_code, answer.location) == (303, "/account")


@pytest.mark.parametrize("act", ["login", "withdraw", "unlink", "end"])
def test_a_foreign_form_takes_nothing_back(world: World, act: str):
    """Without this browser's token: 403."""
    person = world.browser()
    person.login("einsicht")
    entered(person)
    assert person.post(f"/account/{act}", data={"csrf": "x" * 43}).status_code == 403


def test_without_a_session_every_act_leads_to_the_door(world: World):
    person = world.browser()
    csrf = forms_of(person.get("/account").text)[-1]["fields"]["csrf"]
    for act in ("withdraw", "unlink", "end"):
        answer = person.post(f"/account/{act}", data={"csrf": csrf})
        assert (answer.status_code, answer.location) == (303, "/account")


def test_one_session_or_all_of_them(world: World):
    """A session in another browser is ended from here; then everything, this page too."""
    here, there = world.browser(), world.browser()
    there.login("einsicht")
    here.login("lorsch")
    page = entered(here)
    assert len(re.findall(r'name="sid"', page.text)) == 3
    sids = {one["fields"]["sid"]: one for one in forms_of(page.text) if one["fields"].get("sid")}
    assert len(sids) == 3
    away = re.search(
        r"Einsicht.*?name=\"sid\" value=\"([^\"]+)\"", page.text.partition("Wo Sie angemeldet")[2], re.DOTALL
    )[1]
    press(here, page, "end", sid=away)
    assert query_of(there.authorize("einsicht", prompt="none").location)["error"] == "login_required"
    assert "code" in query_of(here.authorize("lorsch", prompt="none").location)
    everywhere = [one for one in forms_of(page.text) if one["action"] == "/account/end" and "sid" not in one["fields"]]
    here.post("/account/end", data=everywhere[0]["fields"])
    assert query_of(here.authorize("lorsch", prompt="none").location)["error"] == "login_required"
    assert "Überall abmelden" not in here.get("/account").text


def test_the_history_goes_on_page_by_page(world: World):
    """Fifty logins on a page, then a link to the older ones; nothing is shown twice."""
    person = world.browser()
    person.login("lorsch")
    for _ in range(51):
        world.clock.turn(seconds=2)
        person.authorize("lorsch", prompt="none")
    world.clock.turn(seconds=2)
    page = entered(person)
    older = re.search(r'href="(/account\?before=[^"]+)"', page.text)[1]
    assert page.text.count('<li class="gate-way"><p><strong>') == 50
    assert person.get(older).text.count("<p><strong>") == 3
    assert person.get("/account?before=never").text.count("<p><strong>") == 50


def test_accounts_of_organisations_and_staff_have_no_overview(world: World):
    """Colleagues share an organisation's account, and staff's data are the employer's."""
    door = world.browser().get("/account").text
    assert 'value="bundid"' in door
    assert 'value="staff"' not in door
