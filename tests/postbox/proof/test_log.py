"""Checkpoints are exact C2SP notes, receipts and anchors are believed only as signed, commitments say nothing alone."""

import base64
import hashlib
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from keys.keyring import Keyring, Purpose
from keys.minting import mint
from keys.tokens import sign_token
from postbox.errors import EvidenceInvalid
from postbox.proof.anchors import Anchors
from postbox.proof.canonical import bytes_of, read_json, text_of
from postbox.proof.chain import GENESIS, link
from postbox.proof.commitments import commit, digest_of, documents_payload, opens, read_documents_payload
from postbox.proof.events import Event, EventType
from postbox.proof.log import (
    Checkpoint,
    checkpoint_text,
    key_id,
    leaf,
    read_verifier_key,
    sign_checkpoint,
    verifier_key,
    verify_checkpoint,
)
from postbox.proof.receipts import TYPE, issue_receipt, verify_receipt

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
LOG = mint(Purpose.LOG_SIGNING, NOW)
RECEIPTS = mint(Purpose.RECEIPT_SIGNING, NOW)
ANCHORS = Anchors.of(Keyring([LOG, RECEIPTS]), issuer="https://postbox.example", log_origin="log.example/1", at=NOW)
STATE = Checkpoint(origin="log.example/1", size=7, root=bytes(range(32)))
EVENT = Event(
    notice_id="ntc_1", seq=1, type=EventType.SUBMISSION_ACCEPTED, at=NOW, recorded_at=NOW, actor="client:town"
)


def test_a_checkpoint_is_exactly_the_standards_bytes():
    """Origin, size, base64 root, an empty line, an em dash, the name, and key id with signature; nothing else."""
    note = sign_checkpoint(LOG, STATE)
    text, signature = note.split("\n\n")
    assert text + "\n" == f"log.example/1\n7\n{base64.b64encode(bytes(range(32))).decode()}\n"
    dash, name, blob = signature.removesuffix("\n").split(" ")
    assert (dash, name) == ("—", "log.example/1")
    raw = base64.b64decode(blob)
    public = LOG.public_key
    assert isinstance(public, Ed25519PublicKey)
    assert raw[:4] == hashlib.sha256(b"log.example/1\n\x01" + public.public_bytes_raw()).digest()[:4]
    public.verify(raw[4:], (text + "\n").encode())
    assert verify_checkpoint(note, ANCHORS.log_keys[0]) == STATE


def test_a_published_verifier_key_of_another_log_reads_with_its_id():
    """The Go checksum database's well-known key: name, id and key fit each other under our reading."""
    name, public = read_verifier_key("sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8")
    assert (name, key_id(name, public).hex()) == ("sum.golang.org", "033de0ae")


def test_every_flipped_character_of_a_checkpoint_is_noticed():
    """Whichever byte of the note changes, it no longer verifies."""
    note = sign_checkpoint(LOG, STATE).encode()
    for index in range(len(note)):
        changed = bytearray(note)
        changed[index] ^= 1
        with pytest.raises((EvidenceInvalid, UnicodeDecodeError)):
            verify_checkpoint(bytes(changed).decode(), ANCHORS.log_keys[0])


def test_a_witness_may_add_its_line_and_a_strangers_line_alone_counts_nothing():
    """Further signatures are left to their verifiers; without the trusted log's own there is no checkpoint."""
    note = sign_checkpoint(LOG, STATE)
    stranger = sign_checkpoint(mint(Purpose.LOG_SIGNING, NOW), STATE)
    line = stranger.split("\n\n")[1]
    assert verify_checkpoint(note + line, ANCHORS.log_keys[0]) == STATE
    with pytest.raises(EvidenceInvalid) as refused:
        verify_checkpoint(stranger, ANCHORS.log_keys[0])
    assert refused.value.code == "checkpoint-not-signed"


def test_a_log_does_not_speak_for_another_name():
    """The same key under another origin is another log."""
    other = sign_checkpoint(LOG, Checkpoint(origin="log.example/2", size=7, root=bytes(32)))
    assert verify_checkpoint(other, verifier_key("log.example/2", LOG)).origin == "log.example/2"
    with pytest.raises(EvidenceInvalid):
        verify_checkpoint(other, ANCHORS.log_keys[0])


@pytest.mark.parametrize(
    "state",
    [
        Checkpoint(origin="two words", size=1, root=bytes(32)),
        Checkpoint(origin="", size=1, root=bytes(32)),
        Checkpoint(origin="log", size=-1, root=bytes(32)),
        Checkpoint(origin="log", size=1, root=bytes(31)),
    ],
)
def test_what_is_no_checkpoint_is_not_signed(state):
    """Names with spaces, negative sizes and short roots have no text."""
    assert checkpoint_text(STATE)
    with pytest.raises(EvidenceInvalid):
        checkpoint_text(state)


def test_a_leaf_names_the_event_by_its_hash_and_no_person():
    """The log's entry holds notice, number, type, time and chain hash, and neither actor nor payload."""
    assert set(read_json(leaf(EVENT, bytes(32)))) == {"format", "notice", "seq", "type", "at", "hash"}


def test_a_receipt_is_the_signed_event():
    """What comes back is the event, its hash, the issuer and the time of signing."""
    chained = link(GENESIS, EVENT)
    token = issue_receipt(RECEIPTS, issuer=ANCHORS.issuer, event=EVENT, event_hash=chained, issued_at=NOW)
    receipt = verify_receipt(token, ANCHORS.receipt_keys, issuer=ANCHORS.issuer, now=datetime(2036, 1, 1, tzinfo=UTC))
    assert (receipt.event, receipt.event_hash, receipt.issued_at) == (EVENT, chained, NOW)


def _receipt_claims(**changes):
    return {
        "iss": ANCHORS.issuer, "sub": "ntc_1", "jti": "ntc_1/1", "iat": int(NOW.timestamp()),
        "event": EVENT.to_json(), "event_hash": text_of(bytes(32)),
    } | changes  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "typ"),
    [
        ({}, "at+jwt"),
        ({"iss": "https://elsewhere.example"}, TYPE),
        ({"sub": "ntc_2"}, TYPE),
        ({"jti": "ntc_1/2"}, TYPE),
        ({"iat": 1.5}, TYPE),
        ({"event": "x"}, TYPE),
        ({"event_hash": "AA"}, TYPE),
        ({"surplus": 1}, TYPE),
    ],
)
def test_a_receipt_that_is_not_quite_one_is_refused(changes, typ):
    """Another type, issuer, subject or shape is no receipt, even under the right key."""
    good = sign_token(RECEIPTS, _receipt_claims(), typ=TYPE)
    assert verify_receipt(good, ANCHORS.receipt_keys, issuer=ANCHORS.issuer, now=NOW)
    with pytest.raises(EvidenceInvalid):
        verify_receipt(
            sign_token(RECEIPTS, _receipt_claims(**changes), typ=typ),
            ANCHORS.receipt_keys,
            issuer=ANCHORS.issuer,
            now=NOW,
        )


def test_a_receipt_by_a_strange_key_is_refused():
    """The key must be among the anchors'."""
    stranger = mint(Purpose.RECEIPT_SIGNING, NOW)
    with pytest.raises(EvidenceInvalid):
        verify_receipt(
            sign_token(stranger, _receipt_claims(), typ=TYPE), ANCHORS.receipt_keys, issuer=ANCHORS.issuer, now=NOW
        )


def test_a_signature_has_one_spelling():
    """The spare bits of base64url may not be used to write the same signature differently."""
    token = sign_token(RECEIPTS, _receipt_claims(), typ=TYPE)
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    for spare in range(1, 16):  # 64 bytes are 85 characters and two bits: four bits are spare
        respelt = token[:-1] + alphabet[alphabet.index(token[-1]) ^ spare]
        with pytest.raises(EvidenceInvalid):
            verify_receipt(respelt, ANCHORS.receipt_keys, issuer=ANCHORS.issuer, now=NOW)


def test_a_commitment_opens_only_with_salt_and_document():
    """Neither another salt nor another document opens it, and short salts are refused."""
    commitment = commit(b"s" * 32, digest_of(b"Bescheid"))
    assert opens(commitment, b"s" * 32, b"Bescheid")
    assert not opens(commitment, b"t" * 32, b"Bescheid")
    assert not opens(commitment, b"s" * 32, b"Bescheie")
    with pytest.raises(EvidenceInvalid):
        commit(b"short", digest_of(b"Bescheid"))


def test_documents_in_a_payload_read_back():
    """Ids and commitments survive; doubled ids and foreign members do not pass."""
    items = documents_payload([("doc_1", bytes(32)), ("doc_2", b"x" * 32)])
    assert read_documents_payload({"documents": items}) == {"doc_1": bytes(32), "doc_2": b"x" * 32}
    assert read_documents_payload({}) == {}
    for wrong in (items + items[:1], [{"id": "doc_1"}], "doc_1", [{"id": "doc_1", "commitment": "AA"}]):
        with pytest.raises(EvidenceInvalid):
            read_documents_payload({"documents": wrong})


def test_anchors_read_back_and_keep_retired_keys():
    """A rotated receipt key still verifies what it signed; broken files are refused."""
    newer = mint(Purpose.RECEIPT_SIGNING, NOW + timedelta(days=1))
    later = NOW + timedelta(days=400)
    both = Anchors.of(Keyring([LOG, RECEIPTS, newer]), issuer="https://postbox.example", log_origin="l", at=later)
    assert {jwk["kid"] for jwk in both.receipt_keys["keys"]} == {RECEIPTS.kid, newer.kid}
    assert Anchors.from_json(both.to_json()) == both
    for wrong in (b"{}", b"[]", both.to_json().replace(b"anchors-2", b"anchors-3"), both.to_json().replace(b"+", b"-")):
        with pytest.raises(EvidenceInvalid):
            Anchors.from_json(wrong)


def test_base64url_is_read_strictly():
    """Padding, foreign characters and wrong lengths are refused."""
    assert bytes_of(text_of(b"\xff\xfe"), 2) == b"\xff\xfe"
    for wrong in ("__4=", "//4", "__5", 7, None):
        with pytest.raises(EvidenceInvalid):
            bytes_of(wrong)
    with pytest.raises(EvidenceInvalid):
        bytes_of(text_of(b"\xff\xfe"), 3)
