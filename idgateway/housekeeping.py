"""Erasing what has had its time: the gate does it itself, on the back of a login, at most every few minutes."""

import threading
from datetime import datetime, timedelta

from idgateway.gate import Gate
from idgateway.store.expiry import forget_expired

PAUSE = timedelta(minutes=5)  # an unfetched result may lie that much longer than its five minutes


def run_due(gate: Gate, now: datetime) -> int:
    """Erase everything that has expired; gives how many rows. A worker may call it as often as it likes."""
    with gate.database.write() as connection:
        return forget_expired(connection, now)


class Housekeeper:
    """Remembers when this process last tidied up. Safe to share between threads."""

    def __init__(self, gate: Gate) -> None:
        """Due at once."""
        self._gate = gate
        self._turn = threading.Lock()
        self._next: datetime | None = None

    def tidy(self, now: datetime) -> None:
        """Tidy up if it is time and nobody else is at it."""
        if (self._next is not None and now < self._next) or not self._turn.acquire(blocking=False):
            return
        try:
            self._next = now + PAUSE
            run_due(self._gate, now)
        finally:
            self._turn.release()
