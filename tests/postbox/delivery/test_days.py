"""What comes to pass by itself: the announcement, the end of the periods; and an act that is announced again."""

import dataclasses
from datetime import UTC, datetime

import pytest

from postbox.delivery import deadlines, evidence
from postbox.delivery.announce import contradicted
from postbox.delivery.declare import report_unreadable
from postbox.delivery.jobs import run_due
from postbox.delivery.life import Status, in_force
from postbox.delivery.status import standing
from postbox.delivery.withdraw import withdraw
from postbox.errors import Unacceptable
from postbox.intake.accept import submit
from postbox.law.calendar import legal_day
from postbox.proof.events import EventType
from postbox.proof.verify import verify
from tests.postbox.conftest import VIERNHEIM, caller, pdf, submission, upload
from tests.postbox.delivery.test_declarations import fetch, reader


def at(clock, *moment):
    clock.now = datetime(*moment, tzinfo=UTC)
    return clock.now


def kinds(box, notice):
    return [one.event.type for one in standing(box, VIERNHEIM, notice).recorded]


def sent(box, recipient, clock, **changes):
    notice = submit(box, submission(recipient, **changes), caller(), clock()).notice
    run_due(box, clock())
    return notice


def test_the_day_of_announcement_and_the_end_of_the_period_are_stated_once(box, recipient, clock):
    """Monday the 23rd: announced with the 27th's first minute; the 27th of December is a Sunday, so over on the 29th."""
    notice = sent(box, recipient, clock)
    run_due(box, at(clock, 2026, 11, 26, 22, 59, 59))
    assert EventType.ANNOUNCED not in kinds(box, notice)
    for _ in range(2):
        run_due(box, at(clock, 2026, 11, 26, 23, 0))
    assert (standing(box, VIERNHEIM, notice).status, kinds(box, notice)[-1]) == (Status.ANNOUNCED, EventType.ANNOUNCED)
    assert kinds(box, notice).count(EventType.ANNOUNCED) == 1
    run_due(box, at(clock, 2026, 12, 28, 22, 59))
    assert EventType.REMEDY_PERIOD_ENDED not in kinds(box, notice)
    run_due(box, at(clock, 2026, 12, 28, 23, 0))
    found = standing(box, VIERNHEIM, notice)
    assert (found.status, found.recorded[-1].event.payload["rule"]) == (Status.PERIOD_ENDED, "OZG_9/four-days")
    assert verify(evidence.bundle(box, found.row, clock()), evidence.anchors(box, clock()), clock()).ok


def test_nothing_is_stated_of_a_notice_that_was_withdrawn_before(box, recipient, clock):
    """Withdrawn on the 24th: the 27th passes without a word; its neighbour is announced."""
    notice, other = sent(box, recipient, clock), sent(box, recipient, clock, key="other")
    clock.forward(days=1)
    withdraw(box, caller(), notice, "wrong-content")
    run_due(box, clock.forward(days=10))
    assert (kinds(box, notice)[-1], kinds(box, other)[-1]) == (EventType.WITHDRAWN, EventType.ANNOUNCED)


@pytest.mark.parametrize("law", ["VwVfG", "SGB X"])
def test_no_later_fact_takes_a_statement_back(box, recipient, clock, law):
    """Announced; then retrieved, reported, withdrawn: the newest computation still bears it out, and it stays stated."""
    notice = sent(box, recipient, clock, procedural_law=law)
    early = law == "SGB X"  # § 37(2a) SGB X: announced by retrieval only, as no receipt of the mail is proven
    for act in (fetch, None):
        if act and early:
            act(box, notice, clock)
        run_due(box, clock.forward(days=10))
    assert kinds(box, notice)[-1] is EventType.ANNOUNCED
    if not early:
        fetch(box, notice, clock)
    report_unreadable(box, notice, reader(box, notice))
    withdraw(box, caller(), notice, "wrong-content")
    run_due(box, clock.forward(days=60))
    found = standing(box, VIERNHEIM, notice)
    stated = in_force(one.event for one in found.recorded)
    assert EventType.ANNOUNCED in stated
    assert EventType.REMEDY_PERIOD_ENDED not in stated
    assert found.status is Status.WITHDRAWN
    with box.database.read() as connection:
        assert contradicted(stated, deadlines.newest(connection, notice), legal_day(clock())) == []


def test_a_worker_whose_clock_ran_ahead_states_nothing_before_its_day(box, recipient, clock):
    """The round was told a later time than the clock shows when it acts: the job waits for its day."""
    notice = sent(box, recipient, clock)
    run_due(box, datetime(2026, 11, 27, 12, tzinfo=UTC))
    assert EventType.ANNOUNCED not in kinds(box, notice)
    run_due(box, at(clock, 2026, 11, 27, 12))
    assert kinds(box, notice)[-1] is EventType.ANNOUNCED


def test_a_clock_that_steps_back_turns_neither_the_chain_nor_the_log(box, recipient, clock):
    """An hour back between acceptance and availability: not available before it was accepted; recorded in order."""
    notice = submit(box, submission(recipient), caller(), clock()).notice
    accepted = clock()
    run_due(box, accepted)  # the log has its place for the acceptance
    clock.forward(hours=-1)
    second = submit(box, submission(recipient, key="second"), caller(), clock()).notice
    run_due(box, accepted)
    found = standing(box, VIERNHEIM, notice)
    assert found.row["available_at"] >= accepted
    for one in (notice, second):
        recorded = [event.event.recorded_at for event in standing(box, VIERNHEIM, one).recorded]
        assert recorded == sorted(recorded)
        row = standing(box, VIERNHEIM, one).row
        assert verify(evidence.bundle(box, row, accepted), evidence.anchors(box, accepted), accepted).ok


def test_a_renewed_announcement_keeps_the_first_retrieval(box, recipient, clock):
    """§ 9(1) s. 7 OZG: retrieved on the 24th and announced again in December, the 24th stays decisive."""
    document = pdf()
    notice = submit(box, submission(recipient, upload(document)), caller(), clock()).notice
    run_due(box, clock())
    clock.forward(days=1)
    assert fetch(box, notice, clock) == document
    at(clock, 2026, 12, 7, 11)
    again = submit(box, submission(recipient, upload(document), key="again", renews=notice), caller(), clock()).notice
    run_due(box, clock())
    found = standing(box, VIERNHEIM, again)
    assert (found.computation["announced_strict"], found.computation["announced_lenient"]) == (
        "2026-11-24",
        "2026-12-11",
    )
    assert found.computation["citizen_safe_until"] == "2026-12-24"
    assert EventType.RENEWED in kinds(box, notice)
    fetch(box, again, clock)  # a later retrieval moves nothing
    assert standing(box, VIERNHEIM, again).computation["announced_strict"] == "2026-11-24"
    assert verify(evidence.bundle(box, found.row, clock()), evidence.anchors(box, clock()), clock()).ok


def test_without_an_earlier_retrieval_the_renewed_announcement_counts_alone(box, recipient, clock):
    """Nobody had retrieved it: the fourth day after the renewal, in both readings."""
    document = pdf()
    first = submit(box, submission(recipient, upload(document)), caller(), clock()).notice
    run_due(box, clock())
    at(clock, 2026, 12, 7, 11)
    again = submit(box, submission(recipient, upload(document), key="again", renews=first), caller(), clock()).notice
    run_due(box, clock())
    assert standing(box, VIERNHEIM, again).computation["announced_strict"] == "2026-12-11"


def test_only_the_same_act_is_announced_again(box, recipient, clock):
    """Other bytes, an unknown notice or one not available yet are refused; the same bytes are taken."""
    document = pdf()
    first = submit(box, submission(recipient, upload(document)), caller(), clock()).notice

    def refused(*uploads, renews=first):
        with pytest.raises(Unacceptable) as error:
            submit(box, submission(recipient, *uploads, key="again", renews=renews), caller(), clock())
        return error.value.problems[0].code

    assert refused(upload(document)) == "not-available"
    run_due(box, clock())
    assert refused(upload(pdf(b"another act"))) == "renews-differs"
    assert refused(upload(document), renews="ntc_" + "0" * 26) == "renews-unknown"
    assert refused(upload(document), renews="x") == "renews-malformed"
    assert submit(box, submission(recipient, upload(document), key="again", renews=first), caller(), clock()).notice


def test_after_a_lapse_the_act_can_be_announced_again(box, recipient, clock, settings):
    """§ 41(2a) VwVfG: closed after ten days and not announced; announced again, the days count anew."""
    box = dataclasses.replace(box, settings=dataclasses.replace(settings, part_of_user_account=""))
    document = pdf()
    first = submit(box, submission(recipient, upload(document)), caller(), clock()).notice
    run_due(box, clock())
    run_due(box, clock.forward(days=11))
    assert standing(box, VIERNHEIM, first).status is Status.LAPSED
    again = submit(box, submission(recipient, upload(document), key="again", renews=first), caller(), clock()).notice
    run_due(box, clock())
    fetch(box, again, clock)
    assert standing(box, VIERNHEIM, again).computation["announced"] == "yes"
