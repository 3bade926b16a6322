"""The gate at work: everything a use case needs, plugged together once at the start."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from idgateway.pace import Pace, Unlimited
from idgateway.provider.client_keys import ClientKeys
from idgateway.provider.registry import Clients
from idgateway.settings import GateSettings
from idgateway.store import Database
from idgateway.turns import Turns
from idgateway.upstream import Upstream
from keys.keyring import Keyring

Clock = Callable[[], datetime]  # aware UTC


@dataclass(frozen=True, kw_only=True)
class Gate:
    """Settings, database, keys and clock, with clients and accounts read and checked."""

    settings: GateSettings
    database: Database
    keyring: Keyring
    clock: Clock
    clients: Clients
    client_keys: ClientKeys
    upstreams: Mapping[str, Upstream]
    titles: Mapping[str, str]  # of the accounts, as people know them
    suits: Mapping[str, str]  # whom each account suits, in a sentence of the configuration
    postbox_key: Mapping[str, Any] | None  # the public key delivery addresses are encrypted for
    turns: Turns = field(default_factory=Turns)  # answers to one login, one after the other
    pace: Pace = field(default_factory=Unlimited)  # how often applications may call, and fail

    @property
    def issuer(self) -> str:
        """Our public URL; it never comes from a request."""
        return self.settings.issuer

    def callback_url(self, account: str) -> str:
        """Where this account answers."""
        return callback_url(self.settings, account)


def callback_url(settings: GateSettings, account: str) -> str:
    """Where an account answers: each at its own address, so that no answer passes for another's (RFC 9700 4.4)."""
    if account in {provider.name for provider in settings.saml}:
        return f"{settings.issuer}/saml/{account}/acs"
    return f"{settings.issuer}/oidc/{account}/callback"
