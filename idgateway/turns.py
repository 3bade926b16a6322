"""One after the other: an impatient browser brings the same answer twice, but a code can be redeemed once only.

A provider may even take back what it gave when a code comes again (RFC 6749 4.1.2). So the second waits until the first
is stored, and is led to the same place. This holds inside one process; between two, the provider refuses the second.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager


class Turns:
    """Locks by name, kept only while somebody holds or awaits them. Safe in threads."""

    def __init__(self) -> None:
        """Nobody is waiting yet."""
        self._guard = threading.Lock()
        self._locks: dict[str, tuple[threading.Lock, int]] = {}

    @contextmanager
    def of(self, name: str) -> Iterator[None]:
        """Wait until nobody else of this name is inside."""
        with self._guard:
            lock, waiting = self._locks.get(name, (threading.Lock(), 0))
            self._locks[name] = (lock, waiting + 1)
        try:
            with lock:
                yield
        finally:
            with self._guard:
                lock, waiting = self._locks[name]
                if waiting > 1:
                    self._locks[name] = (lock, waiting - 1)
                else:
                    del self._locks[name]
