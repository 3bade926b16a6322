"""Signed notes (C2SP signed-note): a text, an empty line, and lines of signatures, each by a named key. To the byte."""

import base64
import binascii
import hashlib
import re
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from postbox.errors import EvidenceInvalid

ED25519: Final = b"\x01"  # the kind of a log's own signature
COSIGNATURE: Final = b"\x04"  # C2SP tlog-cosignature: Ed25519 with the witness's moment
ID_BYTES: Final = 4
_LONGEST: Final = 16 * 1024
_MOST_SIGNATURES: Final = 32
NAME: Final = re.compile(r"[^\s+]{1,200}")  # no space, no plus
_SIGNATURE: Final = re.compile(r"— ([^\s+]{1,200}) ([A-Za-z0-9+/]+={0,2})")


def split_note(note: str) -> tuple[str, list[tuple[str, bytes]]]:
    """The signed text with its last newline, and each line's signer and bytes. Raises EvidenceInvalid."""
    text, gap, tail = note.partition("\n\n")
    whole = len(note) <= _LONGEST and gap and tail.endswith("\n")
    return text + "\n", read_lines(tail if whole else "")


def read_lines(tail: str) -> list[tuple[str, bytes]]:
    """Lines of signatures, each ended: signer and bytes (key id, then signature). Raises EvidenceInvalid."""
    lines = tail.removesuffix("\n").split("\n")
    matches = [_SIGNATURE.fullmatch(line) for line in lines] if tail.endswith("\n") else []
    if not matches or len(matches) > _MOST_SIGNATURES or not all(matches):
        raise EvidenceInvalid("This is not a signed note.", code="checkpoint-invalid")
    return [(match[1], decoded(match[2])) for match in matches if match]


def signature_line(name: str, blob: bytes) -> str:
    """One line, ended: ``— name base64(key id || signature)``."""
    return f"— {name} {base64.b64encode(blob).decode()}\n"


def key_id(name: str, public: bytes, kind: bytes = ED25519) -> bytes:
    """The first four bytes of SHA-256(name || 0x0A || kind || public key)."""
    return hashlib.sha256(name.encode() + b"\n" + kind + public).digest()[:ID_BYTES]


def verifier_key_text(name: str, public: bytes, kind: bytes = ED25519) -> str:
    """``name+hex id+base64(kind || key)``, for anchors and publication. Raises EvidenceInvalid for another name."""
    if not NAME.fullmatch(name):
        raise EvidenceInvalid("A signer's name has no space and no plus.", code="verifier-key-invalid")
    return f"{name}+{key_id(name, public, kind).hex()}+{base64.b64encode(kind + public).decode()}"


def read_verifier_key(text: str, kind: bytes = ED25519) -> tuple[str, bytes]:
    """Name and public key (32 bytes) of a verifier key of this kind whose id fits. Raises EvidenceInvalid."""
    name, _, rest = text.partition("+")
    identity, _, encoded = rest.partition("+")
    blob = decoded(encoded)
    whole = len(blob) == 1 + 32 and blob[:1] == kind and bool(NAME.fullmatch(name))
    if not whole or identity != key_id(name, blob[1:], kind).hex():
        raise EvidenceInvalid("This is not a verifier key of that kind.", code="verifier-key-invalid")
    return name, blob[1:]


def check_ed25519(public: bytes, signature: bytes, message: bytes) -> None:
    """Return if the signature is this key's. Raises EvidenceInvalid."""
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except (InvalidSignature, ValueError):
        raise EvidenceInvalid("The checkpoint's signature is wrong.", code="checkpoint-signature") from None


def raw(public_key: object) -> bytes:
    """The 32 bytes of an Ed25519 key. Raises EvidenceInvalid for another kind."""
    if not isinstance(public_key, Ed25519PublicKey):
        raise EvidenceInvalid("A log signs with Ed25519.", code="verifier-key-invalid")
    return public_key.public_bytes_raw()


def decoded(text: str) -> bytes:
    """Base64 in its one spelling. Raises EvidenceInvalid."""
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise EvidenceInvalid("This is not base64.", code="checkpoint-invalid") from None
    if base64.b64encode(data).decode() != text:  # spare bits: one spelling only
        raise EvidenceInvalid("This is not base64.", code="checkpoint-invalid")
    return data
