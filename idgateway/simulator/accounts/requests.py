"""A login request to an account: signed by a service we know, for this address, fresh, and for its own endpoint.

Neither account knows AKDB's extension or a requested level. Sources: SAML Core 2.0, 3.4.1; SAML Bindings 2.0, 3.4, 3.5.
"""

import secrets
import threading
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from idgateway.simulator.accounts.kinds import Kind
from idgateway.simulator.bindings import Message
from idgateway.simulator.errors import RequestRefused
from idgateway.simulator.metadata import ServiceProvider, find_service_provider
from idgateway.simulator.names import NS, PERSISTENT
from idgateway.simulator.requests import check_authn_request, check_destination, check_freshness
from idgateway.simulator.tree import text

LIFETIME = timedelta(minutes=30)


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A verified request and where its answer goes."""

    kind: Kind
    request_id: str
    provider: ServiceProvider
    acs_url: str
    relay_state: str
    at: datetime


class Waiting:
    """Requests whose holder has not decided yet, by an unguessable handle; in memory, no cookies."""

    def __init__(self) -> None:
        """Begin with none."""
        self._lock = threading.Lock()
        self._asked: dict[str, Asked] = {}

    def keep(self, asked: Asked) -> str:
        """Remember a request and give its handle. Raises RequestRefused where its identifier came before."""
        handle = secrets.token_urlsafe(24)
        with self._lock:
            self._asked = {key: one for key, one in self._asked.items() if one.at + LIFETIME > asked.at}
            same = (asked.provider.entity_id, asked.request_id)
            if same in {(one.provider.entity_id, one.request_id) for one in self._asked.values()}:
                raise RequestRefused("sim-request-replayed")
            self._asked[handle] = asked
        return handle

    def get(self, handle: str, kind: str, now: datetime) -> Asked:
        """The request behind a handle. Raises RequestRefused when there is none (any more)."""
        found = self._asked.get(handle)
        if found is None or found.kind.key != kind or found.at + LIFETIME < now:
            raise RequestRefused("sim-login-unknown")
        return found


def read(message: Message, kind: Kind, providers: tuple[Path, ...], now: datetime) -> Asked:
    """Verify a request. Raises RequestRefused."""
    root = message.root
    check_authn_request(root)
    provider = find_service_provider(providers, text(root, "saml:Issuer"))
    if provider is None:
        raise RequestRefused("sim-issuer-unknown")
    message.check_signed(provider.signing)
    check_destination(root, message.destination)
    acs_url = root.get("AssertionConsumerServiceURL", next(iter(provider.acs_urls), ""))
    if acs_url not in provider.acs_urls:
        raise RequestRefused("sim-acs-not-registered")
    if kind.encrypt and provider.encryption is None:
        raise RequestRefused("sim-encryption-key-missing")
    policy = root.find("samlp:NameIDPolicy", NS)
    if policy is not None and policy.get("Format", PERSISTENT) != PERSISTENT:
        raise RequestRefused("sim-not-readable", "this account knows persistent names only")
    _check_fresh(root.get("IssueInstant", ""), now)
    return Asked(
        kind=kind,
        request_id=root.get("ID"),
        provider=provider,
        acs_url=acs_url,
        relay_state=message.relay_state,
        at=now,
    )


def _check_fresh(instant: str, now: datetime) -> None:
    try:
        issued_at = datetime.fromisoformat(instant).astimezone(UTC)
    except ValueError as error:
        raise RequestRefused("sim-not-readable", "IssueInstant is no instant") from error
    check_freshness(issued_at, now)
