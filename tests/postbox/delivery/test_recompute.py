"""A later rule or calendar adds a computation with its reason; what was computed before stays, byte for byte."""

import dataclasses
import json
from datetime import UTC, datetime

from postbox.delivery import evidence
from postbox.delivery.jobs import run_due
from postbox.delivery.life import Status
from postbox.delivery.recompute import recompute
from postbox.delivery.status import standing
from postbox.intake.accept import submit
from postbox.law import periods, regimes
from postbox.law.editing import read_changes
from postbox.proof.events import EventType
from postbox.proof.verify import verify
from postbox.store import notices
from tests.postbox.conftest import VIERNHEIM, caller, submission

# The objection period of a notice of 23 November ends on Monday 28 December 2026.
CHANGE = '[[day]]\ndate = 2026-12-28\nland = "HE"\nfree = true\nreason = "Gesetz"\nauthor = "Rechtsamt"\n'


def sent(box, recipient, clock):
    notice = submit(box, submission(recipient), caller(), clock()).notice
    run_due(box, clock())
    return notice


def kept(box, notice):
    with box.database.read() as connection:
        return [dict(row) for row in notices.computations_of(connection, notice)]


def test_a_later_calendar_adds_a_computation_and_rewrites_none(box, recipient, clock):
    """Nothing changed: nothing is added. Changed: one more, bound into the chain, with its reason; the proof holds."""
    notice = sent(box, recipient, clock)
    before = kept(box, notice)
    assert recompute(box, clock()) == 0
    later = dataclasses.replace(box, calendar_changes=read_changes(CHANGE))
    assert (recompute(later, clock()), recompute(later, clock())) == (1, 0)
    after = kept(box, notice)
    assert after[:-1] == before
    assert (after[-1]["because"], json.loads(after[-1]["content"])["end_strict"]) == ("calendar-changed", "2026-12-29")
    found = standing(box, VIERNHEIM, notice)
    assert (found.recorded[-1].event.type, found.recorded[-1].event.reason) == (
        EventType.RECOMPUTED,
        "calendar-changed",
    )
    assert verify(evidence.bundle(later, found.row, clock()), evidence.anchors(box, clock()), clock()).ok


def test_a_later_rule_adds_a_computation_and_rewrites_none(box, recipient, clock, monkeypatch):
    """A court decides for five days: the old computation stays under its rule, the new one names the new rule."""
    notice = sent(box, recipient, clock)
    before = kept(box, notice)
    decided = tuple(
        dataclasses.replace(rule, version="five-days", days=5) if rule.id == "OZG_9/four-days" else rule
        for rule in regimes.RULES
    )
    monkeypatch.setattr(regimes, "RULES", decided)
    assert periods.rule_for is regimes.rule_for
    run_due(box, clock.forward(days=1))  # the worker looks once a day
    after = kept(box, notice)
    assert after[:-1] == before
    content = json.loads(after[-1]["content"])
    assert (after[-1]["because"], content["rule_id"], content["announced_strict"]) == (
        "rule-changed", "OZG_9/five-days", "2026-11-28",
    )  # fmt: skip


def test_a_statement_whose_day_moved_is_taken_back_and_made_again_on_the_new_day(box, recipient, clock):
    """Over on the 29th, it was said; then that day becomes free: over on the 30th, said again. The first stays said."""
    notice = sent(box, recipient, clock)
    for day in (datetime(2026, 11, 27, 12, tzinfo=UTC), datetime(2026, 12, 29, 12, tzinfo=UTC)):
        clock.now = day
        run_due(box, clock())
    assert standing(box, VIERNHEIM, notice).status is Status.PERIOD_ENDED
    later = dataclasses.replace(box, calendar_changes=read_changes(CHANGE))
    assert recompute(later, clock()) == 1
    found = standing(later, VIERNHEIM, notice)
    # The announcement lies behind in every reading: it still stands.
    assert (found.status, found.recorded[-1].event.payload["contradicts"]) == (
        Status.ANNOUNCED, ["x-RemedyPeriodEnded"],
    )  # fmt: skip
    run_due(later, clock())
    assert standing(later, VIERNHEIM, notice).status is Status.ANNOUNCED
    run_due(later, clock.forward(days=1))
    found = standing(later, VIERNHEIM, notice)
    assert found.status is Status.PERIOD_ENDED
    assert [one.event.type for one in found.recorded].count(EventType.REMEDY_PERIOD_ENDED) == 2
    assert verify(evidence.bundle(later, found.row, clock()), evidence.anchors(box, clock()), clock()).ok


def test_a_statement_whose_day_stays_behind_stands(box, recipient, clock):
    """Two days after the end the same calendar moves it by one: still over, and not said twice."""
    notice = sent(box, recipient, clock)
    clock.now = datetime(2026, 12, 31, 12, tzinfo=UTC)
    run_due(box, clock())
    later = dataclasses.replace(box, calendar_changes=read_changes(CHANGE))
    assert recompute(later, clock()) == 1
    run_due(later, clock())
    found = standing(later, VIERNHEIM, notice)
    assert (found.status, "contradicts" in found.recorded[-1].event.payload) == (Status.PERIOD_ENDED, False)
    assert [one.event.type for one in found.recorded].count(EventType.REMEDY_PERIOD_ENDED) == 1
