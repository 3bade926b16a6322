"""What may happen to a notice besides arriving: later, held, withdrawn, replaced; each with its guard and its evidence."""

import threading
from collections import defaultdict
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from structlog.testing import capture_logs

from postbox.app import build
from postbox.delivery.jobs import run_due, sound_same_day_alarm
from postbox.delivery.life import GUARDS, Status, Step, refusal, status_of
from postbox.delivery.make_available import next_opening
from postbox.delivery.status import standing
from postbox.delivery.withdraw import HOLD_REASONS, WITHDRAWAL_REASONS, hold, release, withdraw
from postbox.errors import NotAllowed, NotFound, PostboxError, Unacceptable
from postbox.intake.accept import submit
from postbox.proof.events import EventType
from tests.postbox.conftest import BENSHEIM, NOON, VIERNHEIM, caller, submission


def accept(box, recipient, **changes):
    return submit(box, submission(recipient, key=changes.pop("key", "key-1"), **changes), caller(), box.clock()).notice


def now_is(box, notice):
    return standing(box, VIERNHEIM, notice).status


def kinds(box, notice):
    return [one.event.type for one in standing(box, VIERNHEIM, notice).recorded]


def test_a_notice_for_later_waits_for_its_moment_and_counts_from_then(box, recipient, clock):
    """Nothing is seen before; the wish is evidence; the day is that of making available."""
    at = NOON + timedelta(days=2)
    notice = accept(box, recipient, publish_at=at.isoformat())
    run_due(box, clock())
    assert now_is(box, notice) is Status.SCHEDULED
    run_due(box, clock.forward(seconds=2 * 86400 - 1))
    assert now_is(box, notice) is Status.SCHEDULED
    run_due(box, clock.forward(seconds=1))
    found = standing(box, VIERNHEIM, notice)
    assert found.row["available_at"] == at
    assert found.computation["announced_strict"] == (at + timedelta(days=4)).date().isoformat()
    scheduled = next(one.event for one in found.recorded if one.event.type is EventType.CONSIGNMENT_SCHEDULED)
    assert scheduled.payload["publish_at"].startswith(at.strftime("%Y-%m-%dT%H:%M"))


@pytest.mark.parametrize(
    ("wish", "code"),
    [
        ((NOON - timedelta(seconds=1)).isoformat(), "publish-at-outside"),
        ((NOON + timedelta(days=367)).isoformat(), "publish-at-outside"),
        ("2026-12-01T12:00:00", "publish-at-malformed"),
        ("tomorrow", "publish-at-malformed"),
        (20261201, "publish-at-malformed"),
    ],
)
def test_a_moment_that_cannot_be_is_refused(box, recipient, wish, code):
    """In the past, years ahead, without a zone, or no instant at all."""
    with pytest.raises(Unacceptable) as refused:
        accept(box, recipient, publish_at=wish)
    assert [problem.code for problem in refused.value.problems] == [code]


def test_a_held_notice_is_seen_by_nobody_until_it_is_released(box, recipient, clock):
    """The worker passes by, tomorrow too; a release lets it go at once, and the day is that of the release."""
    notice = accept(box, recipient)
    hold(box, caller(), notice, "legal-stop")
    run_due(box, clock())
    run_due(box, clock.forward(days=3))
    assert now_is(box, notice) is Status.HELD
    assert standing(box, VIERNHEIM, notice).waiting == {"make-available": "held"}
    release(box, caller(), notice)
    assert now_is(box, notice) is Status.ACCEPTED
    run_due(box, clock())
    assert standing(box, VIERNHEIM, notice).row["available_at"] == clock()
    assert kinds(box, notice)[:4] == [
        EventType.SUBMISSION_ACCEPTED,
        EventType.HELD,
        EventType.RELEASED,
        EventType.CONTENT_CONSIGNMENT,
    ]


def test_a_release_before_the_moment_keeps_the_moment(box, recipient, clock):
    """Held and released, a notice for later is still for later."""
    notice = accept(box, recipient, publish_at=(NOON + timedelta(days=2)).isoformat())
    hold(box, caller(), notice, "sender-request")
    release(box, caller(), notice)
    run_due(box, clock.forward(days=1))
    assert standing(box, VIERNHEIM, notice).row["available_at"] is None
    run_due(box, clock.forward(days=1))
    assert standing(box, VIERNHEIM, notice).row["available_at"] is not None


def test_a_notice_withdrawn_in_time_never_becomes_available(box, recipient, clock):
    """No mail, no date, no availability; the reason is evidence."""
    notice = accept(box, recipient)
    withdraw(box, caller(), notice, "wrong-recipient")
    assert run_due(box, clock()) == 1
    found = standing(box, VIERNHEIM, notice)
    assert (found.status, found.row["available_at"], found.computation) == (Status.WITHDRAWN, None, None)
    assert found.recorded[-1].event.reason == "wrong-recipient"
    assert found.waiting == {}


def test_a_withdrawal_after_the_fact_changes_no_date_and_hides_nothing(box, recipient, clock):
    """What was available stays; the announcement may already have happened."""
    notice = accept(box, recipient)
    run_due(box, clock())
    before = standing(box, VIERNHEIM, notice)
    withdraw(box, caller(), notice, "wrong-content")
    after = standing(box, VIERNHEIM, notice)
    assert (after.status, after.computation) == (Status.WITHDRAWN, before.computation)
    assert after.row["available_at"] == before.row["available_at"]


def test_another_notice_takes_the_place_and_both_say_so(box, recipient, clock):
    """Replaced and replacing name each other; the second is a notice with dates of its own."""
    first = accept(box, recipient)
    run_due(box, clock())
    second = accept(box, recipient, key="key-2", replaces=first)
    run_due(box, clock.forward(hours=1))
    old, new = standing(box, VIERNHEIM, first), standing(box, VIERNHEIM, second)
    assert (old.status, old.row["replaced_by"]) == (Status.REPLACED, second)
    assert (new.status, new.row["replaces"]) == (Status.NOTIFIED, first)
    assert old.recorded[-1].event.payload["by"] == second
    with pytest.raises(Unacceptable) as refused:
        accept(box, recipient, key="key-3", replaces=first)
    assert [problem.code for problem in refused.value.problems] == ["already-replaced"]


def test_only_an_own_notice_to_the_same_person_can_be_replaced(box, recipient, gate, clock):
    """An unknown notice, another authority's, and what is no notice."""
    for wrong, code in (
        ("ntc_" + "0" * 26, "replaces-unknown"),
        ("ntc_1", "replaces-malformed"),
        (7, "replaces-malformed"),
    ):
        with pytest.raises(Unacceptable) as refused:
            accept(box, recipient, replaces=wrong)
        assert [problem.code for problem in refused.value.problems] == [code]


def _refused(act) -> str:
    try:
        act()
    except PostboxError as error:
        return error.code
    return "done"


def test_each_step_has_its_guard(box, recipient, clock):
    """Held twice, released without hold, held when available, withdrawn twice: refused with a code, nothing written."""
    notice = accept(box, recipient)
    assert _refused(lambda: release(box, caller(), notice)) == "not-held"
    hold(box, caller(), notice, "legal-stop")
    assert _refused(lambda: hold(box, caller(), notice, "legal-stop")) == "held"
    release(box, caller(), notice)
    run_due(box, clock())
    assert _refused(lambda: hold(box, caller(), notice, "legal-stop")) == "already-available"
    withdraw(box, caller(), notice, "superseded")
    known = kinds(box, notice)
    assert _refused(lambda: withdraw(box, caller(), notice, "superseded")) == "withdrawn"
    assert _refused(lambda: release(box, caller(), notice)) == "withdrawn"
    assert kinds(box, notice) == known
    assert set(GUARDS) == set(Step)


def test_only_the_authority_with_the_scope_decides(box, recipient):
    """A foreign authority finds nothing; a reading token may not; an invented reason is none."""
    notice = accept(box, recipient)
    with pytest.raises(NotFound):
        withdraw(box, caller(authority=BENSHEIM), notice, "sent-in-error")
    with pytest.raises(NotAllowed):
        withdraw(box, caller(scopes=frozenset({"notices:read"})), notice, "sent-in-error")
    with pytest.raises(Unacceptable):
        withdraw(box, caller(), notice, "because")
    with pytest.raises(Unacceptable):
        hold(box, caller(), notice, "sent-in-error")
    assert {"sent-in-error"} <= set(WITHDRAWAL_REASONS) - set(HOLD_REASONS)
    withdraw(box, caller(), notice, "sent-in-error")


def test_a_withdrawal_and_the_worker_at_once_end_as_one_of_both(box, recipient, clock):
    """Either it was available and is marked, or it never was; never available without a word, never mailed after."""
    for number in range(6):
        notice = accept(box, recipient, key=f"race-{number}")
        together = threading.Barrier(2)

        def work(together=together):
            together.wait()
            run_due(box, clock())

        worker = threading.Thread(target=work)
        worker.start()
        together.wait()
        withdraw(box, caller(), notice, "sent-in-error")
        worker.join()
        run_due(box, clock())
        found = kinds(box, notice)
        assert now_is(box, notice) is Status.WITHDRAWN
        if EventType.CONTENT_CONSIGNMENT in found:
            assert found.index(EventType.CONTENT_CONSIGNMENT) < found.index(EventType.WITHDRAWN)
        else:
            assert EventType.CONSIGNMENT_NOTIFICATION not in found


def test_too_late_in_the_day_it_waits_for_the_morning(settings, box, recipient, clock):
    """§ 9(1) s. 6 OZG: after ten in the evening nothing is made available that nobody could be told of today."""
    careful = build(replace(settings, latest_publication="22:00"), box.database, box.keyring, clock)
    clock.now = datetime(2026, 11, 23, 21, 0, tzinfo=UTC)  # ten in the evening in Berlin
    notice = accept(careful, recipient)
    run_due(careful, clock())
    found = standing(careful, VIERNHEIM, notice)
    assert (found.status, found.waiting) == (Status.SCHEDULED, {"make-available": "after-hours"})
    run_due(careful, clock.forward(hours=8))  # six in the morning
    found = standing(careful, VIERNHEIM, notice)
    assert found.row["available_at"] == datetime(2026, 11, 24, 5, tzinfo=UTC)
    assert kinds(careful, notice).count(EventType.CONSIGNMENT_SCHEDULED) == 1


def test_in_the_evening_somebody_is_told_of_notices_nobody_was_told_of(box, recipient, clock, catcher):
    """Not before half past ten, not of yesterday's, and not when the mail went out."""
    clock.now = datetime(2026, 11, 23, 21, 29, tzinfo=UTC)
    catcher.reply = "451 later"
    accept(box, recipient)
    with capture_logs() as before:
        run_due(box, clock())
    with capture_logs() as lines:
        run_due(box, clock.forward(minutes=1))
        run_due(box, clock.forward(minutes=1))
    assert "not-told-today" not in [line["event"] for line in before]
    assert [line["count"] for line in lines if line["event"] == "not-told-today"] == [1]
    catcher.reply = "250 OK"
    run_due(box, clock.forward(minutes=10))
    assert sound_same_day_alarm(box, clock()) == 0
    clock.now = datetime(2026, 11, 24, 22, 0, tzinfo=UTC)
    assert sound_same_day_alarm(box, clock()) == 0


def test_the_evening_begins_when_the_setting_says_so():
    """A second before ten is today; in summer the same hour is another instant; empty means always."""
    ten = datetime(2026, 11, 23, 21, tzinfo=UTC)
    assert next_opening(ten - timedelta(seconds=1), "22:00") is None
    assert next_opening(ten, "22:00") == datetime(2026, 11, 24, 5, tzinfo=UTC)
    assert next_opening(datetime(2026, 7, 1, 20, tzinfo=UTC), "22:00") == datetime(2026, 7, 2, 4, tzinfo=UTC)
    assert next_opening(ten, "") is None
    # The night before summer time begins: six o'clock is six o'clock.
    assert next_opening(datetime(2027, 3, 27, 21, 30, tzinfo=UTC), "22:00") == datetime(2027, 3, 28, 4, tzinfo=UTC)


@pytest.mark.parametrize(
    ("happened", "retrieved", "status"),
    [
        ([], False, Status.ACCEPTED),
        ([EventType.CONTENT_CONSIGNMENT], True, Status.RETRIEVED),
        ([EventType.CONTENT_CONSIGNMENT, EventType.REPLACED], True, Status.REPLACED),
        ([EventType.REPLACED, EventType.CONTENT_CONSIGNMENT], False, Status.REPLACED),
        ([EventType.REPLACED, EventType.WITHDRAWN], False, Status.WITHDRAWN),
        ([EventType.WITHDRAWN, EventType.CONSIGNMENT_NOTIFICATION], False, Status.WITHDRAWN),
        ([EventType.HELD, EventType.RELEASED], False, Status.ACCEPTED),
        ([EventType.REPLACED, EventType.ANNOUNCED, EventType.REMEDY_PERIOD_ENDED], False, Status.REPLACED),
        ([EventType.WITHDRAWN, EventType.LAPSED], False, Status.WITHDRAWN),
        ([EventType.CONTENT_CONSIGNMENT, EventType.LAPSED], True, Status.LAPSED),
        ([EventType.ACKNOWLEDGED, EventType.ANNOUNCED], True, Status.ANNOUNCED),
    ],
)
def test_the_status_follows_from_the_events(happened, retrieved, status):
    """A last word stays the last word, whatever the worker still does."""
    assert status_of(happened, retrieved=retrieved) is status


@pytest.mark.parametrize(
    ("step", "facts", "code"),
    [
        (Step.MAKE_AVAILABLE, {"wrapped_key": None}, "erased"),
        (Step.MAKE_AVAILABLE, {"wrapped_key": None, "held_at": NOON}, "erased"),  # it waits for nothing any more
        (Step.RELEASE, {"held_at": NOON, "wrapped_key": None}, "erased"),
        (Step.LAPSE, {"withdrawn_at": NOON}, "withdrawn"),
        (Step.ANNOUNCE, {"available_at": NOON, "replaced_by": "ntc_2"}, "already-replaced"),
        (Step.ANNOUNCE, {"available_at": NOON, "unreadable_at": NOON}, "cannot-open"),
        (Step.ANNOUNCE, {"available_at": NOON, "contestable": "not-notified"}, "contestable"),
        (Step.ANNOUNCE, {}, "not-available"),
        (Step.MAKE_AVAILABLE, {"letter_at": NOON}, "letter-under-way"),
        (Step.HOLD, {"letter_at": NOON}, "letter-under-way"),
        (Step.ORDER_LETTER, {}, "not-available"),
        (Step.ORDER_LETTER, {"available_at": NOON, "letter_at": NOON}, "letter-under-way"),
        (Step.PRINT_LETTER, {"letter_at": NOON, "replaced_by": "ntc_2"}, "already-replaced"),
        (Step.RETAIN_NO_LONGER, {}, "not-delivered"),
        (Step.RETAIN_NO_LONGER, {"held_at": NOON}, "not-delivered"),
        (Step.RETAIN_NO_LONGER, {"quarantine": "scanner-down"}, "not-delivered"),
        (Step.MAKE_AVAILABLE, {}, None),
        (Step.RELEASE, {"held_at": NOON}, None),
        (Step.LAPSE, {}, None),
        (Step.ANNOUNCE, {"available_at": NOON}, None),
        (Step.ANNOUNCE, {"posted_on": NOON.date()}, None),
        (Step.ANNOUNCE, {"available_at": NOON, "unreadable_at": NOON, "posted_on": NOON.date()}, None),
        (Step.ANNOUNCE, {"available_at": NOON, "contestable": "not-notified", "posted_on": NOON.date()}, None),
        (Step.HOLD, {}, None),
        (Step.ORDER_LETTER, {"available_at": NOON}, None),
        (Step.ORDER_LETTER, {"returned_at": NOON}, None),
        (Step.PRINT_LETTER, {"letter_at": NOON}, None),
        (Step.RETAIN_NO_LONGER, {"posted_on": NOON.date()}, None),
        (Step.RETAIN_NO_LONGER, {"returned_at": NOON}, None),
        (Step.RETAIN_NO_LONGER, {"returned_at": NOON, "letter_at": NOON}, "not-delivered"),
        (Step.RETAIN_NO_LONGER, {"available_at": NOON}, None),
        (Step.RETAIN_NO_LONGER, {"held_at": NOON, "withdrawn_at": NOON}, None),
        (Step.RETAIN_NO_LONGER, {"quarantine": "malware-found"}, None),
    ],
)
def test_a_guard_forbids_what_the_facts_forbid(step, facts, code):
    """Each with its twin that may: what lacks its content goes nowhere, what nobody got yet keeps it."""
    guard = refusal(step, defaultdict(lambda: None, {"wrapped_key": b"key"} | facts))
    assert (guard.code if guard else None) == code


def test_a_replaced_notice_is_never_shown_as_announced(box, recipient, clock):
    """Replaced on the second day: its day passes without a word; the one that replaced it is announced."""
    first = accept(box, recipient)
    run_due(box, clock())
    second = accept(box, recipient, key="key-2", replaces=first)
    run_due(box, clock.forward(days=1))
    run_due(box, clock.forward(days=60))
    assert (now_is(box, first), now_is(box, second)) == (Status.REPLACED, Status.PERIOD_ENDED)
    assert EventType.ANNOUNCED not in kinds(box, first)
