"""Whether an access token is presented by who holds its key (RFC 9449 7): bound ones with a proof, others as bearer."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from idgateway.errors import TokenRefused
from idgateway.gate import Gate
from idgateway.provider import dpop
from idgateway.provider.dpop import HeldKey, InvalidProof
from idgateway.store import grants


@dataclass(frozen=True, kw_only=True, repr=False)
class Presented:
    """An access token as it came in a request."""

    token: str
    scheme: str  # of the Authorization header in lower case; "bearer" too where the form brought it
    proof: str  # the DPoP header, empty where there is none
    method: str
    url: str  # ours, without query


def check_holder(gate: Gate, presented: Presented, claims: Mapping[str, Any], now: datetime) -> None:
    """The presenter holds the key in the token's ``cnf``; a token without one is a bearer's. Raises TokenRefused."""
    jkt = (claims.get("cnf") or {}).get("jkt")
    if (jkt is not None) != (presented.scheme == "dpop"):
        raise _refused("the token is bound to a key, or is not, other than it was presented", "invalid_token", jkt)
    if jkt is None:
        return
    try:
        key = dpop.verify_proof(
            presented.proof, method=presented.method, url=presented.url, now=now, token=presented.token
        )
        if key.jkt != jkt:
            raise _refused("the proof is another key's", "invalid_token", jkt)
        with gate.database.write() as connection:
            note(connection, key)
    except InvalidProof as error:
        raise _refused(str(error.description), "invalid_dpop_proof", jkt) from None


def note(connection: Connection, key: HeldKey) -> None:
    """Note a proof as used, in the caller's transaction. Raises InvalidProof if it was used before (RFC 9449 11.1)."""
    if not grants.remember_jti(connection, f"dpop:{key.jkt}", key.jti_hash, key.expires_at):
        raise InvalidProof("The proof was used before.")


def _refused(detail: str, code: str, jkt: str | None) -> TokenRefused:
    error = TokenRefused(detail, code=code)
    error.scheme = "DPoP" if jkt else "Bearer"
    return error
