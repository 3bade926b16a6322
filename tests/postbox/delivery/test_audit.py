"""The nightly self-audit: sound stores are sound; whatever is changed behind our back is found, named, and logged."""

import dataclasses
import json
from datetime import timedelta

import pytest
from sqlalchemy import delete, select, update
from structlog.testing import capture_logs

from keys.keyring import Purpose
from keys.merkle import leaf_hash, verify_inclusion
from keys.minting import mint
from postbox.delivery import attest, audit, evidence, log
from postbox.delivery.jobs import run_due
from postbox.intake.accept import submit
from postbox.proof.log import Checkpoint, sign_checkpoint, verify_checkpoint
from postbox.proof.notes import signature_line
from postbox.proof.witnessing import cosign, witness_key
from postbox.settings import Witness
from postbox.store import attestations, audits
from postbox.store import log as store_log
from postbox.store.log_tables import checkpoints, cosignatures, log_nodes, time_stamps
from postbox.store.tables import documents, events, receipts
from tests.postbox.conftest import NOON, caller, submission
from tests.postbox.outsiders import stamping

WITNESS = "zeuge.bensheim.example"


@pytest.fixture
def stored(box, recipient, clock):
    """Two notices, available and in the log; the id of the first."""
    ids = [submit(box, submission(recipient, key=f"k{number}"), caller(), clock()).notice for number in range(2)]
    run_due(box, clock())
    return ids[0]


def _found(box):
    with box.database.read() as connection:
        return json.loads(audits.newest_ended(connection)["found"])


def test_a_sound_store_is_sound_and_the_audit_is_an_entry_of_the_log(box, stored, clock):
    """Everything is counted, and the result stands under the next checkpoint like any event."""
    done = audit.audit_now(box)
    assert (done.notices, done.documents, done.events, done.log_size, done.findings) == (2, 2, 6, 6, 0)
    assert _found(box) == []
    log.sequence(box, clock())
    checkpoint = verify_checkpoint(log.last_checkpoint(box), evidence.anchors(box, clock()).log_keys[0])
    assert checkpoint.size == 7
    path = log.inclusion_path(box, 6, 7)
    verify_inclusion(leaf_hash(done.canonical()), 6, 7, path, checkpoint.root)


def _row(box, statement):
    with box.database.write() as connection:
        connection.execute(statement)


def _object(box, notice):
    with box.database.read() as connection:
        return connection.execute(select(documents.c.object_name).where(documents.c.notice == notice)).scalar_one()


def _flip(box, notice):
    path = next(box.settings.objects_directory.rglob(_object(box, notice)))
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.chmod(0o600)
    path.write_bytes(bytes(data))


DAMAGE = {
    "a flipped byte of a file": (_flip, "document-altered"),
    "a missing file": (lambda box, notice: box.objects.remove(_object(box, notice)), "document-missing"),
    "another commitment": (
        lambda box, notice: _row(box, update(documents).where(documents.c.notice == notice).values(commitment=bytes(32))),
        "commitment-wrong",
    ),
    "another chain hash": (
        lambda box, notice: _row(box, update(events).where(events.c.notice == notice, events.c.seq == 2).values(hash=bytes(32))),
        "chain-broken",
    ),
    "an unreadable event": (
        lambda box, notice: _row(box, update(events).where(events.c.notice == notice, events.c.seq == 2).values(canonical=b"{}")),
        "event-unreadable",
    ),
    "a lost event": (
        lambda box, notice: _row(box, delete(events).where(events.c.notice == notice, events.c.seq == 3)),
        "event-missing",
    ),
    "another leaf": (
        lambda box, _: _row(box, update(log_nodes).where(log_nodes.c.level == 0, log_nodes.c.position == 1).values(hash=bytes(32))),
        "leaf-differs",
    ),
}  # fmt: skip


@pytest.mark.parametrize("damage", DAMAGE)
def test_damage_is_found_named_and_told(box, stored, clock, damage):
    """The log names notice and code at once; the result keeps it; nothing is repaired."""
    act, code = DAMAGE[damage]
    if act is not DAMAGE["a lost event"][0]:
        act(box, stored)
    else:
        with box.database.read() as connection:
            last = connection.execute(select(events.c.notice).where(events.c.log_index == 5)).scalar_one()
        act(box, last)
    with capture_logs() as logs:
        done = audit.audit_now(box)
    assert done.findings > 0
    codes = {found for _, found in _found(box)}
    assert code in codes
    assert {line["code"] for line in logs if line["event"] == "audit-found"} == codes


def _receipt_of_another(box, notice):
    with box.database.read() as connection:
        others = select(receipts.c.token).where(receipts.c.notice != notice, receipts.c.seq == 1)
        token = connection.execute(others).scalar_one()
    _row(box, update(receipts).where(receipts.c.notice == notice, receipts.c.seq == 1).values(token=token))


def _signed_again(box, _notice):
    """A checkpoint of the same size and another root, signed by a stranger."""
    with box.database.read() as connection:
        size = connection.execute(select(time_stamps.c.size)).scalars().first()
    state = Checkpoint(origin=box.log_origin, size=size, root=bytes(32))
    note = sign_checkpoint(mint(Purpose.LOG_SIGNING, NOON), state)
    _row(box, update(checkpoints).where(checkpoints.c.size == size).values(note=note))


ATTESTED = {
    "a receipt of another notice": (_receipt_of_another, {"receipt-wrong"}),
    "a forged receipt": (
        lambda box, notice: _row(box, update(receipts).where(receipts.c.notice == notice).values(token="e30.e30.AA")),
        {"receipt-wrong"},
    ),
    "a lost receipt": (
        lambda box, notice: _row(box, delete(receipts).where(receipts.c.notice == notice, receipts.c.seq == 2)),
        {"receipt-missing"},
    ),
    "a token of zeros": (lambda box, _: _row(box, update(time_stamps).values(token=bytes(90))), {"time-stamp-wrong"}),
    "an earlier time beside the token": (
        lambda box, _: _row(box, update(time_stamps).values(at=NOON - timedelta(days=1))),
        {"time-stamp-wrong"},
    ),
    "a line of another witness": (
        lambda box, _: _row(box, update(cosignatures).values(line=signature_line(WITNESS, bytes(76)))),
        {"cosignature-wrong"},
    ),
    "an earlier time beside the line": (
        lambda box, _: _row(box, update(cosignatures).values(at=NOON - timedelta(days=1))),
        {"cosignature-wrong"},
    ),
    "another checkpoint": (_signed_again, {"checkpoint-not-signed", "time-stamp-wrong", "cosignature-wrong"}),
}  # fmt: skip


@pytest.fixture
def attested(box, stored, clock):
    """The postbox whose newest state an authority stamped and a witness saw; more of it is in the log since."""
    key = mint(Purpose.WITNESS_SIGNING, NOON)
    with stamping(clock) as known:
        known_witness = Witness(url="https://witness.test", verifier_key=witness_key(WITNESS, key))
        settings = dataclasses.replace(box.settings, witnesses=(known_witness,))
        box = dataclasses.replace(box, stamping=(known(),), settings=settings)
        assert attest.time_stamp(box)
        with box.database.write() as connection:
            newest = store_log.last_checkpoint(connection)
            line = cosign(key, WITNESS, newest["note"], clock())
            row = {"size": newest["size"], "witness": WITNESS, "line": line, "at": clock()}
            attestations.add_cosignature(connection, row)
        yield box


@pytest.mark.parametrize("damage", ATTESTED)
def test_receipts_and_what_outsiders_attested_are_verified_again(attested, stored, clock, damage):
    """Sound before; a planted fault is found by its code, and the other parts stay sound."""
    assert audit.audit_now(attested).findings == 0
    act, codes = ATTESTED[damage]
    log.sequence(attested, clock())  # the audit's own entry: a newer checkpoint, which nobody attested
    act(attested, stored)
    assert audit.audit_now(attested).findings >= len(codes)
    assert {code for _, code in _found(attested)} == codes


def test_a_witness_that_is_not_known_any_more_is_not_judged(attested, stored):
    """Whoever left the settings: its lines are neither right nor wrong; the same one, known, is found wrong."""
    _row(attested, update(cosignatures).values(line=signature_line(WITNESS, bytes(76))))
    _row(attested, update(time_stamps).values(token=bytes(90)))
    settings = dataclasses.replace(attested.settings, witnesses=())
    assert audit.audit_now(dataclasses.replace(attested, settings=settings, stamping=())).findings == 0
    assert audit.audit_now(attested).findings == 2


def test_an_audit_is_due_once_a_day_and_goes_on_where_it_stood(box, stored, clock, monkeypatch):
    """One notice a piece: begun, twice on, ended; then nothing until the next day."""
    monkeypatch.setattr(audit, "PIECE", 1)
    rounds = [audit.audit_due(box, clock()) for _ in range(6)]
    assert rounds == [1, 1, 1, 1, 0, 0]
    with box.database.read() as connection:
        assert audits.newest_ended(connection)["notices"] == 2
    assert audit.audit_due(box, clock.forward(hours=23)) == 0
    clock.now += timedelta(hours=1)
    assert audit.audit_due(box, clock()) == 1
