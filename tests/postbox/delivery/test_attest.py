"""What outsiders attest: an authority that is down, slow or lying delays and is told; nothing is lost, nothing claimed."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from structlog.testing import capture_logs

from postbox.channels import outside
from postbox.channels.timestamps import Authority
from postbox.delivery import attest, audit, evidence, log
from postbox.delivery.jobs import run_due
from postbox.delivery.status import standing
from postbox.delivery.withdraw import withdraw
from postbox.errors import SetupWrong
from postbox.intake.accept import submit
from postbox.proof.anchors import Anchors
from postbox.proof.report import Status
from postbox.proof.states import EvidenceState, Reach, state_of, weakest
from postbox.proof.verify import verify
from postbox.settings import TimeStampService
from runtime.demo.stamps.authority import Authority as Stamps
from runtime.demo.stamps.authority import Fault
from tests.postbox.conftest import VIERNHEIM, caller, submission
from tests.postbox.outsiders import stamping
from tests.postgresql import free_port


@pytest.fixture
def known(clock) -> Iterator[Callable[..., Authority]]:
    with stamping(clock) as known:
        yield known


def _asking(box, *authorities):
    return replace(box, stamping=authorities)


def _state(box, notice):
    return standing(box, VIERNHEIM, notice).evidence_state


def _said(logs, what):
    return [line for line in logs if line["event"] == what]


@pytest.mark.parametrize(
    ("index", "state"),
    [(None, "recorded"), (9, "recorded"), (8, "sealed"), (5, "timestamped"), (2, "anchored"), (0, "anchored")],
)
def test_a_state_follows_from_how_far_the_attestations_reach(index, state):
    """Nine entries are sealed, six stamped, three witnessed; a notice is as strong as its weakest event."""
    reach = Reach(sealed=9, timestamped=6, anchored=3)
    assert state_of(index, reach) == state
    assert weakest([EvidenceState.ANCHORED, state_of(index, reach)]) == state


def test_a_notice_goes_from_recorded_over_sealed_to_timestamped(box, recipient, clock, known):
    """Each state is reached by its fact and not before; what comes later begins again."""
    box = _asking(box, known())
    notice = submit(box, submission(recipient), caller(), clock()).notice
    assert _state(box, notice) is EvidenceState.RECORDED
    run_due(box, clock())
    assert _state(box, notice) is EvidenceState.SEALED
    assert attest.attest_due(box, clock()) == 1
    assert _state(box, notice) is EvidenceState.TIMESTAMPED
    assert attest.attest_due(box, clock.forward(minutes=2)) == 0  # nothing new: nobody is asked
    other = submit(box, submission(recipient, key="key-2"), caller(), clock()).notice
    run_due(box, clock())
    assert attest.attest_due(box, clock.forward(seconds=30)) == 0  # within the configured minute
    assert (_state(box, other), _state(box, notice)) == (EvidenceState.SEALED, EvidenceState.TIMESTAMPED)
    assert attest.attest_due(box, clock.forward(seconds=60)) == 1
    assert _state(box, other) is EvidenceState.TIMESTAMPED


@pytest.mark.parametrize("fault", [one for one in Fault if one not in (Fault.NONE, Fault.SLOW)])
def test_a_lying_authority_is_passed_over_for_the_next_one(box, recipient, clock, known, fault):
    """The lie is in the log with its code; the honest one behind it stamps; alone, the liar gets nothing stored."""
    notice = submit(box, submission(recipient), caller(), clock()).notice
    run_due(box, clock())
    with capture_logs() as logs:
        assert attest.time_stamp(_asking(box, known(fault))) is False
        assert _state(box, notice) is EvidenceState.SEALED
        assert attest.time_stamp(_asking(box, known(fault), known())) is True
    assert [line["code"] for line in _said(logs, "time-stamp-failed")] == [
        _said(logs, "time-stamp-failed")[0]["code"]
    ] * 2
    assert _state(box, notice) is EvidenceState.TIMESTAMPED


def test_an_authority_that_drips_or_is_away_delays_and_loses_nothing(box, recipient, clock, known, monkeypatch):
    """Within the deadline it ends; after the configured time the log sounds the alarm; one token catches up with all."""
    monkeypatch.setattr(attest.timestamps.outside, "DEADLINE", 0.3)
    monkeypatch.setattr(outside.post, "__kwdefaults__", {**outside.post.__kwdefaults__, "within": 0.3})
    away = replace(known(), name="away", url=f"http://127.0.0.1:{free_port()}/")
    box_in_trouble = _asking(box, away, known(Fault.SLOW))
    notice = submit(box, submission(recipient), caller(), clock()).notice
    run_due(box, clock())
    with capture_logs() as logs:
        assert attest.attest_due(box_in_trouble, clock()) == 0
        assert {line["code"] for line in _said(logs, "time-stamp-failed")} <= {"no-answer", "answer-unbounded"}
        assert not _said(logs, "time-stamp-late")
        assert attest.attest_due(box_in_trouble, clock.forward(minutes=16)) == 0
        assert _said(logs, "time-stamp-late")[0]["seconds"] == 16 * 60
    assert _state(box, notice) is EvidenceState.SEALED
    assert attest.attest_due(_asking(box, away, known()), clock.forward(minutes=1)) == 1
    assert _state(box, notice) is EvidenceState.TIMESTAMPED
    assert attest.sound_time_stamp_alarm(box) == 0


def test_a_bundle_made_after_the_time_stamp_proves_the_time(box, recipient, clock, known):
    """What was stamped is proven by its first token, what came later is said; the anchors are those of the postbox."""
    box = _asking(box, known())
    notice = submit(box, submission(recipient), caller(), clock()).notice
    run_due(box, clock())
    attest.time_stamp(box)
    found = standing(box, VIERNHEIM, notice)
    anchors = Anchors.from_json(evidence.anchors(box, clock()).to_json())
    report = verify(evidence.bundle(box, found.row, clock()), anchors, clock.forward(minutes=1))
    assert report.ok, report
    time = next(step for step in report.steps if step.name == "time")
    assert (time.status, "all events" in time.english) == (Status.OK, True)
    withdraw(box, caller(), notice, "sent-in-error")
    report = verify(evidence.bundle(box, standing(box, VIERNHEIM, notice).row, clock()), anchors, clock())
    assert report.ok, report
    assert "3 of 4 events" in next(step for step in report.steps if step.name == "time").english


def test_a_fresh_stamp_renews_all_that_older_ones_cover(box, recipient, clock, known):
    """Nothing happens but the nightly audit: its entry makes a new state of the log, which another authority stamps.

    Whoever trusts one of the two alone is told what that one attests; who trusts neither sees red.
    """
    first = known()
    notice = submit(box, submission(recipient), caller(), clock()).notice
    run_due(box, clock())
    assert attest.attest_due(_asking(box, first), clock()) == 1
    row = standing(box, VIERNHEIM, notice).row
    once = verify(evidence.bundle(box, row, clock()), evidence.anchors(_asking(box, first), clock()), clock())
    assert "renewed" not in _time(once).english
    clock.forward(days=1)
    audit.audit_now(box)
    log.sequence(box, clock())
    with stamping(clock) as others:
        second = replace(others(), name="another")
        assert attest.attest_due(_asking(box, second), clock()) == 1
        bundle = evidence.bundle(box, row, clock())
        both = evidence.anchors(_asking(box, first, second), clock())
        alone = {name: evidence.anchors(_asking(box, one), clock()) for name, one in (("old", first), ("new", second))}
        neither = replace(both, time_stamp_certificates=(stranger(clock),))
    now = clock.forward(minutes=1)
    said = _time(verify(bundle, both, now))
    assert (said.status, "not later than 2026-11-23 11:00" in said.english) == (Status.OK, True), said.english
    assert "renewed on 2026-11-24 11:00" in said.english, said.english
    assert "erneuert" in said.german
    for name, day in (("old", "2026-11-23"), ("new", "2026-11-24")):
        said = _time(verify(bundle, alone[name], now))
        assert (said.status, f"not later than {day}" in said.english) == (Status.OK, True)
        assert "renewed" not in said.english
    assert _time(verify(bundle, neither, now)).code == "timestamp-certificate-chain"


def test_an_unknown_authority_is_missed_only_where_another_covers_it_all(box, recipient, clock, known):
    """What came after the trusted stamp and is stamped by a stranger alone stays red."""
    first = known()
    notice = submit(box, submission(recipient), caller(), clock()).notice
    run_due(box, clock())
    assert attest.attest_due(_asking(box, first), clock()) == 1
    clock.forward(days=1)
    withdraw(box, caller(), notice, "sent-in-error")
    run_due(box, clock())
    with stamping(clock) as others:
        assert attest.attest_due(_asking(box, replace(others(), name="another")), clock()) == 1
    bundle = evidence.bundle(box, standing(box, VIERNHEIM, notice).row, clock())
    report = verify(bundle, evidence.anchors(_asking(box, first), clock()), clock())
    assert _time(report).code == "timestamp-certificate-chain"


def _time(report):
    return next(step for step in report.steps if step.name == "time")


def stranger(clock):
    """The root of an authority that stamped nothing."""
    return Stamps.fresh(clock()).root


def test_an_authority_without_usable_certificates_stops_the_start(tmp_path):
    """A service whose tokens nobody could judge is a mistake in the settings, told at once."""
    broken: Any = tmp_path / "broken.pem"
    broken.write_text("no certificate")
    for paths in ((), (broken,), (tmp_path / "absent.pem",)):
        with pytest.raises(SetupWrong):
            Authority.of(TimeStampService(name="tsa", url="http://127.0.0.1/", certificates=paths))
