"""The transparency log's formats: a leaf per event, and checkpoints as C2SP signed notes (Ed25519), to the byte.

Hashing of leaves and nodes is RFC 9162's and stands in ``keys.merkle``.
"""

import base64
import binascii
import hashlib
import re
from dataclasses import dataclass
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from keys.keyring import Key
from keys.signing import sign
from postbox.errors import EvidenceInvalid
from postbox.moments import instant_text
from postbox.proof.canonical import canonical_json, text_of
from postbox.proof.events import Event

_LEAF_FORMAT: Final = "postbox-leaf-1"
_ED25519: Final = b"\x01"  # C2SP signed-note: signature type of Ed25519
_ID_BYTES: Final = 4
_ROOT_BYTES: Final = 32
_LONGEST_NOTE: Final = 16 * 1024
_MOST_SIGNATURES: Final = 32
_NAME: Final = re.compile(r"[^\s+]{1,200}")  # C2SP signed-note: no space, no plus
_SIGNATURE: Final = re.compile(r"— ([^\s+]{1,200}) ([A-Za-z0-9+/]+={0,2})")


@dataclass(frozen=True, kw_only=True)
class Checkpoint:
    """The state of the log that was signed: its name, how many leaves it has, and their root."""

    origin: str
    size: int
    root: bytes


def leaf(event: Event, event_hash: bytes) -> bytes:
    """The canonical JSON of an event's entry in the log; ``keys.merkle.leaf_hash`` hashes it. No content, no person."""
    return canonical_json(
        {
            "format": _LEAF_FORMAT,
            "notice": event.notice_id,
            "seq": event.seq,
            "type": event.type.value,
            "at": instant_text(event.at),
            "hash": text_of(event_hash),
        }
    )


def checkpoint_text(checkpoint: Checkpoint) -> str:
    """The text that is signed: origin, size and root, a line each. Raises EvidenceInvalid."""
    valid = _NAME.fullmatch(checkpoint.origin) and checkpoint.size >= 0 and len(checkpoint.root) == _ROOT_BYTES
    if not valid:
        raise EvidenceInvalid("A checkpoint has a name, a size and a root of 32 bytes.", code="checkpoint-invalid")
    return f"{checkpoint.origin}\n{checkpoint.size}\n{base64.b64encode(checkpoint.root).decode()}\n"


def sign_checkpoint(key: Key, checkpoint: Checkpoint) -> str:
    """The signed note: text, empty line, one signature line by a ``LOG_SIGNING`` key under the log's own name."""
    text = checkpoint_text(checkpoint)
    signature = sign(key, text.encode())
    public = _raw(key.public_key)
    line = base64.b64encode(key_id(checkpoint.origin, public) + signature).decode()
    return f"{text}\n— {checkpoint.origin} {line}\n"


def verify_checkpoint(note: str, verifier_key: str) -> Checkpoint:
    """The checkpoint, if the log of this verifier key signed it. Other signatures are left to their verifiers.

    ``verifier_key`` is C2SP's ``name+id+key``; the note's origin must be that name. Raises EvidenceInvalid.
    """
    name, public = read_verifier_key(verifier_key)
    text, signatures = _split(note)
    checkpoint = _read(text)
    wanted = key_id(name, public)
    for signer, blob in signatures:
        if signer == name == checkpoint.origin and blob[:_ID_BYTES] == wanted:
            _check_signature(public, blob[_ID_BYTES:], text)
            return checkpoint
    raise EvidenceInvalid("The trusted log did not sign this checkpoint.", code="checkpoint-not-signed")


def key_id(name: str, public: bytes) -> bytes:
    """C2SP signed-note: the first four bytes of SHA-256(name || 0x0A || 0x01 || public key)."""
    return hashlib.sha256(name.encode() + b"\n" + _ED25519 + public).digest()[:_ID_BYTES]


def verifier_key(name: str, key: Key) -> str:
    """The log's public key in C2SP's form ``name+hex id+base64(0x01 || key)``, for anchors and publication."""
    public = _raw(key.public_key)
    return f"{name}+{key_id(name, public).hex()}+{base64.b64encode(_ED25519 + public).decode()}"


def read_verifier_key(text: str) -> tuple[str, bytes]:
    """Name and public key (32 bytes) of a verifier key whose id fits. Raises EvidenceInvalid."""
    name, _, rest = text.partition("+")
    identity, _, encoded = rest.partition("+")
    blob = _decoded(encoded)
    whole = len(blob) == 1 + 32 and blob[:1] == _ED25519 and bool(_NAME.fullmatch(name))
    if not whole or identity != key_id(name, blob[1:]).hex():
        raise EvidenceInvalid("This is not a verifier key of a log.", code="verifier-key-invalid")
    return name, blob[1:]


def _split(note: str) -> tuple[str, list[tuple[str, bytes]]]:
    text, gap, tail = note.partition("\n\n")
    lines = tail.removesuffix("\n").split("\n")
    whole = len(note) <= _LONGEST_NOTE and gap and tail.endswith("\n") and len(lines) <= _MOST_SIGNATURES
    matches = [_SIGNATURE.fullmatch(line) for line in lines] if whole else []
    if not matches or not all(matches):
        raise EvidenceInvalid("This is not a signed note.", code="checkpoint-invalid")
    return text + "\n", [(match[1], _decoded(match[2])) for match in matches if match]


def _read(text: str) -> Checkpoint:
    match text.split("\n"):
        case [origin, size, root, ""] if re.fullmatch(r"0|[1-9][0-9]{0,17}", size):
            checkpoint = Checkpoint(origin=origin, size=int(size), root=_decoded(root))
            if checkpoint_text(checkpoint) == text:
                return checkpoint
    raise EvidenceInvalid("This is not a checkpoint.", code="checkpoint-invalid")


def _check_signature(public: bytes, signature: bytes, text: str) -> None:
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, text.encode())
    except (InvalidSignature, ValueError):
        raise EvidenceInvalid("The checkpoint's signature is wrong.", code="checkpoint-signature") from None


def _decoded(text: str) -> bytes:
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise EvidenceInvalid("This is not base64.", code="checkpoint-invalid") from None
    if base64.b64encode(data).decode() != text:  # spare bits: one spelling only
        raise EvidenceInvalid("This is not base64.", code="checkpoint-invalid")
    return data


def _raw(public_key: object) -> bytes:
    if not isinstance(public_key, Ed25519PublicKey):
        raise EvidenceInvalid("A log signs with Ed25519.", code="verifier-key-invalid")
    return public_key.public_bytes_raw()
