"""The supervisor: whatever is stopped or killed, nothing remains and no port stays taken."""

import contextlib
import http.client
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from runtime.errors import PortTaken, SettingsError
from runtime.supervisor.listeners import answers, refuse_taken, split
from tests.postgresql import free_port

ROOT = Path(__file__).parents[2]


class House:
    """A tiny house under supervision, and everything the kernel knows of it."""

    def __init__(self, mode: str = "plain") -> None:
        self.ports = [free_port() for _ in range(3)]
        command = [sys.executable, "-m", "tests.runtime.tiny", mode, *map(str, self.ports)]
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
        # A mark in the environment finds every descendant, also those that lost their parent.
        self.mark = f"TINY_MARK={os.getpid()}-{self.ports[0]}"
        environment = {**os.environ, **dict([self.mark.split("=")])}
        self.process = subprocess.Popen(command, cwd=ROOT, env=environment, start_new_session=True, **pipes)
        self.said: list[str] = []

    def wait_for(self, word: str) -> str:
        """The next line that starts with ``word``."""
        for line in self.process.stdout:
            self.said.append(line)
            if line.startswith(word):
                return line.split()[-1]
        raise AssertionError(f"{word!r} was never said: {self.said} {self.process.stderr.read()}")

    def descendants(self) -> dict[int, str]:
        """Living processes of this house: id and command line."""
        found = {}
        for folder in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                state = (folder / "stat").read_text().rsplit(")", 1)[1].split()[0]
                if self.mark.encode() in (folder / "environ").read_bytes().split(b"\0") and state != "Z":
                    found[int(folder.name)] = (folder / "cmdline").read_text().replace("\0", " ")
        return found

    def child(self, name: str) -> int:
        """The process id of a supervised child."""
        (pid,) = (
            pid
            for pid, command in self.descendants().items()
            if f'"name": "{name}"' in command and self._parent(pid) == self.process.pid
        )
        return pid

    def workers(self, name: str) -> list[int]:
        """The processes forked by a supervised child."""
        master = self.child(name)
        return [pid for pid in self.descendants() if self._parent(pid) == master]

    @staticmethod
    def _parent(pid: int) -> int:
        return int(Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[1])

    def assert_nothing_remains(self, within: float = 8.0) -> None:
        """No process, no port, no folder."""
        ends = time.monotonic() + within
        while time.monotonic() < ends and (self.descendants() or any(folder.exists() for folder in self.folders())):
            time.sleep(0.05)
        assert self.descendants() == {}
        assert [folder for folder in self.folders() if folder.exists()] == []
        refuse_taken(f"127.0.0.1:{port}" for port in self.ports)

    def folders(self) -> list[Path]:
        return [Path(line.split()[1]) for line in self.said if line.startswith("folder")]

    def finish(self, within: float = 10.0) -> str:
        """Wait for the end; gives everything it said on standard error."""
        out, err = self.process.communicate(timeout=within)
        self.said += out.splitlines(keepends=True)
        return err


@pytest.fixture
def house(request: pytest.FixtureRequest) -> Iterator[House]:
    """A tiny house; ``indirect`` chooses its mode."""
    made = House(getattr(request, "param", "plain"))
    yield made
    for pid in made.descendants():
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    made.process.communicate()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_ctrl_c_ends_everything_in_order(house: House, number: signal.Signals):
    """After ready, one signal to the supervisor ends all of it without a word of complaint."""
    house.wait_for("ready")
    assert len(house.workers("postbox")) == 2
    assert all(answers(f"127.0.0.1:{port}", web=True) for port in house.ports[:2])
    house.process.send_signal(number)
    assert house.finish() == ""
    assert house.process.returncode == 0
    assert house.said[-1] == "over\n"
    house.assert_nothing_remains()


@pytest.mark.parametrize("delay", [0.0, 0.02, 0.1, 0.25, 0.5, 0.8])
def test_ctrl_c_right_after_the_start_leaves_nothing(house: House, delay: float):
    """Before, while and after the children come up, the answer to Ctrl-C is the same."""
    house.wait_for("janitor")
    time.sleep(delay)
    house.process.send_signal(signal.SIGINT)
    house.finish()
    house.assert_nothing_remains()


def test_a_signal_to_the_whole_terminal_group_hangs_nothing(house: House):
    """A terminal sends SIGINT to its group: the children are not in it and the end is orderly."""
    house.wait_for("ready")
    os.killpg(house.process.pid, signal.SIGINT)
    assert house.finish() == ""
    house.assert_nothing_remains()


@pytest.mark.parametrize("delay", [None, 0.0, 0.1, 0.3, 0.6])
def test_killing_the_supervisor_leaves_nothing(house: House, delay: float | None):
    """SIGKILL of the supervisor, ready (None) or on the way, takes children, workers and folder with it."""
    house.wait_for("janitor" if delay is not None else "ready")
    time.sleep(delay or 0)
    house.process.kill()
    house.finish()
    house.assert_nothing_remains()


@pytest.mark.parametrize("who", ["gate", "postbox", "worker"])
def test_killing_a_child_ends_the_others_and_says_why(house: House, who: str):
    """A killed child, Granian's master included, leaves no worker on its port, and is named."""
    house.wait_for("ready")
    os.kill(house.child(who), signal.SIGKILL)
    said = house.finish()
    assert f"{who!r} ended by itself (killed by SIGKILL)" in said
    assert house.process.returncode != 0
    house.assert_nothing_remains()


def test_killing_a_web_worker_ends_the_house_and_says_whose(house: House):
    """A killed worker of Granian is not silently missing."""
    house.wait_for("ready")
    os.kill(house.workers("gate")[0], signal.SIGKILL)
    assert "'gate' ended by itself" in house.finish()
    house.assert_nothing_remains()


def test_killing_the_janitor_ends_the_house_and_still_cleans(house: House):
    """Without its janitor the supervisor ends everything and removes the folder itself."""
    janitor = int(house.wait_for("janitor"))
    house.wait_for("ready")
    os.kill(janitor, signal.SIGKILL)
    assert "cleans up was killed" in house.finish()
    house.assert_nothing_remains()


@pytest.mark.parametrize("house", ["stubborn"], indirect=True)
def test_who_does_not_end_in_five_seconds_is_killed(house: House):
    """A child that ignores SIGTERM, and what it forked, end after the five seconds and not before."""
    house.wait_for("ready")
    begun = time.monotonic()
    house.process.send_signal(signal.SIGINT)
    house.finish()
    assert 4.5 < time.monotonic() - begun < 8
    house.assert_nothing_remains()


@pytest.mark.parametrize("house", ["stubborn"], indirect=True)
def test_a_second_ctrl_c_does_not_wait(house: House):
    """Who asks twice gets the end at once."""
    house.wait_for("ready")
    begun = time.monotonic()
    house.process.send_signal(signal.SIGINT)
    time.sleep(0.5)
    house.process.send_signal(signal.SIGINT)
    house.finish()
    assert time.monotonic() - begun < 3
    house.assert_nothing_remains()


@pytest.mark.parametrize("house", ["brief"], indirect=True)
def test_a_child_that_ends_by_itself_is_named_with_its_exit_code(house: House):
    """The others are ended, and the code is said."""
    assert "'extra' ended by itself (exit code 3)" in house.finish(30)
    house.assert_nothing_remains()


@pytest.mark.parametrize("house", ["sick"], indirect=True)
def test_an_application_that_cannot_start_stops_the_house(house: House):
    """The factory's error is shown and nobody hears ready."""
    said = house.finish(30)
    assert "no such table" in said
    assert "'extra' ended by itself" in said
    assert "ready\n" not in house.said
    house.assert_nothing_remains()


@pytest.mark.parametrize("house", ["catcher"], indirect=True)
def test_ready_waits_for_listeners_that_are_no_web_servers(house: House):
    """A mail catcher is ready when a connection is taken."""
    house.wait_for("ready")
    assert answers(f"127.0.0.1:{house.ports[2]}", web=False)
    house.process.send_signal(signal.SIGTERM)
    house.finish()
    house.assert_nothing_remains()


def test_a_request_in_its_thread_does_not_hinder_the_end(house: House):
    """A request that takes a minute is cut off within the five seconds."""
    house.wait_for("ready")

    def ask() -> None:
        connection = http.client.HTTPConnection("127.0.0.1", house.ports[0], timeout=30)
        with contextlib.suppress(OSError, http.client.HTTPException):
            connection.request("GET", "/stuck")
            connection.getresponse()
        connection.close()

    asking = threading.Thread(target=ask)
    asking.start()
    time.sleep(0.3)
    house.process.send_signal(signal.SIGINT)
    house.finish()
    asking.join(10)
    house.assert_nothing_remains()


def test_a_taken_port_is_named_before_anything_starts():
    """A listener, even one that would share its port, is found; afterwards the port is free again."""
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(PortTaken, match=rf"Port {port} on 127\.0\.0\.1 is taken"):
            refuse_taken([f"127.0.0.1:{port}"])
    refuse_taken([f"127.0.0.1:{port}"])


@pytest.mark.skipif(not socket.has_ipv6, reason="this machine has no IPv6")
def test_a_stranger_on_the_ipv6_side_of_localhost_is_found():
    """Browsers try ::1 first for localhost, so it must not belong to somebody else."""
    try:
        other = socket.create_server(("::1", 0), family=socket.AF_INET6)
    except OSError:
        pytest.skip("this machine has no IPv6 loopback")
    with other:
        port = other.getsockname()[1]
        with pytest.raises(PortTaken, match="::1"):
            refuse_taken([f"127.0.0.1:{port}"])


@pytest.mark.parametrize("listen", ["8080", "host:", "host:0", "host:65536", "host:http", ""])
def test_addresses_without_a_port_are_refused(listen: str):
    """Only address:port is a place to listen."""
    assert split("[::1]:8080") == ("::1", 8080)
    with pytest.raises(SettingsError):
        split(listen)
