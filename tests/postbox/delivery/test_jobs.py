"""The worker: available once, notified as early as possible, lapsed where the law says so, orphans gone."""

import dataclasses
import os
import threading
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.policy import default

import pytest
from sqlalchemy import select, update

from postbox.delivery import deadlines
from postbox.delivery.jobs import remove_orphans, run_due
from postbox.delivery.life import Status
from postbox.delivery.make_available import Job, make_available
from postbox.delivery.notify import BACKOFF
from postbox.delivery.status import standing
from postbox.intake.accept import submit
from postbox.intake.recipients import register
from postbox.proof.events import EventType
from postbox.store import outbox, tables
from postbox.store.outbox import LEASE
from tests.postbox.conftest import NOON, SECRET_WORDS, VIERNHEIM, caller, submission


def events_of(box, notice):
    return [one.event.type for one in standing(box, VIERNHEIM, notice).recorded]


def sent(box, recipient, clock, **changes):
    return submit(box, submission(recipient, **changes), caller(), clock()).notice


def test_nothing_is_visible_before_the_worker_ran(box, recipient, clock):
    """Accepted is not available."""
    notice = sent(box, recipient, clock)
    assert standing(box, VIERNHEIM, notice).row["available_at"] is None
    run_due(box, clock())
    assert standing(box, VIERNHEIM, notice).row["available_at"] == clock()


def test_several_workers_make_a_notice_available_once(box, recipient, clock, catcher):
    """Four workers, twelve notices: each has one consignment, one notification and one mail."""
    notices = [sent(box, recipient, clock, key=f"k{number}") for number in range(12)]
    threads = [threading.Thread(target=run_due, args=(box, clock())) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    run_due(box, clock())
    wanted = [EventType.SUBMISSION_ACCEPTED, EventType.CONTENT_CONSIGNMENT, EventType.CONSIGNMENT_NOTIFICATION]
    assert [events_of(box, notice) for notice in notices] == [wanted] * 12
    assert len(catcher.mails) == 12


def test_a_leased_job_waits_for_its_worker_and_is_taken_over_when_the_lease_ran_out(box, recipient, clock):
    """A worker that died keeps others away for the lease only; when it wakes up it changes nothing."""
    notice = sent(box, recipient, clock)
    with box.database.write() as connection:
        (row,) = outbox.claim(connection, "dead", now=clock(), limit=1)
    clock.forward(seconds=LEASE.total_seconds() - 1)
    assert run_due(box, clock()) == 0
    clock.forward(seconds=1)
    assert run_due(box, clock()) == 2
    job = Job(id=row["id"], notice=notice, lease="dead", attempts=0)
    assert make_available(box, job) is False
    assert events_of(box, notice).count(EventType.CONTENT_CONSIGNMENT) == 1


def test_the_mail_says_that_something_has_arrived_and_never_what(box, recipient, clock, catcher):
    """Neither title, authority, case nor notice id; the link leads to the postbox's front page."""
    notice = sent(box, recipient, clock)
    run_due(box, clock())
    (mail,) = catcher.mails
    text = mail.content.decode()
    assert "https://postbox.test/" in text
    for secret in (notice, recipient, "Geburtsurkunde", "Viernheim", "U-2026-0815", "Bescheid", SECRET_WORDS.decode()):
        assert secret not in text


def test_a_tax_notice_names_its_effect_in_the_mail_and_counts_by_its_day_of_issue(box, recipient, clock, catcher):
    """§ 122a(1) AO is the one exception to saying nothing; §§ 122a(4), 108(3) AO: the fourth day, on a working day."""
    accepted = submit(
        box, submission(recipient, procedural_law="AO", issued_on="2026-11-20", language="de"), caller(), clock()
    )
    run_due(box, clock())
    (mail,) = catcher.mails
    text = message_from_bytes(mail.content, policy=default).get_content()
    assert "gilt am Freitag, 27. November 2026 als bekannt gegeben" in text
    assert "Geburtsurkunde" not in text
    computation = standing(box, VIERNHEIM, accepted.notice).computation
    assert (computation["rule_id"], computation["announced_strict"]) == ("AO_122A/new", "2026-11-27")
    old = submit(box, submission(recipient, procedural_law="AO", issued_on="2025-12-31", key="old"), caller(), clock())
    run_due(box, clock())
    assert standing(box, VIERNHEIM, old.notice).computation["rule_id"] == "AO_122A/old-four-days"
    assert "§ 122a" not in message_from_bytes(catcher.mails[1].content, policy=default).get_content()


def test_a_mail_server_that_is_busy_is_asked_again_later(box, recipient, clock, catcher):
    """A temporary refusal is visible, waits its backoff, and ends in one mail and one event."""
    catcher.reply = "451 later"
    notice = sent(box, recipient, clock)
    run_due(box, clock())
    found = standing(box, VIERNHEIM, notice)
    assert (found.status, found.waiting) == (Status.AVAILABLE, {"notify": "mail-server-busy"})
    catcher.reply = "250 OK"
    assert run_due(box, clock.forward(seconds=BACKOFF[0].total_seconds() - 1)) == 0
    assert run_due(box, clock.forward(seconds=1)) == 1
    found = standing(box, VIERNHEIM, notice)
    assert (found.status, found.waiting, found.row["contestable"]) == (Status.NOTIFIED, {}, None)
    assert len(catcher.mails) == 1


def test_a_notification_on_the_next_day_is_a_visible_defect(box, recipient, clock, catcher):
    """§ 9(1) s. 6 OZG: the notification belongs to the day of making available."""
    clock.now = datetime(2026, 11, 23, 22, 59, 50, tzinfo=UTC)  # ten seconds before midnight in Berlin
    catcher.reply = "451 later"
    notice = sent(box, recipient, clock)
    run_due(box, clock())
    catcher.reply = "250 OK"
    run_due(box, clock.forward(seconds=30))
    found = standing(box, VIERNHEIM, notice)
    assert found.row["contestable"] == "notified-late"
    assert found.computation["contestable"] is True


def test_a_mail_server_that_stays_away_is_given_up_after_all_attempts(box, recipient, clock, settings):
    """After the last backoff there is negative evidence with a reason, and the notice says so."""
    away = dataclasses.replace(settings, smtp=dataclasses.replace(settings.smtp, port=1))
    box = dataclasses.replace(box, settings=away)
    notice = sent(box, recipient, clock)
    run_due(box, clock())
    for distance in BACKOFF:
        run_due(box, clock.forward(seconds=distance.total_seconds()))
    found = standing(box, VIERNHEIM, notice)
    assert found.status is Status.NOTIFICATION_FAILED
    assert found.recorded[-1].event.reason == "mail-server-down"
    assert found.row["contestable"] == "not-notified"
    run_due(box, clock.forward(days=3))  # the day of announcement passes, and nothing is stated that is in doubt
    assert standing(box, VIERNHEIM, notice).recorded[-1] == found.recorded[-1]


def test_an_address_refused_for_good_is_not_tried_again(box, recipient, clock, catcher):
    """A final refusal becomes evidence at once."""
    catcher.reply = "550 no such user"
    notice = sent(box, recipient, clock)
    run_due(box, clock())
    assert standing(box, VIERNHEIM, notice).recorded[-1].event.reason == "address-refused"
    catcher.reply = "250 OK"
    run_due(box, clock.forward(days=1))
    assert catcher.mails == []


def test_a_person_without_address_is_a_visible_defect(box, gate, clock, catcher):
    """Nobody was notified, and it is on record why."""
    recipient = register(box, address=gate.address(box, email=None), case=None, caller=caller(), now=NOON).id
    notice = sent(box, recipient, clock)
    run_due(box, clock())
    assert standing(box, VIERNHEIM, notice).recorded[-1].event.reason == "no-address"
    assert catcher.mails == []


@pytest.fixture
def own_portal(box, settings):
    """A postbox that is no part of a user account: § 41(2a) VwVfG."""
    return dataclasses.replace(box, settings=dataclasses.replace(settings, part_of_user_account=""))


def test_without_user_account_retrieval_decides_and_after_ten_days_it_is_over(own_portal, recipient, clock):
    """Not retrieved within ten days: closed, not announced, on record."""
    notice = sent(own_portal, recipient, clock)
    run_due(own_portal, clock())
    found = standing(own_portal, VIERNHEIM, notice)
    assert (found.computation["rule_id"].split("/")[0], found.computation["announced"]) == ("VWVFG_41_2A", "no")
    assert found.computation["retrieve_until"] == "2026-12-03"  # a Thursday
    clock.now = datetime(2026, 12, 3, 22, 59, 59, tzinfo=UTC)
    assert run_due(own_portal, clock()) == 0
    assert run_due(own_portal, clock.forward(seconds=1)) == 1
    found = standing(own_portal, VIERNHEIM, notice)
    assert found.status is Status.LAPSED
    assert found.row["closed_at"] == clock()
    assert found.computation["announced"] == "no"


def test_midnight_inside_the_commit_counts_for_the_citizen(box, recipient, clock, monkeypatch):
    """If the day changed while the notice was made available, the later day is on record and computed with."""
    moments = iter([datetime(2026, 11, 23, 22, 59, 59, tzinfo=UTC), datetime(2026, 11, 23, 23, 0, 1, tzinfo=UTC)])
    notice = sent(box, recipient, clock)
    late = dataclasses.replace(box, clock=lambda: next(moments))
    with box.database.write() as connection:
        (row,) = outbox.claim(connection, "me", now=clock(), limit=1)
    assert make_available(late, Job(id=row["id"], notice=notice, lease="me", attempts=0))
    found = standing(box, VIERNHEIM, notice)
    assert found.recorded[-1].event.type is EventType.LEGAL_DAY_CORRECTED
    assert found.computation["announced_strict"] == "2026-11-28"


def test_a_computation_is_added_and_never_rewritten(box, recipient, clock):
    """The first computation stays as it was when the notification adds another."""
    notice = sent(box, recipient, clock)
    run_due(box, clock())
    with box.database.read() as connection:
        rows = connection.execute(select(tables.computations).order_by(tables.computations.c.number)).mappings().all()
    assert [row["because"] for row in rows] == ["made-available", "notified"]
    with box.database.write() as connection:
        again = deadlines.computed_for(box, standing(box, VIERNHEIM, notice).row)
        deadlines.keep(connection, notice, again, because="notified", at=clock())
    with box.database.read() as connection:
        after = connection.execute(select(tables.computations).order_by(tables.computations.c.number)).mappings().all()
    assert [dict(row) for row in after[:2]] == [dict(row) for row in rows]


def test_a_job_that_fails_unforeseen_stays_visible_and_stops_nobody(box, recipient, clock):
    """A poisoned notice is postponed with a code; the next one is delivered."""
    poisoned, healthy = sent(box, recipient, clock, key="a"), sent(box, recipient, clock, key="b")
    with box.database.write() as connection:
        values = update(tables.notices).where(tables.notices.c.id == poisoned).values(procedural_law="gone")
        connection.execute(values)
    run_due(box, clock())
    assert standing(box, VIERNHEIM, poisoned).waiting == {"make-available": "no-rule"}
    assert standing(box, VIERNHEIM, healthy).status is Status.NOTIFIED


def test_orphans_go_and_what_is_named_stays(box, recipient, clock):
    """Old objects without a document are removed, young ones are left, documents are never touched."""
    sent(box, recipient, clock)
    orphan, young = box.objects.write([b"x"]), box.objects.write([b"y"])
    leftover = (
        box.settings.objects_directory / orphan[4:6] / (orphan[:-1] + ("0" if orphan[-1] != "0" else "1") + ".tmp")
    )
    leftover.write_bytes(b"half")
    old = (clock() - timedelta(hours=2)).timestamp()
    for path in box.settings.objects_directory.rglob("obj_*"):
        os.utime(path, (old, old))
    fresh = box.settings.objects_directory / young[4:6] / young
    os.utime(fresh, (clock().timestamp(), clock().timestamp()))
    assert remove_orphans(box, clock()) == 2
    assert fresh.exists()
    assert len(list(box.settings.objects_directory.rglob("obj_*"))) == 2
    with box.database.read() as connection:
        name = connection.execute(select(tables.documents.c.object_name)).scalar_one()
    assert b"".join(box.objects.read(name))
