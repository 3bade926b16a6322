"""The gate with an honest identity provider, on both engines."""

from pathlib import Path

import pytest
from joserfc.jwk import ECKey

from idgateway.app import create_app
from keys.custody import FileCustody
from keys.jwk import public_jwks
from keys.keyring import GATE_PURPOSES, Keyring, Purpose
from runtime.database import Database
from runtime.shell import dress
from tests.idgateway.login.world import NOW, Clock, HonestProvider, World, settings_in

CLIENTS = ("urkunde", "wohngeld", "lorsch", "gast", "wahl", "postbox", "casework", "fapi")


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
