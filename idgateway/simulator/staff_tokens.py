"""The staff provider's JOSE: client assertions in, identity tokens out. Sources: RFC 7523 3, OIDC Core 2 and 9."""

import json
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, KeySet

ASSERTION_ALGORITHMS = ["ES256", "PS256", "RS256"]
ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_LONGEST, _LEEWAY = 3600, 30


class AssertionInvalid(Exception):
    """A client assertion that proves nothing; the text says why."""


def signing_key(key: ec.EllipticCurvePrivateKey) -> ECKey:
    """The provider's ES256 key with its thumbprint (RFC 7638) as key id."""
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    found = ECKey.import_key(pem)
    return ECKey.import_key(pem, {"kid": found.thumbprint(), "use": "sig", "alg": "ES256"})


def public_jwks(key: ECKey) -> dict[str, Any]:
    """The key set others verify with."""
    return {"keys": [key.as_dict(private=False)]}


def identity_token(key: ECKey, claims: Mapping[str, Any]) -> str:
    """Sign an ID token with ES256."""
    return jwt.encode({"alg": "ES256", "kid": key.kid, "typ": "JWT"}, dict(claims), key, algorithms=["ES256"])


def check_assertion(
    assertion: str, client_id: str, jwks_file: Path, audiences: tuple[str, ...], now: datetime
) -> tuple[str, float]:
    """Verify a private_key_jwt; return its ``jti`` and expiry for the replay memory. Raises AssertionInvalid."""
    try:
        keys = KeySet.import_key_set(json.loads(jwks_file.read_text(encoding="utf-8")))
        claims = jwt.decode(assertion, keys, algorithms=ASSERTION_ALGORITHMS).claims
    except (OSError, ValueError, KeyError, JoseError) as error:
        raise AssertionInvalid(f"{type(error).__name__}: no key of the client verifies it") from error
    moment = now.timestamp()
    expires, issued = claims.get("exp"), claims.get("iat", moment)
    facts = {
        "iss": claims.get("iss") == client_id,
        "sub": claims.get("sub") == client_id,
        "aud": _one(claims.get("aud")) in audiences,
        "jti": isinstance(claims.get("jti"), str) and bool(claims.get("jti")),
        "exp": isinstance(expires, int | float) and moment - _LEEWAY < expires <= moment + _LONGEST + _LEEWAY,
        "iat": isinstance(issued, int | float) and issued <= moment + _LEEWAY,
    }
    wrong = [name for name, fact in facts.items() if not fact]
    if wrong:
        raise AssertionInvalid("wrong or missing: " + ", ".join(wrong))
    return str(claims["jti"]), float(claims["exp"])


def _one(audience: object) -> object:
    """The audience as one string; a list counts only where it holds a single one (RFC 7523 3 read narrowly)."""
    return audience[0] if isinstance(audience, list) and len(audience) == 1 else audience
