"""What counts on a day: each stage begins and ends on exactly its days."""

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from postbox.law.calculator import read_case
from postbox.law.periods import compute
from postbox.law.stages import Stage, stage_on
from tests.postbox.law.test_deadlines import cases

# Row 2 of the worked examples: Boxing Day on a Saturday, so both readings differ by two days.
CASE = read_case({"regime": "OZG_9", "available_at": "2026-12-22", "authority_land": "BE"})


@pytest.mark.parametrize(
    ("day", "stage"),
    [
        ("2026-12-25", Stage.COMING),
        ("2026-12-26", Stage.DISPUTED),
        ("2026-12-27", Stage.DISPUTED),
        ("2026-12-28", Stage.ANNOUNCED),
        ("2027-01-26", Stage.ANNOUNCED),
        ("2027-01-27", Stage.LATE),
        ("2027-01-28", Stage.LATE),
        ("2027-01-29", Stage.ENDED),
    ],
)
def test_a_notice_passes_its_stages_day_by_day(day, stage):
    """Announced early or late, safe until the early end, over only after the late one."""
    assert stage_on(compute(CASE), date.fromisoformat(day)) is stage


def test_without_a_proven_announcement_the_days_wait():
    """Not retrieved under § 41(2a) VwVfG: whatever the day, nothing is claimed; without a remedy nothing ends."""
    waiting = compute(read_case({"regime": "VWVFG_41_2A", "available_at": "2026-11-23", "authority_land": "HE"}))
    assert stage_on(waiting, date(2030, 1, 1)) is Stage.UNDECIDED
    endless = compute(
        read_case({"regime": "OZG_9", "available_at": "2026-11-23", "authority_land": "HE", "period_months": None})
    )
    assert stage_on(endless, date(2030, 1, 1)) is Stage.ANNOUNCED


@given(cases(), st.integers(0, 500))
@settings(max_examples=100, deadline=None)
def test_time_leads_forward_only(case, days):
    """No stage comes back after a later one."""
    order = list(Stage)
    computed = compute(case)
    day = date(2026, 1, 1) + timedelta(days=days)
    assert order.index(stage_on(computed, day)) <= order.index(stage_on(computed, day + timedelta(days=1)))
