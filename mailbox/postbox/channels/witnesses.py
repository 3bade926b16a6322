"""Asks a witness for its cosignature (C2SP tlog-witness, add-checkpoint) and believes only the pinned key's."""

from collections.abc import Callable
from datetime import datetime
from typing import Final

from postbox.channels import outside
from postbox.errors import ChannelDown, EvidenceInvalid
from postbox.proof.log import read_checkpoint
from postbox.proof.notes import split_note
from postbox.proof.witnessing import Cosignature, Submission, find_cosignature
from postbox.settings import Witness

KIND: Final = "text/plain; charset=utf-8"
_OK: Final = 200
_CONFLICT: Final = 409
Prove = Callable[[int, int], tuple[bytes, ...]]  # old size, new size: the consistency proof


def cosignature(witness: Witness, note: str, known: int, prove: Prove, now: datetime) -> tuple[str, Cosignature]:
    """The witness's line under this note, and what it says; ``known`` is the size it signed last, as far as we know.

    Raises ChannelDown (no answer), EvidenceInvalid: it refuses, or its line is wrong; ``witness-elsewhere`` where it
    has signed more than we have, or something else: the one answer that must wake somebody.
    """
    reply = _asked(witness, note, known, prove)
    if reply.status == _CONFLICT:
        told = reply.body.strip()
        size = int(told) if told.isdigit() and len(told) < 19 else -1  # noqa: PLR2004 - 2^63
        if not 0 <= size <= _size(note) or size == known:
            raise EvidenceInvalid(f"The witness stands at {size}.", code="witness-elsewhere")
        reply = _asked(witness, note, size, prove)
    if reply.status != _OK:
        code = "witness-elsewhere" if reply.status in (_CONFLICT, 422) else "witness-refused"
        raise EvidenceInvalid(f"The witness answered {reply.status}.", code=code)
    try:
        return find_cosignature(reply.body.decode(), note, witness.verifier_key, now)
    except UnicodeDecodeError:
        raise EvidenceInvalid("The witness answered no text.", code="cosignature-invalid") from None


def _asked(witness: Witness, note: str, known: int, prove: Prove) -> outside.Reply:
    proof = prove(known, _size(note)) if known else ()
    reply = outside.post(
        f"{witness.url}/add-checkpoint", Submission(old=known, proof=proof, note=note).to_bytes(), kind=KIND
    )
    if reply.status >= 500:  # noqa: PLR2004 - HTTP
        raise ChannelDown(f"The witness answered {reply.status}.", code="witness-down")
    return reply


def _size(note: str) -> int:
    return read_checkpoint(split_note(note)[0]).size
