"""Access tokens: signed (RFC 9068), for one audience, and never worth more than what stands behind them.

One form for both kinds, so that a resource server reads audience, application, authority, level and key binding in the
same way. A person's token is for the gate itself (userinfo). It could be a random string; signed, it needs no row of
its own: it names its grant, which is asked at every use. So a logout, a revocation or the reuse of a code counts at
once, and issuing one costs a signature instead of a row. An application's token is for one resource, which verifies it
without asking; it lives five minutes, and introspection knows at once what revocation took back.
"""

import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from authlib.oauth2.rfc6749.errors import InvalidScopeError, OAuth2Error

from idgateway.assurance import acr_of
from idgateway.gate import Gate
from idgateway.provider.clients import RegisteredClient
from idgateway.provider.granted import Granted
from idgateway.store.grants import Grant
from keys.jwk import public_jwks
from keys.keyring import Purpose
from keys.tokens import sign_token, verify_token

LIFETIME = timedelta(minutes=5)
PERSONAL_LIFETIME = timedelta(minutes=10)
PERSONAL = frozenset({"openid", "profile", "email", "address", "phone", "postbox", "offline_access"})  # need a person
TYPE = "at+jwt"


class InvalidTarget(OAuth2Error):  # type: ignore[misc]
    """A resource that is missing or was not agreed (RFC 8707 2)."""

    error = "invalid_target"


def check_credentials(client: RegisteredClient, form: Mapping[str, str]) -> None:
    """One agreed resource and agreed scopes, both named. Raises InvalidTarget or InvalidScopeError."""
    if form.get("resource") not in client.resources:
        raise InvalidTarget("resource is missing or was not agreed")
    asked = set(form.get("scope", "").split())
    if not asked or not asked <= set(client.scopes) - PERSONAL:
        raise InvalidScopeError("scope is missing or was not agreed")


def for_application(
    gate: Gate, client: RegisteredClient, form: Mapping[str, str], now: datetime, *, jkt: str | None = None
) -> dict[str, Any]:
    """The token answer with a signed access token that names the application's authority."""
    scope = " ".join(dict.fromkeys(form["scope"].split()))
    claims = {"aud": form["resource"], "sub": client.client_id}
    return answer(_signed(gate, client, claims, scope=scope, jkt=jkt, lifetime=LIFETIME, now=now), scope, LIFETIME, jkt)


def for_person(
    gate: Gate, client: RegisteredClient, grant: Grant, granted: Granted, *, scope: str, jkt: str | None, now: datetime
) -> str:
    """A signed access token for the gate itself, bound to its grant."""
    claims = {
        "aud": gate.issuer,
        "sub": grant.sub,
        "auth_time": granted.auth_time,
        "acr": acr_of(granted.level, gate.issuer),
        "grant_id": grant.evidence_id,
    }
    return _signed(gate, client, claims, scope=scope, jkt=jkt, lifetime=PERSONAL_LIFETIME, now=now)


def answer(token: str, scope: str, lifetime: timedelta, jkt: str | None) -> dict[str, Any]:
    """A token answer (RFC 6749 5.1); a token that is bound to a key says so (RFC 9449 5)."""
    kind = "DPoP" if jkt else "Bearer"
    return {"access_token": token, "token_type": kind, "expires_in": int(lifetime.total_seconds()), "scope": scope}


def read(gate: Gate, token: str, *, audience: str | None, now: datetime) -> Mapping[str, Any]:
    """The claims of an access token of ours that has not expired, for ``audience`` or (None) for anyone.

    Whether it still counts is asked of its grant by the caller. Raises TokenInvalid.
    """
    jwks = public_jwks(gate.keyring, (Purpose.TOKEN_SIGNING,), now)
    return verify_token(token, jwks, typ=TYPE, issuer=gate.issuer, audience=audience, now=now, leeway=0)


def _signed(
    gate: Gate,
    client: RegisteredClient,
    claims: Mapping[str, Any],
    *,
    scope: str,
    jkt: str | None,
    lifetime: timedelta,
    now: datetime,
) -> str:
    content = {
        "iss": gate.issuer,
        **claims,
        "client_id": client.client_id,
        "scope": scope,
        "authority": client.authority,
        "jti": secrets.token_urlsafe(16),
        "iat": int(now.timestamp()),
        "exp": int((now + lifetime).timestamp()),
    }
    if jkt:
        content["cnf"] = {"jkt": jkt}  # RFC 9449 6.1
    return sign_token(gate.keyring.current(Purpose.TOKEN_SIGNING, now), content, typ=TYPE)
