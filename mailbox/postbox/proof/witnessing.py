"""Cosignatures of witnesses (C2SP tlog-cosignature) and what a log sends them (C2SP tlog-witness, add-checkpoint).

A cosignature says: as of this moment, this is the largest log of that name I have seen, and it continues everything I
had seen before. A log that shows different histories to different people finds no witness who signs both.
"""

import base64
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from keys.keyring import Key
from keys.signing import sign
from postbox.errors import EvidenceInvalid
from postbox.proof.notes import (
    COSIGNATURE,
    ID_BYTES,
    check_ed25519,
    decoded,
    key_id,
    raw,
    read_lines,
    read_verifier_key,
    signature_line,
    split_note,
    verifier_key_text,
)

MOST_PROOF: Final = 63  # hashes; a log of 2^63 entries needs no more
_TIME_BYTES: Final = 8
_SIGNATURE_BYTES: Final = 64
_SKEW: Final = timedelta(seconds=60)
_LATEST: Final = 253402300799  # the last second that a date can say
_OLD: Final = re.compile(r"old (0|[1-9][0-9]{0,17})")


@dataclass(frozen=True, kw_only=True)
class Cosignature:
    """A verified line: which witness, and when it saw the log (aware UTC, whole seconds)."""

    witness: str
    at: datetime


@dataclass(frozen=True, kw_only=True)
class Submission:
    """What a log asks a witness: the size it signed last, why the new log continues that one, and the signed note."""

    old: int
    proof: tuple[bytes, ...]
    note: str

    def to_bytes(self) -> bytes:
        """The body of ``add-checkpoint``."""
        hashes = "".join(f"{base64.b64encode(one).decode()}\n" for one in self.proof)
        return f"old {self.old}\n{hashes}\n{self.note}".encode()


def read_submission(body: bytes) -> Submission:
    """Read what ``to_bytes`` wrote. Raises EvidenceInvalid."""
    try:
        head, gap, note = body.decode().partition("\n\n")
    except UnicodeDecodeError:
        raise EvidenceInvalid("This is not text.", code="submission-invalid") from None
    first, *rest = head.split("\n")
    old = _OLD.fullmatch(first)
    if not gap or old is None or len(rest) > MOST_PROOF:
        raise EvidenceInvalid("This is not a submission to a witness.", code="submission-invalid")
    return Submission(old=int(old[1]), proof=tuple(decoded(one) for one in rest), note=note)


def cosign(key: Key, name: str, note: str, at: datetime) -> str:
    """The witness's line for a note, by a ``WITNESS_SIGNING`` key. Raises EvidenceInvalid, KeyNotValid."""
    text, _ = split_note(note)
    seconds = int(at.timestamp())
    signature = sign(key, _message(text, seconds))
    identity = key_id(name, raw(key.public_key), COSIGNATURE)
    return signature_line(name, identity + seconds.to_bytes(_TIME_BYTES) + signature)


def witness_key(name: str, key: Key) -> str:
    """What a witness publishes: its verifier key (``name+id+key``, kind 0x04)."""
    return verifier_key_text(name, raw(key.public_key), COSIGNATURE)


def find_cosignature(lines: str, note: str, verifier_key: str, now: datetime) -> tuple[str, Cosignature]:
    """Among lines of signatures the one of this witness, verified. Raises EvidenceInvalid where it has none."""
    name, public = read_verifier_key(verifier_key, COSIGNATURE)
    wanted = key_id(name, public, COSIGNATURE)
    for signer, blob in read_lines(lines):
        if signer == name and blob[:ID_BYTES] == wanted:
            return signature_line(signer, blob), _verified(name, public, blob[ID_BYTES:], note, now)
    raise EvidenceInvalid("That witness did not sign.", code="cosignature-missing")


def verify_cosignature(line: str, note: str, verifier_keys: Sequence[str], now: datetime) -> Cosignature:
    """One line, if one of these witnesses signed this note. Raises EvidenceInvalid."""
    for known in verifier_keys:
        name, public = read_verifier_key(known, COSIGNATURE)
        for signer, blob in read_lines(line):
            if signer == name and blob[:ID_BYTES] == key_id(name, public, COSIGNATURE):
                return _verified(name, public, blob[ID_BYTES:], note, now)
    raise EvidenceInvalid("No trusted witness signed this.", code="witness-unknown")


def _verified(name: str, public: bytes, stamped: bytes, note: str, now: datetime) -> Cosignature:
    seconds, signature = int.from_bytes(stamped[:_TIME_BYTES]), stamped[_TIME_BYTES:]
    if len(signature) != _SIGNATURE_BYTES or seconds > _LATEST:
        raise EvidenceInvalid("A cosignature has a moment and 64 bytes.", code="cosignature-invalid")
    check_ed25519(public, signature, _message(split_note(note)[0], seconds))
    at = datetime.fromtimestamp(seconds, UTC)
    if at > now + _SKEW:
        raise EvidenceInvalid("The witness speaks from the future.", code="cosignature-future")
    return Cosignature(witness=name, at=at)


def _message(text: str, seconds: int) -> bytes:
    return f"cosignature/v1\ntime {seconds}\n{text}".encode()
