"""What the self-audit verifies again besides bytes and chains: receipts, and what outsiders attested of the log.

An authority or witness that is not in the settings any more is not asked about: its keys are not ours to know.
"""

import hmac
from collections.abc import Iterator, Mapping, Sequence

from sqlalchemy import Connection

from keys.errors import KeysError
from keys.timestamp import verify_token
from postbox.context import Postbox
from postbox.delivery import evidence
from postbox.errors import EvidenceInvalid
from postbox.proof.anchors import Anchors
from postbox.proof.log import verify_checkpoint
from postbox.proof.notes import COSIGNATURE, read_verifier_key
from postbox.proof.receipts import RECEIPTED, verify_receipt
from postbox.proof.witnessing import verify_cosignature
from postbox.store import attestations
from postbox.store.events import Recorded


def wrong_receipts(postbox: Postbox, recorded: Sequence[Recorded], receipts: Mapping[int, str]) -> Iterator[str]:
    """Each event's receipt is signed by us and about this event; none is missing."""
    now = postbox.clock()
    anchors = evidence.anchors(postbox, now)
    for one in recorded:
        token = receipts.get(one.event.seq)
        # The first is signed with its event, the others when their events get their places in the log.
        due = one.event.type in RECEIPTED and (one.event.seq == 1 or one.log_index is not None)
        if token is None and due:
            yield "receipt-missing"
        if token is not None and not _is_about(token, one, anchors, postbox):
            yield "receipt-wrong"


def wrong_attestations(postbox: Postbox, connection: Connection, size: int) -> Iterator[str]:
    """The checkpoint of this size is signed by us, and time stamps and cosignatures are those of its note."""
    note = attestations.note_of(connection, size)
    if not _is_signed(note, evidence.anchors(postbox, postbox.clock()).log_keys):
        yield "checkpoint-not-signed"
    yield from _wrong_tokens(postbox, connection, size, note)
    yield from _wrong_lines(postbox, connection, size, note)


def _is_about(token: str, one: Recorded, anchors: Anchors, postbox: Postbox) -> bool:
    try:
        receipt = verify_receipt(token, anchors.receipt_keys, issuer=anchors.issuer, now=postbox.clock())
    except EvidenceInvalid:
        return False
    return receipt.event == one.event and hmac.compare_digest(receipt.event_hash, one.hash)


def _is_signed(note: str, log_keys: Sequence[str]) -> bool:
    for key in log_keys:
        try:
            verify_checkpoint(note, key)
        except EvidenceInvalid:
            continue
        return True
    return False


def _wrong_tokens(postbox: Postbox, connection: Connection, size: int, note: str) -> Iterator[str]:
    known = {authority.name: authority.anchors for authority in postbox.stamping}
    for row in attestations.tokens_of(connection, size):
        if row["service"] not in known:
            continue
        try:
            stated = verify_token(row["token"], note.encode(), known[row["service"]], postbox.clock())
        except KeysError:
            yield "time-stamp-wrong"
        else:
            yield from () if stated.at == row["at"] else ("time-stamp-wrong",)


def _wrong_lines(postbox: Postbox, connection: Connection, size: int, note: str) -> Iterator[str]:
    keys = [witness.verifier_key for witness in postbox.settings.witnesses]
    known = {read_verifier_key(key, COSIGNATURE)[0]: key for key in keys}
    for row in attestations.lines_of(connection, size):
        if row["witness"] not in known:
            continue
        try:
            said = verify_cosignature(row["line"], note, [known[row["witness"]]], postbox.clock())
        except EvidenceInvalid:
            yield "cosignature-wrong"
        else:
            yield from () if said.at == row["at"] else ("cosignature-wrong",)
