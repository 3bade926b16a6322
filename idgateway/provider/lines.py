"""How many threads applications' own web servers can hold up: few, and briefly, however slowly they answer.

A request that needs a document of an application's waits for it in a thread of ours. So a process fetches few documents
at the same time, never two from one address, for one application or for one invitation, and lets fewer still wait their
turn, for a second.
Everybody else is told at once that it is busy. Nobody shares what another fetched: a signed request that came for one
login is not that of the next.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from idgateway.errors import LinesBusy

LINES = 3  # fetches at the same time; with those who wait fewer than a process has threads
PLACES = 2  # to wait for one of them, or for what it brings
PATIENCE = 1.0  # seconds
LATER = "temporarily_unavailable"  # what applications hear of it (RFC 6749 4.1.2.1)


class Lines:
    """The lines to applications of one process. Safe in threads."""

    def __init__(self) -> None:
        """All of them are free."""
        self._changed = threading.Condition()
        self._taken: list[tuple[str, ...]] = []
        self._places = threading.BoundedSemaphore(PLACES)

    @contextmanager
    def taken(self, *names: str) -> Iterator[None]:
        """Hold a line that nobody else holds under one of these names. Raises LinesBusy."""
        with self._changed:
            if not self._is_free(names):
                self.await_turn(lambda: self._changed.wait_for(lambda: self._is_free(names), PATIENCE))
            self._taken.append(names)
        try:
            yield
        finally:
            with self._changed:
                self._taken.remove(names)
                self._changed.notify_all()

    def await_turn(self, wait: Callable[[], bool]) -> None:
        """Take one of the few places to wait, for ``PATIENCE`` at most. Raises LinesBusy."""
        if not self._places.acquire(blocking=False):
            raise LinesBusy("too many wait already")
        try:
            if not wait():
                raise LinesBusy("it took too long")
        finally:
            self._places.release()

    def _is_free(self, names: tuple[str, ...]) -> bool:
        return len(self._taken) < LINES and not any(set(names) & set(others) for others in self._taken)


def turn_of(client_id: str) -> str:
    """The name under which an application holds a line; no invitation has such a one."""
    return f"application {client_id}"


SHARED = Lines()  # of this process
