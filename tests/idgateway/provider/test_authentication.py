"""Client authentication: one method per client, and nothing but that (RFC 6749 2.3, RFC 7523, FAPI 2.0 5.3.2.1)."""

import base64
from dataclasses import replace

import pytest

from idgateway.errors import NotConfigured
from idgateway.provider import client_secret
from idgateway.provider.clients import load_clients
from idgateway.settings import Client, GateSettings
from tests.idgateway.login.world import ISSUER, SECRETS, Person, World, basic_of

CREDENTIALS = {"grant_type": "authorization_code", "code": "x"}


@pytest.fixture
def dialect() -> str:
    """What a secret proves does not depend on the engine; assertions are raced on both in the login's tests."""
    return "sqlite"


def said(person: Person, **given) -> tuple[int, str]:
    """Status and error of a token request that proves its client in the given way."""
    headers = {"Authorization": given.pop("header")} if "header" in given else {}
    answer = person.post("/token", data={**CREDENTIALS, **given}, headers=headers)
    return answer.status_code, answer.json["error"]


@pytest.mark.parametrize("client_id", ["basic", "post", "fapi", "urkunde"])
def test_each_way_of_proving_a_client_brings_a_token(world: World, client_id: str):
    """A secret by header, a secret by form, an assertion: each client by its own."""
    person = world.browser()
    answer = person.redeem(person.login(client_id)["code"], client_id)
    assert answer.status_code == 200, answer.json


def test_the_secret_of_a_client_is_the_only_one(world: World):
    """A wrong, empty, foreign or endless secret is invalid_client; beside it stands the right one."""
    person, good = world.browser(), SECRETS["basic"][0]
    assert said(person, header=basic_of("basic", good)) == (400, "invalid_grant")
    for secret in ("", good[:-1], good + "x", SECRETS["post"][0], SECRETS["basic"][1], "x" * 5000, "ü"):
        assert said(person, header=basic_of("basic", secret)) == (401, "invalid_client")
    assert said(person, client_id="post", client_secret=SECRETS["post"][0]) == (400, "invalid_grant")
    assert said(person, client_id="post", client_secret=good) == (401, "invalid_client")


def test_a_client_has_one_method_and_no_other(world: World):
    """The right secret by the wrong way, a secret for a client with a key, a key's client by name alone."""
    person, basic, post = world.browser(), SECRETS["basic"][0], SECRETS["post"][0]
    assert said(person, client_id="basic", client_secret=basic) == (401, "invalid_client")
    assert said(person, header=basic_of("post", post)) == (401, "invalid_client")
    assert said(person, client_id="urkunde", client_secret="") == (401, "invalid_client")
    assert said(person, header=basic_of("urkunde", "")) == (401, "invalid_client")
    assert said(person, client_id="post") == (401, "invalid_client")
    assert said(person, client_id="nobody", client_secret=post) == (401, "invalid_client")


def test_two_proofs_in_one_request_are_refused(world: World):
    """RFC 6749 2.3: a client must not use more than one method in each request."""
    person, header = world.browser(), basic_of("basic", SECRETS["basic"][0])
    assert said(person, header=header, client_secret=SECRETS["basic"][0]) == (400, "invalid_request")
    assert said(person, header=header, **person.proof()) == (400, "invalid_request")
    assert said(person, client_secret="x", **person.proof()) == (400, "invalid_request")
    assert said(person, header=header, client_id="post") == (401, "invalid_client")
    assert said(person, header=header, client_id="basic") == (400, "invalid_grant")


@pytest.mark.parametrize(
    "header",
    [
        "Basic",
        "Basic !!!",
        "Basic " + base64.b64encode(b"basic").decode(),
        "Basic " + base64.b64encode(b"basic:\xff").decode(),
        "Bearer " + base64.b64encode(b"basic:x").decode(),
        "Digest x",
    ],
)
def test_a_header_that_cannot_be_read_proves_nobody(world: World, header: str):
    """And the answer says how it could be (RFC 9110 11.6.1)."""
    answer = world.browser().post("/token", data=CREDENTIALS, headers={"Authorization": header})
    assert (answer.status_code, answer.json["error"]) == (401, "invalid_client")
    assert answer.headers["WWW-Authenticate"] == "Basic"


def test_the_scheme_is_read_in_any_case_and_values_are_form_encoded(world: World):
    """RFC 6749 2.3.1, RFC 9110 11.1."""
    person, secret = world.browser(), SECRETS["basic"][0]
    encoded = "".join(f"%{ord(letter):02X}" for letter in secret)
    assert said(person, header=basic_of("b%61sic", encoded).replace("Basic", "bAsIc")) == (400, "invalid_grant")


@pytest.mark.parametrize(
    "audience", [f"{ISSUER}/token", f"{ISSUER}/par", [ISSUER], [ISSUER, f"{ISSUER}/token"], f"{ISSUER}/", None]
)
def test_fapi2_takes_the_issuer_alone_as_a_plain_string(world: World, audience):
    """The injection class of 2025: whatever another server could also be meant by is refused."""
    person = world.browser()
    code = person.login("fapi")["code"]
    refused = person.redeem(code, "fapi", **person.proof("fapi", aud=audience))
    assert (refused.status_code, refused.json["error"]) == (401, "invalid_client")
    assert person.redeem(code, "fapi", **person.proof("fapi", aud=ISSUER)).status_code == 200


def test_fapi2_assertions_live_five_minutes(world: World):
    """A standard client may sign for an hour, a fapi2 client for five minutes."""
    person, now = world.browser(), int(world.clock.now.timestamp())
    assert person.redeem("x", "fapi", **person.proof("fapi", exp=now + 290)).json["error"] == "invalid_grant"
    assert person.redeem("x", "fapi", **person.proof("fapi", exp=now + 3000)).json["error"] == "invalid_client"
    assert person.redeem("x", **person.proof(exp=now + 3000)).json["error"] == "invalid_grant"


def test_a_secret_is_kept_as_a_slow_hash_only():
    """Two secrets differ, two hashes of one would too, and the hash does not hold the secret."""
    (one, hashed), (other, _) = client_secret.new_secret(), client_secret.new_secret()
    assert one != other
    assert len(one) == 43
    assert one not in hashed
    assert client_secret.matches(one, hashed)
    assert not client_secret.matches(other, hashed)


@pytest.mark.parametrize(
    "text",
    ["", "secret", "scrypt:16384:AAAA:BBBB", "scrypt:2:{salt}:{hash}", "sha256:16384:{salt}:{hash}", "scrypt:x:y:z"],
)
def test_a_hash_that_is_none_or_too_cheap_is_told(text: str):
    """Only what the command makes is taken; a plain secret never."""
    salt, hashed = SECRETS["basic"][1].split(":")[2:]
    assert client_secret.is_hash(f"scrypt:16384:{salt}:{hashed}")
    assert not client_secret.is_hash(text.format(salt=salt, hash=hashed))


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"authentication": "none"}, "authentication is one of"),
        ({"authentication": "client_secret_jwt"}, "authentication is one of"),
        ({"authentication": "client_secret_basic"}, "secret_hash stands with"),
        ({"secret_hash": SECRETS["basic"][1]}, "secret_hash stands with"),
        ({"authentication": "client_secret_post", "secret_hash": "letmein"}, "secret_hash is not what"),
        ({"profile": "fapi"}, "profile is standard or fapi2"),
        (
            {"profile": "fapi2", "authentication": "client_secret_post", "secret_hash": SECRETS["basic"][1]},
            "needs authentication private_key_jwt",
        ),
        ({"jwks_file": None}, "jwks_file is missing"),
    ],
)
def test_what_does_not_fit_together_stops_the_start(world: World, change: dict, told: str):
    """Each contradiction is named with its client; the unchanged settings load."""
    settings: GateSettings = world.app.extensions["gate"].settings
    (client,) = (one for one in settings.clients if one.client_id == "urkunde")
    assert load_clients(replace(settings, clients=(client,)))
    changed: Client = replace(client, **change)
    with pytest.raises(NotConfigured, match=told) as caught:
        load_clients(replace(settings, clients=(changed,)))
    assert "urkunde" in caught.value.detail
