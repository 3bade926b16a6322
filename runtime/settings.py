"""The configuration: one TOML file, read once at start into frozen dataclasses.

``[[authority]]`` stands at the top and is read by both houses, as is ``[english]``: names and sentences of this file in
English, for the English pages. ``[gate]`` and ``[postbox]`` may each be absent, so that one installation runs one
house. ``[simulator]`` and ``[town]`` belong to the demo and are read by it alone.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from idgateway.settings import Authority as GateAuthority
from idgateway.settings import GateSettings
from postbox.settings import Authority as PostboxAuthority
from postbox.settings import PostboxSettings
from runtime.errors import SettingsError
from runtime.reader import read_table, refuse_unknown

T = TypeVar("T")
HOUSES = ("gate", "postbox")
DEMO_PARTS = ("simulator", "town", "witness")
TABLES = ("server", "limits", "authority", "english", *HOUSES, *DEMO_PARTS)


@dataclass(frozen=True, kw_only=True)
class ServerSettings:
    """Where the web servers listen; TLS is the business of what stands in front."""

    gate_listen: str = "127.0.0.1:8080"  # address:port
    postbox_listen: str = "127.0.0.1:8082"
    threads: int = 8  # requests served at the same time, per process
    processes: int = 1  # per house; more only pays with PostgreSQL


@dataclass(frozen=True, kw_only=True)
class LimitSettings:
    """How often one may ask, in five minutes and per process; 0: nobody counts."""

    trusted_proxies: int = 0  # proxies of ours in front, each adding to X-Forwarded-For; 0: none is believed
    page: int = 300  # one network, each page
    call: int = 30_000  # one network, each address for machines: all logins of a service come from its server
    check: int = 60  # one network: public checks that cost us much (a proof, a computation)
    client: int = 30_000  # one application that proved itself, wherever it calls from
    failure: int = 10  # one application's failed proofs from one network


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Everything in the file, and where it was."""

    path: Path
    server: ServerSettings
    limits: LimitSettings
    english: Mapping[str, str]
    gate: GateSettings | None
    postbox: PostboxSettings | None


def load(path: Path) -> Settings:
    """Read the configuration.

    Raises:
        SettingsError: the file is missing or no TOML; a key is unknown, missing, or holds the wrong type.
    """
    path = path.absolute()
    document = _document(path)
    refuse_unknown(document, TABLES, "")
    return Settings(
        path=path,
        server=read_table(ServerSettings, _table(document, "server"), name="server", folder=path.parent),
        limits=read_table(LimitSettings, _table(document, "limits"), name="limits", folder=path.parent),
        english=_english(document),
        gate=_house(GateSettings, GateAuthority, document, "gate", path.parent),
        postbox=_house(PostboxSettings, PostboxAuthority, document, "postbox", path.parent),
    )


def english_of(path: Path) -> Mapping[str, str]:
    """The English of names and sentences in the file, by their German. Raises SettingsError."""
    return _english(_document(path.absolute()))


def load_part(path: Path, cls: type[T], name: str) -> T:
    """Read one of the demo's tables, ``[simulator]`` or ``[town]``, into the part's own dataclass.

    Raises:
        SettingsError: as ``load``, or the table is missing.
    """
    document = _document(path.absolute())
    if name not in DEMO_PARTS or name not in document:
        raise SettingsError(f"[{name}] is missing in {path}.")
    return read_table(cls, _table(document, name), name=name, folder=path.absolute().parent)


def parts_of(path: Path) -> tuple[str, ...]:
    """Which of the demo's tables stand in the file. Raises SettingsError."""
    return tuple(name for name in DEMO_PARTS if name in _document(path))


def _document(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError:
        cure = "Name it with --config, or begin with a copy of config.example.toml."
        raise SettingsError(f"The configuration {path} cannot be read.", cure) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"The configuration {path} is no valid TOML: {error}.") from None


def _table(document: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    table = document.get(name, {})
    if not isinstance(table, dict):
        raise SettingsError(f"{name} must be a table, written as [{name}].")
    return table


def _english(document: Mapping[str, Any]) -> Mapping[str, str]:
    table = _table(document, "english")
    for german, text in table.items():
        if not isinstance(text, str) or not text.strip():
            raise SettingsError(f"english.{german!r} must be a text.", "Leave out what has no English.")
    return table


def _house(cls: type[T], authority: type[Any], document: Mapping[str, Any], name: str, folder: Path) -> T | None:
    if name not in document:
        return None
    towns = document.get("authority", [])
    if not isinstance(towns, list) or not all(isinstance(town, dict) for town in towns):
        raise SettingsError("authority must be a list of tables, each written as [[authority]].")
    authorities = tuple(read_table(authority, town, name="authority", folder=folder) for town in towns)
    table = dict(_table(document, name))
    if isinstance(table.get("database_url"), str):
        table["database_url"] = _absolute(table["database_url"], folder)
    return read_table(cls, table, name=name, folder=folder, given={"authorities": authorities})


def _absolute(url: str, folder: Path) -> str:
    # sqlite:///relative.db is relative to the file that says it, not to where somebody typed the command.
    relative = url.removeprefix("sqlite:///")
    if relative in (url, "") or relative.startswith(("/", ":", "$")):
        return url
    return f"sqlite:///{folder / relative}"
