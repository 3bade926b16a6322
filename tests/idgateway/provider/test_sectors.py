"""E10: who sees the same person under the same name, and who does not: one table, each cell two logins."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from idgateway.app import create_app
from idgateway.settings import GateSettings
from keys.custody import FileCustody
from keys.jwk import public_jwks
from keys.keyring import GATE_PURPOSES, Keyring, Purpose
from runtime.database import Database
from runtime.shell import dress
from tests.idgateway.login.world import CALLBACK, NOW, OTHER_TOWN, Clock, HonestProvider, World, settings_in

MOVED = "https://anderswo.example/callback"
CITIZEN = {"subject": "bpk2-of-erika"}
CELLS = {
    # name: (what changes before the second login, whether sub stays the same)
    "the same application again": ({}, True),
    "another application of the same sector": ({"client": "wohngeld"}, True),
    "another sector of the same town": ({"client": "wohngeld", "sector": "anderswo"}, False),
    "another town with the same host": ({"client": "lorsch"}, False),
    "another town with the same named sector": ({"client": "lorsch", "sector": "localhost"}, False),
    "the application moved to another host": ({"redirect": MOVED}, False),
    "it moved and its sector was named before": ({"redirect": MOVED, "named": True}, True),
    "the application got another name and town's office": ({"renamed": True}, True),
    "another person": ({"said": {"subject": "bpk2-of-hans"}}, False),
    "the account gives her another pseudonym": ({"said": {"subject": "bpk2-issued-anew"}}, False),
    "the same pseudonym at another account": ({"account": "bayernid"}, False),
    "her name and level changed": ({"said": {"level": 3}}, True),
    "the vault's key was rotated": ({"rotated": True}, True),
    "the gate was started anew": ({"restarted": True}, True),
    "a guest without account": ({"guest": True}, False),
}


@pytest.fixture
def dialect() -> str:
    """The rule of the sub is one for both engines (test_links asks both)."""
    return "sqlite"


@pytest.mark.parametrize("cell", CELLS)
def test_e10_the_same_name_or_another(  # noqa: PLR0917 - what a gate is made of
    cell: str, settings: GateSettings, gate_database: Database, client_keys: dict, ring: Keyring, custody: FileCustody
):
    """One login, the change, another login: equal where the table says so, and different everywhere else."""
    change, same = CELLS[cell]
    clock, providers = Clock(), {name: HonestProvider(name) for name in ("bundid", "bayernid", "staff")}
    before = settings
    if change.get("named"):
        before = changed(before, "urkunde", sector="localhost")

    def gate(settings: GateSettings) -> World:
        keys = custody.load() if "rotated" in change else ring
        app = create_app(settings, gate_database, keys, clock=clock, upstreams=providers)
        return World(app=dress(app, title="Anmeldung"), clock=clock, providers=providers, keys=client_keys)

    first = gate(before).browser().told("urkunde", said=CITIZEN)["sub"]
    client = change.get("client", "gast" if change.get("guest") else "urkunde")
    client = "wahl" if "account" in change else client
    if change.get("rotated"):
        clock.turn(days=1)
        custody.rotate(Purpose.DERIVATION, clock())
        clock.turn(days=1)
    after = second_settings(before, client, change)
    said = {**CITIZEN, **change.get("said", {})}
    if change.get("guest"):
        said["subject"] = None
    options = {"account": change["account"]} if "account" in change else {}
    person = gate(after).browser()
    callback = change.get("redirect", CALLBACK)
    code = person.login(client, said=said, redirect_uri=callback, **options)["code"]
    tokens = person.redeem(code, client, redirect_uri=callback).json
    assert (person.userinfo(tokens["access_token"]).json["sub"] == first) is same


@pytest.fixture
def settings(tmp_path: Path, client_keys: dict, postbox_keyring: Keyring) -> GateSettings:
    """The world's settings."""
    return settings_in(tmp_path, client_keys, public_jwks(postbox_keyring, (Purpose.ADDRESS_ENCRYPTION,), NOW))


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A gate's keys on disk, made once."""
    folder = tmp_path_factory.mktemp("made") / "keys"
    FileCustody(folder).ensure(GATE_PURPOSES, NOW)
    return folder


@pytest.fixture(scope="module")
def ring(made: Path) -> Keyring:
    """These keys, loaded once."""
    return FileCustody(made).load()


@pytest.fixture
def custody(tmp_path: Path, made: Path) -> FileCustody:
    """Keys of this test's own, which may be rotated."""
    return FileCustody(shutil.copytree(made, tmp_path / "keys"))


def changed(settings: GateSettings, client_id: str, **values) -> GateSettings:
    clients = tuple(replace(one, **values) if one.client_id == client_id else one for one in settings.clients)
    return replace(settings, clients=clients)


def second_settings(settings: GateSettings, client: str, change: dict) -> GateSettings:
    if "sector" in change:
        settings = changed(settings, client, sector=change["sector"])
    if "redirect" in change:
        settings = changed(settings, client, redirect_uris=(change["redirect"],), initiate_login_uri="")
    if change.get("renamed"):
        settings = changed(settings, client, name="Anders", home="http://localhost:8083/neu", display_name="Anders")
    if "account" in change:
        settings = changed(settings, client, accounts=(change["account"],))
    assert next(one for one in settings.clients if one.client_id == "lorsch").authority == OTHER_TOWN
    return settings
