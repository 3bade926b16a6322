"""Plugs settings, database, keys, house and shell together. The functions without arguments are what servers call.

The configuration's path comes from ``IDGATEWAY_CONFIG``, so the applications run behind any WSGI server, e.g.
``IDGATEWAY_CONFIG=config.toml gunicorn 'runtime.wiring:gate_app()'``.
"""

import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from flask import Flask

from keys.custody import FileCustody
from keys.errors import KeysError
from keys.keyring import GATE_PURPOSES, POSTBOX_PURPOSES, Keyring, Purpose
from runtime import logs
from runtime.coherence import refuse_incoherent
from runtime.database import Database, House, is_current, open_database
from runtime.errors import DatabaseNotReady, PartMissing, SettingsError
from runtime.inspection.parts import refuse_mixed_libraries
from runtime.settings import Settings, english_of, load, load_part

if TYPE_CHECKING:
    from postbox.context import Postbox
    from runtime.shell.pace import Pace

T = TypeVar("T")
VARIABLE = "IDGATEWAY_CONFIG"


def gate_app(config: Path | None = None) -> Flask:
    """The gate, ready to serve.

    Raises:
        FrontDoorError: configuration, database, keys or libraries are not as they must be; cause and cure are named.
    """
    from idgateway.app import create_app  # noqa: PLC0415 each process loads its own house only
    from idgateway.errors import GateError  # noqa: PLC0415
    from idgateway.own import ENGLISH  # noqa: PLC0415
    from runtime.inspection.standin import refuse_stand_in  # noqa: PLC0415
    from runtime.shell import dress  # noqa: PLC0415

    settings = _opened(config, "gate")
    gate = _present(settings.gate, "gate", settings)
    refuse_stand_in(settings)
    ring = keyring(gate.keys_directory, GATE_PURPOSES)
    opened = database(gate.database_url, "gate")
    try:
        pace = pace_of(settings)
        app = create_app(gate, opened, ring, pace=pace)
    except GateError as error:
        opened.close()
        raise SettingsError(f"{error}.", f"Run: idgateway check --config {settings.path}") from None
    town = _only(tuple(town.name for town in gate.authorities))
    logs.log.info("house-started")
    return dress(app, title="Login", town=town, english={**ENGLISH, **settings.english}, demo=gate.demo, pace=pace)


def postbox_app(config: Path | None = None) -> Flask:
    """The postbox, ready to serve. Raises as ``gate_app``."""
    from postbox.app import create_app  # noqa: PLC0415
    from postbox.errors import PostboxError  # noqa: PLC0415
    from runtime.shell import dress  # noqa: PLC0415

    settings = _opened(config, "postbox")
    postbox = _present(settings.postbox, "postbox", settings)
    ring = keyring(postbox.keys_directory, POSTBOX_PURPOSES)
    pace = pace_of(settings)
    try:
        app = create_app(postbox, database(postbox.database_url, "postbox"), ring, pace=pace)
    except PostboxError as error:
        raise SettingsError(error.detail) from None
    town = _only(tuple(town.name for town in postbox.authorities))
    logs.log.info("house-started")
    return dress(app, title="Postbox", town=town, english=settings.english, demo=postbox.demo, pace=pace)


def postbox_jobs(config: Path | None = None) -> Callable[[], int] | None:
    """The postbox's part of the worker: a round of jobs; None where it is not configured. Raises as ``gate_app``."""
    from postbox.delivery.jobs import run_due  # noqa: PLC0415

    if load(config or config_path()).postbox is None:
        return None
    postbox = postbox_context(config)
    return lambda: run_due(postbox, datetime.now(UTC))


def attestations(config: Path | None = None) -> Callable[[], int] | None:
    """The postbox's other part of the worker: a round of time stamps, witnesses and the self-audit; None without it.

    Raises as ``gate_app``.
    """
    from postbox.delivery.attest import attest_due  # noqa: PLC0415
    from postbox.delivery.audit import audit_due  # noqa: PLC0415

    if load(config or config_path()).postbox is None:
        return None
    postbox = postbox_context(config)
    return lambda: attest_due(postbox, datetime.now(UTC)) + audit_due(postbox, datetime.now(UTC))


def postbox_context(config: Path | None = None) -> "Postbox":
    """What the worker needs: the postbox without its web. Raises as ``gate_app``."""
    from postbox.app import build  # noqa: PLC0415
    from postbox.errors import PostboxError  # noqa: PLC0415

    settings = _opened(config, "worker")
    postbox = _present(settings.postbox, "postbox", settings)
    ring = keyring(postbox.keys_directory, POSTBOX_PURPOSES)
    try:
        return build(postbox, database(postbox.database_url, "postbox"), ring)
    except PostboxError as error:
        raise SettingsError(error.detail) from None


def metadata_looks(config: Path | None = None) -> Callable[[], int] | None:
    """The gate's part of the worker: a round of looks at the accounts' metadata; None where none is fetched.

    It needs no key of the gate. Raises as ``gate_app``.
    """
    from idgateway.errors import GateError  # noqa: PLC0415
    from idgateway.peers.refresh import run_due  # noqa: PLC0415
    from idgateway.peers.terms import terms_of  # noqa: PLC0415
    from idgateway.telemetry import Telemetry  # noqa: PLC0415

    settings = _opened(config, "worker")
    gate = settings.gate
    if gate is None or not any(provider.metadata_url for provider in gate.saml):
        return None
    try:
        for provider in gate.saml:
            terms_of(provider, "", demo=gate.demo)
    except GateError as error:
        raise SettingsError(f"{error}.", f"Run: idgateway check --config {settings.path}") from None
    opened, telemetry = database(gate.database_url, "gate"), Telemetry()
    return lambda: run_due(gate, opened, datetime.now(UTC), telemetry)


def logout_words(config: Path | None = None) -> Callable[[], int] | None:
    """The gate's other part of the worker: a round of telling applications of logouts; None where there is no gate.

    An application to be told may come at any time. Raises as ``gate_app``.
    """
    from idgateway.app import utc_now  # noqa: PLC0415
    from idgateway.errors import GateError  # noqa: PLC0415
    from idgateway.outbox import Outbox, run_due  # noqa: PLC0415
    from idgateway.provider.registry import Clients  # noqa: PLC0415
    from idgateway.telemetry import Telemetry  # noqa: PLC0415

    settings = _opened(config, "worker")
    gate = settings.gate
    if gate is None:
        return None
    ring, opened = keyring(gate.keys_directory, GATE_PURPOSES), database(gate.database_url, "gate")
    try:
        clients = Clients(gate, opened, utc_now)
    except GateError as error:
        opened.close()
        raise SettingsError(f"{error}.", f"Run: idgateway check --config {settings.path}") from None
    outbox = Outbox(clock=utc_now, settings=gate, database=opened, keyring=ring, clients=clients, telemetry=Telemetry())
    return lambda: run_due(outbox)


def simulator_app(config: Path | None = None) -> Flask:
    """The BundID stand-in, from ``[simulator]``. Raises SettingsError."""
    from idgateway.simulator.app import create_app  # noqa: PLC0415
    from idgateway.simulator.settings import SimulatorSettings  # noqa: PLC0415

    logs.configure("simulator")
    return create_app(load_part(config or config_path(), SimulatorSettings, "simulator"))


def town_app(config: Path | None = None) -> Flask:
    """The demo's town and story board, from ``[town]``. Raises SettingsError."""
    from runtime.demo.site import create_app  # noqa: PLC0415
    from runtime.demo.town.settings import TownSettings  # noqa: PLC0415
    from runtime.shell import dress  # noqa: PLC0415

    logs.configure("town")
    town = load_part(config or config_path(), TownSettings, "town")
    english = english_of(config or config_path())
    return dress(create_app(town), town=town.name, english=english, demo=True)


def witness_app(config: Path | None = None) -> Flask:
    """The witness of others' logs, from ``[witness]``. Raises SettingsError."""
    from postbox.errors import PostboxError  # noqa: PLC0415
    from postbox.witness.app import build, create_app  # noqa: PLC0415
    from postbox.witness.settings import WitnessSettings  # noqa: PLC0415

    logs.configure("witness")
    settings = load_part(config or config_path(), WitnessSettings, "witness")
    try:
        return create_app(build(settings, datetime.now(UTC)))
    except (PostboxError, KeysError) as error:
        raise SettingsError(f"The witness cannot start: {error}.") from None


def stamps_app(config: Path | None = None) -> Flask:
    """The demo's time-stamping authority, with its keys beside the configuration."""
    from runtime.demo.stamps.app import create_app  # noqa: PLC0415
    from runtime.demo.stamps.authority import Authority  # noqa: PLC0415

    logs.configure("stamps")
    folder = (config or config_path()).parent / "stamps"
    return create_app(Authority.kept(folder, datetime.now(UTC)))


def config_path() -> Path:
    """The configuration's path as the supervisor or the administrator gave it. Raises SettingsError."""
    if VARIABLE not in os.environ:
        raise SettingsError(f"{VARIABLE} is not set.", "Let it hold the path of the configuration.")
    return Path(os.environ[VARIABLE])


def database(url: str, house: House) -> Database:
    """The house's database, open and at the newest version. Raises DatabaseNotReady."""
    opened = open_database(url)
    if not is_current(opened, house):
        opened.close()
        raise DatabaseNotReady(
            f"The {house}'s tables are not at the newest version.", f"Run: idgateway migrate --only {house}"
        )
    return opened


def keyring(directory: Path, purposes: tuple[Purpose, ...]) -> Keyring:
    """All keys of a house, loaded once and complete. Raises SettingsError."""
    try:
        ring = FileCustody(directory).load()
        for purpose in purposes:
            ring.current(purpose, datetime.now(UTC))
    except KeysError as error:
        house = "gate" if purposes is GATE_PURPOSES else "postbox"
        raise SettingsError(f"Keys: {error.detail or error.code}.", f"Run: idgateway keys create {house}") from None
    return ring


def pace_of(settings: Settings) -> "Pace":
    """What counts the requests of one process of a house."""
    from runtime.limits.policies import limiter_of  # noqa: PLC0415 only what serves needs it
    from runtime.shell.pace import Pace  # noqa: PLC0415

    return Pace(limiter_of(settings.limits), trusted_proxies=settings.limits.trusted_proxies)


def _opened(config: Path | None, house: str) -> Settings:
    logs.configure(house)
    refuse_mixed_libraries()
    settings = load(config or config_path())
    refuse_incoherent(settings)
    return settings


def _present(part: T | None, name: str, settings: Settings) -> T:
    if part is None:
        raise PartMissing(f"{settings.path.name} has no [{name}].", "Run only the house that is configured.")
    return part


def _only(towns: tuple[str, ...]) -> str:
    return towns[0] if len(towns) == 1 else ""
