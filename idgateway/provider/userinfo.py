"""Userinfo (OIDC Core 5.3): what was released at this login, to the bearer of its access token."""

from datetime import datetime
from typing import Any

from idgateway.attempt import digest
from idgateway.errors import TokenRefused
from idgateway.gate import Gate
from idgateway.provider import delivery
from idgateway.provider.clients import POSTBOX_SECTOR
from idgateway.provider.granted import open_granted
from idgateway.store import grants, identities


def tell(gate: Gate, token: str, now: datetime) -> dict[str, Any]:
    """The claims behind an access token. Raises TokenRefused."""
    with gate.database.read() as connection:
        known = grants.find_token(connection, digest(token))
        if known is None or known.revoked_at is not None or now >= known.expires_at:
            raise TokenRefused("the access token is unknown, expired or revoked")
        wants_address = "postbox" in known.scope.split() and known.account_id is not None
        account_id = known.account_id or ""
        postbox_sub = identities.find_sub(connection, account_id, "", POSTBOX_SECTOR) if wants_address else None
    client = gate.clients.get(known.client_id)
    if client is None:
        raise TokenRefused("the application is not registered any more")
    granted = open_granted(gate, known.released, known.evidence_id)
    told: dict[str, Any] = {**granted.claims, "sub": known.sub}
    if granted.verified_claims:
        told["verified_claims"] = list(granted.verified_claims)
    if postbox_sub is not None:
        address = delivery.issue(gate, client, granted, postbox_sub=postbox_sub, evidence_id=known.evidence_id, now=now)
        if address is not None:
            told["postbox_address"] = address
    return told
