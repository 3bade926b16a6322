"""Prepares a data folder: keys of both houses, the stand-in's identity, metadata both ways, configuration, tables.

What is there is kept, so a folder can be used again, also at other ports. Nothing here is needed outside the demo.
"""

import json
import os
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from string import Template

from idgateway.simulator import identity
from idgateway.simulator.accounts.keys import prepare as prepare_accounts
from idgateway.upstream.saml.metadata.ours import service_provider
from keys.custody import FileCustody
from keys.foreign import make_key_pair, public_half
from keys.jwk import public_jwks
from keys.keyring import GATE_PURPOSES, POSTBOX_PURPOSES, Keyring, Purpose
from keys.minting import Owner
from postbox.proof.log import verifier_key
from postbox.proof.witnessing import witness_key
from runtime.database import House, open_database
from runtime.demo.ports import Ports
from runtime.demo.stamps.authority import Authority
from runtime.errors import SettingsError
from runtime.migration import migrate
from runtime.settings import load

WITNESS = "zeuge.bensheim.example"
TEMPLATE = Path(__file__).parent / "config.toml.template"
TOWNS = (Owner(ars="064310020020", name="Stadt Viernheim"),)
_POSTBOX_PUBLIC = (Purpose.CLIENT_AUTHENTICATION, Purpose.ADDRESS_ENCRYPTION, Purpose.RECEIPT_SIGNING)


def prepare(folder: Path, ports: Ports, now: datetime, database: str = "") -> Path:
    """Make the folder ready and return the path of its ``config.toml``.

    Args:
        folder: made (0700) where it is missing.
        ports: where everything will listen.
        now: aware UTC; new keys are valid from here.
        database: empty for SQLite files in the folder; otherwise an URL with ``{house}`` in it, for two databases.

    Raises:
        SettingsError: the database URL names one database for both houses.
        KeysError: keys that are there cannot be used.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for name in ("keys", "peers", "data", "mail", "witness", "data/letters"):
        (folder / name).mkdir(mode=0o700, exist_ok=True)
    gate = FileCustody(folder / "keys/gate").ensure(GATE_PURPOSES, now)
    postbox = FileCustody(folder / "keys/postbox").ensure(POSTBOX_PURPOSES, now)
    FileCustody(folder / "keys/postbox").ensure_seals(TOWNS, now)
    _publish(folder / "peers/gate-jwks.json", public_jwks(gate, (Purpose.CLIENT_AUTHENTICATION,), now))
    _publish(folder / "peers/postbox-jwks.json", public_jwks(postbox, _POSTBOX_PUBLIC, now))
    _publish(folder / "peers/town-jwks.json", _client_key(folder / "keys/town.pem"))
    for name in ("first-application", "first-fapi2-application"):
        _publish(folder / f"peers/{name}-jwks.json", _client_key(folder / f"keys/{name}.pem"))
    identity.prepare(folder / "simulator", ports.simulator)
    Authority.kept(folder / "stamps", now)
    prepare_accounts(folder / "simulator", ports.simulator)
    config = folder / "config.toml"
    _write(config, _configuration(ports, database, _neighbour(folder, ports, postbox, now)).encode())
    for name, content in _gate_metadata(config, gate, now):
        _write(folder / f"peers/gate-at-{name}.xml", content)
    _migrate(config)
    return config


def _neighbour(folder: Path, ports: Ports, postbox: Keyring, now: datetime) -> dict[str, str]:
    """The neighbouring town that watches the log: its key, and which log it watches."""
    watcher = FileCustody(folder / "witness/keys").ensure((Purpose.WITNESS_SIGNING,), now)
    return {
        "witness": ports.witness,
        "witness_name": WITNESS,
        "witness_key": witness_key(WITNESS, watcher.current(Purpose.WITNESS_SIGNING, now)),
        "log_key": verifier_key(ports.postbox.partition("://")[2], postbox.current(Purpose.LOG_SIGNING, now)),
    }


def _configuration(ports: Ports, database: str, neighbour: Mapping[str, str]) -> str:
    if database and "{house}" not in database:
        cure = "Write {house} where the database's name differs, e.g. postgresql://…/demo_{house}."
        raise SettingsError("Both houses would share one database.", cure)
    urls = {house: (database or "sqlite:///data/{house}.db").replace("{house}", house) for house in ("gate", "postbox")}
    return Template(TEMPLATE.read_text(encoding="utf-8")).substitute(
        gate=ports.gate,
        simulator=ports.simulator,
        postbox=ports.postbox,
        town=ports.town,
        first_application=ports.first_application,
        gate_port=ports.first,
        postbox_port=ports.first + 2,
        smtp_port=ports.smtp,
        stamps=ports.stamps,
        **neighbour,
        gate_database=urls["gate"],
        postbox_database=urls["postbox"],
    )


def _gate_metadata(config: Path, keyring: Keyring, now: datetime) -> Iterator[tuple[str, bytes]]:
    """The gate's metadata for each of its SAML accounts."""
    gate = load(config).gate
    if gate is None:
        raise SettingsError("The demo's configuration has no [gate].")
    for account in gate.saml:
        yield account.name, service_provider(account, keyring, f"{gate.issuer}/saml/{account.name}/acs", now)


def _migrate(config: Path) -> None:
    settings = load(config)
    houses: tuple[House, ...] = ("gate", "postbox")
    for house in houses:
        part = getattr(settings, house)
        database = open_database(part.database_url)
        try:
            migrate(database, house)
        finally:
            database.close()


def _client_key(path: Path) -> dict[str, object]:
    """An application's own key, made where it is missing; returns its public half."""
    if not path.exists():
        _write(path, make_key_pair()[0])
    return public_half(path.read_bytes())


def _publish(path: Path, jwks: dict[str, object]) -> None:
    _write(path, json.dumps(jwks, indent=2).encode())


def _write(path: Path, content: bytes) -> None:
    """Whole or not at all, readable by us alone."""
    draft = path.with_name(f".{path.name}.draft")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
    draft.replace(path)
