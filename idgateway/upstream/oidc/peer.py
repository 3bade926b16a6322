"""What is known of an OpenID Provider: its discovery document and its keys, fetched, bounded and kept.

The last good copy stays in use while a refresh fails. Sources: OpenID Connect Discovery 1.0 sections 3 and 4; RFC 7517.
"""

import json
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import urlsplit

import requests

from idgateway.errors import UpstreamUnavailable

KEPT_FOR: Final = timedelta(hours=1)
REFRESH_PAUSE: Final = timedelta(seconds=30)  # an unknown key id may be anybody's invention
MAX_BYTES: Final = 256 * 1024
_TIMEOUT: Final = (3.0, 5.0)  # seconds to connect, and between two bytes
_DEADLINE: Final = 10.0  # seconds for the whole
_HTTP_OK: Final = 200
_LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True, kw_only=True)
class Endpoints:
    """Where the provider answers, as it says itself."""

    authorization: str
    token: str
    jwks: str
    names_itself: bool  # RFC 9207: ``iss`` stands in every authorization response


class Peer:
    """One OpenID Provider, by its issuer. Safe in threads."""

    def __init__(self, issuer: str) -> None:
        """Remember the issuer; nothing is fetched yet. Raises UpstreamUnavailable unless it is https or loopback."""
        if not is_protected(issuer):
            raise UpstreamUnavailable("the issuer must be an https URL", code="issuer")
        self.issuer = issuer
        self._lock = threading.Lock()
        self._endpoints: Endpoints | None = None
        self._jwks: Mapping[str, Any] = {"keys": []}
        self._endpoints_at: datetime | None = None
        self._jwks_at: datetime | None = None

    def endpoints(self, now: datetime) -> Endpoints:
        """The provider's addresses, at most an hour old where it can be reached. Raises UpstreamUnavailable."""
        with self._lock:
            if self._endpoints is None or self._endpoints_at is None or now - self._endpoints_at > KEPT_FOR:
                self._discover(now)
            if self._endpoints is None:
                raise UpstreamUnavailable("no discovery document", code="discovery")
            return self._endpoints

    def jwks(self, now: datetime, *, unknown: bool = False) -> Mapping[str, Any]:
        """The provider's keys; with ``unknown`` fetched anew, but not within 30 s of the last time.

        Raises UpstreamUnavailable.
        """
        address = self.endpoints(now).jwks
        with self._lock:
            pause = REFRESH_PAUSE if unknown else KEPT_FOR
            if self._jwks_at is None or now - self._jwks_at > pause:
                self._jwks = self._or_last(address, self._jwks if self._jwks_at else None)
                self._jwks_at = now
            return self._jwks

    def _discover(self, now: datetime) -> None:
        try:
            document = fetch("GET", f"{self.issuer}/.well-known/openid-configuration")
            self._endpoints = _read(document, self.issuer)
        except UpstreamUnavailable:
            if self._endpoints is None:
                raise
        self._endpoints_at = now

    def _or_last(self, address: str, last: Mapping[str, Any] | None) -> Mapping[str, Any]:
        try:
            return fetch("GET", address)
        except UpstreamUnavailable:
            if last is None:
                raise
            return last


def is_protected(url: str) -> bool:
    """Whether nobody on the way can listen: https, or http that never leaves this machine."""
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError:
        return False
    return bool(host) and not parts.username and (parts.scheme == "https" or _stays_here(parts.scheme, host))


def _stays_here(scheme: str, host: str | None) -> bool:
    return scheme == "http" and host in _LOOPBACK


def _read(document: Mapping[str, Any], issuer: str) -> Endpoints:
    # OpenID Connect Discovery 4.3: the issuer must be exactly the one that was asked.
    if document.get("issuer") != issuer:
        raise UpstreamUnavailable("the discovery document is another issuer's", code="discovery")
    found = {name: document.get(name) for name in ("authorization_endpoint", "token_endpoint", "jwks_uri")}
    for name, address in found.items():
        if not isinstance(address, str) or not is_protected(address):
            raise UpstreamUnavailable(f"{name} is missing or not https", code="discovery")
    return Endpoints(
        authorization=str(found["authorization_endpoint"]),
        token=str(found["token_endpoint"]),
        jwks=str(found["jwks_uri"]),
        names_itself=document.get("authorization_response_iss_parameter_supported") is True,
    )


def fetch(method: str, url: str, form: Mapping[str, str] | None = None) -> Mapping[str, Any]:
    """A JSON object of bounded size in bounded time, without following redirects. Raises UpstreamUnavailable.

    An OAuth error answer is returned like any other object where a form was sent (RFC 6749 5.2).
    """
    try:
        with requests.request(
            method,
            url,
            data=form,
            headers={"Accept": "application/json", "Accept-Encoding": "identity"},
            timeout=_TIMEOUT,
            allow_redirects=False,
            stream=True,
        ) as response:
            body = _bounded(response)
            status = response.status_code
    except requests.RequestException as error:
        raise UpstreamUnavailable(f"{urlsplit(url).hostname}: {type(error).__name__}", code="unreachable") from None
    found = _object(body)
    if found is None or (status != _HTTP_OK and (form is None or "error" not in found)):
        raise UpstreamUnavailable(f"{urlsplit(url).hostname}: status {status}, or no JSON object", code="nonsense")
    return found


def _bounded(response: requests.Response) -> bytes:
    ends = time.monotonic() + _DEADLINE
    body = b""
    for part in response.iter_content(16 * 1024):
        body += part
        if len(body) > MAX_BYTES or time.monotonic() > ends:
            raise UpstreamUnavailable("the answer is too large or too slow", code="nonsense")
    return body


def _object(body: bytes) -> Mapping[str, Any] | None:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None
