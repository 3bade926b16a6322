"""E6: what may happen once happens once, on either engine, though two applications of their own serve one database."""

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from idgateway.app import create_app
from idgateway.store import grants
from keys.jwk import public_jwks
from keys.keyring import Keyring, Purpose
from runtime.database import open_database
from runtime.shell import dress
from tests.idgateway.conformance.test_rp_initiated_logout import leave
from tests.idgateway.login.test_account import asked_to_unlink, entered, press
from tests.idgateway.login.world import (
    NOW,
    Clock,
    HonestProvider,
    Person,
    World,
    hidden_fields,
    query_of,
    settings_in,
)


@dataclass(frozen=True)
class Pair:
    """Two gates over one database, as two processes would be: connections, locks and memory of their own."""

    one: World
    other: World

    def also(self, person: Person) -> Person:
        """The same browser, its next request answered by the other gate."""
        twin = self.other.browser()
        for cookie in person.http._cookies.values():
            twin.http._cookies[cookie._storage_key] = cookie
        return twin


@pytest.fixture
def pair(
    tmp_path: Path,
    new_database_url: Callable[..., str],
    keyring: Keyring,
    postbox_keyring: Keyring,
    client_keys: dict[str, Any],
) -> Iterator[Pair]:
    url, clock = new_database_url("gate"), Clock()
    providers = {name: HonestProvider(name) for name in ("bundid", "bayernid", "staff")}
    settings = settings_in(tmp_path, client_keys, public_jwks(postbox_keyring, (Purpose.ADDRESS_ENCRYPTION,), NOW))
    databases = [open_database(url), open_database(url)]
    worlds = []
    for database in databases:
        app = create_app(settings, database, keyring, clock=clock, upstreams=providers)
        worlds.append(World(app=dress(app, title="Anmeldung"), clock=clock, providers=providers, keys=client_keys))
    yield Pair(*worlds)
    for database in databases:
        database.close()


def at_once(*acts: Callable[[], Any]) -> list[Any]:
    """What each act gave, all begun at the same moment."""
    start, given = threading.Barrier(len(acts)), [None] * len(acts)

    def run(place: int) -> None:
        start.wait()
        given[place] = acts[place]()

    threads = [threading.Thread(target=run, args=(place,)) for place in range(len(acts))]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    return given


def statuses(answers: list[Any]) -> list[int]:
    return sorted(answer.status_code for answer in answers)


def test_e6_a_code_is_spent_once(pair: Pair):
    person = pair.one.browser()
    code = person.login()["code"]
    answers = at_once(lambda: person.redeem(code), lambda: pair.other.browser().redeem(code))
    assert statuses(answers) == [200, 400]


def test_e6_a_refresh_token_has_one_successor(pair: Pair):
    """The slower one is told the same one, so that a lost answer ends nobody's session; there is no second family."""
    person = pair.one.browser()
    token = person.lasting()["refresh_token"]
    answers = at_once(lambda: person.refresh(token), lambda: pair.other.browser().refresh(token))
    assert statuses(answers) == [200, 200]
    assert len({answer.json["refresh_token"] for answer in answers}) == 1


@pytest.mark.parametrize("path", ["/introspect", "/par"])
def test_e6_an_assertion_counts_once(pair: Pair, path: str):
    person = pair.one.browser()
    form = {**person.proof(), "token": "x"} if path == "/introspect" else {**person.request_of(), **person.proof()}
    answers = at_once(lambda: person.post(path, data=form), lambda: pair.other.browser().post(path, data=form))
    assert statuses(answers) == [200 if path == "/introspect" else 201, 401]


def test_e6_a_dpop_proof_counts_once(pair: Pair):
    person = pair.one.browser()
    token = person.redeem(person.login("fapi")["code"], "fapi").json["access_token"]
    headers = {"Authorization": f"DPoP {token}", "DPoP": person.dpop("GET", "/userinfo", token)}
    answers = at_once(
        *(lambda one=one: one.browser().get("/userinfo", headers=headers) for one in (pair.one, pair.other))
    )
    assert statuses(answers) == [200, 401]


def test_e6_an_accounts_answer_brings_one_code(pair: Pair):
    """Delivered twice it leads to one place, and that opens once."""
    person = pair.one.browser()
    page = person.authorize()
    answer = pair.one.providers["bundid"].answer(hidden_fields(page.text))
    twin = pair.also(person)
    there = at_once(lambda: person.deliver(answer), lambda: twin.deliver(answer))
    assert statuses(there) == [303, 303]
    (path,) = {urlsplit(one.location).path for one in there}
    back = at_once(lambda: person.get(path), lambda: twin.get(path))
    codes = {one.location for one in back if one.status_code == 303 and "code=" in one.location}
    assert len(codes) == 1
    assert statuses(back)[0] == 303


def test_e6_one_assertion_serves_one_login(pair: Pair):
    """The same assertion at two logins that wait: one counts (replay between processes)."""
    people = [pair.one.browser(), pair.other.browser()]
    fields = [hidden_fields(one.authorize().text) for one in people]
    answers = [
        one.world.providers["bundid"].answer(given, id="the-same") for one, given in zip(people, fields, strict=True)
    ]
    there = at_once(
        *(lambda one=one, given=given: one.deliver(given) for one, given in zip(people, answers, strict=True))
    )
    ends = [one.get(urlsplit(given.location).path) for one, given in zip(people, there, strict=True) if given.location]
    assert sum("code=" in (end.location or "") for end in ends) == 1


def test_e6_a_pushed_request_is_used_up_once(pair: Pair):
    people = [pair.one.browser(), pair.other.browser()]
    reference = people[0].push().json["request_uri"]
    paths = [
        urlsplit(one.answered(one.open(reference), subject=f"p{number}").location).path
        for number, one in enumerate(people)
    ]
    answers = at_once(*(lambda one=one, path=path: one.get(path) for one, path in zip(people, paths, strict=True)))
    assert statuses(answers) == [303, 400]


def test_e6_after_a_logout_no_refresh_lives(pair: Pair):
    """Whoever is faster: in the end nothing of the session is left."""
    person = pair.one.browser()
    tokens = person.lasting()
    hint, other = tokens["id_token"], pair.other.browser()
    gone, fresh = at_once(lambda: leave(person, id_token_hint=hint), lambda: other.refresh(tokens["refresh_token"]))
    assert gone.status_code == 200
    left = [tokens, fresh.json] if fresh.status_code == 200 else [tokens]
    for held in left:
        assert person.userinfo(held["access_token"]).status_code == 401
        assert other.refresh(held["refresh_token"]).status_code == 400


TAKING_BACK = {"withdraw": {"client": "einsicht"}, "unlink": {}}


def taking_back(pair: Pair, act: str) -> tuple[Person, str, Callable[[], Any]]:
    """Somebody whose login is about to be finished at the one gate, and what takes it back at the other.

    Gives the browser, the address that finishes the login, and the act.
    """
    person, owner = pair.one.browser(), pair.other.browser()
    person.told("einsicht")
    page = entered(owner)
    if act == "unlink":
        page = asked_to_unlink(owner, page)
    there = person.answered(person.authorize("einsicht", prompt="login"))
    return person, urlsplit(there.location).path, lambda: press(owner, page, act, **TAKING_BACK[act])


def is_asked(answer: Any) -> bool:
    return answer.status_code == 200 and 'name="decision"' in answer.text


@pytest.mark.parametrize("act", TAKING_BACK)
def test_e6_taking_back_ends_a_login_that_is_being_finished(pair: Pair, act: str):
    """Whoever is faster: the code came before and is worth nothing, or the page comes again; never a code that counts."""
    for _ in range(3):
        person, path, take_back = taking_back(pair, act)
        back, done = at_once(partial(person.get, path), take_back)
        assert done.status_code == 303
        if not is_asked(back):
            code = query_of(back.location)["code"]
            assert pair.other.browser().redeem(code, "einsicht").json["error"] == "invalid_grant"
        silent = query_of(person.authorize("einsicht", prompt="none").location)
        assert silent["error"] == "login_required"
        told = person.told("einsicht")
        assert told["given_name"] == "Erika"


@pytest.mark.parametrize("act", TAKING_BACK)
def test_e6_taking_back_waits_for_a_login_that_is_being_stored(pair: Pair, act: str, monkeypatch: pytest.MonkeyPatch):
    """At the worst moment, when the consent was looked at and the code is not stored yet: it ends all the same."""
    person, path, take_back = taking_back(pair, act)
    add, storing = grants.add, threading.Event()

    def slowly(*given: Any) -> None:
        storing.set()
        time.sleep(0.5)
        add(*given)

    def then() -> Any:
        assert storing.wait(10)
        return take_back()

    monkeypatch.setattr(grants, "add", slowly)
    back, done = at_once(lambda: person.get(path), then)
    assert done.status_code == 303
    code = query_of(back.location)["code"]
    assert person.redeem(code, "einsicht").json["error"] == "invalid_grant"
    silent = query_of(person.authorize("einsicht", prompt="none").location)
    assert silent["error"] == "login_required"
