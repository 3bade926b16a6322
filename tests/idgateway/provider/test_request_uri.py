"""Signed requests at an address of the application's (OIDC Core 6.2): registered ones only, fetched the hardened way."""

from dataclasses import replace

import pytest

from idgateway.provider import reach
from idgateway.provider.registry import Clients
from tests.idgateway.documents import Documents, documents
from tests.idgateway.login.world import CALLBACK, Person, World, query_of
from tests.idgateway.provider.test_request_object import signed, unsigned


@pytest.fixture
def dialect() -> str:
    """A request is read without any database."""
    return "sqlite"


@pytest.fixture
def theirs():
    """The application's own web server."""
    with documents() as shown:
        yield shown


@pytest.fixture
def person(world: World, theirs: Documents) -> Person:
    """A browser before a gate in which ``urkunde`` has registered where its requests may be."""
    registered = (f"{theirs.url}/request", f"{theirs.url}/hashed#{'h' * 43}", "https://169.254.169.254/latest")
    gate = world.app.extensions["gate"]
    clients = tuple(
        replace(one, request_uris=registered) if one.client_id in ("urkunde", "fapi") else one
        for one in gate.settings.clients
    )
    settings = replace(gate.settings, clients=clients)
    world.app.extensions["gate"] = replace(
        gate, settings=settings, clients=Clients(settings, gate.database, gate.clock)
    )
    return world.browser()


def asked(person: Person, uri: str, client_id: str = "urkunde", **beside):
    query = {"client_id": client_id, "response_type": "code", "scope": "openid", "request_uri": uri, **beside}
    return person.get("/authorize", query_string=query)


def error(person: Person, uri: str, **beside) -> str:
    """What the application hears at its registered address; without one beside the reference it is a page."""
    assert asked(person, uri, **beside).status_code == 400
    return query_of(asked(person, uri, redirect_uri=CALLBACK, **beside).location)["error"]


def test_a_request_at_a_registered_address_is_a_request(person: Person, theirs: Documents):
    """Fetched without our cookies; what is signed wins over what stands beside it."""
    uri = theirs.put("/request", signed(person, prompt="none").encode() + b"\n")
    back = asked(person, uri, state="evil", prompt="login")
    assert (query_of(back.location)["state"], query_of(back.location)["error"]) == (person.state, "login_required")
    assert theirs.heads[0]["Accept"] == "application/oauth-authz-req+jwt, application/jwt"
    assert not {"Cookie", "Referer", "Authorization"} & theirs.heads[0].keys()


def test_t9_nothing_is_kept_so_nothing_is_confused(person: Person, theirs: Documents):
    """What stands there now counts, whoever asked before, and whatever hash the address carries."""
    uri = theirs.put("/hashed", signed(person, prompt="none", state="first").encode())
    assert query_of(asked(person, f"{uri}#{'h' * 43}").location)["state"] == "first"
    theirs.put("/hashed", signed(person, prompt="none", state="second").encode())
    assert query_of(asked(person, uri).location)["state"] == "second"
    theirs.statuses["/hashed"] = 500
    assert error(person, uri) == "invalid_request_uri"


def test_t9_another_address_is_not_even_looked_at(person: Person, theirs: Documents):
    """Neither one nearby nor one inside; the registered one is."""
    good = theirs.put("/request", signed(person).encode())
    theirs.put("/other", signed(person).encode())
    for uri in (
        f"{theirs.url}/other",
        f"{good}?x=1",
        f"{good}/",
        good.replace("127.0.0.1", "localhost"),
        good.upper(),
        "http://127.0.0.1:1/",
        "file:///etc/passwd",
        "urn:example:request",
    ):
        assert error(person, uri) == "invalid_request_uri", uri
    assert theirs.asked == []
    assert asked(person, good).status_code == 200
    assert error(person, "https://169.254.169.254/latest") == "invalid_request_uri"


def test_t9_what_stands_there_has_to_be_a_signed_request(
    person: Person, theirs: Documents, monkeypatch: pytest.MonkeyPatch
):
    """Too large, dripping, elsewhere, no token, unsigned, another's: the application hears which kind of fault it is."""
    cases = {
        b"x" * 10 * 1024 * 1024: "invalid_request_uri",
        b"": "invalid_request_object",
        b"<html>": "invalid_request_object",
        b"\xff\xfe": "invalid_request_object",
        signed(person, by="wohngeld").encode(): "invalid_request_object",
        signed(person, request_uri="https://rp.example/").encode(): "invalid_request_object",
        unsigned(person, "urkunde").encode(): "request_uri_not_supported",
    }
    for body, told in cases.items():
        assert error(person, theirs.put("/request", body)) == told, body[:20]
    uri = theirs.put("/request", signed(person).encode())
    theirs.statuses["/request"], theirs.locations["/request"] = 302, theirs.put("/other", signed(person).encode())
    assert error(person, uri) == "invalid_request_uri"
    theirs.statuses.clear()
    monkeypatch.setattr(reach, "DEADLINE", 0.2)
    theirs.pauses["/request"] = 0.02
    assert error(person, uri) == "invalid_request_uri"
    theirs.pauses.clear()
    assert asked(person, uri).status_code == 200


def test_who_has_registered_none_hears_that_there_are_none(person: Person, theirs: Documents):
    """And a request that stands by value and by reference is refused, as is a reference that is pushed."""
    uri = theirs.put("/request", signed(person, "wohngeld").encode())
    back = asked(person, uri, "wohngeld", redirect_uri=CALLBACK)
    assert query_of(back.location)["error"] == "request_uri_not_supported"
    assert error(person, uri, request=signed(person)) == "invalid_request"
    pushed = person.push(request_uri=uri)
    assert (pushed.status_code, pushed.json["error"]) == (400, "invalid_request")
    assert theirs.asked == []


def test_a_fapi2_client_comes_pushed_all_the_same(person: Person, theirs: Documents):
    """A registered address is no way around PAR (FAPI 2.0 5.3.2.2)."""
    uri = theirs.put("/request", signed(person, "fapi").encode())
    back = asked(person, uri, "fapi", redirect_uri=CALLBACK)
    assert query_of(back.location)["error"] == "invalid_request"
