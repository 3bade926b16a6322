"""Malware: refused at the door, held while nobody can check, released or stopped for good once somebody could."""

import contextlib
import dataclasses
import shutil
import socket
import subprocess
import threading
import time
from pathlib import Path

import pytest

from postbox.app import build
from postbox.channels.scanner import Scanner
from postbox.delivery.jobs import run_due
from postbox.delivery.status import standing
from postbox.delivery.withdraw import release
from postbox.errors import ChannelDown, NotNow, SetupWrong, Unacceptable
from postbox.intake.accept import submit
from postbox.proof.events import EventType
from postbox.store import notices
from tests.postbox.conftest import NOON, VIERNHEIM, caller, pdf, submission, upload

MARK = b"this is what the test's one signature finds"


@dataclasses.dataclass
class Clamd:
    """A scanner that speaks clamd's protocol on a unix socket; the real one where it is installed."""

    address: str
    real: bool


@pytest.fixture(scope="module")
def clamd(tmp_path_factory):
    """The real clamd with a database of one line; without it an honest stand-in that looks for the same bytes."""
    folder = tmp_path_factory.mktemp("clamd")
    place = folder / "clamd.ctl"
    program = shutil.which("clamd")
    if program is None:
        with Serving(place, lambda data: b"stream: Test.Mark FOUND\0" if MARK in data else b"stream: OK\0"):
            yield Clamd(f"unix:{place}", real=False)
        return
    (folder / "test.ndb").write_text(f"Test.Mark:0:*:{MARK.hex()}\n")
    config = folder / "clamd.conf"
    config.write_text(f"LocalSocket {place}\nDatabaseDirectory {folder}\nForeground yes\nTemporaryDirectory {folder}\n")
    process = subprocess.Popen(
        [program, f"--config-file={config}"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        deadline = time.monotonic() + 20
        while not place.exists() and process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.05)
        assert place.exists(), "clamd did not start"
        yield Clamd(f"unix:{place}", real=True)
    finally:
        process.terminate()
        process.wait(10)


class Serving:
    """A socket that reads INSTREAM to its end and answers what it is told to."""

    def __init__(self, place: Path, answer):
        self.place, self.answer = place, answer

    def __enter__(self):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.bind(str(self.place))
        self.socket.listen()
        threading.Thread(target=self.serve, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.socket.close()
        self.place.unlink()

    def serve(self):
        while True:
            try:
                line, _ = self.socket.accept()
            except OSError:
                return
            with line, contextlib.suppress(OSError):  # who asked may be gone
                data = b""
                while not data.endswith(b"\0\0\0\0") and (piece := line.recv(65536)):
                    data += piece
                if (told := self.answer(data)) is not None:
                    line.sendall(told)


def scanned(box, address: str):
    """The same postbox with a scanner."""
    return dataclasses.replace(box, scanner=Scanner(address, within=2))


def refused(box, recipient, *uploads) -> set[tuple[str, str]]:
    with pytest.raises(Unacceptable) as found:
        submit(box, submission(recipient, *uploads), caller(), NOON)
    return {(one.code, one.pointer) for one in found.value.problems}


def test_a_document_with_malware_is_refused_at_the_door(box, recipient, clamd):
    """It is named and not kept; the clean twin is accepted and becomes available."""
    box = scanned(box, clamd.address)
    assert refused(box, recipient, upload(), upload(pdf(MARK))) == {("malware-found", "/documents/1")}
    notice = submit(box, submission(recipient), caller(), NOON).notice
    run_due(box, NOON)
    assert standing(box, VIERNHEIM, notice).row["available_at"] is not None


def test_while_the_scanner_is_down_a_notice_is_held_and_not_lost(box, recipient, clamd, clock, tmp_path):
    """Accepted, invisible, and not to be released by hand; when somebody could check, it goes on by itself."""
    down = scanned(box, f"unix:{tmp_path}/nobody")
    notice = submit(down, submission(recipient), caller(), NOON).notice
    run_due(down, clock())
    found = standing(down, VIERNHEIM, notice)
    assert (found.status, found.row["available_at"], found.row["quarantine"]) == ("held", None, "scanner-down")
    with pytest.raises(NotNow) as told:
        release(down, caller(), notice)
    assert told.value.code in ("not-held", "quarantined")
    up = scanned(box, clamd.address)
    run_due(up, clock.forward(minutes=2))
    run_due(up, clock())
    found = standing(up, VIERNHEIM, notice)
    assert found.row["available_at"] is not None
    assert [one.event.reason for one in found.recorded][1:3] == ["scanner-down", "scanned"]


def test_what_turns_out_infected_is_stopped_for_good(box, recipient, clamd, clock, tmp_path):
    """Never available, with the reason in its evidence; its status says refused."""
    down = scanned(box, f"unix:{tmp_path}/nobody")
    notice = submit(down, submission(recipient, upload(pdf(MARK))), caller(), NOON).notice
    up = scanned(box, clamd.address)
    for _ in range(3):
        run_due(up, clock.forward(hours=25))
    found = standing(up, VIERNHEIM, notice)
    assert (found.status, found.row["available_at"]) == ("refused", None)
    last = found.recorded[-1].event
    assert (last.type, last.reason) == (EventType.CONTENT_CONSIGNMENT_FAILURE, "malware-found")


def test_what_was_erased_meanwhile_is_not_called_scanned(box, recipient, clamd, clock, tmp_path):
    """The work ends without an event: nothing was there to look into."""
    down = scanned(box, f"unix:{tmp_path}/nobody")
    notice = submit(down, submission(recipient), caller(), NOON).notice
    with box.database.write() as connection:
        notices.forget(connection, notice)
    run_due(scanned(box, clamd.address), clock.forward(minutes=2))
    found = standing(box, VIERNHEIM, notice)
    assert (found.recorded[-1].event.reason, found.row["available_at"]) == ("scanner-down", None)
    assert "scan" not in found.waiting


@pytest.mark.parametrize("told", [b"INSTREAM size limit exceeded. ERROR\0", b"", b"stream: OK and more\0", None])
def test_no_verdict_is_no_clean_one(tmp_path, told):
    """A limit, a hang-up, nonsense, silence: the scanner counts as down."""
    with Serving(tmp_path / "s", lambda _: told), pytest.raises(ChannelDown):
        Scanner(f"unix:{tmp_path}/s", within=1).find([b"x"])


def test_a_slow_scanner_holds_nobody_up(tmp_path):
    """The whole exchange has one deadline."""

    def slow(_):
        time.sleep(1)
        return b"stream: OK\0"

    began = time.monotonic()
    with Serving(tmp_path / "s", slow), pytest.raises(ChannelDown):
        Scanner(f"unix:{tmp_path}/s", within=0.2).find([b"x"])
    assert time.monotonic() - began < 0.9


@pytest.mark.parametrize("address", ["clamd", "unix:", "tcp:host", "tcp::x", "http://x"])
def test_an_address_that_leads_nowhere_stops_the_start(settings, postbox_database, keyring, address):
    """The setting is named; no scanner at all is a choice."""
    with pytest.raises(SetupWrong):
        build(dataclasses.replace(settings, scanner=address), postbox_database, keyring)
    assert build(settings, postbox_database, keyring).scanner is None
