"""Values derived from a vault secret: the same labels give the same value, and say nothing about each other."""

import hashlib
import hmac

from keys.errors import KeyNotValid
from keys.keyring import Key, Purpose

_LENGTH_BYTES = 4


def derive(key: Key, *labels: str) -> bytes:
    """HMAC-SHA-256 (RFC 2104), 32 bytes, over the labels, each led by its length so that ("ab", "c") ≠ ("a", "bc").

    Raises KeyNotValid for a key of another purpose, ValueError without labels.
    """
    if key.purpose is not Purpose.DERIVATION:
        raise KeyNotValid("key-does-not-derive", f"{key.purpose} is not for derivation")
    if not labels:
        raise ValueError("a derived value needs at least one label")
    parts = [label.encode() for label in labels]
    message = b"".join(len(part).to_bytes(_LENGTH_BYTES) + part for part in parts)
    return hmac.digest(key.secret, message, hashlib.sha256)
