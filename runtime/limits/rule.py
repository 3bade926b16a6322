"""The rule: a quota that may be used at once and grows back evenly (generic cell rate algorithm, ITU-T I.371).

Of a key one number is kept: the instant at which its quota is whole again. No clock here; all times are nanoseconds of
the caller's clock, so that no rounding gives a request away.
"""

from dataclasses import dataclass

SECOND = 1_000_000_000  # nanoseconds


@dataclass(frozen=True, kw_only=True)
class Policy:
    """``quota`` requests in ``window`` seconds; a quota of 0 means that nobody counts."""

    name: str
    quota: int
    window: int = 300

    @property
    def interval(self) -> int:
        """Nanoseconds in which one request grows back."""
        return max(1, self.window * SECOND // self.quota)


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What a policy says to one request. Times are whole seconds, rounded up."""

    policy: Policy
    allowed: bool
    remaining: int  # requests that would be allowed at once
    whole_in: int  # until the quota is whole again
    retry_in: int  # until the next request is allowed; 0: now


def judge(policy: Policy, whole_at: int, now: int) -> tuple[Verdict, int]:
    """Judge one request of a key whose quota is whole at ``whole_at``; gives the verdict and the instant to keep.

    A refused request costs nothing: whoever knocks on keeps nobody out, not even himself.
    """
    interval = policy.interval
    window = interval * policy.quota
    after = max(whole_at, now) + interval
    allowed = after - now <= window
    kept = after if allowed else max(whole_at, now)
    verdict = Verdict(
        policy=policy,
        allowed=allowed,
        remaining=(window - (kept - now)) // interval,
        whole_in=_seconds(kept - now),
        retry_in=_seconds(kept + interval - now - window),
    )
    return verdict, kept


def _seconds(span: int) -> int:
    return max(0, -(-span // SECOND))
