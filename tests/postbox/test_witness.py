"""The witness: signs one history of each log, remembers it durably, and refuses every fork, over real HTTP."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from structlog.testing import capture_logs

from keys.keyring import Purpose
from keys.merkle import consistency_proof, leaf_hash, root
from keys.minting import mint
from postbox.delivery import attest, evidence
from postbox.delivery.jobs import run_due
from postbox.delivery.status import standing
from postbox.errors import EvidenceInvalid
from postbox.intake.accept import submit
from postbox.proof.log import Checkpoint, sign_checkpoint, verifier_key
from postbox.proof.report import Status
from postbox.proof.states import EvidenceState
from postbox.proof.verify import verify
from postbox.proof.witnessing import Submission, find_cosignature, read_submission
from postbox.settings import Witness as Known
from postbox.witness.app import build, create_app
from postbox.witness.settings import WitnessSettings
from tests.postbox.conftest import NOON, VIERNHEIM, caller, submission
from tests.postbox.outsiders import served

ORIGIN = "log.example"
LOG = mint(Purpose.LOG_SIGNING, NOON)
LEAVES = [leaf_hash(b"%d" % number) for number in range(9)]
NAME = "zeuge.bensheim.example"


def _note(size, *, leaves=LEAVES, key=LOG, origin=ORIGIN):
    return sign_checkpoint(key, Checkpoint(origin=origin, size=size, root=root(leaves[:size])))


def _asked(old, new, *, leaves=LEAVES, note=None):
    proof = consistency_proof(leaves, old, new) if 0 < old < new else ()
    return Submission(old=old, proof=proof, note=note or _note(new, leaves=leaves)).to_bytes()


@pytest.fixture
def watching(tmp_path):
    """Starts (or starts again) the witness on one folder; its test client and verifier key."""

    def start():
        settings = WitnessSettings(name=NAME, directory=tmp_path, logs=(verifier_key(ORIGIN, LOG),))
        witness = build(settings, NOON)
        return create_app(witness, lambda: NOON).test_client(), witness.verifier_key

    return start


def test_a_witness_signs_a_log_that_grows_and_nothing_else(watching):
    """First sight, growth, the same again; also after a restart, because it remembered before it answered."""
    client, key = watching()
    for old, new in ((0, 3), (3, 7), (7, 7)):
        answer = client.post("/add-checkpoint", data=_asked(old, new))
        assert answer.status_code == 200, answer.text
        _, said = find_cosignature(answer.text, _note(new), key, NOON)
        assert (said.witness, said.at) == (NAME, NOON)
    client, again = watching()
    assert again == key
    assert client.post("/add-checkpoint", data=_asked(7, 9)).status_code == 200
    assert client.get(f"/seen/{ORIGIN}").text == _note(9)


FORK = [*LEAVES[:2], leaf_hash(b"forged"), *LEAVES[3:]]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (_asked(5, 9), 409),  # it stands at 3
        (_asked(0, 9), 409),
        (_asked(3, 9, leaves=FORK), 422),  # another history
        (Submission(old=3, proof=(), note=_note(3, leaves=FORK)).to_bytes(), 409),  # one size, two roots
        (Submission(old=3, proof=(), note=_note(9)).to_bytes(), 422),
        (_asked(3, 9, note=_note(9, key=mint(Purpose.LOG_SIGNING, NOON))), 403),
        (_asked(3, 9, note=_note(9, origin="another.example")), 404),
        (Submission(old=9, proof=(), note=_note(3)).to_bytes(), 400),
        (b"old 3\n", 400),
        (b"old 03\n\n" + _note(9).encode(), 400),
        (b"\xff", 400),
        (b"old 3\n" + b"A" * 70_000, 413),
    ],
)
def test_what_a_witness_refuses_changes_nothing(watching, body, status):
    """Each refusal has the protocol's status; afterwards the honest log goes on."""
    client, _ = watching()
    assert client.post("/add-checkpoint", data=_asked(0, 3)).status_code == 200
    answer = client.post("/add-checkpoint", data=body)
    assert answer.status_code == status, answer.text
    if status == 409:
        assert (answer.text, answer.mimetype) == ("3\n", "text/x.tlog.size")
    assert client.get(f"/seen/{ORIGIN}").text == _note(3)
    assert client.post("/add-checkpoint", data=_asked(3, 9)).status_code == 200


def test_a_submission_goes_there_and_back():
    """What is sent is what is read; more hashes than any log needs are refused."""
    sent = Submission(old=3, proof=consistency_proof(LEAVES, 3, 9), note=_note(9))
    assert read_submission(sent.to_bytes()) == sent
    with pytest.raises(EvidenceInvalid):
        read_submission(replace(sent, proof=(bytes(32),) * 64).to_bytes())


@pytest.fixture
def bensheim(box, tmp_path) -> Iterator[tuple[Any, Any]]:
    """The postbox with a neighbouring town's witness over HTTP, and that witness."""
    logs = evidence.anchors(box, NOON).log_keys
    witness = build(WitnessSettings(name=NAME, directory=tmp_path / "witness", logs=logs), NOON)
    with served(create_app(witness, lambda: NOON)) as url:
        known = Known(url=url, verifier_key=witness.verifier_key)
        yield replace(box, settings=replace(box.settings, witnesses=(known,))), witness


def test_a_notice_is_anchored_once_an_outsider_saw_the_log(bensheim, recipient, clock):
    """The state, the bundle and its check say so; what comes later is anchored by the next line."""
    box, _ = bensheim
    notice = submit(box, submission(recipient), caller(), clock()).notice
    run_due(box, clock())
    assert standing(box, VIERNHEIM, notice).evidence_state is EvidenceState.SEALED
    assert attest.attest_due(box, clock()) == 1
    found = standing(box, VIERNHEIM, notice)
    assert found.evidence_state is EvidenceState.ANCHORED
    report = verify(evidence.bundle(box, found.row, clock()), evidence.anchors(box, clock()), clock())
    assert report.ok, report
    step = next(step for step in report.steps if step.name == "witness")
    assert (step.number, step.status) == (11, Status.OK)
    assert NAME in step.german
    submit(box, submission(recipient, key="key-2"), caller(), clock())
    run_due(box, clock())
    assert attest.attest_due(box, clock.forward(minutes=1)) == 1
    assert attest.attest_due(box, clock.forward(minutes=1)) == 0


def test_a_witness_that_knows_another_history_is_told_and_anchors_nothing(bensheim, recipient, clock):
    """A restored backup is shorter than what the witness signed: it refuses, and the log names it."""
    box, witness = bensheim
    notice = submit(box, submission(recipient), caller(), clock()).notice
    run_due(box, clock())
    key = box.keyring.current(Purpose.LOG_SIGNING, clock())
    witness.memory.keep(box.log_origin, _note(9, key=key, origin=box.log_origin))
    with capture_logs() as logs:
        assert attest.attest_due(box, clock()) == 0
    assert [line["code"] for line in logs if line["event"] == "witness-failed"] == ["witness-elsewhere"]
    assert standing(box, VIERNHEIM, notice).evidence_state is EvidenceState.SEALED


def test_a_line_by_another_key_is_no_cosignature(bensheim, recipient, clock):
    """The pinned key decides, not who answers at the address."""
    box, witness = bensheim
    stranger = replace(witness, key=mint(Purpose.WITNESS_SIGNING, NOON))
    known = replace(box.settings.witnesses[0], verifier_key=stranger.verifier_key)
    box = replace(box, settings=replace(box.settings, witnesses=(known,)))
    submit(box, submission(recipient), caller(), clock())
    run_due(box, clock())
    with capture_logs() as logs:
        assert attest.attest_due(box, clock()) == 0
    assert [line["code"] for line in logs if line["event"] == "witness-failed"] == ["cosignature-missing"]
