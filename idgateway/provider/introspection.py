"""Introspection (RFC 7662): is this token worth anything, now? Told to its audience and to its owner.

Anybody else hears "no", as for a token that never was: nobody learns from us whether it found one. A resource server
is a client that is registered with its ``audience``; refresh tokens are nobody's business but their owner's.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from idgateway.attempt import digest
from idgateway.gate import Gate
from idgateway.provider import access
from idgateway.provider.clients import RegisteredClient
from idgateway.store import grants, refresh_tokens
from keys.errors import TokenInvalid

_TOLD = ("iss", "sub", "aud", "client_id", "scope", "authority", "jti", "iat", "exp", "auth_time", "acr", "cnf")


def introspect(gate: Gate, caller: RegisteredClient, token: str, now: datetime) -> dict[str, Any]:
    """What RFC 7662 2.2 wants told; ``active`` alone where the caller may not know or there is nothing to know."""
    claims = read_living(gate, token, now)
    if claims is not None and _may_know(caller, claims):
        told = {name: claims[name] for name in _TOLD if name in claims}
        return {"active": True, "token_type": "DPoP" if "cnf" in claims else "Bearer", **told}
    return _refresh_token(gate, caller, token, now) or {"active": False}


def read_living(gate: Gate, token: str, now: datetime) -> Mapping[str, Any] | None:
    """The claims of an access token of ours that counts at this moment, for whomever it is."""
    try:
        claims = access.read(gate, token, audience=None, now=now)
    except TokenInvalid:
        return None
    if claims["client_id"] not in gate.clients:
        return None
    with gate.database.read() as connection:
        if grants.is_taken_back(connection, digest(claims["jti"])):
            return None
        if "grant_id" in claims:
            grant = grants.find(connection, claims["grant_id"])
            return claims if grant is not None and grant.lives(now) else None
    return claims


def _may_know(caller: RegisteredClient, claims: Mapping[str, Any]) -> bool:
    return bool(claims["client_id"] == caller.client_id or (caller.audience and claims["aud"] == caller.audience))


def _refresh_token(gate: Gate, caller: RegisteredClient, token: str, now: datetime) -> dict[str, Any] | None:
    with gate.database.read() as connection:
        row = refresh_tokens.find(connection, digest(token))
        grant = grants.find(connection, row.evidence_id) if row else None
    if row is None or grant is None or grant.client_id != caller.client_id:
        return None
    if row.used_at is not None or now >= row.ends_at or not grant.lives(now):
        return None
    return {
        "active": True,
        "iss": gate.issuer,
        "sub": grant.sub,
        "client_id": grant.client_id,
        "scope": grant.scope,
        "iat": int(row.issued_at.timestamp()),
        "exp": int(row.ends_at.timestamp()),
    }
