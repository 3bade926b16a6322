"""What is posted, sent electronically or served against acknowledgement is announced on days of its own."""

from datetime import UTC, date, datetime, timedelta

import pytest

from postbox.errors import NoRule
from postbox.law.computation import Announced, Case, Computation
from postbox.law.periods import compute
from postbox.law.regimes import Regime, choose

SENT = datetime(2026, 11, 23, 12, tzinfo=UTC)
RETRIEVAL = Case(regime=Regime.OZG_9, available_at=SENT, authority_land="HE", period_months=1)


def test_what_is_sent_has_regimes_of_its_own():
    """Post, electronic transmission and service against acknowledgement follow each procedural law's own provision."""
    facts = {"land": "HE", "on": date(2026, 11, 23), "part_of_user_account": "§ 2 Abs. 5 OZG"}
    chosen = {
        (law, channel): choose(**facts, procedural_law=law, channel=channel).regime
        for law in ("VwVfG", "AO", "SGB X")
        for channel in ("post", "transmission")
    }
    assert chosen == {
        ("VwVfG", "post"): Regime.VWVFG_41_2,
        ("VwVfG", "transmission"): Regime.VWVFG_41_2,
        ("AO", "post"): Regime.AO_122_2,
        ("AO", "transmission"): Regime.AO_122_2A,
        ("SGB X", "post"): Regime.SGBX_37_2,
        ("SGB X", "transmission"): Regime.SGBX_37_2,
    }
    assert choose(**facts, procedural_law="VwVfG", channel="acknowledgement").regime is Regime.VWZG_5_5
    with pytest.raises(NoRule):
        choose(**facts, procedural_law="AO", channel="acknowledgement")


def _served(**changes):
    facts = {"regime": Regime.VWZG_5_5, "sent_at": SENT, "authority_land": "HE", "period_months": 1}
    return compute(Case(**facts | changes))


def test_only_an_acknowledgement_in_time_excludes_the_fiction():
    """§ 5(7) VwZG: what counts is when it came back; too late, the fourth day stands, but an earlier day protects."""
    written = {"ack_date": date(2026, 11, 25), "fiction_announced": True}
    in_time = _served(**written, ack_received_at=SENT + timedelta(days=4))
    assert (in_time.announced_strict, in_time.announced_lenient) == (date(2026, 11, 25), date(2026, 11, 25))
    late = _served(**written, ack_received_at=SENT + timedelta(days=5))
    assert (late.announced_strict, late.announced_lenient, late.contestable) == (
        date(2026, 11, 25),
        date(2026, 11, 27),
        True,
    )
    without_fiction = _served(ack_date=date(2026, 12, 9), ack_received_at=SENT + timedelta(days=17))
    assert without_fiction.announced_lenient == date(2026, 12, 9)


def test_facts_that_cannot_be_or_are_missing_are_refused():
    """A rule that counts from the sending needs the sending, and nobody acknowledges before it."""
    with pytest.raises(NoRule) as refused:
        _served(sent_at=None)
    assert refused.value.code == "facts-missing"
    with pytest.raises(NoRule) as refused:
        _served(sent_at=None, available_at=SENT)
    assert refused.value.code == "facts-missing"
    with pytest.raises(NoRule) as refused:
        _served(ack_date=date(2026, 11, 22))
    assert refused.value.code == "ack-date-impossible"
    assert _served(ack_date=date(2026, 11, 23)).announced_strict == date(2026, 11, 23)


def test_the_days_of_the_post_end_at_the_border():
    """Abroad, outside tax law, only proven receipt announces; an electronic transmission knows no border."""
    posted = {"regime": Regime.VWVFG_41_2, "posted": True, "abroad": True}
    assert _served(**posted).announced is Announced.UNPROVEN
    assert _served(**posted, received_at=SENT + timedelta(days=8)).announced_strict == date(2026, 12, 1)
    assert _served(**posted | {"posted": False}).announced_strict == date(2026, 11, 27)


def test_after_another_way_the_citizen_counts_from_the_earlier_and_the_authority_waits_for_the_post():
    """Whether the first way announced it may be in doubt: its day is the strict one, the letter's the lenient one."""
    posted = {"regime": Regime.VWVFG_41_2, "posted": True}
    alone, after = _served(**posted), _served(**posted, announced_before=date(2026, 11, 24))
    assert (after.announced_strict, after.announced_lenient) == (date(2026, 11, 24), alone.announced_lenient)
    assert (after.citizen_safe_until, after.final_not_before) == (date(2026, 12, 24), alone.final_not_before)
    assert after.disputed
    assert _served(**posted, announced_before=date(2026, 12, 1)).announced_strict == alone.announced_strict
    assert Computation.from_json(after.to_json()) == after
    assert "announced_before" not in alone.to_json()["inputs"]


def test_a_computation_for_retrieval_reads_as_before_sending_was_known():
    """Stored evidence keeps its bytes: the facts of sending are written only where there are any."""
    assert "sent_at" not in compute(RETRIEVAL).to_json()["inputs"]
    assert _served().to_json()["inputs"]["sent_at"] == "2026-11-23T12:00:00.000000Z"
