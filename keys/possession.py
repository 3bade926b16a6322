"""Proof of possession (DPoP, RFC 9449): who presents a request or a token holds the key that it is bound to.

Pure: that a proof counts once is noted by the house that took it, by ``jkt`` and ``jti_hash``, until ``expires_at``;
that is longer than any clock accepts the proof.
"""

import base64
import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from keys.errors import ProofInvalid, TokenInvalid
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


@dataclass(frozen=True, kw_only=True)
class HeldKey:
    """A key the caller proved to hold, and its proof as it is noted so that it counts once."""

    jkt: str  # RFC 7638 thumbprint, SHA-256, base64url
    jti_hash: bytes
    expires_at: datetime


def verify_proof(
    proof: str, *, method: str, url: str, now: datetime, token: str | None = None, nonces: Sequence[str] = ()
) -> HeldKey:
    """The key behind a proof for this method and URL, and for this access token if one is presented.

    RFC 9449 4.3, except that the proof is new. Where ``nonces`` are given, the proof has to carry one of them (8).
    ``now`` is aware UTC. Raises ProofInvalid; its detail may be told to the caller.
    """
    jwk = _carried_key(proof)
    claims = _signed_by(jwk, proof, now)
    _check_time(claims, now)
    if claims.get("htm") != method or not _is_same(claims.get("htu"), url):
        raise ProofInvalid("proof-request", "The proof is for another request: htm or htu differ.")
    if token is not None and claims.get("ath") != _hash(token):
        raise ProofInvalid("proof-token", "The proof is for another access token: ath differs.")
    if nonces and claims.get("nonce") not in nonces:
        raise ProofInvalid("proof-nonce", "The proof has to carry the nonce of the header DPoP-Nonce.")
    jti = claims.get("jti")
    if not isinstance(jti, str) or not 0 < len(jti) <= _LONGEST_JTI:
        raise ProofInvalid("proof-jti", "The proof has no jti.")
    jti_hash = hashlib.sha256(jti.encode()).digest()
    return HeldKey(jkt=thumbprint(jwk), jti_hash=jti_hash, expires_at=now + 2 * LIFETIME)


def thumbprint(jwk: Mapping[str, Any]) -> str:
    """The key's RFC 7638 thumbprint over SHA-256. Raises KeyError for an unknown kind or a missing member."""
    required = {name: jwk[name] for name in _MEMBERS[jwk["kty"]]}
    return _hash(json.dumps(required, separators=(",", ":"), sort_keys=True))


def _carried_key(proof: str) -> dict[str, str]:
    """The public key in the proof's header; a private one there is nobody's secret any more. Raises ProofInvalid."""
    try:
        segment = proof[:_LONGEST].split(".", maxsplit=1)[0]
        header = json.loads(base64.urlsafe_b64decode(segment + "=" * (-len(segment) % 4)))
        carried = header["jwk"]
        key = {name: carried[name] for name in _MEMBERS[carried["kty"]]}
        is_public = not _PRIVATE & carried.keys() and all(isinstance(value, str) for value in key.values())
        kid = header.get("kid")
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise ProofInvalid("proof-key", "The proof carries no key.") from None
    if not is_public or len(proof) > _LONGEST:
        raise ProofInvalid("proof-key", "The proof carries a private key, or is too long.")
    # The token's own kid, where it says one, names this key and no other.
    return key if kid is None else {**key, "kid": kid}


def _signed_by(jwk: Mapping[str, str], proof: str, now: datetime) -> Mapping[str, Any]:
    options: dict[str, Any] = {"typ": "dpop+jwt", "issuer": None, "audience": None, "lasting": True}
    try:
        return verify_token(proof, {"keys": [jwk]}, now=now, algorithms=ALGORITHMS, **options)
    except TokenInvalid as error:
        raise ProofInvalid("proof-invalid", f"The proof is not valid: {error.code}.") from None


def _check_time(claims: Mapping[str, Any], now: datetime) -> None:
    issued = claims.get("iat")
    # RFC 9449 4.2: iat is required; that it is a number, and not ahead, was checked with the token.
    if issued is None or issued < (now - LIFETIME).timestamp():
        raise ProofInvalid("proof-time", "The proof is too old, or has no iat.")


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
