"""What the recipient declares: receipt with its day, its refusal, and that the document cannot be opened."""

import dataclasses
from datetime import date

import pytest

from postbox.delivery import evidence
from postbox.delivery.declare import acknowledge, refuse, report_unreadable
from postbox.delivery.handover import Reader, issue_ticket, offer
from postbox.delivery.jobs import run_due
from postbox.delivery.life import Status
from postbox.delivery.status import standing
from postbox.errors import LevelTooLow, NotFound, NotNow, Unacceptable
from postbox.intake.accept import submit
from postbox.proof.events import EventType
from postbox.proof.receipts import verify_receipt
from postbox.proof.verify import verify
from postbox.store import events, notices
from tests.postbox.conftest import VIERNHEIM, caller, submission

TODAY = date(2026, 11, 23)


@pytest.fixture
def served(box, recipient, clock):
    """A notice that is served formally and lies available."""
    demo = dataclasses.replace(
        box, settings=dataclasses.replace(box.settings, demo=True)
    )  # without a qualified signature
    notice = submit(demo, submission(recipient, procedural_law="VwZG"), caller(), clock()).notice
    run_due(box, clock())
    return notice


def reader(box, notice, **changes):
    mailbox = standing(box, VIERNHEIM, notice).row["mailbox"]
    return Reader(**{"mailbox": mailbox, "session_hash": b"s" * 32, "level": "substantial", **changes})


def fetch(box, notice, clock):
    with box.database.read() as connection:
        (document,) = notices.documents_of(connection, notice)
    who = reader(box, notice)
    ticket = issue_ticket(box, document_id=document["id"], reader=who, now=clock())
    return b"".join(offer(box, ticket=ticket, reader=who, now=clock()))


def test_the_day_in_the_acknowledgement_is_the_day_of_service(box, served, clock):
    """§ 5(7) VwZG: unproven before; then the day that was written, not the one on which it came; receipt and proof."""
    before = standing(box, VIERNHEIM, served)
    assert (before.computation["rule_id"], before.computation["announced"]) == ("VWZG_5_5/four-days", "unproven")
    fetch(box, served, clock)
    clock.forward(days=2)
    acknowledge(box, served, reader(box, served), TODAY)
    found = standing(box, VIERNHEIM, served)
    assert (found.status, found.computation["announced_strict"]) == (Status.ACKNOWLEDGED, "2026-11-23")
    event = found.recorded[-1].event
    assert (event.type, event.level, event.payload["received_on"]) == (
        EventType.ACKNOWLEDGED, "substantial", "2026-11-23",
    )  # fmt: skip
    run_due(box, clock())
    with box.database.read() as connection:
        token = events.receipts_of(connection, served)[event.seq]
    anchors = evidence.anchors(box, clock())
    assert verify_receipt(token, anchors.receipt_keys, issuer=anchors.issuer, now=clock()).event == event
    assert verify(evidence.bundle(box, found.row, clock()), anchors, clock()).ok


@pytest.mark.parametrize("day", [date(2026, 11, 22), date(2026, 11, 24)])
def test_a_day_that_cannot_be_is_refused(box, served, clock, day):
    """Neither before the notice was there nor tomorrow; today is taken."""
    fetch(box, served, clock)
    with pytest.raises(Unacceptable):
        acknowledge(box, served, reader(box, served), day)
    assert standing(box, VIERNHEIM, served).row["acknowledged_at"] is None
    acknowledge(box, served, reader(box, served), TODAY)


def test_nobody_acknowledges_what_was_not_saved_or_answers_twice(box, served, clock):
    """First the document, then one answer: given or refused, not both."""
    with pytest.raises(NotNow) as early:
        acknowledge(box, served, reader(box, served), TODAY)
    assert early.value.code == "retrieve-first"
    fetch(box, served, clock)
    acknowledge(box, served, reader(box, served), TODAY)
    for again in (lambda who: acknowledge(box, served, who, TODAY), lambda who: refuse(box, served, who)):
        with pytest.raises(NotNow) as late:
            again(reader(box, served))
        assert late.value.code == "already-answered"


def test_a_refusal_is_on_record_and_serves_nothing(box, served, clock):
    """The authority sees it, and the service stays unproven."""
    refuse(box, served, reader(box, served))
    found = standing(box, VIERNHEIM, served)
    assert (found.status, found.computation["announced"]) == (Status.RECEIPT_REFUSED, "unproven")
    assert found.recorded[-1].event.reason == "recipient-refused"


def test_only_formal_service_asks_for_an_acknowledgement(box, recipient, clock):
    """An ordinary notice takes none, and can be reported as unreadable once."""
    notice = submit(box, submission(recipient), caller(), clock()).notice
    run_due(box, clock())
    fetch(box, notice, clock)
    with pytest.raises(NotNow) as refused:
        acknowledge(box, notice, reader(box, notice), TODAY)
    assert refused.value.code == "no-acknowledgement-asked"
    report_unreadable(box, notice, reader(box, notice))
    assert standing(box, VIERNHEIM, notice).row["unreadable_at"] == clock()
    with pytest.raises(NotNow):
        report_unreadable(box, notice, reader(box, notice))


def test_formal_service_needs_a_qualified_signature(box, recipient, clock):
    """§ 5(5) VwZG: without one it is refused outside the demo; the same document as an ordinary notice is taken."""
    with pytest.raises(Unacceptable) as refused:
        submit(box, submission(recipient, procedural_law="VwZG"), caller(), clock())
    assert [one.code for one in refused.value.problems] == ["form-needs-qes"]
    assert submit(box, submission(recipient, procedural_law="VwVfG"), caller(), clock()).notice


def test_nobody_declares_for_another_or_below_the_level(box, served):
    """Another's notice looks like none; a weak login is told which one it needs; the recipient may."""
    for act in (refuse, report_unreadable, lambda box, notice, who: acknowledge(box, notice, who, TODAY)):
        with pytest.raises(NotFound):
            act(box, served, reader(box, served, mailbox="mbx_" + "0" * 26))
        with pytest.raises(LevelTooLow):
            act(box, served, reader(box, served, level="low"))
    report_unreadable(box, served, reader(box, served))
