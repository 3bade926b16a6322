"""Access tokens of applications in their own name: client credentials for one resource (RFC 9068, RFC 8707)."""

import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from authlib.oauth2.rfc6749.errors import InvalidScopeError, OAuth2Error

from idgateway.gate import Gate
from idgateway.provider.clients import RegisteredClient
from keys.keyring import Purpose
from keys.tokens import sign_token

LIFETIME = timedelta(minutes=5)
PERSONAL = frozenset({"openid", "profile", "email", "address", "phone", "postbox"})  # need a person


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


def for_application(gate: Gate, client: RegisteredClient, form: Mapping[str, str], now: datetime) -> dict[str, Any]:
    """The token answer with a signed access token that names the application's authority."""
    scope = " ".join(dict.fromkeys(form["scope"].split()))
    claims = {
        "iss": gate.issuer,
        "aud": form["resource"],
        "sub": client.client_id,
        "client_id": client.client_id,
        "scope": scope,
        "authority": client.authority,
        "jti": secrets.token_urlsafe(16),
        "iat": int(now.timestamp()),
        "exp": int((now + LIFETIME).timestamp()),
    }
    token = sign_token(gate.keyring.current(Purpose.TOKEN_SIGNING, now), claims, typ="at+jwt")
    lifetime = int(LIFETIME.total_seconds())
    return {"access_token": token, "token_type": "Bearer", "expires_in": lifetime, "scope": scope}
