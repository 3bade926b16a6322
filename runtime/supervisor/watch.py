"""The supervisor's own loop: start all, wait until all answer, watch, end all."""

import signal
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from types import FrameType

from runtime.errors import ChildEnded
from runtime.supervisor.janitor import Janitor
from runtime.supervisor.listeners import answers, refuse_taken
from runtime.supervisor.processes import Child, Running

TICK = 0.1  # seconds between two looks
END_WITHIN = 5.0  # seconds to end in order, then SIGKILL
READY_WITHIN = 60.0  # seconds until every listener must answer


def run(
    children: Sequence[Child], *, on_ready: Callable[[], None] = lambda: None, janitor: Janitor | None = None
) -> None:
    """Run all children until SIGINT or SIGTERM; when this returns or raises, none of them is left.

    Call it from the main thread: children die with the thread that started them. ``on_ready`` is called once, when
    every listener answers. A second SIGINT or SIGTERM ends the waiting for an orderly end.

    Raises:
        PortTaken: before anything started.
        ChildEnded: a child ended by itself, or does not answer in time.
    """
    refuse_taken(child.listen for child in children if child.listen)
    with _stop_signals() as stops:
        running: list[Running] = []
        try:
            _start(children, running, janitor, stops)
            _wait_until_ready(running, janitor, stops)
            if not stops:
                on_ready()
            while not stops:
                time.sleep(TICK)
                _refuse_ended(running, janitor)
        finally:
            _end(running, janitor, stops)


@contextmanager
def _stop_signals() -> Iterator[list[int]]:
    """Collects stop signals instead of being stopped by them."""
    stops: list[int] = []

    def note(number: int, _frame: FrameType | None) -> None:
        stops.append(number)

    wanted = [signal.SIGINT, signal.SIGTERM]
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # nohup means it
        wanted.append(signal.SIGHUP)
    before = {each: signal.signal(each, note) for each in wanted}
    try:
        yield stops
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)


def _start(children: Sequence[Child], running: list[Running], janitor: Janitor | None, stops: list[int]) -> None:
    for child in children:
        if stops:
            return
        running.append(Running(child))
        if janitor:
            janitor.watch(running[-1].pid)


def _wait_until_ready(running: list[Running], janitor: Janitor | None, stops: list[int]) -> None:
    waiting = [each.child for each in running if each.child.listen]
    ends = time.monotonic() + READY_WITHIN
    while waiting and not stops:
        _refuse_ended(running, janitor)
        if time.monotonic() > ends:
            names = ", ".join(f"{child.name} ({child.listen})" for child in waiting)
            raise ChildEnded(f"No answer within {READY_WITHIN:.0f} s from: {names}.", "Everything was stopped.")
        waiting = [child for child in waiting if not answers(child.listen, web=child.web)]
        time.sleep(TICK)


def _refuse_ended(running: list[Running], janitor: Janitor | None) -> None:
    for each in running:
        if each.ended():
            cure = "Everything else was stopped; its last words stand above."
            raise ChildEnded(f"The process {each.child.name!r} ended by itself ({each.reason()}).", cure)
    if janitor and janitor.ended():
        raise ChildEnded("The process that cleans up was killed.", "Everything else was stopped and cleaned up.")


def _end(running: list[Running], janitor: Janitor | None, stops: list[int]) -> None:
    asked = len(stops)
    for each in running:
        each.ask_to_end()
    ends = time.monotonic() + END_WITHIN
    # Not all(): every child is looked at in every round, so that each is reaped as soon as it ended.
    while [each for each in running if not each.ended()] and time.monotonic() < ends and len(stops) == asked:
        time.sleep(TICK / 2)
    for each in running:
        each.kill()
        if janitor:
            janitor.forget(each.pid)
