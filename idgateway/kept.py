"""One fetched document of somebody else, kept for a while: looked at again when it is old, and over a failure too."""

import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final, Generic, TypeVar

from idgateway.errors import LinesBusy, UpstreamUnavailable

KEPT_FOR: Final = timedelta(hours=1)
REFRESH_PAUSE: Final = timedelta(seconds=30)  # an unknown key id may be anybody's invention
RETRY_PAUSE: Final = timedelta(seconds=5)  # while there is no copy at all: a peer that is down holds nobody up twice
T = TypeVar("T")


def _patiently(lock: threading.Lock) -> None:
    lock.acquire()


class Kept(Generic[T]):
    """One fetched document. Who finds it too old fetches it, the others meanwhile use the old one. Safe in threads."""

    def __init__(
        self,
        fetched: Callable[[], T],
        *,
        at_most: timedelta = timedelta.max,
        awaited: Callable[[threading.Lock], None] = _patiently,
    ) -> None:
        """``fetched`` raises UpstreamUnavailable where it fails; then a copy serves on, ``at_most`` for so long.

        ``awaited`` takes the lock while another fetches what nobody has a copy of; it raises where that lasts too long.
        """
        self._fetched = fetched
        self._at_most = at_most
        self._awaited = awaited
        self._lock = threading.Lock()
        self._copy: T | None = None
        self._got_at: datetime | None = None
        self._tried_at: datetime | None = None
        self._failure = UpstreamUnavailable("not fetched yet", code="unreachable")

    def read(self, now: datetime, older_than: timedelta = KEPT_FOR) -> T:
        """The document, or its last good copy while the refresh fails. Raises UpstreamUnavailable without one."""
        copy = self._copy
        if not self._lock.acquire(blocking=False):
            if copy is not None and not self._is_over(now):
                return copy
            self._awaited(self._lock)
        try:
            pause = RETRY_PAUSE if self._copy is None else older_than
            if self._tried_at is None or now - self._tried_at > pause:
                self._refresh(now)
            if self._copy is None:
                raise UpstreamUnavailable(self._failure.detail, code=self._failure.code)
            return self._copy
        finally:
            self._lock.release()

    def _refresh(self, now: datetime) -> None:
        begun = time.monotonic()
        try:
            self._copy, self._got_at = self._fetched(), now
        except LinesBusy:
            self._give_up(now)
            if self._copy is None:
                raise
            return  # nobody tried
        except UpstreamUnavailable as failure:
            self._failure = failure
            self._give_up(now)
        # From the end of the try: one that lasts longer than the pause would be followed by the next at once.
        self._tried_at = now + timedelta(seconds=time.monotonic() - begun)

    def _give_up(self, now: datetime) -> None:
        """What nobody could look at again for so long serves nobody any more."""
        if self._is_over(now):
            self._copy = None

    def _is_over(self, now: datetime) -> bool:
        return self._got_at is not None and now - self._got_at > self._at_most
