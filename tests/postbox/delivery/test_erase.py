"""Erasing destroys the content for everybody; the evidence stays and still verifies."""

import pytest
from sqlalchemy import text

from postbox.delivery import evidence
from postbox.delivery.erase import erase
from postbox.delivery.handover import Reader, issue_ticket, offer
from postbox.delivery.jobs import run_due
from postbox.delivery.status import standing
from postbox.errors import Erased, LevelTooLow, NotFound, NotNow, StorageFailed
from postbox.intake.accept import submit
from postbox.proof.events import EventType
from postbox.proof.report import Status
from postbox.proof.verify import verify
from postbox.store import sweeping
from tests.postbox.conftest import VIERNHEIM, caller, submission


@pytest.fixture
def notice(box, recipient, clock):
    """A notice that is available."""
    accepted = submit(box, submission(recipient, minimum_level="substantial"), caller(), clock())
    run_due(box, clock())
    return accepted.notice


@pytest.fixture
def reader(box, notice):
    """Its recipient, logged in strongly enough."""

    def at(level="substantial", mailbox=None):
        row = standing(box, VIERNHEIM, notice).row
        return Reader(mailbox=mailbox or row["mailbox"], session_hash=b"s" * 32, level=level)

    return at


def stored(box, table):
    with box.database.read() as connection:
        return [dict(row) for row in connection.execute(text(f"SELECT * FROM {table}")).mappings()]


def test_key_texts_salts_and_files_are_gone_and_the_evidence_stays(box, notice, reader, clock):
    """Nothing sealed is left, the chain is longer by one event, and the proof says that the document is not in it."""
    name = stored(box, "documents")[0]["object_name"]
    assert list(box.objects.read(name))
    erase(box, notice, reader())
    (row,), (document,) = stored(box, "notices"), stored(box, "documents")
    assert (row["wrapped_key"], bytes(row["words"]), bytes(document["words"])) == (None, b"", b"")
    with pytest.raises(StorageFailed):
        list(box.objects.read(name))
    found = standing(box, VIERNHEIM, notice)
    assert found.recorded[-1].event.type is EventType.CONTENT_ERASED
    assert found.computation["announced_strict"]
    report = verify(evidence.bundle(box, found.row, clock()), evidence.anchors(box, clock()), clock())
    assert report.ok
    assert {step.name: step.status for step in report.steps}["commitments"] is Status.NOT_PROVEN


def test_who_asks_for_an_erased_document_is_told_so(box, notice, reader, clock):
    """410, not 404: it was here. A ticket from before opens nothing either."""
    document = stored(box, "documents")[0]["id"]
    ticket = issue_ticket(box, document_id=document, reader=reader(), now=clock())
    erase(box, notice, reader())
    with pytest.raises(Erased):
        offer(box, ticket=ticket, reader=reader(), now=clock())


def test_only_the_recipient_at_the_notices_level_erases(box, notice, reader):
    """A stranger finds nothing, a weak login is told which one it needs, and a second time it is gone already."""
    with pytest.raises(NotFound):
        erase(box, notice, reader(mailbox="mbx_other"))
    with pytest.raises(LevelTooLow):
        erase(box, notice, reader(level="basic"))
    assert stored(box, "notices")[0]["wrapped_key"] is not None
    erase(box, notice, reader())
    with pytest.raises(NotNow) as refused:
        erase(box, notice, reader())
    assert refused.value.code == "erased"


def test_a_crash_before_the_files_go_leaves_nothing_readable(box, notice, reader, clock, monkeypatch):
    """The key went with the transaction; the sealed file is an orphan and goes with the next sweep."""
    name = stored(box, "documents")[0]["object_name"]
    with monkeypatch.context() as patch:
        patch.setattr(type(box.objects), "remove", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            erase(box, notice, reader())
    assert list(box.objects.read(name))
    assert stored(box, "notices")[0]["wrapped_key"] is None
    with box.database.read() as connection:
        assert sweeping.named_of(connection, {name}) == set()
