"""The memory of one process: when each key's quota is whole again. Bounded, in memory alone, safe between threads."""

import hashlib
import secrets
import threading
import time
from collections.abc import Callable, Iterable

from runtime.limits.rule import Policy, Verdict, judge

MOST_KEYS = 65_536  # some ten megabytes
_UNCOUNTED = 1_000_000  # of an uncounted policy this much is always left


class Limiter:
    """Counts requests by policy and key."""

    def __init__(
        self,
        policies: Iterable[Policy],
        *,
        clock: Callable[[], int] = time.monotonic_ns,
        most: int = MOST_KEYS,
    ) -> None:
        """``clock`` gives nanoseconds; more than ``most`` keys are never kept."""
        self._policies = {policy.name: policy for policy in policies}
        self._clock = clock
        self._most = most
        self._secret = secrets.token_bytes(32)
        self._whole_at: dict[bytes, int] = {}
        self._lock = threading.Lock()

    def spend(self, policy: str, *key: str) -> Verdict:
        """Judge a request and count it. Raises KeyError for a policy nobody declared."""
        return self._judge(self._policies[policy], key, keep=True)

    def look(self, policy: str, *key: str) -> Verdict:
        """Judge as ``spend`` would, and count nothing."""
        return self._judge(self._policies[policy], key, keep=False)

    def _judge(self, policy: Policy, key: tuple[str, ...], *, keep: bool) -> Verdict:
        if policy.quota == 0:
            return Verdict(policy=policy, allowed=True, remaining=_UNCOUNTED, whole_in=0, retry_in=0)
        hashed, now = self._hashed(policy.name, key), self._clock()
        with self._lock:
            verdict, kept = judge(policy, self._whole_at.get(hashed, 0), now)
            if keep and verdict.allowed:
                self._whole_at[hashed] = kept
                if len(self._whole_at) > self._most:
                    self._forget(now)
        return verdict

    def _hashed(self, policy: str, key: tuple[str, ...]) -> bytes:
        # Addresses are personal data: what is kept cannot be led back to one without the secret of this process.
        text = "\0".join((policy, *key)).encode(errors="replace")
        return hashlib.blake2b(text, key=self._secret, digest_size=16).digest()

    def _forget(self, now: int) -> None:
        """Let go who is whole again anyway; then, of a flood of keys, those who used least."""
        waiting = {key: at for key, at in self._whole_at.items() if at > now}
        if len(waiting) > self._most // 2:
            fullest = sorted(waiting, key=waiting.__getitem__)[-self._most // 2 :]
            waiting = {key: waiting[key] for key in fullest}
        self._whole_at = waiting
