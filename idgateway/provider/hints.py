"""An ID token of ours as a hint: who the application means (OIDC Core 3.1.2.1, RP-Initiated Logout 1.0)."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from idgateway.provider.id_token import PURPOSES
from keys.errors import TokenInvalid
from keys.tokens import verify_token

LEEWAY = 30  # seconds that the clocks of several machines of ours may differ
AGE = timedelta(days=90)  # an application may keep its own session longer than an ID token is valid


def read_hint(hint: str, jwks: Mapping[str, Any], issuer: str, now: datetime) -> Mapping[str, Any]:
    """The claims of an ID token of ours for one application; it may have expired. Raises TokenInvalid."""
    claims = verify_token(
        hint,
        jwks,
        typ=None,
        issuer=issuer,
        audience=None,
        now=now,
        algorithms=tuple(PURPOSES),
        leeway=int(AGE.total_seconds()),
    )
    # It may be old, and yet nobody had it before it was issued.
    if claims.get("iat", 0) > now.timestamp() + LEEWAY:
        raise TokenInvalid("token-from-the-future", "iat lies ahead")
    # Signed userinfo and logout tokens have no auth_time.
    if not isinstance(claims.get("aud"), str) or "auth_time" not in claims:
        raise TokenInvalid("token-audience", "no ID token for one application")
    return claims
