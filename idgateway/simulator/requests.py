"""An AuthnRequest becomes a ``LoginRequest`` or is refused. The checks stand in BundID's order, one function each.

Sources: SAML Core 3.4; SAML Bindings 3.5 (HTTP-POST); BundID interface description 8 and 9.
"""

import base64
import binascii
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from idgateway.simulator.errors import RequestRefused
from idgateway.simulator.extension import Extension, read_extension
from idgateway.simulator.metadata import ServiceProvider, find_service_provider
from idgateway.simulator.names import NS, POST_BINDING, SAMLP, Step, step_of
from idgateway.simulator.signatures import check_signature
from idgateway.simulator.tree import MAX_BYTES, Element, parse, text, texts

FRESH = timedelta(minutes=5)
SKEW = timedelta(minutes=3)


@dataclass(frozen=True, kw_only=True)
class LoginRequest:
    """A verified request: who asks, for what, and where the answer goes."""

    request_id: str
    provider: ServiceProvider
    acs_url: str
    relay_state: str
    level: Step
    extension: Extension
    issued_at: datetime


def read_request(
    encoded: str, relay_state: str, *, providers: tuple[Path, ...], destination: str, now: datetime
) -> LoginRequest:
    """Verify a posted ``SAMLRequest``. Raises RequestRefused; replays are the caller's to notice (``visits``)."""
    root = _parsed(encoded)
    provider = find_service_provider(providers, text(root, "saml:Issuer"))
    if provider is None:
        raise RequestRefused("sim-issuer-unknown")
    check_signature(root, provider.signing)
    acs_url = _acs_url(root, provider)
    check_destination(root, destination)
    if provider.encryption is None:
        raise RequestRefused("sim-encryption-key-missing")
    extension = read_extension(root)
    level = _level(root)
    issued_at = _issued_at(root)
    check_freshness(issued_at, now)
    return LoginRequest(
        request_id=root.get("ID"),
        provider=provider,
        acs_url=acs_url,
        relay_state=relay_state,
        level=level,
        extension=extension,
        issued_at=issued_at,
    )


def check_destination(root: Element, destination: str) -> None:
    """SAML Bindings 3.5.5.2: a signed message names the endpoint it is for. Raises RequestRefused."""
    if root.get("Destination") != destination:
        raise RequestRefused("sim-destination-wrong", f"expected {destination}")


def check_freshness(issued_at: datetime, now: datetime) -> None:
    """A request is answered within five minutes of its making. Raises RequestRefused."""
    if not now - FRESH - SKEW <= issued_at <= now + SKEW:
        raise RequestRefused("sim-request-stale", f"issued {issued_at.isoformat()}")


def _parsed(encoded: str) -> Element:
    if len(encoded) > MAX_BYTES * 2:
        raise RequestRefused("sim-not-readable", "too large")
    try:
        root = parse(base64.b64decode("".join(encoded.split()), validate=True))
    except (binascii.Error, ValueError) as error:
        raise RequestRefused("sim-not-readable", str(error)) from error
    if root.tag != f"{{{SAMLP}}}AuthnRequest" or root.get("Version") != "2.0" or not root.get("ID"):
        raise RequestRefused("sim-not-readable", "no AuthnRequest of version 2.0 with an ID")
    return root


def _acs_url(root: Element, provider: ServiceProvider) -> str:
    asked = root.get("AssertionConsumerServiceURL")
    # SAML Core 3.4.1: without a URL the default endpoint of the metadata counts.
    acs_url = next(iter(provider.acs_urls), None) if asked is None else asked
    if acs_url not in provider.acs_urls or root.get("ProtocolBinding", POST_BINDING) != POST_BINDING:
        raise RequestRefused("sim-acs-not-registered")
    return str(acs_url)


def _level(root: Element) -> Step:
    context = root.find("samlp:RequestedAuthnContext", NS)
    if context is None:
        raise RequestRefused("sim-level-unknown", "RequestedAuthnContext is missing")
    # Interface description 5.1: "exact" is obsolete, AuthnMethods took its place.
    if context.get("Comparison", "exact") != "minimum":
        raise RequestRefused("sim-comparison-not-minimum")
    tokens = texts(context, "saml:AuthnContextClassRef")
    try:
        (level,) = (step_of(token) for token in tokens)
    except ValueError as error:
        raise RequestRefused("sim-level-unknown", f"got {tokens}") from error
    return level


def _issued_at(root: Element) -> datetime:
    try:
        issued_at = datetime.fromisoformat(root.get("IssueInstant", ""))
    except ValueError as error:
        raise RequestRefused("sim-not-readable", "IssueInstant is no instant") from error
    if issued_at.tzinfo is None:
        raise RequestRefused("sim-not-readable", "IssueInstant names no time zone")
    return issued_at.astimezone(UTC)
