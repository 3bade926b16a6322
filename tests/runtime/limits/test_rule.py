"""The rule by which requests are counted: exact at its edges, kind to who waits, and never worn down."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime.limits import Policy
from runtime.limits.rule import SECOND, judge

TEN_A_MINUTE = Policy(name="page", quota=10, window=60)  # one grows back every six seconds


def spend(policy: Policy, times: list[int]) -> list[bool]:
    """Which of these requests (in nanoseconds) are allowed."""
    whole_at, verdicts = 0, []
    for now in times:
        verdict, whole_at = judge(policy, whole_at, now)
        verdicts.append(verdict.allowed)
    return verdicts


def test_the_whole_quota_may_be_used_at_once_and_no_more():
    assert spend(TEN_A_MINUTE, [5] * 12) == [True] * 10 + [False] * 2


@pytest.mark.parametrize(("later", "allowed"), [(6 * SECOND - 1, False), (6 * SECOND, True), (6 * SECOND + 1, True)])
def test_one_grows_back_in_its_interval_to_the_nanosecond(later: int, allowed: bool):
    assert spend(TEN_A_MINUTE, [0] * 10 + [later])[-1] is allowed


def test_a_quota_beyond_measure_is_still_a_rule():
    assert all(spend(Policy(name="page", quota=10**15), [0] * 100))


def test_knocking_on_a_closed_door_does_not_keep_it_closed():
    times = [0] * 10 + [second * SECOND // 10 for second in range(60)] + [6 * SECOND]
    assert spend(TEN_A_MINUTE, times)[-1]


def test_the_verdict_says_what_is_left_and_when():
    whole_at = 0
    told = []
    for _ in range(11):
        verdict, whole_at = judge(TEN_A_MINUTE, whole_at, 0)
        told.append((verdict.remaining, verdict.whole_in, verdict.retry_in))
    assert told[0] == (9, 6, 0)
    assert told[9] == (0, 60, 6)
    assert told[10] == (0, 60, 6)


@given(
    st.integers(1, 50),
    st.integers(1, 600),
    st.lists(st.integers(0, 20 * SECOND), min_size=1, max_size=200),
)
def test_never_more_than_quota_and_rate_in_any_span(quota: int, window: int, gaps: list[int]):
    """In any span at most the quota and what grew back meanwhile; who waits a window gets the quota again."""
    policy, now, times = Policy(name="x", quota=quota, window=window), 0, []
    for gap in gaps:
        now += gap
        times.append(now)
    taken = [at for at, allowed in zip(times, spend(policy, times), strict=True) if allowed]
    for first in range(0, len(taken), 7):
        for last in range(first, len(taken), 5):
            grown = (taken[last] - taken[first]) // policy.interval
            assert last - first + 1 <= quota + grown
    later = now + policy.window * SECOND
    assert spend(policy, [*times, *[later] * quota])[-quota:] == [True] * quota
