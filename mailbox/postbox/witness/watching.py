"""The one thing a witness does: judge a checkpoint against what it saw before, and sign it (C2SP tlog-witness)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from keys.errors import SignatureInvalid
from keys.keyring import Key
from keys.merkle import verify_consistency
from postbox.errors import EvidenceInvalid, PostboxError
from postbox.proof.log import Checkpoint, read_checkpoint, verify_checkpoint
from postbox.proof.notes import split_note
from postbox.proof.witnessing import cosign, read_submission, witness_key
from postbox.witness.memory import Memory


class UnknownLog(PostboxError):
    """This witness does not watch a log of that name."""

    code = "log-unknown"


class NotSigned(PostboxError):
    """The log this witness knows did not sign that checkpoint."""

    code = "checkpoint-not-signed"


class OtherSize(PostboxError):
    """The submission begins elsewhere than where this witness stands; ``size`` says where."""

    code = "old-size"

    def __init__(self, size: int) -> None:
        """Keep the size."""
        super().__init__(f"This witness has signed {size} entries.")
        self.size = size


class Forked(PostboxError):
    """The log shows another history than the one this witness signed; it never signs both."""

    code = "log-forked"


@dataclass(frozen=True, kw_only=True)
class Witness:
    """A running witness: its name and key, the logs it watches by their names, and its memory."""

    name: str
    key: Key  # WITNESS_SIGNING
    logs: Mapping[str, str]  # origin → verifier key
    memory: Memory

    @property
    def verifier_key(self) -> str:
        """What others pin."""
        return witness_key(self.name, self.key)


def add_checkpoint(witness: Witness, body: bytes, now: datetime) -> str:
    """The cosignature's line for a submission, once it is remembered.

    Raises EvidenceInvalid (not understood), UnknownLog, NotSigned, OtherSize, Forked.
    """
    submission = read_submission(body)
    claimed = read_checkpoint(split_note(submission.note)[0])
    if claimed.origin not in witness.logs:
        raise UnknownLog("This witness does not watch that log.")
    try:
        checkpoint = verify_checkpoint(submission.note, witness.logs[claimed.origin])
    except EvidenceInvalid as error:
        raise NotSigned(error.detail) from None
    if submission.old > checkpoint.size:
        raise EvidenceInvalid("The old size is larger than the new one.", code="submission-invalid")
    with witness.memory.turn():
        _check_continues(witness.memory.seen(checkpoint.origin), submission.old, submission.proof, checkpoint)
        line = cosign(witness.key, witness.name, submission.note, now)
        witness.memory.keep(checkpoint.origin, submission.note)
    return line


def _check_continues(seen: str, old: int, proof: tuple[bytes, ...], new: Checkpoint) -> None:
    known = read_checkpoint(split_note(seen)[0]) if seen else None
    size = known.size if known else 0
    if old != size:
        raise OtherSize(size)
    if known is None or not size:
        if proof:
            raise Forked("There is nothing to continue, so nothing proves it.")
        return
    if size == new.size and known.root != new.root:
        # One size with two roots: the log signed two histories. That is kept in its own words by whoever sent it.
        raise OtherSize(size)
    try:
        verify_consistency(size, new.size, proof, known.root, new.root)
    except SignatureInvalid:
        raise Forked("The new log does not continue the one this witness signed.") from None
