"""One door for all applications: those of the configuration for nothing, the others for a query in five seconds."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import event

from idgateway.errors import NotConfigured, UnknownClient
from idgateway.provider.registry import Clients, client_of, content_of
from idgateway.registration import administration
from idgateway.settings import Client, GateSettings
from idgateway.store import notices
from runtime.database import Database
from tests.http import forms_of
from tests.idgateway.documents import documents
from tests.idgateway.login.world import CALLBACK, SECRETS, TOWN, Person, World, query_of


def settings_of(world: World) -> GateSettings:
    return world.app.extensions["gate"].settings


def newcomer(client_id: str = "neu", **changes) -> Client:
    """An application that is not configured; it proves itself as the world's ``post`` does."""
    values = {
        "client_id": client_id,
        "name": "Neu",
        "authority": TOWN,
        "minimum_level": "substantial",
        "accounts": ("bundid",),
        "redirect_uris": (CALLBACK,),
        "claims": ("given_name",),
        "scopes": ("openid", "profile"),
        "explain_login": "never",
        "authentication": "client_secret_post",
        "secret_hash": SECRETS["post"][1],
    }
    return Client(**{**values, **changes})


def test_an_application_that_comes_at_run_time_logs_people_in_at_once(world: World, gate_database: Database):
    """No restart, also for a process that did not add it; another one sees its removal within five seconds."""
    person, settings = world.browser(), settings_of(world)
    assert "unknown-client" in person.authorize("neu").text
    administration.add(gate_database, settings, newcomer(), world.clock.now)
    code = person.login("neu")["code"]
    tokens = _redeemed(person, code)
    assert person.userinfo(tokens["access_token"]).json["given_name"] == "Erika"
    administration.remove(gate_database, settings, "neu", world.clock.now)
    world.clock.turn(seconds=6)
    assert person.userinfo(tokens["access_token"]).status_code == 401
    assert "unknown-client" in person.authorize("neu").text


def test_a_removed_application_leaves_nothing_to_who_gets_its_id(world: World, gate_database: Database):
    """Sessions and tokens of the old one are not the new one's."""
    person, settings = world.browser(), settings_of(world)
    administration.add(gate_database, settings, newcomer(), world.clock.now)
    person.login("neu")
    assert "code" in query_of(person.authorize("neu", prompt="none").location)
    administration.remove(gate_database, settings, "neu", world.clock.now)
    administration.add(gate_database, settings, newcomer(), world.clock.now)
    assert query_of(person.authorize("neu", prompt="none").location)["error"] == "login_required"


def test_a_login_whose_application_was_removed_meanwhile_ends_on_a_page(world: World, gate_database: Database):
    """No fault of ours: the application is unknown then."""
    person, settings = world.browser(), settings_of(world)
    administration.add(gate_database, settings, newcomer(), world.clock.now)
    page = person.authorize("neu")
    administration.remove(gate_database, settings, "neu", world.clock.now)
    world.clock.turn(seconds=6)
    ended = person.answered(page)
    assert (ended.status_code, "unknown-client" in ended.text) == (400, True)


def test_configured_ones_cost_no_query_and_others_one_in_five_seconds(world: World, gate_database: Database):
    """The login's path is measured: what is configured never asks the database who asks."""
    settings, queries = settings_of(world), []
    clients = Clients(settings, gate_database, world.clock)
    administration.add(gate_database, settings, newcomer(), world.clock.now)
    event.listen(gate_database._reader, "before_cursor_execute", lambda *given: queries.append(given[2]))
    assert all(clients.get("urkunde") for _ in range(10))
    assert clients["urkunde"].name == "Urkunde"
    assert queries == []
    assert all(clients.get("neu") for _ in range(10))
    assert len([one for one in queries if "registered_clients" in one]) == 1
    world.clock.turn(seconds=5)
    assert clients.get("neu")
    assert len([one for one in queries if "registered_clients" in one]) == 2


def test_another_process_sees_a_change_within_five_seconds(world: World, gate_database: Database):
    """What it had just read counts until then; what it never saw counts at once."""
    settings = settings_of(world)
    here, there = (Clients(settings, gate_database, world.clock) for _ in range(2))
    administration.add(gate_database, settings, newcomer(), world.clock.now)
    assert here["neu"].secret_hash == there["neu"].secret_hash
    keys = {"authentication": "private_key_jwt", "jwks_uri": "https://rp.example/jwks"}
    administration.rekey(gate_database, settings, "neu", keys, world.clock.now)
    world.clock.turn(seconds=4.9)
    assert there["neu"].secret_hash
    world.clock.turn(seconds=0.1)
    assert there["neu"].jwks_uri == keys["jwks_uri"]


def test_an_application_that_came_at_run_time_is_told_of_a_logout(world: World, gate_database: Database):
    """The word is queued for it as for any other."""
    person, settings = world.browser(), settings_of(world)
    newer = newcomer(backchannel_logout_uri="https://rp.example/out")
    administration.add(gate_database, settings, newer, world.clock.now)
    _redeemed(person, person.login("neu")["code"])
    page = person.get("/logout")
    (form,) = (one for one in forms_of(page.text) if one["action"].endswith("/logout/confirm"))
    assert person.post("/logout/confirm", data={**form["fields"], "which": "neu"}).status_code == 200
    with gate_database.read() as connection:
        assert [one.client_id for one in notices.due(connection, world.clock.now, 10)] == ["neu"]


def test_a_sector_of_its_own_host_lets_two_services_know_the_same_person(world: World, gate_database: Database):
    """E10, OIDC Core 8.1: one sector in one town, one sub; on hosts of their own, two."""
    settings, found = settings_of(world), {}
    with documents() as shown:
        uri = shown.put("/sector", [CALLBACK, "https://moved.example/cb"])
        for name, sector in (("a", uri), ("b", uri), ("c", "")):
            administration.add(gate_database, settings, newcomer(name, sector_identifier_uri=sector), world.clock.now)
            person = world.browser()
            tokens = _redeemed(person, person.login(name)["code"], name)
            found[name] = person.userinfo(tokens["access_token"]).json["sub"]
    assert found["a"] == found["b"] != found["c"]


def _redeemed(person: Person, code: str, client_id: str = "neu") -> dict:
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": CALLBACK,
        "code_verifier": person.verifier,
    }
    tokens = person.post("/token", data={**form, "client_id": client_id, "client_secret": SECRETS["post"][0]})
    assert tokens.status_code == 200, tokens.json
    return tokens.json


def test_it_is_a_mapping_of_both(world: World, gate_database: Database):
    """Looked through, it has every application that can be used, each once; the configuration wins."""
    settings = settings_of(world)
    clients = Clients(settings, gate_database, world.clock)
    administration.add(gate_database, settings, newcomer(), world.clock.now)
    less = replace(settings, clients=tuple(one for one in settings.clients if one.client_id != "post"))
    administration.add(gate_database, less, newcomer("post", name="Zweit"), world.clock.now)
    assert len(clients) == len(settings.clients) + 1
    assert "neu" in clients
    assert clients["post"].name == "Post"
    assert {one.source for one in administration.listed(gate_database, settings) if one.fault} == {"administered"}
    for nobody in ("", "x" * 256, "\x00", "nobody"):
        assert clients.get(nobody) is None
        with pytest.raises(UnknownClient):
            clients[nobody]


def test_one_whose_account_is_configured_no_more_is_unknown_and_listed_with_the_reason(
    world: World, gate_database: Database
):
    """It neither stops the start nor brings a fault; it comes back with the account."""
    settings = settings_of(world)
    administration.add(gate_database, settings, newcomer(accounts=("bayernid",)), world.clock.now)
    less = replace(settings, oidc=settings.oidc[:1], clients=settings.clients[:1])
    assert Clients(less, gate_database, world.clock).get("neu") is None
    (shown,) = (one for one in administration.listed(gate_database, less) if one.client.client_id == "neu")
    assert "accounts" in shown.fault
    assert Clients(settings, gate_database, world.clock).get("neu")


WRONG = [
    {"client_id": "urkunde"},
    {"redirect_uris": ("http://rp.example/callback",)},
    {"redirect_uris": ("https://rp.example/callback#x",)},
    {"accounts": ("elster",)},
    {"minimum_level": "medium"},
    {"jwks_uri": "http://rp.example/jwks"},
    {"jwks_uri": "https://rp.example/jwks", "jwks": "{}"},
    {"policy_uri": "javascript:alert(1)"},
    {"tos_uri": "https://rp.example/#x"},
    {"request_uris": ("https://rp.example/r",)},
    {"backchannel_logout_uri": "http://rp.example/out"},
    {"secret_hash": "letmein"},
    {"assertion_algorithm": "HS256"},
]


def test_the_same_rules_hold_for_what_comes_at_run_time(world: World, gate_database: Database):
    """What would stop the start is refused, and nothing of it is stored; the twin is."""
    settings = settings_of(world)
    for change in WRONG:
        with pytest.raises(NotConfigured):
            administration.add(gate_database, settings, newcomer(**change), world.clock.now)
    administration.add(gate_database, settings, newcomer(), world.clock.now)
    with pytest.raises(NotConfigured, match="there already"):
        administration.add(gate_database, settings, newcomer(), world.clock.now)


def test_other_keys_take_the_place_of_the_old_ones(world: World, gate_database: Database):
    """A secret becomes a key; what it had counts no more. Two at the same time: one looks again."""
    settings = settings_of(world)
    administration.add(gate_database, settings, newcomer(), world.clock.now)
    clients = Clients(settings, gate_database, world.clock)
    assert clients["neu"].secret_hash
    later = world.clock.now + timedelta(seconds=1)
    keys = {"authentication": "private_key_jwt", "jwks_uri": "https://rp.example/jwks"}
    administration.rekey(gate_database, settings, "neu", keys, later)
    clients.forget("neu")
    assert (clients["neu"].secret_hash, clients["neu"].jwks_uri) == ("", "https://rp.example/jwks")
    with pytest.raises(NotConfigured, match="stands in the configuration"):
        administration.rekey(gate_database, settings, "urkunde", keys, later)
    with pytest.raises(NotConfigured, match="is not known"):
        administration.rekey(gate_database, settings, "nobody", keys, later)


def test_what_is_stored_comes_back_the_same():
    """And what another version had stored besides does no harm."""
    client = newcomer(require_pkce=False, request_uris=("https://rp.example/r",), jwks_uri="https://rp.example/jwks")
    content = content_of(client)
    assert client_of({**content, "of_tomorrow": 1, "jwks_file": "/etc/passwd"}) == client
    assert "explain_login" in content
    assert "home" not in content
