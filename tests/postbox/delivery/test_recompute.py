"""A later rule or calendar adds a computation with its reason; what was computed before stays, byte for byte."""

import dataclasses
import json

from postbox.delivery import evidence
from postbox.delivery.jobs import run_due
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
