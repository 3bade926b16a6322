"""All applications behind one door: those of the configuration, and those that came at run time.

A configured one costs nothing to find. What stands in the database is remembered for seconds: so long may another
process still see what was just changed or removed, and a busy application costs a query now and then instead of each
time. A new one is seen at once, because what was not found is not remembered.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, fields
from datetime import datetime, timedelta
from typing import Any

from idgateway.errors import NotConfigured, UnknownClient
from idgateway.provider.clients import RegisteredClient, load_clients, register
from idgateway.settings import Client, GateSettings
from idgateway.store import Database
from idgateway.store import clients as rows
from idgateway.store.clients import ClientRow

LONGEST_ID = 255  # characters
REMEMBERED_FOR = timedelta(seconds=5)
_MOST_REMEMBERED = 1000
_FIELDS = {field.name: field for field in fields(Client)}
_FILES = frozenset({"jwks_file"})  # names of files mean nothing in a database


class Clients(Mapping[str, RegisteredClient]):
    """Applications by their id. Unlike other mappings it raises UnknownClient. Safe to share between threads."""

    def __init__(
        self,
        settings: GateSettings,
        database: Database,
        clock: Callable[[], datetime],
        *,
        own: RegisteredClient | None = None,
    ) -> None:
        """Read the configured ones; ``own`` is the gate itself, at ``/account``. Raises NotConfigured."""
        self.configured = {**load_clients(settings), **({own.client_id: own} if own else {})}
        self._settings = settings
        self._database = database
        self._clock = clock
        self._remembered: dict[str, tuple[datetime, RegisteredClient]] = {}

    def get(self, client_id: str, default: None = None) -> RegisteredClient | None:  # type: ignore[override]
        """The application of this id, if there is one."""
        return self.configured.get(client_id) or self._registered(client_id) or default

    def __getitem__(self, client_id: str) -> RegisteredClient:
        found = self.get(client_id)
        if found is None:
            raise UnknownClient("the application is not registered any more")
        return found

    def __contains__(self, client_id: object) -> bool:
        return isinstance(client_id, str) and self.get(client_id) is not None

    def __iter__(self) -> Iterator[str]:
        yield from self.configured
        with self._database.read() as connection:
            found = rows.all_clients(connection)
        for row in found:
            if row.client_id not in self.configured and self._remember(row):
                yield row.client_id

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def forget(self, client_id: str) -> None:
        """It was changed or removed here: look again."""
        self._remembered.pop(client_id, None)

    def _registered(self, client_id: str) -> RegisteredClient | None:
        since, known = self._remembered.get(client_id, (None, None))
        if since is not None and self._clock() - since < REMEMBERED_FOR:
            return known
        if not 0 < len(client_id) <= LONGEST_ID or not client_id.isprintable():
            return None
        with self._database.read() as connection:
            row = rows.find(connection, client_id)
        if row is None:
            self.forget(client_id)
            return None
        return self._remember(row)

    def _remember(self, row: ClientRow) -> RegisteredClient | None:
        self._remembered.pop(row.client_id, None)
        try:
            found = register(settings_of(row), self._settings)
        except NotConfigured:  # an account it needs is configured no more; `idgateway client list` says so
            return None
        if len(self._remembered) >= _MOST_REMEMBERED:
            self._remembered.clear()
        self._remembered[row.client_id] = (self._clock(), found)
        return found


def settings_of(row: ClientRow) -> Client:
    """The settings of a stored application."""
    return client_of(row.registration)


def client_of(content: Mapping[str, Any]) -> Client:
    """Settings from plain JSON values; what this version does not know is left out."""
    known = {name: value for name, value in content.items() if name in _FIELDS and name not in _FILES}
    values: dict[str, Any] = {name: tuple(one) if isinstance(one, list) else one for name, one in known.items()}
    return Client(**values)


def content_of(client: Client) -> dict[str, Any]:
    """The settings as plain JSON values, those that are not the default."""
    said = json.loads(json.dumps({name: value for name, value in asdict(client).items() if name not in _FILES}))
    usual = {name: list(one) if isinstance(one := field.default, tuple) else one for name, field in _FIELDS.items()}
    return {name: value for name, value in said.items() if value != usual[name]}
