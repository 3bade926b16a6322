"""Whether an access token is presented by who holds its key (RFC 9449 7): bound ones with a proof, others as bearer."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from idgateway.errors import TokenRefused
from idgateway.gate import Gate
from idgateway.provider import dpop
from idgateway.provider.dpop import InvalidProof
from idgateway.store import grants
from keys.possession import HeldKey


@dataclass(frozen=True, kw_only=True, repr=False)
class Presented:
    """An access token as it came in a request."""

    token: str
    scheme: str  # of the Authorization header in lower case; "bearer" too where the form brought it
    proof: str  # the DPoP header, empty where there is none
    method: str
    endpoint: str  # ours that was called, as its path


def check_holder(gate: Gate, presented: Presented, claims: Mapping[str, Any], now: datetime) -> None:
    """The presenter holds the key in the token's ``cnf``; a token without one is a bearer's. Raises TokenRefused."""
    jkt, client_id = (claims.get("cnf") or {}).get("jkt"), str(claims["client_id"])
    if (jkt is not None) != (presented.scheme == "dpop"):
        told = "the token is bound to a key: present it by DPoP" if jkt else "the token is a bearer's: present it so"
        raise _refused(told, "invalid_token", jkt, client_id)
    if jkt is None:
        return
    try:
        key = _proven(gate, presented, client_id, now)
        if key.jkt != jkt:
            raise _refused("the proof is another key's", "invalid_token", jkt, client_id)
        with gate.database.write() as connection:
            note(connection, key)
    except InvalidProof as error:
        raise _refused(str(error.description), error.error, jkt, client_id) from None


def note(connection: Connection, key: HeldKey) -> None:
    """Note a proof as used, in the caller's transaction. Raises InvalidProof if it was used before (RFC 9449 11.1)."""
    if not grants.remember_jti(connection, f"dpop:{key.jkt}", key.jti_hash, key.expires_at):
        raise InvalidProof("The proof was used before.")


def _proven(gate: Gate, presented: Presented, client_id: str, now: datetime) -> HeldKey:
    return dpop.verify_proof(
        gate,
        presented.proof,
        endpoint=presented.endpoint,
        method=presented.method,
        token=presented.token,
        nonce=client_id in gate.clients and gate.clients[client_id].dpop_nonce,
        now=now,
    )


def _refused(detail: str, code: str, jkt: str | None, client_id: str) -> TokenRefused:
    error = TokenRefused(detail, code=code)
    error.client_id = client_id
    error.scheme = "DPoP" if jkt else "Bearer"
    return error
