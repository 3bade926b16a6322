"""Commitments: evidence that may be kept for ten years says nothing about the content unless one holds the salt.

A digest alone would let anyone confirm a guessed notice. So retained evidence holds HMAC-SHA-256 under a random salt
per document; digest and salt go into the parties' copies only and are erased with the document's key.
"""

import hashlib
import hmac
from collections.abc import Iterable, Mapping
from typing import Any, Final

from postbox.errors import EvidenceInvalid
from postbox.law.computation import Computation
from postbox.proof.canonical import bytes_of, canonical_json, text_of

SALT_BYTES: Final = 32  # random, made by the caller: this room knows no chance
COMMITMENT_BYTES: Final = 32
_DOMAIN: Final = b"postbox-commitment-1\n"


def digest_of(content: bytes) -> bytes:
    """SHA-256 of a document."""
    return hashlib.sha256(content).digest()


def commit(salt: bytes, digest: bytes) -> bytes:
    """The commitment to a document's SHA-256 under its salt (32 bytes each). Raises EvidenceInvalid."""
    if len(salt) != SALT_BYTES or len(digest) != hashlib.sha256().digest_size:
        raise EvidenceInvalid("A commitment needs a salt and a SHA-256 of 32 bytes each.", code="commitment-invalid")
    return hmac.digest(salt, _DOMAIN + digest, "sha256")


def opens(commitment: bytes, salt: bytes, content: bytes) -> bool:
    """Whether this document, with this salt, is what was committed to."""
    return hmac.compare_digest(commitment, commit(salt, digest_of(content)))


def documents_payload(commitments: Iterable[tuple[str, bytes]]) -> list[dict[str, str]]:
    """The member ``documents`` of an event's payload, from pairs of document id and commitment."""
    return [{"id": name, "commitment": text_of(commitment)} for name, commitment in commitments]


def read_documents_payload(payload: Mapping[str, Any]) -> dict[str, bytes]:
    """Document id → commitment, from an event's payload; empty where it names none. Raises EvidenceInvalid."""
    items = payload.get("documents", [])
    if not isinstance(items, list) or not all(isinstance(item, dict) and set(item) == _MEMBERS for item in items):
        raise EvidenceInvalid("An event names documents by id and commitment.", code="event-invalid")
    found = {str(item["id"]): bytes_of(item["commitment"], COMMITMENT_BYTES) for item in items}
    if len(found) != len(items):
        raise EvidenceInvalid("An event names each document once.", code="event-invalid")
    return found


def computation_digest(computation: Computation) -> str:
    """The member ``computation`` of an event's payload: base64url of SHA-256 over the canonical computation."""
    return text_of(hashlib.sha256(canonical_json(computation.to_json())).digest())


_MEMBERS: Final = {"id", "commitment"}
