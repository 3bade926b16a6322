"""The ID token (OIDC Core 2): who logged in, how surely, for whom; personal data only where asked for."""

import base64
import hashlib
from datetime import datetime, timedelta
from typing import Any

from idgateway.assurance import acr_of
from idgateway.gate import Gate
from idgateway.provider.clients import RegisteredClient
from idgateway.provider.granted import Granted
from idgateway.store.grants import Grant
from keys.keyring import Purpose
from keys.tokens import sign_token

LIFETIME = timedelta(minutes=10)
PURPOSES = {"ES256": Purpose.TOKEN_SIGNING, "RS256": Purpose.TOKEN_SIGNING_RS256}
# RFC 8176; means that do not say how they work get no amr.
_AMR = {"eID": ["sc", "pin", "mfa"], "Smart-eID": ["hwk", "pin", "mfa"], "Benutzername": ["pwd"]}


def issue(
    gate: Gate,
    client: RegisteredClient,
    grant: Grant,
    granted: Granted,
    *,
    nonce: str | None,
    access_token: str,
    now: datetime,
) -> str:
    """Sign the ID token with the key the client agreed to."""
    claims: dict[str, Any] = {name: granted.claims[name] for name in granted.id_token_claims if name in granted.claims}
    claims |= {
        "iss": gate.issuer,
        "sub": grant.sub,
        "aud": client.client_id,
        "exp": int((now + LIFETIME).timestamp()),
        "iat": int(now.timestamp()),
        "auth_time": granted.auth_time,
        "acr": acr_of(granted.level, gate.issuer),
        "at_hash": _half_hash(access_token),
    }
    if grant.sid is not None:
        claims["sid"] = grant.sid  # OpenID Connect Back-Channel Logout 2.1
    if nonce is not None:
        claims["nonce"] = nonce
    if granted.means in _AMR:
        claims["amr"] = _AMR[granted.means]
    key = gate.keyring.current(PURPOSES[client.id_token_algorithm], now)
    return sign_token(key, claims, typ="JWT")


def _half_hash(text: str) -> str:
    """OIDC Core 3.1.3.6; all our algorithms hash with SHA-256."""
    return base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()[:16]).rstrip(b"=").decode()
