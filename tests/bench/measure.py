"""Stopwatch and statistics: what is compared runs in turns within the same seconds, so that noise hits both alike."""

import contextlib
import gc
import os
import statistics
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Self

from runtime.supervisor.settling import settle

_WARM = 3  # untimed runs before the first timed one
_BLOCK = 0.05  # seconds one task runs before the other one's turn


class Watch:
    """Counts only what runs inside its ``with`` blocks; what a task prepares outside them costs nothing."""

    def __init__(self) -> None:
        """Begin at zero."""
        self._elapsed = self._used = 0.0
        self._begun = self._begun_using = 0.0

    def __enter__(self) -> Self:
        """Start."""
        self._begun, self._begun_using = time.perf_counter(), time.process_time()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop."""
        self._elapsed += time.perf_counter() - self._begun
        self._used += time.process_time() - self._begun_using

    def take(self) -> tuple[float, float]:
        """The seconds counted so far, by the clock and of this process's CPU time; back to zero."""
        taken = (self._elapsed, self._used)
        self._elapsed = self._used = 0.0
        return taken


Task = Callable[[Watch], object]


@dataclass(frozen=True, kw_only=True)
class Timings:
    """Seconds per run by the clock, sorted, and of this process's CPU (a disk and other programs do not count there)."""

    seconds: tuple[float, ...]
    cpu: float = 0.0  # median

    @property
    def median(self) -> float:
        """Half of the runs were at least this fast."""
        return self.quantile(0.5)

    @property
    def p95(self) -> float:
        """Nineteen of twenty runs were at least this fast."""
        return self.quantile(0.95)

    @property
    def per_second(self) -> float:
        """Throughput of all runs together, the slow ones too."""
        return len(self.seconds) / sum(self.seconds)

    def quantile(self, share: float) -> float:
        """The nearest rank."""
        return self.seconds[min(len(self.seconds) - 1, int(share * len(self.seconds)))]


def timed(task: Callable[[], object]) -> Task:
    """A task of which everything is timed."""

    def run(watch: Watch) -> None:
        with watch:
            task()

    return run


def timings(taken: Iterable[tuple[float, float]]) -> Timings:
    """Timings of runs, each with its seconds by the clock and of the CPU."""
    clock, cpu = zip(*taken, strict=True)
    return Timings(seconds=tuple(sorted(clock)), cpu=statistics.median(cpu))


def merged(*several: Timings) -> Timings:
    """All runs of several tasks as one."""
    cpu = statistics.fmean(each.cpu for each in several)
    return Timings(seconds=tuple(sorted(second for each in several for second in each.seconds)), cpu=cpu)


def compare(tasks: Mapping[str, Task], *, seconds: float, least: int = 5) -> dict[str, Timings]:
    """Run the tasks in turns for about ``seconds`` of wall clock, each at least ``least`` times."""
    watch = Watch()
    found: dict[str, list[tuple[float, float]]] = {name: [] for name in tasks}
    for task in tasks.values():
        for _ in range(min(_WARM, least)):
            task(watch)
            watch.take()
    gc.collect()
    ends = time.perf_counter() + seconds
    while time.perf_counter() < ends or min(map(len, found.values())) < least:
        for name, task in tasks.items():
            _block(task, watch, found[name])
    return {name: timings(each) for name, each in found.items()}


def _block(task: Task, watch: Watch, found: list[tuple[float, float]]) -> None:
    ends = time.perf_counter() + _BLOCK
    while True:
        task(watch)
        found.append(watch.take())
        if time.perf_counter() >= ends:
            return


@contextlib.contextmanager
def one_core() -> Iterator[None]:
    """Keep this process (and what it starts) on one core, where the system allows to."""
    if not hasattr(os, "sched_setaffinity"):
        yield
        return
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(before)})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


@contextlib.contextmanager
def settled_afterwards() -> Iterator[Callable[[], None]]:
    """What a served process does when it has started; undone at the end, for other rows may begin with less."""
    before = gc.get_threshold()
    try:
        yield settle
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()
