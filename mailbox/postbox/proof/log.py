"""The transparency log's formats: a leaf per event, and checkpoints as C2SP signed notes (Ed25519), to the byte.

Hashing of leaves and nodes is RFC 9162's and stands in ``keys.merkle``.
"""

import base64
import re
from dataclasses import dataclass
from typing import Final

from keys.keyring import Key
from keys.signing import sign
from postbox.errors import EvidenceInvalid
from postbox.moments import instant_text
from postbox.proof.canonical import canonical_json, text_of
from postbox.proof.events import Event
from postbox.proof.notes import (
    ID_BYTES,
    NAME,
    check_ed25519,
    decoded,
    key_id,
    raw,
    read_verifier_key,
    signature_line,
    split_note,
    verifier_key_text,
)

_LEAF_FORMAT: Final = "postbox-leaf-1"
_ROOT_BYTES: Final = 32


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
    valid = NAME.fullmatch(checkpoint.origin) and checkpoint.size >= 0 and len(checkpoint.root) == _ROOT_BYTES
    if not valid:
        raise EvidenceInvalid("A checkpoint has a name, a size and a root of 32 bytes.", code="checkpoint-invalid")
    return f"{checkpoint.origin}\n{checkpoint.size}\n{base64.b64encode(checkpoint.root).decode()}\n"


def sign_checkpoint(key: Key, checkpoint: Checkpoint) -> str:
    """The signed note: text, empty line, one signature line by a ``LOG_SIGNING`` key under the log's own name."""
    text = checkpoint_text(checkpoint)
    signature = sign(key, text.encode())
    identity = key_id(checkpoint.origin, raw(key.public_key))
    return f"{text}\n{signature_line(checkpoint.origin, identity + signature)}"


def verify_checkpoint(note: str, verifier_key: str) -> Checkpoint:
    """The checkpoint, if the log of this verifier key signed it. Other signatures are left to their verifiers.

    ``verifier_key`` is C2SP's ``name+id+key``; the note's origin must be that name. Raises EvidenceInvalid.
    """
    name, public = read_verifier_key(verifier_key)
    text, signatures = split_note(note)
    checkpoint = read_checkpoint(text)
    wanted = key_id(name, public)
    for signer, blob in signatures:
        if signer == name == checkpoint.origin and blob[:ID_BYTES] == wanted:
            check_ed25519(public, blob[ID_BYTES:], text.encode())
            return checkpoint
    raise EvidenceInvalid("The trusted log did not sign this checkpoint.", code="checkpoint-not-signed")


def verifier_key(name: str, key: Key) -> str:
    """The log's public key in C2SP's form, for anchors and publication."""
    return verifier_key_text(name, raw(key.public_key))


def read_checkpoint(text: str) -> Checkpoint:
    """Read a note's text; nothing is believed yet. Raises EvidenceInvalid."""
    match text.split("\n"):
        case [origin, size, root, ""] if re.fullmatch(r"0|[1-9][0-9]{0,17}", size):
            checkpoint = Checkpoint(origin=origin, size=int(size), root=decoded(root))
            if checkpoint_text(checkpoint) == text:
                return checkpoint
    raise EvidenceInvalid("This is not a checkpoint.", code="checkpoint-invalid")
