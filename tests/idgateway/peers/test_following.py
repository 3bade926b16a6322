"""A running gate before, during and after its provider's rollover; without it, after its end, and after a restart."""

import base64
import json
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient
from joserfc.jwk import ECKey

from idgateway.app import create_app
from idgateway.errors import NotConfigured, UpstreamUnavailable
from idgateway.peers.refresh import run_due
from idgateway.settings import Authority, Client, GateSettings, SamlProvider
from keys.keyring import Keyring, Purpose
from runtime.database import Database
from runtime.shell import dress
from tests.http import forms_of
from tests.idgateway.login.world import TOWN, Clock, challenge_of
from tests.idgateway.peers.conftest import ISSUER, NOW, Heard
from tests.idgateway.upstream import idp

BACK = "https://service.example/callback"


@dataclass
class Gate:
    """A running gate, its worker, and the provider's hand."""

    settings: GateSettings
    database: Database
    keyring: Keyring
    clock: Clock
    app: Flask | None = None

    def work(self) -> int:
        return run_due(self.settings, self.database, self.clock(), Heard())

    def first_work(self) -> "Gate":
        """The worker's first look, and the two seconds until a gate without metadata asks again."""
        assert self.work() == 1
        self.clock.turn(seconds=2)
        return self

    def restart(self) -> "Gate":
        made = create_app(self.settings, self.database, self.keyring, clock=self.clock)
        return replace(self, app=dress(made, title="Anmeldung", demo=False))

    def begin(self) -> tuple[FlaskClient, dict[str, str]]:
        """A browser at the form that leads to the provider, or at an error page (no fields)."""
        browser = self.app.test_client()
        asked = {
            "client_id": "urkunde",
            "redirect_uri": BACK,
            "response_type": "code",
            "scope": "openid",
            "code_challenge": challenge_of("v" * 64),
            "code_challenge_method": "S256",
        }
        page = browser.get("/authorize", query_string=asked, base_url=ISSUER)
        self.page = page
        return browser, forms_of(page.text)[0]["fields"] if page.status_code == 200 else {}

    def login(self, key: str) -> int:
        """A whole login answered by this key; gives the status of the ACS: 303 when it was believed."""
        _, fields = self.begin()
        return self.answer(fields, key)

    def answer(self, fields: dict[str, str], key: str) -> int:
        request = idp.Asked(
            request_id=request_id(fields["SAMLRequest"]),
            callback_url=f"{ISSUER}/saml/bundid/acs",
            entity_id=self.settings.saml[0].entity_id,
            now=self.clock(),
            certificate=self.keyring.current(Purpose.SAML_ENCRYPTION, NOW).certificate,
        )
        answer = {"SAMLResponse": idp.answer(request, idp.GOOD, key=key), "RelayState": fields["RelayState"]}
        return self.app.test_client().post("/saml/bundid/acs", data=answer, base_url=ISSUER).status_code


def request_id(field: str) -> str:
    return re.search(rb' ID="([^"]+)"', base64.b64decode(field))[1].decode()


@pytest.fixture
def start(gate_database, keyring, gate_of, tmp_path) -> Callable[[SamlProvider], Gate]:
    """Starts a gate with one account and one application."""
    jwks = {"keys": [ECKey.generate_key("P-256").as_dict(private=False, kid="urkunde", use="sig", alg="ES256")]}
    (tmp_path / "urkunde.json").write_text(json.dumps(jwks))
    client = Client(
        client_id="urkunde",
        name="Urkunde",
        authority=TOWN,
        minimum_level="basic",
        accounts=("bundid",),
        explain_login="never",
        redirect_uris=(BACK,),
        jwks_file=tmp_path / "urkunde.json",
        claims=("given_name",),
        display_name="Urkunde",
        online_service_id="BMI-A0000",
    )

    def make(provider: SamlProvider) -> Gate:
        towns = (Authority(ars=TOWN, name="Stadt Viernheim", land="HE"),)
        settings = replace(gate_of(provider), clients=(client,), authorities=towns)
        return Gate(settings=settings, database=gate_database, keyring=keyring, clock=Clock(NOW)).restart()

    return make


def test_a_rollover_without_a_restart(start, source, by_url):
    """Before: the old key. During: both. After: the new one alone. One worker looks, the gate takes it within a minute."""
    source.document = idp.metadata("honest")
    gate = start(by_url).first_work()
    assert (gate.login("honest"), gate.login("next")) == (303, 400)
    for names, counts in ((("honest", "next"), (303, 303)), (("next",), (400, 303))):
        source.document = idp.metadata(*names)
        gate.clock.turn(hours=6)
        assert gate.work() == 1
        gate.clock.turn(minutes=1)
        assert (gate.login("honest"), gate.login("next")) == counts


def test_a_login_in_flight_is_answered_by_the_new_key(start, source, by_url):
    """Begun under the old document, answered under the new one, which came before the answer."""
    source.document = idp.metadata("honest", cacheDuration="PT10M")
    gate = start(by_url).first_work()
    _, fields = gate.begin()
    source.document = idp.metadata("next")
    gate.clock.turn(minutes=10)
    assert gate.work() == 1
    assert gate.answer(fields, "honest") == 400
    assert gate.answer(fields, "next") == 303


def test_a_gate_looks_at_the_store_once_a_minute(start, source, by_url):
    """Within the minute it goes on with what it has; parsed once per document."""
    gate = start(by_url).first_work()
    assert gate.login("honest") == 303
    known = gate.app.extensions["gate"].upstreams["bundid"].known
    source.document = idp.metadata("next")
    gate.clock.turn(hours=6)
    assert gate.login("honest") == 303
    gate.work()
    gate.clock.turn(seconds=59)
    assert gate.login("next") == 400
    assert gate.app.extensions["gate"].upstreams["bundid"].known is known
    gate.clock.turn(seconds=1)
    assert gate.login("next") == 303


def test_a_restart_while_the_provider_is_away(start, source, by_url):
    """The last good document is kept: the gate starts with it, and the worker's failures change nothing."""
    gate = start(by_url).first_work()
    source.status = 503
    again = gate.restart()
    assert again.login("honest") == 303
    again.clock.turn(hours=6)
    again.work()
    again.clock.turn(minutes=1)
    assert again.login("honest") == 303


def test_a_gate_whose_first_metadata_have_not_come_waits_for_them(start, by_url):
    """It starts; this account says that it cannot be reached; seconds after the worker's first look it can."""
    gate = start(by_url)
    assert gate.begin()[1] == {}
    assert gate.page.status_code == 502
    assert "metadata-missing" in gate.page.text
    gate.work()
    gate.clock.turn(seconds=2)
    assert gate.login("honest") == 303


def test_ended_metadata_stop_the_account_and_say_so(start, source, by_url):
    """A minute before the end a login works; after it begin and answer are refused with an own code, until newer come."""
    until = NOW + timedelta(hours=1)
    source.document = idp.metadata("honest", validUntil=until.isoformat())
    gate = start(by_url).first_work()
    gate.clock.turn(minutes=59)
    assert gate.login("honest") == 303
    _, fields = gate.begin()
    gate.clock.now = until
    assert gate.begin()[1] == {}
    assert gate.page.status_code == 503
    assert "metadata-ended" in gate.page.text
    assert "service.example" in gate.page.text  # a way back
    assert gate.answer(fields, "honest") == 503
    source.document = idp.metadata("honest")
    assert gate.work() == 1
    gate.clock.turn(minutes=1)
    assert gate.answer(fields, "honest") == 303


def test_ended_certificates_stop_nothing(start, source, by_url):
    """The pinned key counts until the metadata drop it."""
    gate = start(by_url).first_work()
    assert gate.login("honest") == 303
    gate.clock.now = NOW.replace(year=2047)
    upstream = gate.app.extensions["gate"].upstreams["bundid"]
    assert upstream.peer(gate.clock()).pinned
    assert upstream.peer(gate.clock()).not_after < gate.clock()


def test_a_replaced_file_is_noticed(start, by_file):
    """Within a minute; a bad one leaves the good one, at a restart too; put right, it counts."""
    gate = start(by_file)
    assert (gate.login("honest"), gate.login("next")) == (303, 400)
    by_file.metadata_file.write_bytes(idp.metadata("honest", "next"))
    gate.clock.turn(minutes=1)
    assert (gate.login("honest"), gate.login("next")) == (303, 303)
    by_file.metadata_file.write_bytes(b"<html>maintenance</html>")
    gate.clock.turn(minutes=1)
    assert gate.login("next") == 303
    assert gate.restart().login("next") == 303
    by_file.metadata_file.unlink()
    assert gate.restart().login("honest") == 303
    by_file.metadata_file.write_bytes(idp.metadata("next"))
    gate.clock.turn(minutes=1)
    assert (gate.login("honest"), gate.login("next")) == (400, 303)


def test_a_file_of_another_entity_never_takes_its_place(start, by_file):
    """While running it is refused; a start with it stops and names the cure; an explicit peer_entity_id moves on."""
    gate = start(by_file)
    other = idp.metadata("next").replace(b'entityID="https://idp.example/idp"', b'entityID="https://other.example/idp"')
    by_file.metadata_file.write_bytes(other)
    gate.clock.turn(minutes=1)
    assert (gate.login("honest"), gate.login("next")) == (303, 400)
    with pytest.raises(UpstreamUnavailable, match="peer_entity_id") as refused:
        gate.restart()
    assert refused.value.code == "metadata-entity"
    start(replace(by_file, peer_entity_id="https://other.example/idp"))


def test_a_bad_file_at_the_very_first_start_stops_it(start, by_file):
    """Nothing is kept yet, so there is nothing to go on with."""
    by_file.metadata_file.write_bytes(b"<html/>")
    with pytest.raises(UpstreamUnavailable) as refused:
        start(by_file)
    assert refused.value.code == "metadata"
    with pytest.raises(NotConfigured):
        start(replace(by_file, metadata_url="https://idp.example/idp"))


def test_the_page_leads_nowhere_else(start, by_url):
    """The error page of an account without metadata has a way back to the service and no form to the provider."""
    gate = start(by_url)
    gate.begin()
    assert not [form for form in forms_of(gate.page.text) if urlsplit(form["action"]).netloc == "idp.example"]
    assert "service.example" in gate.page.text
