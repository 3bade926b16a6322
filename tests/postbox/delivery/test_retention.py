"""Content goes when its time is over and nothing needs it; evidence stays and still verifies."""

import dataclasses
from datetime import timedelta

import pytest

from postbox.delivery import evidence
from postbox.delivery.inquire import Validity, code_of, inquire
from postbox.delivery.jobs import run_due
from postbox.delivery.retain import expired, lift_legal_hold, run_retention, set_legal_hold
from postbox.delivery.status import standing
from postbox.delivery.withdraw import hold, release, withdraw
from postbox.errors import Erased, NotFound, NotNow, Unacceptable
from postbox.intake.accept import submit
from postbox.proof.commitments import digest_of
from postbox.proof.events import EventType
from postbox.proof.verify import verify
from postbox.sealed import key_of
from postbox.settings import Retention
from postbox.store import notices
from tests.postbox.conftest import BENSHEIM, NOON, VIERNHEIM, caller, pdf, submission, upload

DOCUMENT = pdf()


@pytest.fixture
def notice(box, recipient, clock):
    """A notice that was delivered."""
    accepted = submit(box, submission(recipient, upload(DOCUMENT)), caller(), clock())
    run_due(box, clock())
    return accepted.notice


def years(box, **changes):
    return dataclasses.replace(box, settings=dataclasses.replace(box.settings, **changes))


def test_after_ten_years_the_content_goes_and_the_evidence_stays(box, notice, clock):
    """Nothing on the last day, everything on the next; again, nothing; the proof still verifies, without documents."""
    clock.now = clock.now.replace(year=2036)
    assert run_retention(box, clock()) == 0
    clock.forward(days=1)
    assert [one.notice for one in expired(box, clock())] == [notice]
    assert (run_retention(box, clock()), run_retention(box, clock())) == (1, 0)
    found = standing(box, VIERNHEIM, notice)
    assert (found.recorded[-1].event.type, found.recorded[-1].event.reason) == (
        EventType.CONTENT_ERASED, "retention-ended",
    )  # fmt: skip
    with pytest.raises(Erased):
        key_of(box, found.row)
    assert not list(box.settings.objects_directory.rglob("obj_*"))
    assert verify(evidence.bundle(box, found.row, clock()), evidence.anchors(box, clock()), clock()).ok


def test_each_authority_has_its_own_time_but_never_ends_it_within_a_remedy_period(box, recipient, clock):
    """One year after the last event § 58(2) VwGO still runs for some days; the neighbour's notices stay."""
    brief = years(box, retention=(Retention(authority=VIERNHEIM, years=1),))
    notice = submit(box, submission(recipient), caller(), clock()).notice
    run_due(box, clock())
    clock.now = clock.now.replace(year=2027, day=29)  # the 27th is a Saturday: the year after announcement ends today
    assert list(expired(brief, clock())) == []
    clock.forward(days=1)
    assert [one.notice for one in expired(brief, clock())] == [notice]
    assert list(expired(years(box, retention=(Retention(authority=BENSHEIM, years=1),)), clock())) == []


def test_a_legal_hold_keeps_it_until_it_is_lifted(box, notice, clock):
    """Set and lifted with a reason, both on record; a second one changes nothing; other towns find nothing."""
    with pytest.raises(Unacceptable):
        set_legal_hold(box, caller(), notice, "because")
    with pytest.raises(NotFound):
        set_legal_hold(box, caller(authority=BENSHEIM), notice, "court-case")
    set_legal_hold(box, caller(), notice, "court-case")
    with pytest.raises(NotNow):
        set_legal_hold(box, caller(), notice, "claim")
    clock.now = clock.now.replace(year=2040)
    assert run_retention(box, clock()) == 0
    lift_legal_hold(box, caller(), notice, "court-case")
    assert run_retention(box, clock()) == 0  # its last event is of today: the time begins anew
    clock.now = clock.now.replace(year=2051)
    assert run_retention(box, clock()) == 1
    kinds = [one.event.type for one in standing(box, VIERNHEIM, notice).recorded]
    assert kinds[-3:] == [EventType.LEGAL_HOLD_SET, EventType.LEGAL_HOLD_LIFTED, EventType.CONTENT_ERASED]


def test_the_worker_looks_once_a_day(box, notice, clock):
    """Nobody has to remember it."""
    clock.now = clock.now.replace(year=2037)
    run_due(box, clock())  # states what came to pass meanwhile, which is an event of today
    clock.now = clock.now.replace(year=2048)
    run_due(box, clock())
    assert standing(box, VIERNHEIM, notice).row["wrapped_key"] is None


def code(box, notice):
    with box.database.read() as connection:
        row, (document,) = notices.find(connection, notice), notices.documents_of(connection, notice)
    return code_of(key_of(box, row), document)


def test_a_third_party_learns_whether_the_document_still_stands(box, notice, recipient, clock):
    """Valid, then replaced, then withdrawn; typed as people type; a wrong code or document is unknown, always."""
    given, digest = code(box, notice), digest_of(DOCUMENT)
    assert inquire(box, given, digest) is Validity.VALID
    assert inquire(box, " ".join(given.upper().replace("1", "I").replace("0", "O")), digest) is Validity.VALID
    for wrong in (given[:-1] + ("a" if given[-1] != "a" else "b"), "", "x" * 26, given + "a"):
        assert inquire(box, wrong, digest) is Validity.UNKNOWN
    assert inquire(box, given, digest_of(b"another document")) is Validity.UNKNOWN
    submit(box, submission(recipient, key="new", replaces=notice), caller(), clock())
    assert inquire(box, given, digest) is Validity.REPLACED
    withdraw(box, caller(), notice, "wrong-content")
    assert inquire(box, given, digest) is Validity.WITHDRAWN


def test_nothing_is_said_of_what_is_not_there_yet_or_no_more(box, recipient, clock):
    """Accepted is not delivered; an erased document cannot be compared any more."""
    notice = submit(box, submission(recipient, upload(DOCUMENT)), caller(), clock()).notice
    given = code(box, notice)
    assert inquire(box, given, digest_of(DOCUMENT)) is Validity.UNKNOWN
    run_due(box, clock())
    assert inquire(box, given, digest_of(DOCUMENT)) is Validity.VALID
    clock.now = clock.now.replace(year=2037)
    run_retention(box, clock())
    assert inquire(box, given, digest_of(DOCUMENT)) is Validity.UNKNOWN


def test_what_nobody_got_yet_is_kept_for_its_delivery(box, recipient, clock):
    """For later by a year and a day, or held for two: not erased before; then it comes whole, and its time begins."""
    brief = years(box, retention_years=1)
    later = submit(
        brief, submission(recipient, publish_at=(NOON + timedelta(days=366)).isoformat()), caller(), clock()
    ).notice
    held = submit(brief, submission(recipient, key="held"), caller(), clock()).notice
    gone = submit(brief, submission(recipient, key="gone"), caller(), clock()).notice
    hold(brief, caller(), held, "legal-stop")
    withdraw(brief, caller(), gone, "sent-in-error")
    clock.now = NOON + timedelta(days=366, seconds=-1)
    assert [one.notice for one in expired(brief, clock())] == [gone]  # withdrawn: nobody will ever get it
    run_due(brief, clock.forward(days=1))
    clock.forward(days=365)
    release(brief, caller(), held)
    run_due(brief, clock())
    for notice in (later, held):
        row = standing(brief, VIERNHEIM, notice).row
        assert row["available_at"] is not None
        assert key_of(brief, row)
    assert standing(brief, VIERNHEIM, gone).row["wrapped_key"] is None


def test_what_lost_its_content_is_neither_released_nor_made_available(box, recipient, clock):
    """However the key went: no evidence says that something was there to be retrieved. The neighbour goes on."""
    lost, whole, held = (submit(box, submission(recipient, key=key), caller(), clock()).notice for key in "abc")
    hold(box, caller(), held, "legal-stop")
    with box.database.write() as connection:
        notices.forget(connection, lost)
        notices.forget(connection, held)
    with pytest.raises(NotNow) as refused:
        release(box, caller(), held)
    assert refused.value.code == "erased"
    run_due(box, clock())
    for notice, there in ((lost, False), (held, False), (whole, True)):
        assert (standing(box, VIERNHEIM, notice).row["available_at"] is not None) is there
