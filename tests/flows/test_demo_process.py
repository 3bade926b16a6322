"""The demo as a process: ready in time, gone without a trace, whichever way it ends."""

import os
import signal
import subprocess
import time
from pathlib import Path

import pytest

from runtime.demo.ports import OWN
from tests.flows.conftest import _is_free, free_ports, wait_until_ready

# Started without --data, so that what it keeps is its own to remove; TMPDIR shows what remains.


def _start(tmp_path: Path):
    import sys

    from tests.flows.conftest import Demo

    port, scratch = free_ports(), tmp_path / "tmp"
    scratch.mkdir()
    log = (tmp_path / "data.log").open("wb")
    command = [sys.executable, "-m", "runtime.cli", "demo", "--port", str(port)]
    environment = {**os.environ, "TMPDIR": str(scratch)}
    process = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT, start_new_session=True, env=environment)
    log.close()
    return Demo(process, port, tmp_path / "data"), scratch


def _mine(scratch: Path) -> list[int]:
    """Living processes that carry this test's TMPDIR: everything the demo ever started."""
    mark, found = f"TMPDIR={scratch}".encode(), []
    for entry in Path("/proc").iterdir():
        try:
            if entry.name.isdigit() and mark in (entry / "environ").read_bytes().split(b"\0"):
                found.append(int(entry.name))
        except OSError:
            continue
    return found


def _nothing_remains(demo, scratch: Path, within: float = 15) -> bool:
    deadline = time.monotonic() + within
    while time.monotonic() < deadline:
        ports_free = all(_is_free(demo.port + offset) for offset in OWN)
        if not _mine(scratch) and ports_free and not list(scratch.iterdir()):
            return True
        time.sleep(0.1)
    return False


@pytest.mark.parametrize("delay", [0.0, 0.4, 1.5, 3.0])
def test_ctrl_c_at_any_moment_leaves_nothing(tmp_path: Path, delay: float):
    """Right after the start or on the way: no process, no port, no folder."""
    demo, scratch = _start(tmp_path)
    time.sleep(delay)
    demo.process.send_signal(signal.SIGINT)
    demo.process.wait(timeout=15)
    assert _nothing_remains(demo, scratch), (_mine(scratch), list(scratch.iterdir()))


@pytest.mark.parametrize("victim", ["supervisor", "child"])
def test_sigkill_of_any_process_leaves_nothing(tmp_path: Path, victim: str):
    """Killed after it was ready: the supervisor takes all others with it, and a child does too."""
    demo, scratch = _start(tmp_path)
    wait_until_ready(demo)
    assert len(_mine(scratch)) > 5
    assert list(scratch.iterdir()), "the demo keeps its data somewhere else"
    others = [pid for pid in _mine(scratch) if pid != demo.process.pid]
    os.kill(demo.process.pid if victim == "supervisor" else others[-1], signal.SIGKILL)
    demo.process.wait(timeout=20)
    assert _nothing_remains(demo, scratch), (_mine(scratch), list(scratch.iterdir()))
