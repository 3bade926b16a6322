"""The whole gate between an application and npm's oidc-provider: what each of them sees of one citizen's login."""

import logging
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from joserfc.jwk import ECKey
from structlog.testing import capture_logs
from werkzeug.test import TestResponse

from idgateway.app import create_app
from idgateway.settings import OidcProvider
from keys.jwk import public_jwks
from keys.keyring import GATE_PURPOSES, Keyring, Purpose
from keys.minting import mint
from runtime.database import Database
from runtime.shell import dress
from tests.http import links_of
from tests.idgateway.login.world import CALLBACK, HIGH, ISSUER, SUBSTANTIAL, Clock, Person, World, query_of, settings_in
from tests.peers.oidc_provider import ACR, CLIENT_ID, ERIKA, Visit, node_with_provider, running

OURS = f"{ISSUER}/oidc/konto/callback"
LEVELS = {ACR["password"]: "basic", ACR["second-factor"]: "substantial"}

pytestmark = pytest.mark.peer


@dataclass
class Town:
    """The gate, a browser in front of it, and the provider behind it, which can go away."""

    world: World
    person: Person
    provider: ExitStack

    def set_out(self, **changes: str) -> TestResponse:
        return self.person.authorize("urkunde", **changes)

    def come_back(self, there: TestResponse, **said: str) -> TestResponse:
        """Log in at the provider, and bring its answer to the gate."""
        parameters = Visit().log_in(there.location, OURS, **said)
        return self.person.get(urlsplit(OURS).path, query_string=parameters)

    def go_on(self, answered: TestResponse) -> TestResponse:
        assert answered.status_code == 303, answered.text
        return self.person.get(urlsplit(answered.location).path)


@pytest.fixture(scope="module")
def keyring() -> Keyring:
    """The gate's keys."""
    return Keyring([mint(purpose, datetime(2026, 1, 1, tzinfo=UTC)) for purpose in GATE_PURPOSES])


@pytest.fixture
def town(tmp_path: Path, gate_database: Database, keyring: Keyring) -> Iterator[Town]:
    """One application whose citizens log in at the provider, now."""
    clock = Clock(datetime.now(UTC))
    with ExitStack() as stack:
        issuer = stack.enter_context(_provider(keyring, clock))
        keys = {"urkunde": ECKey.generate_key("P-256")}
        account = OidcProvider(
            name="konto", title="Konto", issuer=issuer, client_id=CLIENT_ID, levels=LEVELS, id_token_algorithm="ES256"
        )
        settings = settings_in(tmp_path, keys, {})
        urkunde = replace(settings.clients[0], accounts=("konto",), home="http://localhost:8083/start")
        settings = replace(settings, oidc=(account,), clients=(urkunde,), postbox=None)
        app = dress(create_app(settings, gate_database, keyring, clock=clock), title="Anmeldung", demo=True)
        world = World(app=app, clock=clock, providers={}, keys=keys)
        yield Town(world, world.browser(), stack)


def _provider(keyring: Keyring, clock: Clock) -> AbstractContextManager[str]:
    jwks = dict(public_jwks(keyring, (Purpose.CLIENT_AUTHENTICATION,), clock.now))
    return running(node_with_provider(), jwks, OURS, par="required")


def test_a_citizen_reaches_the_application(town: Town):
    """The level read from acr, proved claims with theirs, ordinary ones beside them, and a sub of our own."""
    there = town.set_out(scope="openid profile address")
    back = town.go_on(town.come_back(there, acr=ACR["second-factor"]))
    assert back.location.startswith(CALLBACK)
    tokens = town.person.redeem(query_of(back.location)["code"]).json
    told = town.person.userinfo(tokens["access_token"]).json
    assert told["family_name"] == "MUSTERMANN"
    assert told["address"] == ERIKA["address"]
    (proved,) = told["verified_claims"]
    assert proved["verification"]["assurance_level"] == "substantial"  # proved at high, logged in with less
    assert proved["claims"]["family_name"] == "MUSTERMANN"
    assert "address" not in proved["claims"]
    assert "email" not in told  # the application may not have it, so it was never asked for
    again = town.world.browser()
    town.person = again
    tokens = again.redeem(
        query_of(town.go_on(town.come_back(town.set_out(), acr=ACR["second-factor"])).location)["code"]
    )
    assert again.userinfo(tokens.json["access_token"]).json["sub"] == told["sub"]


def test_who_cancels_comes_back_to_the_application(town: Town):
    """No page of ours in between: the application hears access_denied, with its own state."""
    back = town.go_on(town.come_back(town.set_out(), error="access_denied"))
    told = query_of(back.location)
    assert (told["error"], told["state"], told["iss"]) == ("access_denied", town.person.state, ISSUER)


def test_more_than_the_account_can_do_is_told_before_the_login(town: Town):
    """Nobody logs in for nothing: a page with the reason, whose way back tells the application."""
    assert town.set_out(acr_values=SUBSTANTIAL).status_code == 303
    page = town.set_out(acr_values=HIGH)
    assert page.status_code == 403
    (back,) = [link for link in links_of(page.text) if link.startswith(CALLBACK)]
    assert query_of(back)["error"] == "unmet_authentication_requirements"


def test_a_provider_that_goes_away(town: Town):
    """Before or during the login: a page that says so, with the way back; the provider's return makes it whole."""
    there = town.set_out()
    parameters = Visit().log_in(there.location, OURS, acr=ACR["second-factor"])
    town.provider.close()
    for page in (town.person.get(urlsplit(OURS).path, query_string=parameters), town.set_out()):
        assert page.status_code == 502
        assert "http://localhost:8083/start" in links_of(page.text)


def test_an_answer_brought_twice_and_one_that_is_bent(town: Town):
    """A state with another code is refused and burns nothing; the honest answer, even twice, goes on."""
    there = town.set_out()
    parameters = Visit().log_in(there.location, OURS, acr=ACR["second-factor"])
    path = urlsplit(OURS).path
    for bent in ({"code": "x"}, {"iss": "https://other.example"}, {"state": "x"}):
        assert town.person.get(path, query_string={**parameters, **bent}).status_code == 400
    assert town.person.get(path, query_string=f"state={parameters['state']}&state=x&code=x").status_code == 400
    first = town.person.get(path, query_string=parameters)
    assert town.person.get(path, query_string=parameters).location == first.location
    assert town.go_on(first).location.startswith(CALLBACK)


def test_an_impatient_browser_brings_the_answer_again_at_once(town: Town):
    """Five times in the same moment: the code is redeemed once, and every one of them is led to the same place."""
    parameters = Visit().log_in(town.set_out().location, OURS, acr=ACR["second-factor"])
    path = urlsplit(OURS).path
    with ThreadPoolExecutor(5) as browsers:
        answers = [browsers.submit(town.world.browser().get, path, query_string=parameters) for _ in range(5)]
        (place,) = {(answer.result().status_code, answer.result().location) for answer in answers}
    assert place[0] == 303
    assert town.person.get(urlsplit(place[1]).path).location.startswith(CALLBACK)


def test_nothing_personal_in_the_log(town: Town, capsys: pytest.CaptureFixture, caplog: pytest.LogCaptureFixture):
    """Names, addresses, codes and states of a refused and of a whole login stand in no log line of anybody's."""
    caplog.set_level(logging.DEBUG)
    with capture_logs() as events:
        there = town.set_out()
        parameters = Visit().log_in(there.location, OURS, acr=ACR["second-factor"])
        path = urlsplit(OURS).path
        assert town.person.get(path, query_string={**parameters, "iss": "https://other.example"}).status_code == 400
        town.go_on(town.person.get(path, query_string=parameters))
    assert {"login-refused", "login-completed"} <= {event["event"] for event in events}
    printed = capsys.readouterr()
    lines = (repr(events) + printed.out + printed.err + caplog.text).lower()
    for secret in ("erika", "mustermann", "heidestr", parameters["code"], parameters["state"]):
        assert secret.lower() not in lines
