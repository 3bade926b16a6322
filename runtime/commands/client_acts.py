"""What ``client`` does: reads the configuration, calls the gate's use case, and says what came of it."""

import argparse
import json
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from idgateway.registration.administration import Listed
    from idgateway.settings import Client, GateSettings
    from idgateway.store.clients import Invitation
    from runtime.database import Database

LONGEST_DAYS = 365  # of an invitation


def make_secret(_options: argparse.Namespace) -> int:
    """Print a new secret once, and the line of the configuration that stands for it."""
    from idgateway.provider.client_secret import new_secret

    secret, secret_hash = new_secret()
    print(f"For the application, shown this once: {secret}")
    print(f'For its [[gate.client]]: secret_hash = "{secret_hash}"')
    return 0


def add(options: argparse.Namespace) -> int:
    """Add an application."""
    from idgateway.registration import administration

    with _gate(options) as (gate, database):
        keys, shown = _keys(options, gate)
        with _undone(options.generate):
            client = _client({**_agreed(options), **_addresses(options), **keys, "client_id": options.client_id})
            _refuse_incoherent(gate, client)
            administration.add(database, gate, client, datetime.now(UTC))
    _say(options, f"{client.client_id} is registered.", {"client_id": client.client_id, **shown})
    return 0


def rotate(options: argparse.Namespace) -> int:
    """Give an application other keys or another secret."""
    from idgateway.registration import administration

    with _gate(options) as (gate, database):
        keys, shown = _keys(options, gate)
        with _undone(options.generate):
            administration.rekey(database, gate, options.client_id, keys, datetime.now(UTC))
    told = f"{options.client_id} proves itself anew from now on, everywhere within five seconds."
    _say(options, told, {"client_id": options.client_id, **shown})
    return 0


def remove(options: argparse.Namespace) -> int:
    """Erase an application, or take an invitation back."""
    from idgateway.registration import administration

    with _gate(options) as (gate, database):
        administration.remove(database, gate, options.client_id, datetime.now(UTC))
    _say(options, f"{options.client_id} is removed; nothing it had counts any more.", {"removed": options.client_id})
    return 0


def show(options: argparse.Namespace) -> int:
    """Every application, every open invitation."""
    from idgateway.registration import administration
    from idgateway.store import clients as rows

    with _gate(options) as (gate, database):
        found = administration.listed(database, gate)
        with database.read() as connection:
            invited = rows.open_invitations(connection, datetime.now(UTC))
    if options.json:
        clients, invitations = [_client_json(one) for one in found], [_invitation_json(one) for one in invited]
        print(json.dumps({"clients": clients, "invitations": invitations}, indent=2, ensure_ascii=False))
        return 0
    for each in found:
        told = f"{each.client.name}{_hints(each)}"
        print(_line(each.client.client_id, each.source, each.client.authority or "-", told))
    for one in invited:
        uses = f"{one.uses_left} use{'s' if one.uses_left > 1 else ''} until {one.expires_at:%Y-%m-%d %H:%M} UTC"
        print(_line(one.id, "invitation", one.bounds["authority"], uses))
    return 0


def invite(options: argparse.Namespace) -> int:
    """Make an initial access token."""
    from idgateway.registration import administration
    from idgateway.registration.bounds import FIELDS
    from runtime.errors import SettingsError

    if options.uses < 1 or not 1 <= options.days <= LONGEST_DAYS:
        raise SettingsError(f"--uses is at least 1, --days from 1 to {LONGEST_DAYS}.")
    bounds = {name: value for name, value in _agreed(options).items() if name in FIELDS}
    with _gate(options) as (gate, database):
        trial = {"client_id": "invited", "name": "invited", "redirect_uris": ("https://application.example/",)}
        _refuse_incoherent(gate, _client({**bounds, **trial, "jwks_uri": "https://application.example/jwks"}))
        lasts = timedelta(days=options.days)
        made, token = administration.invite(
            database, gate, bounds, uses=options.uses, lasts=lasts, now=datetime.now(UTC)
        )
    shown = {"initial_access_token": token, "registration_endpoint": f"{gate.issuer}/register"}
    told = (
        f"{made.id}: good for {options.uses} registration{'s' if options.uses > 1 else ''} within {options.days} days."
    )
    _say(options, told, {"id": made.id, "expires_at": made.expires_at.isoformat(), **shown})
    return 0


def _hints(one: "Listed") -> str:
    """What the operator had better look at, behind the name."""
    from idgateway.scopes import unasked

    fault = f"  NOT USABLE: {one.fault}" if one.fault else ""
    behind = unasked(one.client.claims, one.client.scopes)
    claims = ", ".join(claim for found in behind.values() for claim in found)
    return f"{fault}  WITHOUT SCOPE {', '.join(behind)}: {claims}" if behind else fault


def _line(name: str, source: str, authority: str, told: str) -> str:
    return f"{name:<34} {source:<12} {authority:<12} {told}"


@contextmanager
def _gate(options: argparse.Namespace) -> "Iterator[tuple[GateSettings, Database]]":
    """The gate's settings and its open database. Raises FrontDoorError, also for what the gate refuses."""
    from idgateway.errors import GateError
    from runtime.errors import PartMissing, SettingsError
    from runtime.settings import load
    from runtime.wiring import database

    gate = load(options.config).gate
    if gate is None:
        raise PartMissing(f"{options.config} has no [gate].")
    opened = database(gate.database_url, "gate")
    try:
        yield gate, opened
    except GateError as error:
        raise SettingsError(f"{error.detail}.") from None
    finally:
        opened.close()


def _refuse_incoherent(gate: "GateSettings", client: "Client") -> None:
    """The same rules as for a configured one. Raises SettingsError with cause and cure."""
    from dataclasses import replace

    from runtime.coherence import check_clients
    from runtime.errors import SettingsError

    found = list(check_clients(replace(gate, clients=(client,))))
    if found:
        raise SettingsError("\n".join(f"{one.subject}: {one.cause} {one.cure}" for one in found))


def _agreed(options: argparse.Namespace) -> dict[str, Any]:
    from idgateway.scopes import SCOPES

    of_claims = (scope for scope, behind in SCOPES.items() if set(behind) & set(options.claim))
    scopes = tuple(dict.fromkeys(("openid", *of_claims, *options.scope)))
    lasting = ("refresh_token",) if "offline_access" in scopes else ()
    return {
        "authority": options.authority,
        "minimum_level": options.level,
        "accounts": tuple(options.account),
        "claims": tuple(options.claim),
        "scopes": scopes,
        "grant_types": ("authorization_code", *lasting),
        "profile": options.profile,
        "require_pkce": not options.without_pkce,
        "guests_welcome": options.guests,
        "online_service_id": options.online_service_id,
        "display_name": options.display_name,
        **({"response_modes": tuple(options.response_mode)} if options.response_mode else {}),
    }


def _addresses(options: argparse.Namespace) -> dict[str, Any]:
    told = ("backchannel_logout_uri", "frontchannel_logout_uri")
    single = ("initiate_login_uri", *told, "sector_identifier_uri", "policy_uri", "tos_uri")
    return {
        "name": options.name,
        "redirect_uris": tuple(options.redirect_uri),
        "post_logout_redirect_uris": tuple(options.post_logout_redirect_uri),
        "request_uris": tuple(options.request_uri),
        **{name: getattr(options, name) for name in single},
    }


def _client(values: Mapping[str, Any]) -> "Client":
    from idgateway.settings import Client

    return Client(**values)


def _keys(options: argparse.Namespace, gate: "GateSettings") -> tuple[dict[str, str], dict[str, str]]:
    """What is registered, and what is shown once. Raises SettingsError."""
    from idgateway.provider.client_keys import fetch_key_set
    from idgateway.provider.client_secret import new_secret

    if options.secret:
        secret, secret_hash = new_secret()
        method = f"client_secret_{options.secret}"
        return {"authentication": method, "secret_hash": secret_hash}, {"client_secret": secret}
    proven = {"authentication": "private_key_jwt"}
    if options.jwks_uri:
        fetch_key_set(options.jwks_uri, demo=gate.demo)  # a typing error is found now rather than at the first login
        return {**proven, "jwks_uri": options.jwks_uri}, {}
    if options.generate:
        return {**proven, "jwks": json.dumps(_made(options.generate))}, {"private_key": str(options.generate)}
    return {**proven, "jwks": _pasted(options.jwks)}, {}


def _made(path: Path) -> dict[str, Any]:
    from keys.foreign import make_key_pair
    from runtime.errors import SettingsError

    pem, public = make_key_pair()
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(pem)
    except OSError as error:
        raise SettingsError(
            f"{path} cannot be written ({error.strerror}).", "Name a file that is not there yet."
        ) from None
    return public


@contextmanager
def _undone(made: Path | None) -> Iterator[None]:
    """A key that nothing was registered with does not stay."""
    try:
        yield
    except Exception:
        if made:
            made.unlink()
        raise


def _pasted(path: Path) -> str:
    from runtime.errors import SettingsError

    try:
        return sys.stdin.read() if str(path) == "-" else path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        raise SettingsError(f"{path} cannot be read.", "Name the application's public JSON Web Key Set.") from None


def _say(options: argparse.Namespace, told: str, shown: Mapping[str, Any]) -> None:
    if options.json:
        print(json.dumps(shown, indent=2))
        return
    print(told)
    for name, value in shown.items():
        once = ", shown this once" if name in ("client_secret", "initial_access_token") else ""
        if name not in ("client_id", "removed", "id"):
            print(f"{name}{once}: {value}")


def _client_json(one: "Listed") -> dict[str, Any]:
    from idgateway.provider.registry import content_of
    from idgateway.scopes import unasked

    private = {"secret_hash", "jwks"}
    said = {name: value for name, value in content_of(one.client).items() if name not in private}
    since = one.since.isoformat() if one.since else None
    return {
        **said,
        "source": one.source,
        "since": since,
        "fault": one.fault,
        "without_scope": unasked(one.client.claims, one.client.scopes),
    }


def _invitation_json(one: "Invitation") -> dict[str, Any]:
    ends = one.expires_at.isoformat()
    return {"id": one.id, "uses_left": one.uses_left, "expires_at": ends, "bounds": dict(one.bounds)}
