"""The worker: does the postbox's outstanding jobs, one round after the other, until it is asked to stop.

Jobs are claimed in the database, so a killed worker loses none and repeats none; any number of workers may run.
"""

import signal
import time
from collections.abc import Callable
from datetime import UTC, datetime
from types import FrameType

from runtime.logs import log, places

IDLE = 0.3  # seconds between two rounds without work
FIRST_PAUSE = 0.5  # seconds after a failed round, doubled with each further one
LONGEST_PAUSE = 30.0


class Stop:
    """Set by SIGTERM or SIGINT; asked between rounds."""

    def __init__(self) -> None:
        """Not asked yet."""
        self.asked = False

    def listen(self) -> "Stop":
        """Answer both signals from now on."""
        for each in (signal.SIGTERM, signal.SIGINT):
            signal.signal(each, self._note)
        return self

    def _note(self, _number: int, _frame: FrameType | None) -> None:
        self.asked = True

    def wait(self, seconds: float) -> None:
        """Sleep, but not much longer than until the stop."""
        ends = time.monotonic() + seconds
        while not self.asked and (left := ends - time.monotonic()) > 0:
            time.sleep(min(left, IDLE))


def work(round_of_jobs: Callable[[], int], stop: Stop) -> None:
    """Run rounds until ``stop``; ``round_of_jobs`` says how many jobs it did.

    A round that raises is logged by kind and place, and tried again after a growing pause: the database may be away.
    """
    pause = FIRST_PAUSE
    while not stop.asked:
        try:
            done = round_of_jobs()
        except Exception as error:  # noqa: BLE001 whatever happened, notices must still go out when it is over
            log.error("worker-failed", seconds=pause, **places(error))
            stop.wait(pause)
            pause = min(pause * 2, LONGEST_PAUSE)
            continue
        pause = FIRST_PAUSE
        if not done:
            stop.wait(IDLE)


def main() -> int:
    """Entry of the worker's process: the configuration's path stands in ``IDGATEWAY_CONFIG``."""
    stop = Stop().listen()
    from postbox.delivery.jobs import run_due  # noqa: PLC0415 after the signals are answered
    from runtime.wiring import postbox_context  # noqa: PLC0415

    postbox = postbox_context()
    log.info("worker-started")
    work(lambda: run_due(postbox, datetime.now(UTC)), stop)
    log.info("worker-stopped")
    return 0
