"""Stopwatch and statistics: what is compared runs in turns within the same seconds, so that noise hits both alike."""

import contextlib
import gc
import os
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Self

_WARM = 3  # untimed runs before the first timed one
_BLOCK = 0.05  # seconds one task runs before the other one's turn


class Watch:
    """Counts only what runs inside its ``with`` blocks; what a task prepares outside them costs nothing."""

    def __init__(self) -> None:
        """Begin at zero."""
        self._elapsed = 0.0
        self._begun = 0.0

    def __enter__(self) -> Self:
        """Start."""
        self._begun = time.perf_counter()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop."""
        self._elapsed += time.perf_counter() - self._begun

    def take(self) -> float:
        """The seconds counted so far; back to zero."""
        elapsed, self._elapsed = self._elapsed, 0.0
        return elapsed


Task = Callable[[Watch], object]


@dataclass(frozen=True, kw_only=True)
class Timings:
    """Seconds per run, sorted."""

    seconds: tuple[float, ...]

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


def timings(seconds: list[float]) -> Timings:
    """Timings measured elsewhere."""
    return Timings(seconds=tuple(sorted(seconds)))


def compare(tasks: Mapping[str, Task], *, seconds: float, least: int = 5) -> dict[str, Timings]:
    """Run the tasks in turns for about ``seconds`` of wall clock, each at least ``least`` times."""
    watch = Watch()
    found: dict[str, list[float]] = {name: [] for name in tasks}
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


def _block(task: Task, watch: Watch, found: list[float]) -> None:
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
