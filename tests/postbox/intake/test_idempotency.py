"""The same request twice is one notice, whatever happens in between."""

import hashlib
import threading
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from postbox.errors import IdempotencyConflict, IdempotencyInFlight, Unacceptable
from postbox.intake.accept import submit
from postbox.intake.idempotency import CLAIM_LIFETIME, claimed, fingerprint
from postbox.store.tables import notices
from tests.postbox.conftest import NOON, caller, content, pdf, submission, upload


def notices_in(box) -> int:
    with box.database.read() as connection:
        return connection.execute(select(func.count()).select_from(notices)).scalar_one()


def test_a_repeated_request_gets_the_same_answer(box, recipient):
    """Notice, time and receipt are those of the first request."""
    document = pdf()
    first = submit(box, submission(recipient, upload(document)), caller(), NOON)
    again = submit(box, submission(recipient, upload(document)), caller(), NOON + timedelta(hours=3))
    assert (again.notice, again.accepted_at, again.receipt) == (first.notice, first.accepted_at, first.receipt)
    assert (first.repeated, again.repeated) == (False, True)
    assert notices_in(box) == 1


@pytest.mark.parametrize("change", ["title", "document"])
def test_the_same_key_with_other_content_is_refused(box, recipient, change):
    """A key belongs to one content, its JSON and its documents."""
    submit(box, submission(recipient, upload(pdf(b"one"))), caller(), NOON)
    other = submission(recipient, upload(pdf(b"one" if change == "title" else b"two")))
    if change == "title":
        other = submission(recipient, upload(pdf(b"one")), title="Anderes")
    with pytest.raises(IdempotencyConflict):
        submit(box, other, caller(), NOON)
    assert notices_in(box) == 1


def test_another_key_is_another_notice(box, recipient):
    """The twin: only the key makes two requests one."""
    document = pdf()
    submit(box, submission(recipient, upload(document), key="a"), caller(), NOON)
    submit(box, submission(recipient, upload(document), key="b"), caller(), NOON)
    assert notices_in(box) == 2


def test_keys_of_different_clients_do_not_meet(box, recipient):
    """The scope of a key is client and authority."""
    submit(box, submission(recipient), caller(), NOON)
    submit(box, submission(recipient), caller(client="postbox-casework"), NOON)
    assert notices_in(box) == 2


def test_a_refused_request_gives_its_key_back(box, recipient):
    """Who corrects a fault may use the key again."""
    with pytest.raises(Unacceptable):
        submit(box, submission(recipient, title=""), caller(), NOON)
    assert submit(box, submission(recipient), caller(), NOON).notice


def test_a_key_is_in_flight_until_its_claim_runs_out(box, recipient):
    """409 while another works; after the lifetime of a claim its process is thought dead and the key is taken over."""
    document = pdf()
    sent = submission(recipient, upload(document))
    digest = fingerprint(box, content(recipient), [hashlib.sha256(document).digest()], NOON)
    with claimed(box, caller(), "key-1", digest, NOON) as stale:
        with pytest.raises(IdempotencyInFlight):
            submit(box, sent, caller(), NOON + CLAIM_LIFETIME - timedelta(seconds=1))
        accepted = submit(box, sent, caller(), NOON + CLAIM_LIFETIME)
        # The one thought dead wakes up: it must not accept the same notice once more.
        with pytest.raises(IdempotencyInFlight), box.database.write() as connection:
            stale.settle(connection, {"notice": "another"})
    assert submit(box, sent, caller(), NOON).notice == accepted.notice
    assert notices_in(box) == 1


def test_what_is_in_flight_is_not_looked_at_twice(box, recipient):
    """The second request gets its 409 before any work: not even its faults are judged."""
    faulty, document = content(recipient, title=""), pdf()
    digest = fingerprint(box, faulty, [hashlib.sha256(document).digest()], NOON)
    again = submission(recipient, upload(document), title="")
    with claimed(box, caller(), "key-1", digest, NOON), pytest.raises(IdempotencyInFlight):
        submit(box, again, caller(), NOON)


def test_a_race_of_eight_gives_one_notice(box, recipient):
    """Eight threads with one key: one notice, and every answer is that notice or 'still running'."""
    document, answers, start = pdf(), [], threading.Barrier(8)

    def run():
        start.wait()
        try:
            answers.append(submit(box, submission(recipient, upload(document)), caller(), NOON).notice)
        except IdempotencyInFlight:
            answers.append(None)

    threads = [threading.Thread(target=run) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(answers) == 8
    assert len({answer for answer in answers if answer}) == 1
    assert notices_in(box) == 1
