"""What one login released, as it travels sealed from the code to the tokens."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from idgateway.assurance import Level
from idgateway.gate import Gate
from idgateway.sealed import reveal_json


@dataclass(frozen=True, kw_only=True, repr=False)
class Granted:
    """The released claims of one login, with the facts of the login itself."""

    claims: Mapping[str, Any]
    verified_claims: tuple[Mapping[str, Any], ...]
    id_token_claims: tuple[str, ...]
    wished_claims: tuple[str, ...]  # named by the claims parameter: no scope has to bring them
    level: Level
    means: str
    auth_time: int  # seconds since 1970
    notification_address: str | None


def open_granted(gate: Gate, sealed: bytes, evidence_id: str) -> Granted:
    """Open what a code or token carries. Raises KeyMissing or SealBroken."""
    content = reveal_json(gate, sealed, "released", evidence_id)
    return Granted(
        **{
            **content,
            "verified_claims": tuple(content["verified_claims"]),
            "id_token_claims": tuple(content["id_token_claims"]),
            "wished_claims": tuple(content["wished_claims"]),
            "level": Level(content["level"]),
        }
    )
