"""The gate's public keys, found by discovery and kept; the one thing the postbox must know to believe a token."""

import threading
from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

import requests

from keys.errors import TokenInvalid
from keys.tokens import verify_token
from postbox.errors import ChannelDown

LIFETIME: Final = timedelta(minutes=10)
LEAST_DISTANCE: Final = timedelta(seconds=10)  # between two questions because of an unknown key: nobody drives us
_TIMEOUT: Final = (3.05, 5)  # seconds to connect, to answer
_UNKNOWN_KEY: Final = "token-key"


class GateKeys:
    """The gate's JSON Web Key Set, asked for when needed, renewed when old or when a token names an unknown key."""

    def __init__(self, issuer: str) -> None:
        """Name the issuer; nothing is asked yet."""
        self._issuer = issuer
        self._lock = threading.Lock()
        self._jwks: Mapping[str, Any] = {}
        self._asked_at: datetime | None = None

    def verify(
        self, token: str, *, typ: str, audience: str, now: datetime, algorithms: Collection[str] = ("ES256",)
    ) -> Mapping[str, Any]:
        """The claims of a token the gate signed for ``audience``. Raises TokenInvalid, ChannelDown."""
        options: dict[str, Any] = {
            "typ": typ, "issuer": self._issuer, "audience": audience, "now": now, "algorithms": algorithms,
        }  # fmt: skip
        jwks = self._known(now, at_least=LIFETIME)
        try:
            return verify_token(token, jwks, **options)
        except TokenInvalid as error:
            # A key we have not seen yet: the gate may have rotated since.
            if error.code != _UNKNOWN_KEY:
                raise
        return verify_token(token, self._known(now, at_least=LEAST_DISTANCE), **options)

    def _known(self, now: datetime, *, at_least: timedelta) -> Mapping[str, Any]:
        with self._lock:
            if self._asked_at is None or now - self._asked_at >= at_least:
                self._renew(now)
            return self._jwks

    def _renew(self, now: datetime) -> None:
        try:
            self._jwks = _fetch(self._issuer)
        except ChannelDown:
            # The old keys serve on while the gate is away; without any there is nothing to believe.
            if not self._jwks:
                raise
        self._asked_at = now


def _fetch(issuer: str) -> dict[str, Any]:
    metadata = _get(f"{issuer}/.well-known/openid-configuration")
    # OIDC Discovery 4.3: the metadata must name exactly the issuer that was asked.
    if metadata.get("issuer") != issuer:
        raise ChannelDown("The gate's metadata name another issuer.", code="gate-metadata")
    return _get(str(metadata.get("jwks_uri")))


def _get(url: str) -> dict[str, Any]:
    try:
        with requests.Session() as session:
            session.trust_env = False
            answer = session.get(url, timeout=_TIMEOUT, allow_redirects=False)
            answer.raise_for_status()
            content = answer.json()
    except (requests.RequestException, ValueError) as error:
        raise ChannelDown("The gate's keys cannot be fetched.", code="gate-unreachable") from error
    if not isinstance(content, dict):
        raise ChannelDown("The gate answers no JSON object.", code="gate-unreachable")
    return content
