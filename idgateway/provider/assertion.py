"""Client authentication by a signed assertion: private_key_jwt (RFC 7523, OIDC Core 9)."""

import json
from base64 import urlsafe_b64decode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from authlib.oauth2.rfc6749.errors import InvalidClientError, OAuth2Error

from idgateway.attempt import digest
from idgateway.errors import LinesBusy, UpstreamUnavailable
from idgateway.provider.client_keys import ClientKeys, algorithms_of
from idgateway.provider.clients import RegisteredClient
from idgateway.provider.lines import LATER
from idgateway.provider.profiles import FAPI2
from keys.errors import TokenInvalid
from keys.tokens import LONGEST_TOKEN, verify_token

TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
LONGEST_LIFE = timedelta(hours=1)  # what ordinary libraries write; each assertion counts once whatever it says
STRICT_LIFE = timedelta(minutes=5)
_LONGEST_JTI = 256


class Busy(OAuth2Error):  # type: ignore[misc]
    """Too many wait for keys of applications at this moment, so nothing is judged."""

    error = LATER
    description = "The keys at jwks_uri are being fetched, or too many others: try again in a second."
    status_code = 503


@dataclass(frozen=True, kw_only=True)
class UsedAssertion:
    """A verified assertion, as it is noted so that it counts once."""

    jti_hash: bytes
    expires_at: datetime


def unverified_client_id(assertion: str) -> str:
    """Whose key to verify with: the ``sub`` as claimed. Raises InvalidClientError."""
    try:
        payload = assertion[:LONGEST_TOKEN].split(".")[1]
        claims = json.loads(urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
        return str(claims["sub"])
    except (ValueError, IndexError, KeyError, TypeError, RecursionError):
        raise InvalidClientError(description="The assertion cannot be read.") from None


def verify_assertion(
    assertion: str, client: RegisteredClient, *, keys: ClientKeys, issuer: str, now: datetime
) -> UsedAssertion:
    """Check a client's assertion, except that it is new. Raises InvalidClientError, or Busy where to ask again."""
    strict = client.profile == FAPI2
    # RFC 7523 3: iss and sub are both the client.
    verify = partial(
        verify_token,
        assertion,
        typ=None,
        issuer=client.client_id,
        audience=None,
        now=now,
        algorithms=algorithms_of(client, client.assertion_algorithm),
    )
    try:
        claims = keys.verified(client, now, lambda jwks: verify(jwks=jwks))
    except TokenInvalid as error:
        raise InvalidClientError(description=f"The assertion is not valid: {error.code}.") from None
    except LinesBusy:
        raise Busy from None
    except UpstreamUnavailable as error:
        raise InvalidClientError(description=f"The keys at jwks_uri cannot be had: {error.code}.") from None
    # draft-ietf-oauth-rfc7523bis: one audience, as a string; a list would serve at several servers. FAPI 2: the issuer.
    audiences = (issuer,) if strict else (issuer, f"{issuer}/token")
    if claims.get("sub") != client.client_id or claims.get("aud") not in audiences:
        raise InvalidClientError(description="The assertion names another subject or audience.")
    return UsedAssertion(
        jti_hash=_jti(claims), expires_at=_expiry(claims, now, STRICT_LIFE if strict else LONGEST_LIFE)
    )


def _jti(claims: Mapping[str, Any]) -> bytes:
    jti = claims.get("jti")
    if not isinstance(jti, str) or not 0 < len(jti) <= _LONGEST_JTI:
        raise InvalidClientError(description="The assertion has no jti.")
    return digest(jti)


def _expiry(claims: Mapping[str, Any], now: datetime, longest: timedelta) -> datetime:
    if claims["exp"] > (now + longest).timestamp() + 30:
        raise InvalidClientError(description="The assertion lives too long.")
    # Kept a little longer than any clock accepts it.
    return datetime.fromtimestamp(claims["exp"], UTC) + timedelta(minutes=2)
