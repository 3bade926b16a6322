"""Wearing the gate down: how often one may ask, fail and guess, and that a good application is never kept out."""

import math
import re
from dataclasses import dataclass, replace

import pytest
from joserfc.jwk import ECKey
from structlog.testing import capture_logs

from idgateway.app import create_app
from idgateway.provider import client_secret
from idgateway.provider.par import PREFIX
from keys.jwk import public_jwks
from keys.keyring import Purpose
from runtime.limits import policies
from runtime.limits.policies import STRETCHES, limiter_of
from runtime.limits.rule import SECOND
from runtime.settings import LimitSettings
from runtime.shell import dress
from runtime.shell.pace import Pace
from tests.idgateway.login.world import NOW, SECRETS, Clock, HonestProvider, Person, World, basic_of, settings_in
from tests.runtime.limits.test_limiter import Clock as Ticks

STRANGER, TOWN, NEIGHBOUR = "203.0.113.1", "198.51.100.7", "203.0.113.2"
QUOTAS = LimitSettings(page=5, call=40, check=5, client=12, failure=3)


@pytest.fixture
def dialect() -> str:
    """Counting never reaches the database."""
    return "sqlite"


@dataclass
class Watched(World):
    """The gate as it is served, with small quotas and a clock for them."""

    ticks: Ticks

    def at(self, address: str) -> Person:
        person = self.browser()
        person.http.environ_base["REMOTE_ADDR"] = address
        return person


@pytest.fixture(autouse=True)
def nobody_known(monkeypatch: pytest.MonkeyPatch) -> None:
    """Which secrets were right is remembered by the process; each test begins a new one."""
    monkeypatch.setattr(client_secret, "_known", {})


@pytest.fixture
def watched(tmp_path, gate_database, keyring, postbox_keyring, client_keys: dict[str, ECKey]) -> Watched:
    return gate_of(tmp_path, gate_database, keyring, postbox_keyring, client_keys)


def gate_of(tmp_path, gate_database, keyring, postbox_keyring, client_keys: dict[str, ECKey]) -> Watched:
    """A gate that has counted nothing yet."""
    jwks = public_jwks(postbox_keyring, (Purpose.ADDRESS_ENCRYPTION,), NOW)
    ticks, clock = Ticks(), Clock()
    limiter = limiter_of(QUOTAS)
    limiter._clock = ticks
    pace = Pace(limiter)
    providers = {name: HonestProvider(name) for name in ("bundid", "bayernid", "staff")}
    settings = settings_in(tmp_path, client_keys, jwks)
    app = create_app(settings, gate_database, keyring, clock=clock, upstreams=providers, pace=pace)
    dressed = dress(app, title="Anmeldung", demo=True, pace=pace)
    return Watched(app=dressed, clock=clock, providers=providers, keys=client_keys, ticks=ticks)


def introspect(person: Person, secret: str, client_id: str = "basic"):
    return person.post("/introspect", data={"token": "x"}, headers={"Authorization": basic_of(client_id, secret)})


def by_form(person: Person, secret: str):
    return person.post("/introspect", data={"token": "x", "client_id": "post", "client_secret": secret})


GOOD = SECRETS["basic"][0]


def test_a_login_is_counted_by_network_and_page(watched: Watched):
    """A person reads a page in words; somebody from another network logs in meanwhile."""
    stranger = watched.at(STRANGER)
    assert [stranger.authorize().status_code for _ in range(6)] == [200] * 5 + [429]
    refused = stranger.authorize()
    assert "Zu viele Anfragen" in refused.text
    assert refused.headers["Retry-After"] == "60"
    assert refused.headers["RateLimit-Policy"] == '"page";q=5;w=300'
    assert "code" in watched.at(NEIGHBOUR).login()


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/authorize"),
        ("POST", "/authorize"),
        ("GET", "/logout"),
        ("POST", "/logout"),
        ("POST", "/logout/confirm"),
        ("GET", "/oidc/bundid/callback"),
        ("POST", "/saml/bundid/acs"),
        ("POST", "/saml/bundid/slo"),
        ("GET", "/continue/guess"),
        ("GET", "/back/guess"),
        ("POST", "/par"),
        ("POST", "/token"),
        ("GET", "/userinfo"),
        ("POST", "/introspect"),
        ("POST", "/revoke"),
    ],
)
def test_every_endpoint_is_counted(watched: Watched, method: str, path: str):
    """Each by its own policy, and each answer before the last one is its own and not a refusal of haste."""
    person = watched.at(STRANGER)
    machine = path.strip("/") in ("par", "token", "userinfo", "introspect", "revoke")
    quota = QUOTAS.call if machine else QUOTAS.page
    answers = [person.http.open(path, method=method, base_url="http://localhost:8080") for _ in range(quota + 1)]
    assert [one.status_code == 429 for one in answers] == [False] * quota + [True]
    assert answers[-1].mimetype == ("application/problem+json" if machine else "text/html")
    assert int(answers[-1].headers["Retry-After"]) > 0


def test_one_event_tells_the_policy_and_nothing_about_whom(watched: Watched):
    person = watched.at(STRANGER)
    with capture_logs() as logged:
        for _ in range(6):
            person.authorize()
    told = [entry for entry in logged if entry["event"] == "too-many-requests"]
    assert [entry["code"] for entry in told] == ["page"]
    assert STRANGER not in str(logged)
    metrics = watched.browser().get("/metrics").text
    assert 'gate_events_total{code="page",event="too-many-requests"} 1.0' in metrics
    assert STRANGER not in metrics


def test_wrong_secrets_are_soon_refused_without_being_hashed(watched: Watched, monkeypatch):
    """Three guesses, then one in a hundred seconds: from this network, for this application."""
    hashed = []
    monkeypatch.setattr(client_secret, "_stretch", lambda *given: hashed.append(given) or b"")
    stranger = watched.at(STRANGER)
    assert [introspect(stranger, f"guess-{number}").status_code for number in range(6)] == [401] * 3 + [429] * 3
    assert len(hashed) == 3
    assert introspect(stranger, "guess").headers["Retry-After"] == "100"
    watched.ticks.now += 100 * SECOND
    assert [introspect(stranger, "guess").status_code for _ in range(2)] == [401, 429]


def test_a_strangers_guesses_lock_out_nobody_else(watched: Watched):
    """Neither the application at its own network, nor another application, nor the one whose secret is known here."""
    town, stranger = watched.at(TOWN), watched.at(STRANGER)
    for _ in range(5):
        introspect(stranger, "guess")
    assert introspect(stranger, "guess").status_code == 429
    assert introspect(stranger, GOOD).status_code == 429  # nobody proved this secret yet
    assert introspect(town, GOOD).status_code == 200
    assert introspect(stranger, GOOD).status_code == 200  # known now: it costs nothing, from anywhere
    assert stranger.post("/introspect", data={"token": "x", **stranger.proof("wohngeld")}).status_code == 200


def test_guesses_from_everywhere_cost_a_bounded_time(watched: Watched, monkeypatch):
    """Eighty networks together get ten slow hashes for one application; it passes where it is known, others anyway."""
    real, hashed = client_secret._stretch, []
    town = watched.at(TOWN)
    assert introspect(town, GOOD).status_code == 200
    monkeypatch.setattr(client_secret, "_stretch", lambda *given: hashed.append(given) or b"")
    for number in range(80):
        introspect(watched.at(f"192.0.2.{number}"), "guess")
    assert len(hashed) == STRETCHES[0].quota - 1
    assert introspect(town, GOOD).status_code == 200
    monkeypatch.setattr(client_secret, "_stretch", real)
    assert by_form(town, SECRETS["post"][0]).status_code == 200


def test_guesses_at_many_applications_cost_a_bounded_time_too(  # noqa: PLR0917 - what a gate is made of
    monkeypatch, tmp_path, gate_database, keyring, postbox_keyring, client_keys
):
    """All strangers together have a bound as well; a second later the next one is judged."""
    monkeypatch.setattr(policies, "STRETCHES", (STRETCHES[0], replace(STRETCHES[1], quota=15)))
    watched = gate_of(tmp_path, gate_database, keyring, postbox_keyring, client_keys)
    real, hashed = client_secret._stretch, []
    monkeypatch.setattr(client_secret, "_stretch", lambda *given: hashed.append(given) or b"")
    for number in range(20):
        introspect(watched.at(f"192.0.2.{number}"), "guess")
    for number in range(20):
        by_form(watched.at(f"192.0.2.{number}"), "guess")
    assert len(hashed) == 10 + 5
    monkeypatch.setattr(client_secret, "_stretch", real)
    town = watched.at(TOWN)
    assert by_form(town, SECRETS["post"][0]).status_code == 429
    watched.ticks.now += SECOND
    assert by_form(town, SECRETS["post"][0]).status_code == 200


def test_wrong_secrets_drive_no_right_one_out_of_memory():
    """What is remembered is one entry for each application, and only what was right."""
    secret, hashed = client_secret.new_secret()
    assert not client_secret.is_remembered(secret, hashed)
    assert client_secret.matches(secret, hashed)
    before = len(client_secret._known)
    assert not client_secret.matches("wrong", hashed)
    assert len(client_secret._known) == before
    assert client_secret.is_remembered(secret, hashed)
    assert not client_secret.is_remembered("wrong", hashed)


def test_wrong_assertions_are_counted_and_a_right_one_passes_at_once(watched: Watched):
    """A signature costs next to nothing to judge, so the right one is never kept waiting."""
    stranger = watched.at(STRANGER)

    def forged() -> int:
        form = stranger.proof("wohngeld")
        head, body, _ = form["client_assertion"].split(".")
        other = stranger.proof("urkunde")["client_assertion"].split(".")[2]
        return stranger.post("/introspect", data={"token": "x", **form, "client_assertion": f"{head}.{body}.{other}"})

    assert [forged().status_code for _ in range(5)] == [401] * 3 + [429] * 2
    assert stranger.post("/introspect", data={"token": "x", **stranger.proof("wohngeld")}).status_code == 200


def test_a_proven_application_is_counted_wherever_it_calls_from(watched: Watched):
    """And only it: another one goes on, and nobody can use up the quota of an application without its key."""
    for number in range(12):
        person = watched.at(f"192.0.2.{number}")
        answer = person.post("/introspect", data={"token": "x", **person.proof("wohngeld")})
        assert answer.status_code == 200
    assert '"client";r=0;t=300' in answer.headers["RateLimit"]
    late = watched.at(TOWN)
    assert late.post("/introspect", data={"token": "x", **late.proof("wohngeld")}).status_code == 429
    assert late.post("/introspect", data={"token": "x", **late.proof("gast")}).status_code == 200
    for _ in range(15):
        late.post("/introspect", data={"token": "x", "client_id": "gast", "client_assertion": "e30.e30.AA"})
    assert late.post("/introspect", data={"token": "x", **late.proof("gast")}).status_code == 200


def test_what_could_be_guessed_has_128_bits_and_more(watched: Watched):
    """Codes, references, handles and refresh tokens: the quota of a whole botnet reaches none of them."""
    person = watched.browser()
    reference = person.push().json["request_uri"].removeprefix(PREFIX)
    page = person.authorize("wohngeld", scope="openid offline_access", prompt="consent")
    there = person.answered(page)
    handle = there.location.rpartition("/")[2]
    code = re.search(r"[?&]code=([^&]+)", person.past_the_page(person.get(f"/continue/{handle}")).location)[1]
    tokens = person.redeem(code, "wohngeld").json
    for secret in (reference, handle, code, tokens["refresh_token"]):
        assert re.fullmatch(r"[A-Za-z0-9_-]+", secret)
        assert len(secret) * math.log2(64) >= 128
    # Ten million addresses, each with the whole quota in every five minutes of a hundred years:
    guesses = 10**7 * 3000 * 12 * 24 * 365 * 100
    assert guesses / 2**128 < 1e-15
