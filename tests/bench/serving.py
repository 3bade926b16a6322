"""The houses as they are served: real processes of our own supervisor, on a core of their own where there are two."""

import contextlib
import http.client
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from runtime.supervisor.processes import Child, Running
from runtime.wiring import VARIABLE
from tests.bench.place import Place, free_port

_READY_WITHIN = 30  # seconds


@contextlib.contextmanager
def running(place: Place, child: Child) -> Iterator[Running]:
    """A child of this installation on the first core, until the end of the block; its log goes to a file."""
    with _log_to(place.folder / f"{child.name}.log"), only_cores(first=True):
        started = Running(child)
    try:
        with only_cores(first=False):
            yield started
    finally:
        started.ask_to_end()
        ends = time.monotonic() + 5
        while not started.ended() and time.monotonic() < ends:
            time.sleep(0.02)
        started.kill()


@contextlib.contextmanager
def served(place: Place, house: str) -> Iterator[http.client.HTTPConnection]:
    """A house behind Granian; a connection to it that is kept open."""
    port = free_port()
    child = Child(
        name=house,
        target=f"runtime.wiring:{house}_app",
        web=True,
        listen=f"127.0.0.1:{port}",
        environment={VARIABLE: str(place.config)},
    )
    with running(place, child), contextlib.closing(connected(port)) as connection:
        yield connection


def worker(place: Place) -> Child:
    """The worker of this installation."""
    return Child(name="worker", target="runtime.worker:main", environment={VARIABLE: str(place.config)})


@contextlib.contextmanager
def only_cores(*, first: bool) -> Iterator[None]:
    """Keep to the first core, or to all others; with a single core there is no choice."""
    if not hasattr(os, "sched_setaffinity"):
        yield
        return
    before = os.sched_getaffinity(0)
    one = {min(before)}
    os.sched_setaffinity(0, one if first else (before - one or one))
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def connected(port: int) -> http.client.HTTPConnection:
    """A connection to who listens on this port by now, or soon."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    ends = time.monotonic() + _READY_WITHIN
    while True:
        try:
            connection.request("GET", "/healthz")
            connection.getresponse().read()
            return connection
        except OSError:
            connection.close()
            if time.monotonic() > ends:
                raise
            time.sleep(0.1)


@contextlib.contextmanager
def _log_to(path: Path) -> Iterator[None]:
    """Standard error of what is started now goes to a file, as a service's log goes to a journal."""
    sys.stderr.flush()
    kept = os.dup(2)
    log = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(log, 2)
    os.close(log)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
