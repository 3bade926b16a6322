"""Trust anchors: whose signatures count. They come from the verifier's own side, never with the thing verified.

As a file (``anchors.json``)::

    {"format": "postbox-anchors-1", "issuer": "https://postbox.example",
     "receipt_keys": {"keys": [...]}, "log_keys": ["name+id+key"]}

``receipt_keys`` is a JSON Web Key Set (RFC 7517), each of ``log_keys`` a verifier key (C2SP signed-note).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from keys.jwk import public_jwks
from keys.keyring import Keyring, Purpose
from postbox.errors import EvidenceInvalid
from postbox.proof.canonical import canonical_json, read_json
from postbox.proof.log import read_verifier_key, verifier_key

FORMAT: Final = "postbox-anchors-1"
_MEMBERS: Final = {"format", "issuer", "receipt_keys", "log_keys"}


@dataclass(frozen=True, kw_only=True)
class Anchors:
    """One postbox that the verifier trusts: its URL, the keys of its receipts, the keys of its log."""

    issuer: str
    receipt_keys: Mapping[str, Any]
    log_keys: tuple[str, ...]

    @classmethod
    def of(cls, keyring: Keyring, *, issuer: str, log_origin: str, at: datetime) -> "Anchors":
        """The anchors a postbox publishes: every key that has signed and has not been destroyed."""
        return cls(
            issuer=issuer,
            receipt_keys=public_jwks(keyring, (Purpose.RECEIPT_SIGNING,), at),
            log_keys=tuple(verifier_key(log_origin, key) for key in keyring.published(Purpose.LOG_SIGNING, at)),
        )

    def to_json(self) -> bytes:
        """The file's bytes (canonical JSON)."""
        return canonical_json(
            {
                "format": FORMAT,
                "issuer": self.issuer,
                "receipt_keys": dict(self.receipt_keys),
                "log_keys": list(self.log_keys),
            }
        )

    @classmethod
    def from_json(cls, data: bytes) -> "Anchors":
        """Read a file of anchors; every part must be there and usable. Raises EvidenceInvalid."""
        value = read_json(data)
        if set(value) != _MEMBERS or value["format"] != FORMAT or not isinstance(value["issuer"], str):
            raise EvidenceInvalid("These are not trust anchors.", code="anchors-invalid")
        keys, logs = value["receipt_keys"], value["log_keys"]
        jwks = isinstance(keys, dict) and isinstance(keys.get("keys"), list) and bool(keys["keys"])
        if not jwks or not isinstance(logs, list) or not all(isinstance(log, str) for log in logs):
            raise EvidenceInvalid("These are not trust anchors.", code="anchors-invalid")
        for log in logs:
            read_verifier_key(log)
        return cls(issuer=value["issuer"], receipt_keys=keys, log_keys=tuple(logs))
