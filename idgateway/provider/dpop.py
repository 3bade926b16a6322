"""Proof of possession (DPoP, RFC 9449): who presents a request or a token holds the key that it is bound to.

Pure: that a proof counts once is noted by ``holder``. We give no nonces: a proof lives a minute, and its ``jti`` is
remembered longer than any clock accepts it.
"""

import base64
import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from authlib.oauth2.rfc6749.errors import OAuth2Error

from idgateway.attempt import digest
from keys.errors import TokenInvalid
from keys.tokens import verify_token

ALGORITHMS = ("ES256", "PS256", "EdDSA")
LIFETIME = timedelta(seconds=60)  # after its iat; before it the leeway of every token counts (30 s)
THUMBPRINT = re.compile(r"[A-Za-z0-9_-]{43}")
_LONGEST = 8 * 1024  # characters
_LONGEST_JTI = 256
# RFC 7638 3.2, in the order of its canonical form.
_MEMBERS = {"EC": ("crv", "kty", "x", "y"), "RSA": ("e", "kty", "n"), "OKP": ("crv", "kty", "x")}
_PRIVATE = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})
_PORTS = {"http": 80, "https": 443}


class InvalidProof(OAuth2Error):  # type: ignore[misc]
    """A DPoP proof that proves nothing (RFC 9449 5)."""

    error = "invalid_dpop_proof"


@dataclass(frozen=True, kw_only=True)
class HeldKey:
    """A key the caller proved to hold, and its proof as it is noted so that it counts once."""

    jkt: str  # RFC 7638 thumbprint, SHA-256, base64url
    jti_hash: bytes
    expires_at: datetime


def verify_proof(proof: str, *, method: str, url: str, now: datetime, token: str | None = None) -> HeldKey:
    """The key behind a proof for this method and URL, and for this access token if one is presented.

    RFC 9449 4.3, except that the proof is new. ``now`` is aware UTC. Raises InvalidProof.
    """
    jwk = _carried_key(proof)
    try:
        claims = verify_token(
            proof,
            {"keys": [jwk]},
            typ="dpop+jwt",
            issuer=None,
            audience=None,
            now=now,
            algorithms=ALGORITHMS,
            lasting=True,
        )
    except TokenInvalid as error:
        raise InvalidProof(f"The proof is not valid: {error.code}.") from None
    _check_time(claims, now)
    if claims.get("htm") != method or not _is_same(claims.get("htu"), url):
        raise InvalidProof("The proof is for another request.")
    if token is not None and claims.get("ath") != _hash(token):
        raise InvalidProof("The proof is for another access token.")
    jti = claims.get("jti")
    if not isinstance(jti, str) or not 0 < len(jti) <= _LONGEST_JTI:
        raise InvalidProof("The proof has no jti.")
    return HeldKey(jkt=thumbprint(jwk), jti_hash=digest(jti), expires_at=now + 2 * LIFETIME)


def thumbprint(jwk: Mapping[str, Any]) -> str:
    """The key's RFC 7638 thumbprint over SHA-256. Raises KeyError for an unknown kind or a missing member."""
    required = {name: jwk[name] for name in _MEMBERS[jwk["kty"]]}
    return _hash(json.dumps(required, separators=(",", ":"), sort_keys=True))


def _carried_key(proof: str) -> dict[str, str]:
    """The public key in the proof's header; a private one there is nobody's secret any more. Raises InvalidProof."""
    try:
        segment = proof[:_LONGEST].split(".", maxsplit=1)[0]
        header = json.loads(base64.urlsafe_b64decode(segment + "=" * (-len(segment) % 4)))
        carried = header["jwk"]
        key = {name: carried[name] for name in _MEMBERS[carried["kty"]]}
        is_public = not _PRIVATE & carried.keys() and all(isinstance(value, str) for value in key.values())
        kid = header.get("kid")
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise InvalidProof("The proof carries no key.") from None
    if not is_public or len(proof) > _LONGEST:
        raise InvalidProof("The proof carries a private key, or is too long.")
    # The token's own kid, where it says one, names this key and no other.
    return key if kid is None else {**key, "kid": kid}


def _check_time(claims: Mapping[str, Any], now: datetime) -> None:
    issued = claims.get("iat")
    # RFC 9449 4.2: iat is required; that it is a number, and not ahead, was checked with the token.
    if issued is None or issued < (now - LIFETIME).timestamp():
        raise InvalidProof("The proof is too old, or has no iat.")


def _is_same(htu: object, url: str) -> bool:
    """RFC 9449 4.3: without query and fragment, after normalising what means the same."""
    try:
        return isinstance(htu, str) and _normal(htu) == _normal(url)
    except ValueError:
        return False


def _normal(url: str) -> tuple[str, str | None, int | None, str]:
    parts = urlsplit(url)
    if "?" in url or "#" in url or "@" in parts.netloc:
        raise ValueError(url)
    return parts.scheme, parts.hostname, parts.port or _PORTS.get(parts.scheme), parts.path or "/"


def _hash(text: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()
