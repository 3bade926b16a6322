"""Applications register and manage themselves (RFC 7591, RFC 7592): by an invitation once, then by their own token.

Whatever is fetched is fetched before the transaction; an invitation is used up in the one that stores the client, so
that two who come by its last use are not both let in.
"""

import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from idgateway.attempt import digest
from idgateway.errors import LinesBusy, NotConfigured, RegistrationRefused
from idgateway.gate import Gate
from idgateway.provider import client_secret, clients
from idgateway.provider.lines import LATER
from idgateway.provider.profiles import PRIVATE_KEY
from idgateway.provider.registry import content_of, settings_of
from idgateway.registration.metadata import client_of, metadata_of, read_metadata
from idgateway.registration.names import is_taken_for
from idgateway.registration.removal import erase
from idgateway.registration.sector import check_sector, check_unreserved
from idgateway.settings import Client
from idgateway.store import clients as rows
from idgateway.store.clients import ClientRow

# RFC 7592 2.2: what the server alone says.
_OURS = frozenset(
    {"registration_access_token", "registration_client_uri", "client_id_issued_at", "client_secret_expires_at"}
)


@dataclass(frozen=True, kw_only=True)
class Registered:
    """An answer to the application (RFC 7591 3.2.1, RFC 7592 3)."""

    client_id: str
    body: Mapping[str, Any]


@dataclass(frozen=True)
class _Secret:
    """A new secret and its hash; both empty for an application that proves itself with a key."""

    text: str = ""
    hash: str = ""


def register(gate: Gate, token: str, body: bytes, now: datetime) -> Registered:
    """Register an application that shows its initial access token. Raises RegistrationRefused."""
    with gate.database.read() as connection:
        invitation = rows.invitation_of(connection, digest(token), now) if token else None
    if invitation is None:
        raise _no_right("the initial access token is unknown, used up or expired")
    metadata, client_id, access = read_metadata(body), f"c_{secrets.token_hex(16)}", secrets.token_urlsafe(32)
    asked = client_of(metadata, client_id, invitation.bounds, demo=gate.settings.demo)
    secret = _new_secret(asked)
    client = _checked(gate, replace(asked, secret_hash=secret.hash), invitation.id)
    row = ClientRow(
        client_id=client_id,
        registration=content_of(client),
        bounds=invitation.bounds,
        token_hash=digest(access),
        created_at=now,
        changed_at=now,
    )
    with gate.database.write() as connection:
        if not rows.use(connection, invitation.token_hash, now):
            raise _no_right("the initial access token was used up meanwhile")
        _check_name(connection, gate, client)
        rows.add(connection, row)
    return _answer(gate, client, now, access, secret.text)


def read(gate: Gate, client_id: str, token: str) -> Registered:
    """What is registered, for who holds the registration access token. Raises RegistrationRefused."""
    row = _own(gate, client_id, token)
    return _answer(gate, settings_of(row), row.created_at, token)


def change(gate: Gate, client_id: str, token: str, body: bytes, now: datetime) -> Registered:
    """Put other metadata in the place of all that are registered. Raises RegistrationRefused."""
    row, metadata = _own(gate, client_id, token), read_metadata(body)
    before = settings_of(row)
    _check_change(before, metadata)
    asked = client_of(metadata, client_id, row.bounds or {}, demo=gate.settings.demo)
    secret = _Secret(hash=before.secret_hash) if before.secret_hash else _new_secret(asked)
    kept = "" if asked.authentication == PRIVATE_KEY else secret.hash
    client = _checked(gate, replace(asked, secret_hash=kept), client_id)
    # Everybody's sub hangs on the sector, and who may compare them does: neither changes by the way.
    if clients.sector_of(client) != clients.sector_of(before):
        raise RegistrationRefused("the sector would change: a sector_identifier_uri at its old host keeps it")
    with gate.database.write() as connection:
        if client.name != before.name:
            _check_name(connection, gate, client)
        changed = rows.change(connection, row, content_of(client), now)
    gate.clients.forget(client_id)
    if not changed:
        raise RegistrationRefused("it was changed at the same time: read it, and try again")
    return _answer(gate, client, row.created_at, token, secret.text)


def forget(gate: Gate, client_id: str, token: str, now: datetime) -> None:
    """Erase the application with every login it had. Raises RegistrationRefused."""
    _own(gate, client_id, token)
    with gate.database.write() as connection:
        erase(connection, gate.clients, client_id, now)
    gate.clients.forget(client_id)


def _no_right(detail: str) -> RegistrationRefused:
    return RegistrationRefused(detail, code="invalid_token")


def _own(gate: Gate, client_id: str, token: str) -> ClientRow:
    with gate.database.read() as connection:
        row = rows.find(connection, client_id) if client_id.isprintable() else None
    # RFC 7592 2: whoever has no right learns nothing, not even whether there is such a client.
    if row is None or row.token_hash is None or not hmac.compare_digest(row.token_hash, digest(token)):
        raise _no_right("the registration access token is not this client's")
    return row


def _check_change(before: Client, metadata: Mapping[str, Any]) -> None:
    if _OURS & metadata.keys():
        raise RegistrationRefused(f"{', '.join(sorted(_OURS & metadata.keys()))} is not the client's to say")
    if metadata.get("client_id") != before.client_id:
        raise RegistrationRefused("client_id is missing or another one")
    secret = metadata.get("client_secret")
    # RFC 7592 2.2: a client repeats its secret, it chooses none.
    if secret is not None and not (isinstance(secret, str) and client_secret.matches(secret, before.secret_hash)):
        raise RegistrationRefused("client_secret is not the one it was given")


def _new_secret(client: Client) -> _Secret:
    return _Secret() if client.authentication == PRIVATE_KEY else _Secret(*client_secret.new_secret())


def _checked(gate: Gate, client: Client, turn: str) -> Client:
    """The same rules as for a configured client; then what has to be fetched. Raises RegistrationRefused.

    Whoever came by one invitation fetches one document at a time, and so does each client that changes itself.
    """
    try:
        clients.register(client, gate.settings)
        check_unreserved(client, gate.settings)
        check_sector(client, demo=gate.settings.demo, turn=turn)
    except NotConfigured as error:
        raise RegistrationRefused(error.detail.removeprefix(f"client {client.client_id}: ")) from None
    except LinesBusy:
        later = "sector_identifier_uri, or too many others, are being fetched: try again in a second"
        raise RegistrationRefused(later, code=LATER) from None
    return client


def _check_name(connection: Connection, gate: Gate, client: Client) -> None:
    """Nobody takes it for another of its authority, or of the whole installation. Raises RegistrationRefused."""
    rows.hold(connection)
    stored = {
        row.client_id: settings_of(row) for row in rows.all_clients(connection) if row.client_id != client.client_id
    }
    others = [(one.authority, one.name) for known in (gate.clients.configured, stored) for one in known.values()]
    if any(whose in ("", client.authority) and is_taken_for(client.name, name) for whose, name in others):
        raise RegistrationRefused(
            "client_name is, or looks like, that of another application of this authority: choose one of your own"
        )


def _answer(gate: Gate, client: Client, since: datetime, access: str, secret: str = "") -> Registered:
    shown = {"client_secret": secret, "client_secret_expires_at": 0} if secret else {}
    body = {
        "client_id": client.client_id,
        "client_id_issued_at": int(since.timestamp()),
        **shown,
        "registration_access_token": access,
        "registration_client_uri": f"{gate.issuer}/register/{client.client_id}",
        **metadata_of(client),
    }
    return Registered(client_id=client.client_id, body=body)
