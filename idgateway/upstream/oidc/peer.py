"""What is known of an OpenID Provider: its discovery document and its keys, fetched and kept.

The last good copy stays in use while a refresh fails. Sources: OpenID Connect Discovery 1.0 sections 3 and 4; RFC 7517;
RFC 9126 5 (pushed requests); OpenID Connect for Identity Assurance 7 (``verified_claims``).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from idgateway.errors import UpstreamUnavailable
from idgateway.kept import KEPT_FOR, REFRESH_PAUSE, Kept
from idgateway.upstream.oidc.transport import fetch, is_here, is_protected


@dataclass(frozen=True, kw_only=True)
class Discovered:
    """Where the provider answers and what it offers, as it says itself; an empty address is not offered."""

    authorization: str
    token: str
    jwks: str
    userinfo: str
    pushed_requests: str  # RFC 9126
    only_pushed: bool  # it takes no other authorization request
    names_itself: bool  # RFC 9207: ``iss`` stands in every authorization response
    takes_claims: bool  # OpenID Connect Core 5.5: the ``claims`` parameter
    verified_claims: frozenset[str]  # the claims it proves; empty where it has no ``verified_claims``


class Peer:
    """One OpenID Provider, by its issuer. Safe in threads."""

    def __init__(self, issuer: str) -> None:
        """Remember the issuer; nothing is fetched yet. Raises UpstreamUnavailable unless it is https or loopback."""
        if not is_protected(issuer):
            raise UpstreamUnavailable("the issuer must be an https URL", code="issuer")
        self.issuer = issuer
        self._discovered = Kept(self._discover)
        self._jwks: Kept[Mapping[str, Any]] = Kept(self._fetch_keys)
        self._jwks_address = ""

    def discovered(self, now: datetime) -> Discovered:
        """The provider's addresses, at most an hour old where it can be reached. Raises UpstreamUnavailable."""
        return self._discovered.read(now)

    def jwks(self, now: datetime, *, unknown: bool = False) -> Mapping[str, Any]:
        """The provider's keys; with ``unknown`` fetched anew, but not within 30 s of the last time.

        Raises UpstreamUnavailable.
        """
        self._jwks_address = self.discovered(now).jwks
        return self._jwks.read(now, REFRESH_PAUSE if unknown else KEPT_FOR)

    def _discover(self) -> Discovered:
        # OpenID Connect Discovery 4.1: a slash at the issuer's end is left out before the path is added.
        document = fetch(f"{self.issuer.removesuffix('/')}/.well-known/openid-configuration")
        return read_discovery(document, self.issuer)

    def _fetch_keys(self) -> Mapping[str, Any]:
        return fetch(self._jwks_address)


def read_discovery(document: Mapping[str, Any], issuer: str) -> Discovered:
    """What a discovery document says of this issuer. Raises UpstreamUnavailable ``discovery``."""
    # OpenID Connect Discovery 4.3: the issuer must be exactly the one that was asked.
    if document.get("issuer") != issuer:
        raise UpstreamUnavailable("the discovery document is another issuer's", code="discovery")
    return Discovered(
        authorization=_address(document, "authorization_endpoint", issuer),
        token=_address(document, "token_endpoint", issuer),
        jwks=_address(document, "jwks_uri", issuer),
        userinfo=_address(document, "userinfo_endpoint", issuer, needed=False),
        pushed_requests=_address(document, "pushed_authorization_request_endpoint", issuer, needed=False),
        only_pushed=document.get("require_pushed_authorization_requests") is True,
        names_itself=document.get("authorization_response_iss_parameter_supported") is True,
        takes_claims=document.get("claims_parameter_supported") is True,
        verified_claims=_verified(document),
    )


def _address(document: Mapping[str, Any], name: str, issuer: str, *, needed: bool = True) -> str:
    address = document.get(name)
    if address is None and not needed:
        return ""
    if not isinstance(address, str) or not is_protected(address):
        raise UpstreamUnavailable(f"{name} is missing or not https", code="discovery")
    if is_here(address) and not is_here(issuer):  # a provider elsewhere has no business with our own machine
        raise UpstreamUnavailable(f"{name} points at this machine", code="discovery")
    return address


def _verified(document: Mapping[str, Any]) -> frozenset[str]:
    names = document.get("claims_in_verified_claims_supported")
    if document.get("verified_claims_supported") is not True or not isinstance(names, list):
        return frozenset()
    return frozenset(name for name in names if isinstance(name, str))
