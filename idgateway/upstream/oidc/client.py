"""How we prove to an OpenID Provider who we are: ``private_key_jwt``, or a secret where it knows nothing else.

Sources: RFC 7523 2.2 and 3 (client assertion); RFC 6749 2.3.1 (``client_secret_basic``).
"""

import base64
import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote_plus

from idgateway.errors import NotConfigured, UpstreamUnavailable
from idgateway.settings import OidcProvider
from idgateway.upstream.oidc.peer import Peer
from idgateway.upstream.oidc.transport import post
from keys.errors import KeysError
from keys.keyring import Keyring, Purpose
from keys.tokens import sign_token

ASSERTION_TYPE: Final = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
ASSERTION_LIFE: Final = timedelta(seconds=60)
TOKEN_ENDPOINT: Final = "token-endpoint"  # noqa: S105 - a word of the settings
AUDIENCES: Final = ("issuer", TOKEN_ENDPOINT)
_JTI_BYTES: Final = 32


class ProvenClient:
    """The gate as a client of one provider."""

    def __init__(self, settings: OidcProvider, peer: Peer, keyring: Keyring) -> None:
        """Raises NotConfigured where the settings name no known audience or a secret that cannot be read."""
        if settings.assertion_audience not in AUDIENCES:
            raise NotConfigured(f"gate.oidc {settings.name}: assertion_audience is unknown")
        self._client_id = settings.client_id
        self._to_token_endpoint = settings.assertion_audience == TOKEN_ENDPOINT
        self._peer = peer
        self._keyring = keyring
        self._secret = _secret(settings.client_secret_file, settings.name) if settings.client_secret_file else ""

    def post(self, url: str, form: Mapping[str, str], now: datetime) -> Mapping[str, Any]:
        """Send a form with our proof to one of the provider's addresses. Raises UpstreamUnavailable."""
        if self._secret:
            return post(url, {**form, "client_id": self._client_id}, authorization=self._basic())
        proof = {
            "client_id": self._client_id,
            "client_assertion_type": ASSERTION_TYPE,
            "client_assertion": self._assertion(now),
        }
        return post(url, {**form, **proof})

    def _assertion(self, now: datetime) -> str:
        """The issuer as a plain string is the only audience that cannot be misused elsewhere; a peer may insist."""
        claims = {
            "iss": self._client_id,
            "sub": self._client_id,
            "aud": self._peer.discovered(now).token if self._to_token_endpoint else self._peer.issuer,
            "jti": secrets.token_urlsafe(_JTI_BYTES),
            "iat": int(now.timestamp()),
            "exp": int((now + ASSERTION_LIFE).timestamp()),
        }
        try:
            return sign_token(self._keyring.current(Purpose.CLIENT_AUTHENTICATION, now), claims, typ="JWT")
        except KeysError as error:
            raise UpstreamUnavailable(str(error), code="signing-key") from None

    def _basic(self) -> str:
        # RFC 6749 2.3.1: both parts are form-encoded before they are joined.
        pair = f"{quote_plus(self._client_id)}:{quote_plus(self._secret)}"
        return "Basic " + base64.b64encode(pair.encode()).decode()


def _secret(path: Path, name: str) -> str:
    try:
        secret = path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        raise NotConfigured(f"gate.oidc {name}: client_secret_file cannot be read") from None
    if not secret:
        raise NotConfigured(f"gate.oidc {name}: client_secret_file is empty")
    return secret
