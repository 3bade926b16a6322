"""The demo as a newcomer starts it: one command, real processes on free ports, stopped by the test that started it."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest
import requests
from playwright.sync_api import sync_playwright

from runtime.demo.ports import COUNT
from runtime.supervisor.lifeline import die_with_parent
from tests.flows.browser import ARGUMENTS, Screen, found_programs, visitor

READY_WITHIN = 120  # seconds; the promise is 15, a loaded test machine gets more


@dataclass(frozen=True)
class Demo:
    """A running demo: its process, where things are, and its data folder."""

    process: subprocess.Popen
    port: int
    data: Path

    @property
    def gate(self) -> str:
        return f"http://localhost:{self.port}"

    @property
    def stand_in(self) -> str:
        return f"http://127.0.0.1:{self.port + 1}"

    @property
    def postbox(self) -> str:
        return f"http://localhost:{self.port + 2}"

    @property
    def town(self) -> str:
        return f"http://localhost:{self.port + 3}"

    @property
    def first_application(self) -> str:
        return f"http://localhost:{self.port + 6}"

    @property
    def health(self) -> tuple[str, ...]:
        return tuple(f"{url}/healthz" for url in (self.gate, self.stand_in, self.postbox, self.town))


def free_ports(count: int = COUNT) -> int:
    """The first of ``count`` neighbouring ports that are free right now, away from the ephemeral range."""
    start = 20000 + (os.getpid() * 37) % 9000
    for first in range(start, start + 3000, count):
        if all(_is_free(first + offset) for offset in range(count)):
            return first
    raise RuntimeError("no free ports")


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def start_demo(data: Path, *arguments: str, port: int | None = None) -> Demo:
    """Start ``idgateway demo`` in its own session; its output goes to a file beside the data folder."""
    port = port or free_ports()
    log = (data.parent / f"{data.name}.log").open("wb")
    command = [sys.executable, "-m", "runtime.cli", "demo", "--port", str(port), "--data", str(data), *arguments]
    # A test run that is killed never comes to stop its demo: the kernel does.
    end_with_us = partial(die_with_parent, os.getpid())
    process = subprocess.Popen(
        command,
        stdout=log,
        stderr=subprocess.STDOUT,
        start_new_session=True,
        preexec_fn=end_with_us,  # noqa: PLW1509 - no thread of ours holds a lock when a demo is started
    )
    log.close()
    return Demo(process, port, data)


def wait_until_ready(demo: Demo) -> None:
    """Return when every listener answers, or fail with what the demo printed."""
    deadline = time.monotonic() + READY_WITHIN
    waiting = list(demo.health)
    while waiting:
        if demo.process.poll() is not None or time.monotonic() > deadline:
            raise AssertionError(f"the demo is not ready, no answer from {waiting}:\n{output_of(demo)[-6000:]}")
        waiting = [url for url in waiting if not _answers(url)]
        time.sleep(0.1)


def _answers(url: str) -> bool:
    try:
        return requests.get(url, timeout=2).status_code == 200
    except requests.RequestException:
        return False


def output_of(demo: Demo) -> str:
    """Everything the demo has printed so far."""
    return (demo.data.parent / f"{demo.data.name}.log").read_text(encoding="utf-8", errors="replace")


def stop(demo: Demo) -> None:
    """Ctrl-C, and the promise that it is over within ten seconds."""
    if demo.process.poll() is None:
        demo.process.send_signal(signal.SIGINT)
    try:
        demo.process.wait(timeout=15)
    except subprocess.TimeoutExpired:
        os.killpg(demo.process.pid, signal.SIGKILL)
        raise


def verified(bundle: Path, anchors: Path) -> int:
    """The exit code of ``idgateway verify``, offline and in a process of its own."""
    command = [sys.executable, "-m", "runtime.cli", "verify", str(bundle), "--trust", str(anchors)]
    return subprocess.run(command, capture_output=True, timeout=60, check=False).returncode


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """One demo on SQLite, shared by the tests of one worker."""
    running = start_demo(tmp_path_factory.mktemp("demo") / "data")
    try:
        wait_until_ready(running)
        yield running
    finally:
        stop(running)


@pytest.fixture
def pictures(tmp_path: Path) -> tuple[Path, ...]:
    """Where pictures of pages go: the test's own folder and, if it is named, the one in the variable SCREENSHOTS."""
    folders = [tmp_path / "pictures"]
    if named := os.environ.get("SCREENSHOTS"):
        folders.append(Path(named))
    for folder in folders:
        folder.mkdir(parents=True, exist_ok=True)
    return tuple(folders)


@pytest.fixture(scope="module")
def chromium() -> Iterator[tuple]:
    """One Chromium for a module, with axe-core's source beside it; skips with the reason when something is missing."""
    program, axe = found_programs()
    with sync_playwright() as driver:
        launched = driver.chromium.launch(executable_path=program, headless=True, args=list(ARGUMENTS))
        yield launched, axe
        launched.close()


@pytest.fixture
def meet(chromium: tuple, demo: Demo, pictures: tuple[Path, ...]) -> Callable:
    """Gives a new person at a screen, in a browser that knows nothing yet."""

    def one(screen: Screen):
        return visitor(*chromium, screen, (demo.gate, demo.stand_in, demo.postbox, demo.town), pictures)

    return one
