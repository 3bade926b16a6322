"""Handing over: who may have a document, and evidence that never says more than what happened."""

import dataclasses
import threading

import pytest

from postbox.delivery.handover import Reader, issue_ticket, offer
from postbox.delivery.jobs import run_due
from postbox.delivery.life import Status
from postbox.delivery.status import standing
from postbox.errors import Erased, LevelTooLow, NotFound, NotNow
from postbox.intake.accept import submit
from postbox.intake.recipients import open_mailbox
from postbox.proof.events import EventType
from postbox.store import notices
from tests.postbox.conftest import NOON, VIERNHEIM, caller, pdf, submission, upload

OFFERED, HANDED, BROKEN = EventType.HANDOVER_OFFERED, EventType.CONTENT_HANDOVER, EventType.CONTENT_HANDOVER_FAILURE
CONTENT = pdf(pad=300_000)


def reader(box, *, level="substantial", subject="sector-sub-of-erika", session=b"s" * 32):
    return Reader(mailbox=open_mailbox(box, subject, NOON), session_hash=session, level=level)


def documents_of(box, notice):
    with box.database.read() as connection:
        return [row["id"] for row in notices.documents_of(connection, notice)]


def sent(box, recipient, clock, *uploads, run=True):
    notice = submit(box, submission(recipient, *(uploads or (upload(CONTENT),))), caller(), clock()).notice
    if run:
        run_due(box, clock())
    return notice


def ticket_for(box, notice, clock, number=0, **who):
    return issue_ticket(box, document_id=documents_of(box, notice)[number], reader=reader(box, **who), now=clock())


def happened(box, notice):
    kinds = [one.event.type for one in standing(box, VIERNHEIM, notice).recorded]
    return [kind for kind in kinds if kind in {OFFERED, HANDED, BROKEN}]


def test_offered_is_on_record_before_the_first_byte_and_handed_over_after_the_last(box, recipient, clock):
    """Between the two every byte passed."""
    notice = sent(box, recipient, clock)
    handover = offer(box, ticket=ticket_for(box, notice, clock), reader=reader(box), now=clock())
    assert happened(box, notice) == [OFFERED]
    pieces = [next(handover)]
    assert happened(box, notice) == [OFFERED]
    pieces += list(handover)
    handover.close()
    assert b"".join(pieces) == CONTENT
    assert (handover.name, handover.size) == ("Bescheid.pdf", len(CONTENT))
    assert happened(box, notice) == [OFFERED, HANDED]
    found = standing(box, VIERNHEIM, notice)
    assert found.recorded[-1].event.level == "substantial"
    assert found.row["retrieved_at"] == clock()


def test_a_broken_transmission_is_no_retrieval(box, recipient, clock):
    """The server closes before the end: failure with its reason, and the ticket still works."""
    notice = sent(box, recipient, clock)
    ticket = ticket_for(box, notice, clock)
    broken = offer(box, ticket=ticket, reader=reader(box), now=clock())
    next(broken)
    broken.close()
    broken.close()
    found = standing(box, VIERNHEIM, notice)
    assert (found.status, found.row["retrieved_at"]) == (Status.NOTIFIED, None)
    assert found.recorded[-1].event.reason == "transmission-broken"
    again = offer(box, ticket=ticket, reader=reader(box), now=clock())
    assert b"".join(again) == CONTENT
    assert happened(box, notice) == [OFFERED, BROKEN, HANDED]


def test_the_evidence_of_a_ticket_is_single_its_use_is_not(box, recipient, clock):
    """A browser that fetches twice is one handover; another ticket is another one."""
    notice = sent(box, recipient, clock)
    ticket = ticket_for(box, notice, clock)
    for _ in range(3):
        assert b"".join(offer(box, ticket=ticket, reader=reader(box), now=clock())) == CONTENT
    assert happened(box, notice) == [OFFERED, HANDED]
    b"".join(offer(box, ticket=ticket_for(box, notice, clock), reader=reader(box), now=clock()))
    assert happened(box, notice) == [OFFERED, HANDED, OFFERED, HANDED]


def test_one_ticket_used_by_many_at_once_is_one_handover(box, recipient, clock):
    """Eight connections with one ticket wait for each other, never for ever, and leave one piece of evidence."""
    notice = sent(box, recipient, clock)
    ticket, failures = ticket_for(box, notice, clock), []
    who = reader(box)

    def fetch():
        try:
            for _ in range(3):
                assert b"".join(offer(box, ticket=ticket, reader=who, now=clock())) == CONTENT
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=fetch) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert happened(box, notice) == [OFFERED, HANDED]


def test_the_level_of_the_login_must_reach_that_of_the_notice(box, recipient, clock):
    """Below it there is no ticket, and a ticket does not outlive a weaker session; at it and above it works."""
    notice = sent(box, recipient, clock)
    with pytest.raises(LevelTooLow) as refused:
        ticket_for(box, notice, clock, level="low")
    assert refused.value.required == "substantial"
    ticket = ticket_for(box, notice, clock, level="high")
    with pytest.raises(LevelTooLow):
        offer(box, ticket=ticket, reader=reader(box, level="low"), now=clock())
    assert happened(box, notice) == []


def test_another_persons_document_looks_like_none(box, recipient, clock):
    """Somebody else's mailbox gets the answer an unknown document gets."""
    notice = sent(box, recipient, clock)
    with pytest.raises(NotFound) as other:
        ticket_for(box, notice, clock, subject="somebody-else")
    with pytest.raises(NotFound) as unknown:
        issue_ticket(box, document_id="doc_" + "0" * 26, reader=reader(box), now=clock())
    assert str(other.value) == str(unknown.value)


def test_a_document_not_yet_available_looks_like_none(box, recipient, clock):
    """Accepted is not available; the same document can be had a moment later."""
    notice = sent(box, recipient, clock, run=False)
    with pytest.raises(NotFound):
        ticket_for(box, notice, clock)
    run_due(box, clock())
    assert ticket_for(box, notice, clock)


def test_a_ticket_belongs_to_its_session_and_lives_ten_minutes(box, recipient, clock):
    """Another session, another ticket or a later minute get nothing, and nothing is on record."""
    notice = sent(box, recipient, clock)
    ticket = ticket_for(box, notice, clock)
    with pytest.raises(NotFound):
        offer(box, ticket=ticket, reader=reader(box, session=b"t" * 32), now=clock())
    with pytest.raises(NotFound):
        offer(box, ticket=ticket + "x", reader=reader(box), now=clock())
    clock.forward(minutes=10)
    with pytest.raises(NotFound):
        offer(box, ticket=ticket, reader=reader(box), now=clock())
    assert happened(box, notice) == []
    clock.forward(seconds=-1)
    assert offer(box, ticket=ticket, reader=reader(box), now=clock()).size == len(CONTENT)


def test_an_annex_alone_is_no_retrieval_of_the_act(box, recipient, clock):
    """Only the main document's handover retrieves the notice."""
    notice = sent(box, recipient, clock, upload(CONTENT), upload(pdf(), name="Anlage.pdf"))
    b"".join(offer(box, ticket=ticket_for(box, notice, clock, 1), reader=reader(box), now=clock()))
    assert standing(box, VIERNHEIM, notice).row["retrieved_at"] is None
    b"".join(offer(box, ticket=ticket_for(box, notice, clock, 0), reader=reader(box), now=clock()))
    assert standing(box, VIERNHEIM, notice).row["retrieved_at"] is not None


def test_without_its_key_a_document_is_erased(box, recipient, clock):
    """Destroying the wrapped key erases: the handover says so, before anything is on record."""
    notice = sent(box, recipient, clock)
    ticket = ticket_for(box, notice, clock)
    with box.database.write() as connection:
        notices.change(connection, notice, wrapped_key=None)
    with pytest.raises(Erased):
        offer(box, ticket=ticket, reader=reader(box), now=clock())
    assert happened(box, notice) == []


@pytest.fixture
def own_portal(box, settings):
    """A postbox that is no part of a user account: § 41(2a) VwVfG."""
    return dataclasses.replace(box, settings=dataclasses.replace(settings, part_of_user_account=""))


def test_on_the_towns_own_portal_the_first_retrieval_announces(own_portal, recipient, clock):
    """§ 41(2a) VwVfG: announced the day after the first retrieval; the second one moves nothing."""
    notice = sent(own_portal, recipient, clock)
    clock.forward(days=2)
    b"".join(offer(own_portal, ticket=ticket_for(own_portal, notice, clock), reader=reader(own_portal), now=clock()))
    found = standing(own_portal, VIERNHEIM, notice)
    assert (found.computation["announced"], found.computation["announced_strict"]) == ("yes", "2026-11-26")
    clock.forward(days=1)
    b"".join(offer(own_portal, ticket=ticket_for(own_portal, notice, clock), reader=reader(own_portal), now=clock()))
    assert standing(own_portal, VIERNHEIM, notice).computation["announced_strict"] == "2026-11-26"
    clock.forward(days=30)
    run_due(own_portal, clock())
    assert standing(own_portal, VIERNHEIM, notice).status is Status.ANNOUNCED


def test_after_the_lapse_nothing_is_handed_over(own_portal, recipient, clock):
    """A ticket issued in the last minutes does not open what is closed."""
    notice = sent(own_portal, recipient, clock)
    clock.forward(days=10, hours=11, minutes=55)
    ticket = ticket_for(own_portal, notice, clock)
    clock.forward(minutes=6)
    run_due(own_portal, clock())
    with pytest.raises(NotNow):
        offer(own_portal, ticket=ticket, reader=reader(own_portal), now=clock())
