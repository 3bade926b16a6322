"""Userinfo (OIDC Core 5.3): what was released at this login, to the bearer of its access token."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from idgateway import pace
from idgateway.attempt import digest
from idgateway.errors import TokenRefused
from idgateway.gate import Gate
from idgateway.provider import access, delivery
from idgateway.provider.clients import POSTBOX_SECTOR, RegisteredClient
from idgateway.provider.granted import Granted, open_granted
from idgateway.provider.holder import Presented, check_holder
from idgateway.provider.id_token import PURPOSES
from idgateway.scopes import POSTBOX, claims_of
from idgateway.store import grants, identities
from idgateway.store.grants import Grant
from keys.errors import TokenInvalid
from keys.tokens import sign_token


def tell(gate: Gate, presented: Presented, now: datetime) -> dict[str, Any] | str:
    """The claims behind an access token; for a client that is registered so, as a signed JWT. Raises TokenRefused."""
    try:
        claims = access.read(gate, presented.token, audience=gate.issuer, now=now)
    except TokenInvalid:
        raise TokenRefused("the access token is unknown, expired or revoked") from None
    check_holder(gate, presented, claims, now)
    scopes = claims["scope"].split()
    if "openid" not in scopes:
        raise TokenRefused("the access token was narrowed to other scopes", code="insufficient_scope")
    with gate.database.read() as connection:
        grant = _living(connection, claims, now)
        wants_address = POSTBOX in scopes and grant.account_id is not None
        account_id = grant.account_id or ""
        postbox_sub = identities.find_sub(connection, account_id, "", POSTBOX_SECTOR) if wants_address else None
    client = gate.clients.get(grant.client_id)
    if client is None:
        raise TokenRefused("the application is not registered any more")
    gate.pace.spend(pace.CLIENT, client.client_id)
    granted = open_granted(gate, grant.released, grant.evidence_id)
    told = {**_within(granted, scopes), "sub": grant.sub}
    if postbox_sub is not None:
        address = delivery.issue(gate, client, granted, postbox_sub=postbox_sub, evidence_id=grant.evidence_id, now=now)
        if address is not None:
            told["postbox_address"] = address
    return _signed(gate, client, told, now) if client.userinfo_algorithm else told


def _within(granted: Granted, scopes: list[str]) -> dict[str, Any]:
    """What a token of these scopes tells: a refreshed one may be narrower than its login (RFC 6749 6)."""
    open_to_it = claims_of(scopes) | set(granted.wished_claims)
    told = {name: value for name, value in granted.claims.items() if name in open_to_it}
    elements = [
        {**element, "claims": claims}
        for element in granted.verified_claims
        if (claims := {name: value for name, value in element["claims"].items() if name in told})
    ]
    return told | ({"verified_claims": elements} if elements else {})


def _signed(gate: Gate, client: RegisteredClient, told: dict[str, Any], now: datetime) -> str:
    """OIDC Core 5.3.2: with issuer and audience. Without a time of expiry it passes for no ID token."""
    claims = {**told, "iss": gate.issuer, "aud": client.client_id, "iat": int(now.timestamp())}
    return sign_token(gate.keyring.current(PURPOSES[client.userinfo_algorithm], now), claims, typ="JWT")


def _living(connection: Connection, claims: Any, now: datetime) -> Grant:
    grant = grants.find(connection, claims["grant_id"])
    if grant is None or not grant.lives(now) or grants.is_taken_back(connection, digest(claims["jti"])):
        raise TokenRefused("the access token is unknown, expired or revoked")
    return grant
