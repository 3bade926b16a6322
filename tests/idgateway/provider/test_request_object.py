"""Signed requests (RFC 9101, OIDC Core 6): the client's own word, and nothing that only looks like it."""

import base64
import json

import pytest
from joserfc import jwt

from tests.idgateway.login.world import CALLBACK, ISSUER, Person, World, query_of


@pytest.fixture
def dialect() -> str:
    """A request object is read without any database."""
    return "sqlite"


def signed(person: Person, client_id: str = "urkunde", *, head: dict | None = None, by: str = "", **changes) -> str:
    """A correct request object; None leaves a claim out."""
    now = int(person.world.clock.now.timestamp())
    claims = {**person.request_of(client_id), "iss": client_id, "aud": ISSUER, "nbf": now, "exp": now + 300, **changes}
    given = {name: value for name, value in claims.items() if value is not None}
    header = {"alg": "ES256", "kid": client_id, **(head or {})}
    return jwt.encode(
        {name: value for name, value in header.items() if value}, given, person.world.keys[by or client_id]
    )


def unsigned(person: Person, client_id: str) -> str:
    parts = [{"alg": "none"}, {**person.request_of(client_id), "iss": client_id, "aud": ISSUER}]
    return ".".join(base64.urlsafe_b64encode(json.dumps(one).encode()).rstrip(b"=").decode() for one in parts) + "."


def asked(person: Person, token: str, client_id: str = "urkunde", **beside):
    query = {"client_id": client_id, "response_type": "code", "scope": "openid", "request": token, **beside}
    return person.get("/authorize", query_string={name: value for name, value in query.items() if value is not None})


@pytest.mark.parametrize("typ", [None, "JWT", "oauth-authz-req+jwt"])
def test_a_signed_request_is_a_request(world: World, typ: str | None):
    """All of it inside; numbers and objects as JSON has them."""
    person = world.browser()
    inside = {"max_age": 300, "claims": {"userinfo": {"given_name": None}}, "scope": "openid"}
    page = asked(person, signed(person, head={"typ": typ}, **inside))
    assert page.status_code == 200
    there = person.answered(page)
    code = query_of(person.get(there.location.removeprefix(ISSUER)).location)["code"]
    told = person.userinfo(person.redeem(code).json["access_token"]).json
    assert "given_name" in told
    assert "family_name" not in told


def test_what_is_signed_wins_over_what_stands_beside_it(world: World):
    """OIDC Core 6.1: a state, a prompt or an address outside does not count where the object has its own."""
    person = world.browser()
    back = asked(
        person, signed(person, prompt="none"), state="evil", prompt="login", redirect_uri="https://evil.example/"
    )
    assert back.location.startswith(CALLBACK)
    assert query_of(back.location)["state"] == person.state
    assert query_of(back.location)["error"] == "login_required"
    kept = asked(person, signed(person, state=None, prompt="none"), state="beside")
    assert query_of(kept.location)["state"] == "beside"


def test_the_address_inside_is_held_to_the_registered_ones(world: World):
    """A signed, unregistered address gets a page; so does none at all."""
    person = world.browser()
    for token in (signed(person, redirect_uri="https://evil.example/"), signed(person, redirect_uri=None)):
        page = asked(person, token)
        assert (page.status_code, "redirect-not-registered" in page.text) == (400, True)


@pytest.mark.parametrize(
    "change",
    [
        {"by": "wohngeld"},
        {"iss": "wohngeld"},
        {"aud": "https://other.example"},
        {"exp": 1},
        {"nbf": 10**10},
        {"exp": "soon"},
        {"sub": "urkunde"},
        {"client_id": "wohngeld"},
        {"request": "x"},
        {"request_uri": "https://rp.example/r"},
        {"state": ["a"]},
        {"prompt": True},
        {"head": {"typ": "at+jwt"}},
        {"head": {"kid": "unknown"}},
    ],
    ids=str,
)
def test_a_request_object_that_is_wrong_is_told_at_a_proven_address_only(world: World, change: dict):
    """invalid_request_object where the address outside is registered; otherwise a page (R2)."""
    person = world.browser()
    token = signed(person, **change)
    back = asked(person, token, redirect_uri=CALLBACK, state="outside")
    assert query_of(back.location)["error"] == "invalid_request_object"
    assert asked(person, token).status_code == 400
    assert asked(person, token, redirect_uri="https://evil.example/").status_code == 400
    assert asked(person, signed(person)).status_code == 200


def test_an_unsigned_one_is_never_ignored(world: World):
    """Alg none, and a client that has no key to sign with: request_not_supported."""
    person = world.browser()
    for client_id in ("urkunde", "basic"):
        back = asked(person, unsigned(person, client_id), client_id, redirect_uri=CALLBACK)
        assert query_of(back.location)["error"] == "request_not_supported"


def test_several_audiences_are_fine_and_none_is_for_a_standard_client(world: World):
    """OIDC Core 6.1 says should; a fapi2 client must."""
    person = world.browser()
    assert asked(person, signed(person, aud=[ISSUER, "https://other.example"])).status_code == 200
    assert asked(person, signed(person, aud=None, iss=None, exp=None, nbf=None)).status_code == 200


def pushed(person: Person, token: str, **beside) -> tuple[int, str]:
    """Status and error of a push with this request object."""
    answer = person.post("/par", data={"client_id": "fapi", "request": token, **person.proof("fapi"), **beside})
    return answer.status_code, answer.json.get("error", "")


@pytest.mark.parametrize(
    "change",
    [
        {"exp": None},
        {"nbf": None},
        {"aud": None},
        {"iss": None},
        {"exp": 3700},
        {"nbf": -3700},
        {"exp": -60},
        {"nbf": 60},
        {"aud": f"{ISSUER}/par"},
        {"by": "urkunde"},
    ],
    ids=str,
)
def test_fapi2_wants_every_time_and_the_issuer(world: World, change: dict):
    """FAPI 2.0 Message Signing 5.3.1: exp and nbf, within an hour, aud the issuer; a clock 8 s ahead is borne."""
    person, now = world.browser(), int(world.clock.now.timestamp())
    for name in ("exp", "nbf"):
        if isinstance(change.get(name), int):
            change = {**change, name: now + change[name]}
    assert pushed(person, signed(person, "fapi", **change)) == (400, "invalid_request_object")
    assert pushed(person, signed(person, "fapi", nbf=now + 8, aud=[ISSUER, "https://other.example"]))[0] == 201
    assert pushed(person, unsigned(person, "fapi")) == (400, "invalid_request_object")


def test_of_a_fapi2_client_only_the_object_counts(world: World):
    """RFC 9101 6.3: a state outside is not given back, an address outside does not help."""
    person = world.browser()
    form = {"client_id": "fapi", "request": signed(person, "fapi", state=None, prompt="none"), **person.proof("fapi")}
    reference = person.post("/par", data={**form, "state": "outside"}).json["request_uri"]
    assert "state" not in query_of(person.open(reference, "fapi").location)
    assert pushed(person, signed(person, "fapi", redirect_uri=None), redirect_uri=CALLBACK)[0] == 400
    assert pushed(person, signed(person, "fapi", code_challenge=None), code_challenge="a" * 43)[0] == 400


def test_j12_a_request_object_is_no_client_assertion_and_none_is_one(world: World):
    """Each has its own claims, so that neither passes for the other."""
    person = world.browser()
    proof = person.proof()
    as_assertion = {**proof, "client_assertion": signed(person, jti="x")}
    assert person.redeem("x", **as_assertion).json["error"] == "invalid_client"
    back = asked(person, proof["client_assertion"], redirect_uri=CALLBACK)
    assert query_of(back.location)["error"] == "invalid_request_object"
