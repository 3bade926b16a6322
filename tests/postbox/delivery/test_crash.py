"""Killed at every moment at which something becomes durable: nothing accepted is lost, nothing happens twice.

A mail is the one exception, and the documented one: at least once, under one Message-ID.
"""

from collections import Counter
from datetime import UTC, datetime, timedelta
from email import message_from_bytes

import pytest
import typst
from sqlalchemy import func, select

from postbox.callers import Caller
from postbox.delivery import evidence
from postbox.delivery.erase import erase
from postbox.delivery.handover import Reader, issue_ticket, offer
from postbox.delivery.jobs import remove_orphans, run_due
from postbox.delivery.letters import order_letter
from postbox.delivery.status import standing
from postbox.delivery.withdraw import withdraw
from postbox.errors import NotNow
from postbox.intake.accept import submit
from postbox.intake.recipients import open_mailbox, register
from postbox.proof.events import EventType
from postbox.proof.verify import verify
from postbox.store import notices, outbox, tables
from tests.postbox.conftest import NOON, VIERNHEIM, caller, pdf, submission, upload
from tests.postbox.delivery.mortal import Mortal

ACCEPTED, AVAILABLE = EventType.SUBMISSION_ACCEPTED, EventType.CONTENT_CONSIGNMENT
NOTIFIED, OFFERED, HANDED = EventType.CONSIGNMENT_NOTIFICATION, EventType.HANDOVER_OFFERED, EventType.CONTENT_HANDOVER
DELIVERED = [ACCEPTED, AVAILABLE, NOTIFIED]
BOTH_SIDES = {"commit, before", "commit, after"}
CONTENT = pdf(pad=150_000)  # three sealed pieces
sqlite_only = pytest.mark.parametrize("dialect", ["sqlite"])


@pytest.fixture
def mortal(settings, new_database_url, keyring, clock):
    """The postbox whose processes are killed, on each engine."""
    for number in range(256):  # the objects' folders are there: each act passes the same moments
        (settings.objects_directory / f"{number:02x}").mkdir(parents=True)
    return Mortal(settings=settings, url=new_database_url("postbox"), keyring=keyring, clock=clock)


@pytest.fixture
def to_erika(mortal, gate):
    """Erika's recipient reference."""
    with mortal.alive() as box:
        return register(box, address=gate.address(box), case=None, caller=caller(), now=NOON).id


def send(box, recipient, key):
    return submit(box, submission(recipient, upload(CONTENT), key=key), caller(), box.clock()).notice


def delivered(mortal, recipient, key, *, available=True):
    """A notice that was accepted and, if so wished, made available."""
    with mortal.alive() as box:
        notice = send(box, recipient, key)
        if available:
            work_off(box)
    return notice


def work_off(box):
    while run_due(box, box.clock()):
        pass


def kinds(box, notice):
    return [one.event.type for one in standing(box, VIERNHEIM, notice).recorded]


def check_proof(box, notice):
    """Chain, receipts, log and dates of a notice hold before the verifier, with its documents where they are left."""
    row = standing(box, VIERNHEIM, notice).row
    report = verify(evidence.bundle(box, row, box.clock()), evidence.anchors(box, box.clock()), box.clock())
    assert report.ok, report
    statuses = {step.name: step.status.value for step in report.steps}
    assert statuses["inclusion"] == "ok"


def check_agreement(box, notice):
    """What the row says and what the evidence says is the same, whatever died in between."""
    row, happened = standing(box, VIERNHEIM, notice).row, Counter(kinds(box, notice))
    assert (row["available_at"] is not None) == (happened[AVAILABLE] == 1)
    assert (row["notified_at"] is not None) == (happened[NOTIFIED] == 1)
    assert (row["retrieved_at"] is not None) == (happened[HANDED] >= 1)
    assert (row["withdrawn_at"] is not None) == (happened[EventType.WITHDRAWN] == 1)
    assert (row["wrapped_key"] is None) == (happened[EventType.CONTENT_ERASED] == 1)
    with box.database.read() as connection:
        computed = len(notices.computations_of(connection, notice))
        work = set(outbox.of_notice(connection, notice))
    assert computed == happened[AVAILABLE] + happened[NOTIFIED]
    later = {"notify", "announce", "end-period"}
    assert work == {"make-available"} | (later if row["available_at"] else set())


def counted(box, table):
    with box.database.read() as connection:
        return connection.execute(select(func.count()).select_from(table)).scalar_one()


def test_a_submission_killed_anywhere_is_one_notice_in_the_end(mortal, to_erika, catcher):
    """Before the acknowledging commit there is nothing, after it everything; the repeated request finds it."""
    moments, settled = set(), {}

    def prepare(number):
        return lambda box, say: say(send(box, to_erika, f"key-{number}"))

    for number, death in enumerate(mortal.deaths(prepare), 1):
        moments.add(death.moment)
        mortal.clock.forward(minutes=2)  # the dead one's claim has run out
        with mortal.alive() as box:
            stood = counted(box, tables.notices)
            notice = settled[number] = send(box, to_erika, f"key-{number}")
            assert counted(box, tables.notices) == number
            assert stood == number or not death.said  # what was answered stands
            assert death.said in ((), (notice,))
            assert kinds(box, notice) == [ACCEPTED]
            check_agreement(box, notice)
            work_off(box)
            assert kinds(box, notice) == DELIVERED
            check_proof(box, notice)
    assert BOTH_SIDES | {f"{name}, {side}" for name in ("fsync", "rename") for side in ("before", "after")} <= moments
    assert len(set(settled.values())) == len(settled)
    with mortal.alive() as box:  # what the dead wrote and nobody stands on goes; nothing else does
        remove_orphans(box, datetime.now(UTC) + timedelta(hours=2))
        assert len(list(box.settings.objects_directory.rglob("obj_*"))) == len(settled)


def test_a_worker_killed_anywhere_makes_available_once_and_notifies_at_least_once(mortal, to_erika, catcher):
    """One consignment, one notification on record, and never one that was not handed over."""
    moments, sent = set(), []

    def prepare(number):
        sent.append(delivered(mortal, to_erika, f"key-{number}", available=False))
        return lambda box, say: run_due(box, box.clock())

    mails = 0
    for death in mortal.deaths(prepare):
        moments.add(death.moment)
        mortal.clock.forward(minutes=2)  # the dead one's lease has run out
        with mortal.alive() as box:
            check_agreement(box, sent[-1])
            assert NOTIFIED not in kinds(box, sent[-1]) or len(catcher.mails) == mails + 1
            work_off(box)
            assert kinds(box, sent[-1]) == DELIVERED
            check_agreement(box, sent[-1])
            check_proof(box, sent[-1])
        mails = len(catcher.mails)
    assert BOTH_SIDES | {"mail, before", "mail, after"} <= moments
    identifiers = Counter(message_from_bytes(mail.content)["Message-ID"] for mail in catcher.mails)
    assert len(identifiers) == len(sent)
    assert 2 in identifiers.values()  # killed between mail and commit: twice, under one identifier
    assert max(identifiers.values()) == 2


@sqlite_only
def test_a_handover_killed_anywhere_is_on_record_only_as_far_as_it_came(mortal, to_erika):
    """Offered before the first byte, handed over after the last; the next ticket delivers, and the first day stays."""
    moments, sent = set(), []

    def prepare(number):
        sent.append(notice := delivered(mortal, to_erika, f"key-{number}"))
        return lambda box, say: fetch(box, notice, say)

    for death in mortal.deaths(prepare):
        moments.add(death.moment)
        mortal.clock.forward(minutes=2)
        with mortal.alive() as box:
            happened = kinds(box, sent[-1])
            assert OFFERED in happened or "first" not in death.said
            assert HANDED not in happened or "last" in death.said
            first = standing(box, VIERNHEIM, sent[-1]).row["retrieved_at"]
            fetch(box, sent[-1], print)
            assert standing(box, VIERNHEIM, sent[-1]).row["retrieved_at"] == (first or mortal.clock())
            check_agreement(box, sent[-1])
            check_proof(box, sent[-1])
    assert moments >= BOTH_SIDES


def fetch(box, notice, say):
    """Save the notice's document as its recipient."""
    with box.database.read() as connection:
        (document,) = notices.documents_of(connection, notice)
    reader = Reader(mailbox=open_mailbox(box, "sector-sub-of-erika", NOON), session_hash=b"s" * 32, level="high")
    ticket = issue_ticket(box, document_id=document["id"], reader=reader, now=box.clock())
    handover, taken = offer(box, ticket=ticket, reader=reader, now=box.clock()), 0
    for piece in handover:
        say("first") if not taken else None
        taken += len(piece)
        say("last") if taken == handover.size else None
    handover.close()


@sqlite_only
@pytest.mark.parametrize("name", ["withdraw", "erase"])
def test_a_step_killed_anywhere_happened_once_or_not_at_all(mortal, to_erika, name):
    """Withdrawn with its event or not; erased with key, texts and event or not; the second try ends it."""
    moments, sent = set(), []
    step, kind = {"withdraw": (withdrawn, EventType.WITHDRAWN), "erase": (erased, EventType.CONTENT_ERASED)}[name]

    def prepare(number):
        sent.append(notice := delivered(mortal, to_erika, f"key-{number}"))
        return lambda box, say: step(box, notice)

    for death in mortal.deaths(prepare):
        moments.add(death.moment)
        mortal.clock.forward(minutes=2)
        with mortal.alive() as box:
            check_agreement(box, sent[-1])
            if kind in kinds(box, sent[-1]):
                with pytest.raises(NotNow):
                    step(box, sent[-1])
            else:
                check_proof(box, sent[-1])  # with its documents: nothing of it is gone
                step(box, sent[-1])
            assert kinds(box, sent[-1]) == [*DELIVERED, kind]
            check_agreement(box, sent[-1])
            check_proof(box, sent[-1])
    assert moments >= BOTH_SIDES
    with mortal.alive() as box:
        remove_orphans(box, datetime.now(UTC) + timedelta(hours=2))
        left = 0 if name == "erase" else len(sent)
        assert len(list(box.settings.objects_directory.rglob("obj_*"))) == left


def test_a_letter_killed_anywhere_is_one_print_job(mortal, to_erika):
    """Whole in the print room before it is on record, and there once; the order stands or falls with its event."""
    moments, sent = set(), []
    room = mortal.settings.letters_directory
    RELAYED = EventType.RELAYED_TO_NON_ERDS

    def prepare(number):
        sent.append(notice := delivered(mortal, to_erika, f"key-{number}"))
        return lambda box, say: printed(box, notice)

    for death in mortal.deaths(prepare):
        moments.add(death.moment)
        mortal.clock.forward(minutes=2)
        with mortal.alive() as box:
            lying = [job for job in room.iterdir() if job.name.endswith(sent[-1])]
            assert all((job / "job.json").is_file() for job in lying)
            assert RELAYED not in kinds(box, sent[-1]) or len(lying) == 1
            if EventType.LETTER_ORDERED not in kinds(box, sent[-1]):
                ordered(box, sent[-1])
            work_off(box)
            assert kinds(box, sent[-1]) == [*DELIVERED, EventType.LETTER_ORDERED, RELAYED]
            assert standing(box, VIERNHEIM, sent[-1]).row["printed_at"] is not None
            check_proof(box, sent[-1])
    assert BOTH_SIDES | {f"{name}, {side}" for name in ("fsync", "rename") for side in ("before", "after")} <= moments
    assert sorted(job.name.rpartition("-")[2] for job in room.iterdir()) == sorted(sent)  # one each, and no half one


def printed(box, notice):
    """In the child that dies: Typst's threads do not outlive the fork, and what it sets makes nothing last."""
    typst.compile = lambda *_, **__: CONTENT
    ordered(box, notice)
    work_off(box)


def ordered(box, notice):
    order_letter(
        box, caller(), notice, reason="recipient-asked", address=["Erika Mustermann", "51147 Köln"], inland=True
    )


def withdrawn(box, notice):
    withdraw(box, Caller(client="c", authority=VIERNHEIM, scopes=caller().scopes), notice, "wrong-content")


def erased(box, notice):
    mailbox = standing(box, VIERNHEIM, notice).row["mailbox"]
    erase(box, notice, Reader(mailbox=mailbox, session_hash=b"s" * 32, level="high"))
