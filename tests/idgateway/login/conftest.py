"""The gate with an honest identity provider, on both engines."""

from dataclasses import replace
from pathlib import Path

import pytest
from joserfc.jwk import ECKey

from idgateway.app import create_app
from idgateway.settings import GateSettings, SamlProvider
from idgateway.simulator.app import create_app as create_stand_in
from idgateway.simulator.identity import prepare
from idgateway.simulator.settings import SimulatorSettings
from idgateway.upstream.saml.provider import SamlUpstream
from keys.custody import FileCustody
from keys.jwk import public_jwks
from keys.keyring import GATE_PURPOSES, Keyring, Purpose
from runtime.database import Database
from runtime.shell import dress
from tests.idgateway.login.door import ACS, STAND_IN, Door
from tests.idgateway.login.world import NOW, Clock, HonestProvider, World, settings_in

SHARING = ("geteilt-a", "geteilt-b", "geteilt-lorsch")
CLIENTS = (
    "urkunde",
    "wohngeld",
    "einsicht",
    "zustimmung",
    "lorsch",
    "gast",
    "wahl",
    "postbox",
    "casework",
    "fapi",
    *SHARING,
)


@pytest.fixture(scope="session")
def keyring(tmp_path_factory: pytest.TempPathFactory) -> Keyring:
    """The gate's keys, made once."""
    return FileCustody(tmp_path_factory.mktemp("gate-keys") / "keys").ensure(GATE_PURPOSES, NOW)


@pytest.fixture(scope="session")
def postbox_keyring(tmp_path_factory: pytest.TempPathFactory) -> Keyring:
    """The postbox's key for delivery addresses."""
    return FileCustody(tmp_path_factory.mktemp("postbox-keys") / "keys").ensure((Purpose.ADDRESS_ENCRYPTION,), NOW)


@pytest.fixture(scope="session")
def client_keys() -> dict[str, ECKey]:
    """One key per application."""
    return {name: ECKey.generate_key("P-256") for name in CLIENTS}


@pytest.fixture
def world(
    tmp_path: Path, gate_database: Database, keyring: Keyring, postbox_keyring: Keyring, client_keys: dict[str, ECKey]
) -> World:
    """The dressed gate."""
    clock = Clock()
    providers = {name: HonestProvider(name) for name in ("bundid", "bayernid", "staff")}
    jwks = public_jwks(postbox_keyring, (Purpose.ADDRESS_ENCRYPTION,), NOW)
    settings = settings_in(tmp_path, client_keys, jwks)
    app = create_app(settings, gate_database, keyring, clock=clock, upstreams=providers)
    return World(app=dress(app, title="Anmeldung", demo=True), clock=clock, providers=providers, keys=client_keys)


@pytest.fixture(scope="session")
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
def door(tmp_path: Path, prepared: Path, gate_database: Database, keyring: Keyring, registered: GateSettings) -> Door:
    """The gate's own door, with the stand-in on its other side."""
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
