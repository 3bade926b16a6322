"""What the operator does with applications and invitations, whatever process runs the gate meanwhile."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from idgateway.attempt import digest
from idgateway.errors import NotConfigured
from idgateway.provider.clients import register
from idgateway.provider.registry import Clients, client_of, content_of, settings_of
from idgateway.registration.removal import erase
from idgateway.registration.sector import check_sector, check_unreserved
from idgateway.settings import Client, GateSettings
from idgateway.store import Database
from idgateway.store import clients as rows
from idgateway.store.clients import ClientRow, Invitation

_KEYS = {"jwks": "", "jwks_uri": "", "secret_hash": ""}


@dataclass(frozen=True, kw_only=True)
class Listed:
    """An application as the operator sees it; ``fault`` says why it cannot be used, empty where it can."""

    client: Client
    source: str  # configured | administered | registered
    since: datetime | None = None
    fault: str = ""


def add(database: Database, settings: GateSettings, client: Client, now: datetime) -> None:
    """Store an application that only the operator changes. Raises NotConfigured."""
    _check(client, settings)
    row = ClientRow(
        client_id=client.client_id,
        registration=content_of(client),
        bounds=None,
        token_hash=None,
        created_at=now,
        changed_at=now,
    )
    with database.write() as connection:
        added = client.client_id not in _configured(settings) and rows.add(connection, row)
    if not added:
        raise NotConfigured(f"client {client.client_id} is there already")


def rekey(database: Database, settings: GateSettings, client_id: str, keys: Mapping[str, str], now: datetime) -> Client:
    """Give an application other keys, or another secret; what it had counts no more. Raises NotConfigured."""
    with database.read() as connection:
        row = rows.find(connection, client_id)
    if row is None:
        raise _unknown(client_id, settings)
    changed = client_of({**content_of(settings_of(row)), **_KEYS, **keys})
    _check(changed, settings)
    with database.write() as connection:
        if not rows.change(connection, row, content_of(changed), now):
            raise NotConfigured(f"client {client_id} was changed at the same time: look, and try again")
    return changed


def remove(database: Database, settings: GateSettings, client_id: str, now: datetime) -> None:
    """Erase an application, with every login it had, or take an invitation back. Raises NotConfigured."""
    registered = Clients(settings, database, lambda: now)
    with database.write() as connection:
        if client_id in registered.configured:  # its logins are the configured one's, whatever is stored behind it
            removed = rows.remove(connection, client_id)
        else:
            removed = erase(connection, registered, client_id, now) or rows.withdraw(connection, client_id)
    if not removed:
        raise _unknown(client_id, settings)


def listed(database: Database, settings: GateSettings) -> list[Listed]:
    """Every application: the configured ones as they stand there, then the others by their id."""
    found = [Listed(client=client, source="configured") for client in settings.clients]
    with database.read() as connection:
        stored = rows.all_clients(connection)
    for row in stored:
        client, source = settings_of(row), "registered" if row.bounds else "administered"
        found.append(Listed(client=client, source=source, since=row.created_at, fault=_fault(client, settings)))
    return found


def invite(
    database: Database, settings: GateSettings, bounds: Mapping[str, Any], *, uses: int, lasts: timedelta, now: datetime
) -> tuple[Invitation, str]:
    """Make an invitation within these bounds, fields of ``settings.Client``; gives it and its token, once.

    Raises NotConfigured, also where nobody could use it.
    """
    if not settings.registration:
        raise NotConfigured("registration is not switched on: write registration = true into [gate]")
    whoever = {"client_id": "invited", "name": "invited", "redirect_uris": ["https://application.example/"]}
    register(client_of({**whoever, **bounds, "jwks_uri": "https://application.example/jwks"}), settings)
    token = secrets.token_urlsafe(32)
    made = Invitation(
        id=f"inv_{secrets.token_hex(8)}",
        token_hash=digest(token),
        bounds=bounds,
        uses_left=uses,
        created_at=now,
        expires_at=now + lasts,
    )
    with database.write() as connection:
        rows.invite(connection, made)
    return made, token


def _check(client: Client, settings: GateSettings) -> None:
    register(client, settings)
    check_unreserved(client, settings)
    check_sector(client, demo=settings.demo)


def _fault(client: Client, settings: GateSettings) -> str:
    try:
        register(client, settings)
    except NotConfigured as error:
        return error.detail
    return "the configuration has one of this id" if client.client_id in _configured(settings) else ""


def _configured(settings: GateSettings) -> set[str]:
    return {client.client_id for client in settings.clients}


def _unknown(client_id: str, settings: GateSettings) -> NotConfigured:
    where = "stands in the configuration: change it there" if client_id in _configured(settings) else "is not known"
    return NotConfigured(f"{client_id} {where}")
