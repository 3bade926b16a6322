"""The worker: goes on after failures, waits when idle, stops when asked."""

import json
import signal
import subprocess
import sys
import time

from runtime import worker
from runtime.worker import Stop, work


class Script:
    """Rounds as written, then a stop; remembers how long the worker wanted to wait."""

    def __init__(self, *rounds):
        self.rounds = list(rounds)
        self.waits: list[float] = []
        self.stop = Stop()
        self.stop.wait = self.waits.append

    def __call__(self) -> int:
        outcome = self.rounds.pop(0)
        self.stop.asked = not self.rounds
        if isinstance(outcome, Exception):
            raise outcome
        return outcome


def test_work_without_pause_while_there_is_some_and_rest_when_idle():
    """After a round with jobs the next follows at once, after an empty one a short rest."""
    script = Script(3, 0, 1, 0)
    work(script, script.stop)
    assert script.waits == [worker.IDLE, worker.IDLE]


def test_failures_are_survived_with_a_growing_pause():
    """Each failure in a row doubles the pause up to a limit; a good round resets it."""
    script = Script(*[OSError("away")] * 8, 1, OSError("away"), 1)
    work(script, script.stop)
    assert script.waits == [0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 30.0, 30.0, 0.5]


def test_a_failure_is_logged_by_kind_and_place_only(capsys):
    """The exception's text, which may quote a person's data, is not in the log."""
    from runtime import logs

    logs.configure("worker")
    script = Script(ValueError("erika@example.org"), 1)
    work(script, script.stop)
    line = json.loads(capsys.readouterr().err)
    assert (line["event"], line["error"]) == ("worker-failed", "builtins.ValueError")
    assert "erika" not in json.dumps(line)


RUNNING = """
from runtime.worker import Stop, work
stop = Stop().listen()
print("ready", flush=True)
work(lambda: 0, stop)
print("ended in order", flush=True)
"""


def test_a_stop_signal_ends_it_between_two_rounds():
    """SIGTERM and SIGINT end the loop within a second, with exit code 0."""
    for number in (signal.SIGTERM, signal.SIGINT):
        process = subprocess.Popen([sys.executable, "-c", RUNNING], stdout=subprocess.PIPE, text=True)
        assert process.stdout.readline() == "ready\n"
        begun = time.monotonic()
        process.send_signal(number)
        out, _ = process.communicate(timeout=10)
        assert (out, process.returncode) == ("ended in order\n", 0)
        assert time.monotonic() - begun < 2


def test_a_stop_cuts_a_long_pause_short():
    """Who waits half a minute after failures still stops soon."""
    stop = Stop()
    signal.signal(signal.SIGUSR1, lambda *_: setattr(stop, "asked", True))
    signal.setitimer(signal.ITIMER_REAL, 0)
    previous = signal.signal(signal.SIGALRM, lambda *_: setattr(stop, "asked", True))
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.2)
        begun = time.monotonic()
        stop.wait(30)
        assert time.monotonic() - begun < 2
    finally:
        signal.signal(signal.SIGALRM, previous)
        signal.signal(signal.SIGUSR1, signal.SIG_DFL)
