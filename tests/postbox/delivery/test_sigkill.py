"""Killed at any moment: no accepted notice is lost, none is made available twice, every key answers one notice."""

import os
import random
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from keys.custody import FileCustody
from keys.keyring import POSTBOX_PURPOSES
from postbox.app import build
from postbox.delivery import evidence
from postbox.delivery.jobs import remove_orphans, run_due
from postbox.delivery.status import standing
from postbox.intake.accept import submit
from postbox.intake.recipients import register
from postbox.proof.events import EventType
from postbox.proof.verify import verify
from runtime.database import open_database
from tests.postbox.conftest import VIERNHEIM, Clock, caller, pdf, submission, upload

ROOT = Path(__file__).parents[3]
# A web process that sends notices, and a worker: both only until somebody kills them.
PROCESS = """
import pickle, sys, time
from datetime import UTC, datetime
from pathlib import Path
from keys.custody import FileCustody
from postbox.app import build
from postbox.delivery.jobs import run_due
from postbox.intake.accept import submit
from runtime.database import open_database
from tests.postbox.conftest import caller, submission, upload
work, settings, url, recipient, document = pickle.load(sys.stdin.buffer)
clock = lambda: datetime.now(UTC)
box = build(settings, open_database(url), FileCustody(settings.keys_directory).load(), clock)
print("ready", flush=True)
sys.stdin.buffer.readline()
number = 0
while True:
    if work == "send":
        key = f"key-{sys.argv[1]}-{number}"
        print("begin", key, flush=True)
        notice = submit(box, submission(recipient, upload(document), key=key), caller(), clock()).notice
        print("accepted", key, notice, flush=True)
        number += 1
        time.sleep(0.05)  # many moments to be killed in, few notices
    else:
        run_due(box, clock())
"""


@pytest.fixture
def killed_box(settings, new_database_url, gate):
    """A postbox whose processes will not live long, on each engine, at the machine's own time."""
    import dataclasses

    now = datetime.now(UTC)
    settings = dataclasses.replace(settings, keys_directory=settings.objects_directory.parent / "keys")
    url = new_database_url("postbox")
    keyring = FileCustody(settings.keys_directory).ensure(POSTBOX_PURPOSES, now - timedelta(minutes=1))
    clock = Clock()
    clock.now = now
    database = open_database(url)
    yield build(settings, database, keyring, clock), url, clock
    database.close()


def start(name, *given):
    import pickle

    environment = {**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'mailbox'}"}
    process = subprocess.Popen(
        [sys.executable, "-c", PROCESS, name], cwd=ROOT, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    process.stdin.write(pickle.dumps(given))
    process.stdin.flush()
    return process


def kill(process) -> list[list[str]]:
    process.send_signal(signal.SIGKILL)
    lines = process.stdout.read().decode().splitlines()
    process.stdout.close()
    process.wait()
    # A line the kill cut in two is no answer anyone could have read.
    return [line.split() for line in lines if len(line.split()) in (2, 3)]


def test_sigkill_between_submit_and_availability_loses_and_repeats_nothing(killed_box, gate, catcher):
    """Senders and workers are killed at random moments; in the end each key is one notice, available once."""
    box, url, clock = killed_box
    box_now = datetime.now(UTC)
    address = gate.address(box, iat=int(box_now.timestamp()), exp=int(box_now.timestamp()) + 3600)
    recipient = register(box, address=address, case=None, caller=caller(), now=box_now).id
    document, answered, begun = pdf(pad=100_000), {}, set()
    for round_number in range(2):
        sender = start(f"r{round_number}", "send", box.settings, url, recipient, document)
        worker = start("w", "work", box.settings, url, recipient, document)
        for process in (sender, worker):
            assert process.stdout.readline() == b"ready\n"
        for process in (sender, worker):
            process.stdin.write(b"go\n")
            process.stdin.close()
        lines = [sender.stdout.readline().decode().split() for _ in range(2)]  # it began, and was answered once
        time.sleep(random.uniform(0.1, 0.5))
        first, second = (sender, worker) if round_number % 2 else (worker, sender)
        lines += kill(first)
        time.sleep(random.uniform(0.0, 0.2))
        lines += kill(second)
        begun |= {line[1] for line in lines if line[0] == "begin" and len(line) == 2}
        answered |= {line[1]: line[2] for line in lines if line[0] == "accepted" and len(line) == 3}
    assert len(answered) >= 2

    clock.now = datetime.now(UTC) + timedelta(minutes=5)  # every claim and lease of the dead has run out
    settled = {}
    for key in sorted(begun):
        settled[key] = submit(box, submission(recipient, upload(document), key=key), caller(), clock()).notice
    while run_due(box, clock()):
        pass

    # What was answered stays what it was; what was never answered has exactly one notice now.
    assert {key: settled[key] for key in answered if key in settled} == {
        key: notice for key, notice in answered.items() if key in settled
    }
    assert len(set(settled.values())) == len(begun)
    for notice in settled.values():
        kinds = [one.event.type for one in standing(box, VIERNHEIM, notice).recorded]
        assert kinds == [
            EventType.SUBMISSION_ACCEPTED,
            EventType.CONTENT_CONSIGNMENT,
            EventType.CONSIGNMENT_NOTIFICATION,
        ]
    from sqlalchemy import func, select

    from postbox.store import tables

    with box.database.read() as connection:
        assert connection.execute(select(func.count()).select_from(tables.notices)).scalar_one() == len(settled)
    some = standing(box, VIERNHEIM, next(iter(settled.values())))
    assert verify(evidence.bundle(box, some.row, clock()), evidence.anchors(box, clock()), clock()).ok
    # The killed senders' half-written objects go with the next sweep, and nothing else does.
    clock.forward(hours=2)
    remove_orphans(box, clock())
    assert len(list(box.settings.objects_directory.rglob("obj_*"))) == len(settled)
