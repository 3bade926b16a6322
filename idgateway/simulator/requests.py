"""An AuthnRequest becomes a ``LoginRequest`` or is refused. The checks stand in BundID's order, one function each.

Sources: SAML Core 3.4; SAML Bindings 3.4 and 3.5; BundID interface description 8 and 9.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from idgateway.simulator.bindings import Message
from idgateway.simulator.errors import RequestRefused
from idgateway.simulator.extension import Extension, ignored_extension, read_extension
from idgateway.simulator.metadata import ServiceProvider, find_service_provider
from idgateway.simulator.names import NS, POST_BINDING, SAMLP, Step, step_of
from idgateway.simulator.tree import Element, text, texts

FRESH = timedelta(minutes=5)
SKEW = timedelta(minutes=3)
_LONGEST_ID = 256  # characters; BundID's own samples have 36
_LONGEST_RELAY_STATE = 80  # bytes, SAML Bindings 3.4.3 and 3.5.3


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
    passive: bool  # nobody may be asked anything (IsPassive)
    warnings: tuple[str, ...]  # codes of errors.WARNINGS: served, and worth mending


def read_request(
    message: Message, *, providers: tuple[Path, ...], now: datetime, tolerant: bool = False
) -> LoginRequest:
    """Verify a request. Raises RequestRefused; replays are the caller's to notice (``visits``).

    ``tolerant`` is BundID's older way (interface description 9.2.2): a bad extension is ignored instead of refused.
    """
    root = message.root
    check_authn_request(root)
    provider = find_service_provider(providers, text(root, "saml:Issuer"))
    if provider is None:
        raise RequestRefused("sim-issuer-unknown")
    message.check_signed(provider.signing)
    acs_url = _acs_url(root, provider)
    check_destination(root, message.destination)
    if provider.encryption is None:
        raise RequestRefused("sim-encryption-key-missing")
    extension = _extension(root, provider, tolerant=tolerant)
    level = _level(root)
    issued_at = _issued_at(root)
    check_freshness(issued_at, now)
    return LoginRequest(
        request_id=root.get("ID"),
        provider=provider,
        acs_url=acs_url,
        relay_state=message.relay_state,
        level=level,
        extension=extension,
        issued_at=issued_at,
        passive=root.get("IsPassive") in ("true", "1"),
        warnings=extension.warnings + _warned(message.relay_state),
    )


def check_authn_request(root: Element) -> None:
    """An AuthnRequest of SAML 2.0 with an ID of bearable length. Raises RequestRefused."""
    identifier = root.get("ID", "")
    if root.tag != f"{{{SAMLP}}}AuthnRequest" or root.get("Version") != "2.0" or not identifier:
        raise RequestRefused("sim-not-readable", "no AuthnRequest of version 2.0 with an ID")
    if len(identifier) > _LONGEST_ID:
        raise RequestRefused("sim-not-readable", f"an ID of more than {_LONGEST_ID} characters")


def check_destination(root: Element, destination: str) -> None:
    """SAML Bindings 3.4.5.2 and 3.5.5.2: a signed message names the endpoint it is for. Raises RequestRefused."""
    if root.get("Destination") != destination:
        raise RequestRefused("sim-destination-wrong", f"expected {destination}")


def check_freshness(issued_at: datetime, now: datetime) -> None:
    """A request is answered within five minutes of its making. Raises RequestRefused."""
    if not now - FRESH - SKEW <= issued_at <= now + SKEW:
        raise RequestRefused("sim-request-stale", f"issued {issued_at.isoformat()}")


def _extension(root: Element, provider: ServiceProvider, *, tolerant: bool) -> Extension:
    try:
        return read_extension(root)
    except RequestRefused as refused:
        if tolerant:
            return ignored_extension(provider.entity_id, refused.code)
        raise


def _warned(relay_state: str) -> tuple[str, ...]:
    return ("sim-relay-state-long",) if len(relay_state.encode()) > _LONGEST_RELAY_STATE else ()


def _acs_url(root: Element, provider: ServiceProvider) -> str:
    asked, index = root.get("AssertionConsumerServiceURL"), root.get("AssertionConsumerServiceIndex")
    binding = root.get("ProtocolBinding")
    # SAML Core 3.4.1: an index excludes URL and binding; without either the default endpoint of the metadata counts.
    if index is not None:
        acs_url = provider.acs_by_index.get(index) if asked is None and binding is None else None
    else:
        acs_url = next(iter(provider.acs_urls), None) if asked is None else asked
    if acs_url not in provider.acs_urls or binding not in (None, POST_BINDING):
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
