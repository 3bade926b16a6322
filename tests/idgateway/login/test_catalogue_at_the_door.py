"""The stand-in's catalogue at the gate's own door: a broken answer is a 4xx page, never a way on, and burns nothing."""

from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from werkzeug.datastructures import MultiDict
from werkzeug.test import TestResponse

from idgateway.app import create_app
from idgateway.settings import GateSettings, SamlProvider
from idgateway.simulator.app import create_app as create_stand_in
from idgateway.simulator.identity import prepare
from idgateway.simulator.settings import SimulatorSettings
from idgateway.upstream.saml.provider import SamlUpstream
from keys.jwk import public_jwks
from keys.keyring import Purpose
from runtime.shell import dress
from tests.http import forms_of
from tests.idgateway.login.world import ISSUER, NOW, Clock, HonestProvider, Person, World, query_of, settings_in

STAND_IN = "http://127.0.0.1:8081"
ACS = f"{ISSUER}/saml/bundid/acs"


@dataclass
class Door:
    """The gate with BundID's dialect behind it, and the stand-in's answers at once."""

    world: World
    stand_in: object

    def answer(self, person: Person, fault: str = "") -> list[list[str]]:
        """A login begun by ``person``, answered by the stand-in about Erika."""
        asked = forms_of(person.authorize().text)[0]
        told = self.stand_in.post(
            asked["action"].removeprefix(STAND_IN),
            data=asked["fields"],
            query_string={"person": "erika-eid", "fault": fault},
            headers={"Accept": "application/json"},
        )
        assert told.status_code == 200, told.text
        assert told.json["url"] == ACS
        return told.json["fields"]

    def deliver(self, fields: list[list[str]]) -> TestResponse:
        """A cross-site post without anybody's cookies."""
        return self.world.app.test_client().post(
            "/saml/bundid/acs", data=MultiDict([tuple(pair) for pair in fields]), base_url=ISSUER
        )


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The stand-in's keys, made once."""
    return prepare(tmp_path_factory.mktemp("stand-in"), STAND_IN)


@pytest.fixture
def registered(tmp_path: Path, client_keys, postbox_keyring) -> GateSettings:
    """The world's settings, every service with the identifier that BundID asks for."""
    settings = settings_in(tmp_path, client_keys, public_jwks(postbox_keyring, (Purpose.ADDRESS_ENCRYPTION,), NOW))
    clients = tuple(replace(client, online_service_id="BMI-A0000") for client in settings.clients)
    return replace(settings, clients=clients)


@pytest.fixture
def door(tmp_path: Path, prepared: Path, gate_database, keyring, registered) -> Door:
    account = SamlProvider(
        name="bundid", title="BundID", metadata_file=prepared, entity_id="https://gate.musterstadt.example/sp"
    )
    upstream, clock, ours = SamlUpstream(account, keyring, ACS), Clock(), tmp_path / "sp.xml"
    ours.write_bytes(upstream.metadata(NOW))
    others = {name: HonestProvider(name) for name in ("bayernid", "staff")}
    app = create_app(registered, gate_database, keyring, clock=clock, upstreams={"bundid": upstream, **others})
    known = SimulatorSettings(base_url=STAND_IN, directory=prepared.parent, service_providers=(ours,))
    world = World(app=dress(app, title="Anmeldung", demo=True), clock=clock, providers=others, keys={})
    return Door(world, create_stand_in(known, clock=clock).test_client())


def _logged_in(person: Person, there: TestResponse) -> bool:
    back = person.get(there.location.removeprefix(ISSUER))
    return "code" in query_of(back.location)


def test_a_sound_answer_is_a_login(door):
    """The twin of everything below."""
    person = door.world.browser()
    there = door.deliver(door.answer(person))
    assert there.status_code == 303, there.text
    assert _logged_in(person, there)


@pytest.mark.parametrize(
    "fault",
    [
        "unsigned",
        "foreign-key",
        "tampered",
        "xsw-3",
        "xsw-8",
        "comment-in-value",
        "utf-16",
        "billion-laughs",
        "xslt",
        "attribute-9-mb",
        "wrong-audience",
        "login-csrf",
        "expired",
        "response-field-twice",
        "relay-state-script",
        "relay-state-address",
    ],
)
def test_a_broken_answer_is_a_page_and_no_way_on(door, fault):
    """4xx, nothing to follow, no cookie, no name on the page; the honest answer to a new login is accepted."""
    person = door.world.browser()
    refused = door.deliver(door.answer(person, fault))
    assert 400 <= refused.status_code < 500
    assert "Location" not in refused.headers
    assert "Set-Cookie" not in refused.headers
    assert "MUSTERMANN" not in refused.text.upper()
    assert "javascript:" not in refused.text
    assert "other.example.org" not in refused.text
    assert _logged_in(person, door.deliver(door.answer(person)))


def test_a_replay_in_another_browser_gets_nothing(door):
    """The second delivery leads to the same one-time place, which opens for the first browser alone and once."""
    person, thief = door.world.browser(), door.world.browser()
    fields = door.answer(person, "replay")
    first, second = door.deliver(fields), door.deliver(fields)
    assert _logged_in(person, first)
    if second.status_code == 303:
        stolen = thief.get(second.location.removeprefix(ISSUER))
        assert 400 <= stolen.status_code < 500
        assert "Location" not in stolen.headers
    assert 400 <= door.deliver(fields).status_code < 500
