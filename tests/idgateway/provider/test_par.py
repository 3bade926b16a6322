"""Pushed authorization requests (RFC 9126): checked where they are pushed, good for one login of one client."""

import threading
from datetime import timedelta
from urllib.parse import urlsplit

import pytest

from idgateway.housekeeping import run_due
from idgateway.provider.par import LIFETIME, PREFIX
from tests.idgateway.login.world import CALLBACK, ISSUER, Person, World, basic_of, query_of


def pushed(person: Person, client_id: str = "urkunde", **changes) -> str:
    """A reference that was just pushed."""
    answer = person.push(client_id, **changes)
    assert answer.status_code == 201, answer.json
    return answer.json["request_uri"]


def finished(person: Person, page) -> dict:
    """The login behind a page that goes on to the account; gives what the application hears."""
    there = person.answered(page)
    return query_of(person.get(urlsplit(there.location).path).location)


@pytest.mark.parametrize("client_id", ["urkunde", "basic", "post", "fapi"])
def test_a_pushed_request_is_a_login(world: World, client_id: str):
    """Whatever way the client proves itself: 201, a reference nobody guesses, and a login with state and iss."""
    person = world.browser()
    answer = person.push(client_id)
    assert (answer.status_code, answer.json["expires_in"]) == (201, LIFETIME.total_seconds())
    assert "no-store" in answer.headers["Cache-Control"]
    reference = answer.json["request_uri"]
    assert reference.startswith(PREFIX)
    assert len(reference) - len(PREFIX) == 43  # 256 bits
    heard = finished(person, person.open(reference, client_id))
    assert (heard["state"], heard["iss"]) == (person.state, ISSUER)
    assert person.redeem(heard["code"], client_id).status_code == 200


def test_no_two_references_are_alike(world: World):
    """The same request twice is two references."""
    person = world.browser()
    assert pushed(person) != pushed(person)


def test_it_is_used_up_by_the_login_and_not_by_a_look(world: World):
    """Opened twice before the login, the second still leads on; after the login nothing does (FAPI 2.0, A3)."""
    person = world.browser()
    reference = pushed(person)
    first, second = person.open(reference), person.open(reference)
    assert "code" in finished(person, second)
    gone = person.open(reference)
    assert (gone.status_code, "request-used" in gone.text) == (400, True)
    assert "Location" not in gone.headers
    there = person.answered(first)
    late = person.get(urlsplit(there.location).path)
    assert (late.status_code, "request-used" in late.text) == (400, True)


def test_a_login_from_a_session_uses_it_up_too(world: World):
    """Single sign-on answers a pushed request once."""
    person = world.browser()
    person.login()
    reference = pushed(person, prompt="none")
    assert "code" in query_of(person.open(reference).location)
    assert "request-used" in person.open(reference).text


def test_of_parallel_completions_one_wins(world: World):
    """E6: four browsers finish logins of one reference at the same moment; the database gives one code."""
    people = [world.browser() for _ in range(4)]
    reference = pushed(people[0])
    paths = [urlsplit(one.answered(one.open(reference), subject=f"p{n}").location).path for n, one in enumerate(people)]
    start, answers = threading.Barrier(4), []

    def finish(person: Person, path: str) -> None:
        start.wait()
        answers.append(person.get(path).status_code)

    threads = [threading.Thread(target=finish, args=pair) for pair in zip(people, paths, strict=True)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert sorted(answers) == [303, 400, 400, 400]


def test_it_is_opened_in_time_or_not_at_all(world: World):
    """It expires; a login that was begun in time may take its time."""
    person = world.browser()
    reference = pushed(person)
    world.clock.turn(seconds=LIFETIME.total_seconds() - 1)
    page = person.open(reference)
    world.clock.turn(seconds=1)
    gone = person.open(reference)
    assert (gone.status_code, "request-expired" in gone.text) == (400, True)
    world.clock.turn(minutes=20)
    assert "code" in finished(person, page)


def test_it_belongs_to_its_client_alone(world: World):
    """Another client's reference, one of nobody, one without client_id: a page, and never a way to anywhere."""
    person = world.browser()
    reference = pushed(person)
    foreign = person.open(reference, "wohngeld")
    guessed = person.open(PREFIX + "x" * 43)
    nobody = person.open(reference, "nobody")
    missing = person.get("/authorize", query_string={"request_uri": reference})
    for page in (foreign, guessed, nobody, missing):
        assert page.status_code == 400
        assert "Location" not in page.headers
    assert "request-unknown" in foreign.text
    assert person.open(reference).status_code == 200


def test_what_the_browser_adds_does_not_count(world: World):
    """RFC 9126 4: only client_id and reference; parameters beside it are not read, repeated ones stop it."""
    person = world.browser()
    reference = pushed(person)
    page = person.open(reference, state="evil", redirect_uri="https://evil.example/", scope="openid admin")
    assert finished(person, page)["state"] == person.state
    twice = person.get("/authorize", query_string=[("client_id", "urkunde"), *[("request_uri", reference)] * 2])
    assert (twice.status_code, "parameter-repeated" in twice.text) == (400, True)


def test_the_account_is_still_chosen_on_our_page(world: World):
    """A choice that the push left open is made in the browser, among the client's own accounts."""
    person = world.browser()
    reference = pushed(person, "wahl")
    choice = person.open(reference, "wahl")
    assert "account=bayernid" in choice.text
    assert "bayernid" in person.open(reference, "wahl", account="bayernid").text
    assert "account=bayernid" in person.open(reference, "wahl", account="staff").text


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ({"response_type": "code id_token"}, "unsupported_response_type"),
        ({"code_challenge": None, "code_challenge_method": None}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"scope": "profile"}, "invalid_scope"),
        ({"redirect_uri": None}, "invalid_request"),
        ({"redirect_uri": "https://evil.example/"}, "invalid_request"),
        ({"request_uri": PREFIX + "x"}, "invalid_request"),
        ({"request_uri": "https://rp.example/r"}, "invalid_request"),
        ({"client_assertion": None, "client_assertion_type": None}, "invalid_client"),
        ({"client_assertion": "x.y.z"}, "invalid_client"),
    ],
)
def test_every_check_runs_at_the_push(world: World, fault: dict, error: str):
    """The fault is told to the application itself, as JSON; nothing is stored that a browser could open."""
    person = world.browser()
    answer = person.push("fapi", **fault)
    assert answer.json["error"] == error
    assert answer.status_code == (401 if error == "invalid_client" else 400)
    assert "request_uri" not in answer.json
    assert person.push("fapi").status_code == 201


def test_a_client_pushes_for_itself_alone(world: World):
    """Another client_id beside the own proof; none at all is the own one."""
    person = world.browser()
    form = {**person.request_of(), **person.proof()}
    assert person.post("/par", data={**form, "client_id": "wohngeld"}).json["error"] == "invalid_client"
    own = {name: value for name, value in form.items() if name != "client_id"} | person.proof()
    assert person.post("/par", data=own).status_code == 201


def test_its_assertion_counts_once_whatever_came_of_the_push(world: World):
    """The same jti again, after success and after failure, here and at the token endpoint (D4)."""
    person = world.browser()
    proof = person.proof()
    assert person.push(**proof).status_code == 201
    assert person.push(**proof).json["error"] == "invalid_client"
    failed = person.proof()
    assert person.push(**failed, scope="x").json["error"] == "invalid_scope"
    assert person.push(**failed).json["error"] == "invalid_client"
    assert person.redeem("x", **failed).json["error"] == "invalid_client"


def test_parallel_pushes_with_one_assertion_store_one_request(world: World):
    """E6: double jti; exactly one success."""
    person = world.browser()
    proof, start, answers = person.proof(), threading.Barrier(4), []

    def push() -> None:
        other = world.browser()
        start.wait()
        answers.append(other.push(**proof).status_code)

    threads = [threading.Thread(target=push) for _ in range(4)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert sorted(answers) == [201, 401, 401, 401]


def test_a_repeated_parameter_and_a_get_are_refused(world: World):
    """RFC 6749 3.1, RFC 9126 2.1: each once, and by POST only; the query is not read."""
    person = world.browser()
    form = {**person.request_of(), **person.proof()}
    twice = person.post("/par", data={**form, "scope": ["openid", "openid"]})
    assert (twice.status_code, twice.json["error"]) == (400, "invalid_request")
    asked = person.get("/par", query_string=form)
    assert (asked.status_code, asked.mimetype) == (405, "application/problem+json")
    assert person.post("/par", query_string=form).json["error"] == "invalid_client"


def test_who_is_to_push_cannot_come_by_the_browser(world: World):
    """FAPI 2.0 5.3.2.2: told at the proven address; the same request pushed is welcome."""
    person = world.browser()
    back = person.get("/authorize", query_string=person.request_of("fapi"))
    assert query_of(back.location)["error"] == "invalid_request"
    assert person.push("fapi").status_code == 201


def test_discovery_names_it_and_does_not_ask_it_of_everybody(world: World):
    """RFC 9126 5: the endpoint is there, and it is a client's own business whether it must be used."""
    document = world.browser().get("/.well-known/openid-configuration").json
    assert document["pushed_authorization_request_endpoint"] == f"{ISSUER}/par"
    assert document["require_pushed_authorization_requests"] is False


def test_secrets_do_not_stay_in_what_is_stored(world: World):
    """The proof of the client is no part of the request."""
    person = world.browser()
    header = basic_of("post", "x")
    assert person.post("/par", data=person.request_of("post"), headers={"Authorization": header}).status_code == 401
    reference = pushed(person, "post")
    with world.app.extensions["gate"].database.read() as connection:
        (stored,) = connection.exec_driver_sql("SELECT request FROM pushed_requests").all()
    assert "client_secret" not in str(stored)
    assert CALLBACK in str(stored)
    assert reference not in str(stored)


def test_old_ones_are_erased(world: World):
    """An hour after its time the row is gone; before, it still tells that it was used."""
    person, gate = world.browser(), world.app.extensions["gate"]
    pushed(person)
    world.clock.turn(minutes=60)
    run_due(gate, world.clock.now)
    with gate.database.read() as connection:
        assert len(connection.exec_driver_sql("SELECT 1 FROM pushed_requests").all()) == 1
    run_due(gate, world.clock.now + timedelta(minutes=6))
    with gate.database.read() as connection:
        assert connection.exec_driver_sql("SELECT 1 FROM pushed_requests").all() == []
