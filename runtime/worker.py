"""The worker: does the houses' outstanding jobs, one round after the other, until it is asked to stop.

The postbox's are everything that happens to a notice after its acceptance, and what outsiders attest of the log; the
gate's are the looks at its accounts' metadata, and telling applications that sessions ended. Each kind has a thread of
its own, so that no notice waits for an identity provider or a time stamp, and no logout for an application, that does
not answer.
Jobs are claimed in the database, so a killed worker loses none and repeats none; any number of workers may run.
"""

import signal
import threading
import time
from collections.abc import Callable
from types import FrameType

from runtime.logs import log, places

IDLE = 0.3  # seconds between two rounds without work
ATTEST_IDLE = 1.0  # the same for what outsiders attest of the log, whose seconds are configured
METADATA_IDLE = 15.0  # the same for the gate, whose work is due every few hours
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


def work(round_of_jobs: Callable[[], int], stop: Stop, idle: float = IDLE) -> None:
    """Run rounds until ``stop``; ``round_of_jobs`` says how many jobs it did. Without any it rests ``idle`` seconds.

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
            stop.wait(idle)


def main() -> int:
    """Entry of the worker's process: the configuration's path stands in ``IDGATEWAY_CONFIG``.

    Raises FrontDoorError: nothing is there to do, or a house is not as it must be.
    """
    stop = Stop().listen()
    from runtime.errors import PartMissing  # noqa: PLC0415 after the signals are answered
    from runtime.wiring import attestations, logout_words, metadata_looks, postbox_jobs  # noqa: PLC0415

    rounds = (
        (postbox_jobs(), IDLE),
        (attestations(), ATTEST_IDLE),
        (logout_words(), IDLE),
        (metadata_looks(), METADATA_IDLE),
    )
    threads = [threading.Thread(target=work, args=(each, stop, idle), daemon=True) for each, idle in rounds if each]
    if not threads:
        raise PartMissing(
            "There is nothing for a worker to do.",
            "It serves a gate or a postbox.",
        )
    log.info("worker-started")
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    log.info("worker-stopped")
    return 0
