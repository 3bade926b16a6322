"""Proof of possession (DPoP, RFC 9449) at the gate's endpoints: the vault judges, here it becomes an OAuth error.

Nonces (RFC 9449 8) are asked of those registered so. They are derived from a key of the vault and the time, so that all
machines know them and none keeps them; one is taken for five to ten minutes.
"""

from datetime import datetime, timedelta

from authlib.oauth2.rfc6749.errors import OAuth2Error

from idgateway.gate import Gate
from keys import possession
from keys.derivation import derive
from keys.errors import ProofInvalid
from keys.keyring import Purpose
from keys.possession import HeldKey

NONCE_PERIOD = timedelta(minutes=5)


class InvalidProof(OAuth2Error):  # type: ignore[misc]
    """A DPoP proof that proves nothing (RFC 9449 5)."""

    error = "invalid_dpop_proof"


class NonceNeeded(InvalidProof):
    """A proof without the nonce that this client's proofs have to carry (RFC 9449 8, 9)."""

    error = "use_dpop_nonce"


def verify_proof(
    gate: Gate, proof: str, *, endpoint: str, now: datetime, nonce: bool, method: str = "POST", token: str | None = None
) -> HeldKey:
    """The key behind a proof for an endpoint of ours (its path); with ``nonce`` one of ours has to stand in it.

    Raises InvalidProof.
    """
    nonces = (nonce_now(gate, now), nonce_now(gate, now, back=1)) if nonce else ()
    url = f"{gate.issuer}/{endpoint}"
    try:
        return possession.verify_proof(proof, method=method, url=url, now=now, token=token, nonces=nonces)
    except ProofInvalid as error:
        kind = NonceNeeded if error.code == "proof-nonce" else InvalidProof
        raise kind(error.detail) from None


def nonce_now(gate: Gate, now: datetime, *, back: int = 0) -> str:
    """The nonce of this time, or of so many periods ago."""
    period = int(now.timestamp() // NONCE_PERIOD.total_seconds()) - back
    return derive(gate.keyring.current(Purpose.DERIVATION, now), "dpop-nonce", str(period)).hex()[:32]
