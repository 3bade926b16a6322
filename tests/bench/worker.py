"""From available to notified: a real worker and a loopback mail server, while notices keep coming in."""

import contextlib
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from aiosmtpd.controller import Controller
from sqlalchemy import select

from postbox.context import Postbox
from postbox.intake.accept import submit
from postbox.store.tables import notices
from tests.bench.measure import Timings, timings
from tests.bench.notices import CALLER, SIZE, a_recipient, opened, submission
from tests.bench.paper import pdf
from tests.bench.place import Place
from tests.bench.scale import Scale
from tests.bench.serving import running, worker
from tests.bench.table import Row, duration, rate

_LONGEST = 12  # seconds of sending, however slow the disk
_PATIENCE = 40  # seconds until we stop waiting and say so


class Catcher:
    """Takes every mail and counts it."""

    def __init__(self) -> None:
        """None yet."""
        self.count = 0

    async def handle_DATA(self, _server: Any, _session: Any, _envelope: Any) -> str:
        """Take one."""
        self.count += 1
        return "250 OK"


def rows(place: Place, scale: Scale) -> Iterator[Row]:
    """The one row."""
    place = place.fresh("worker")
    catcher = Catcher()
    with opened(place) as postbox, mail_server(place, catcher):
        recipients = [a_recipient(place, postbox, f"sub-{number}") for number in range(10)]
        paper = pdf(SIZE)
        began = time.monotonic()
        with running(place, worker(place)):
            sent = 0
            while sent < scale.burst and time.monotonic() - began < _LONGEST:
                submit(postbox, submission(recipients[sent % 10], paper), CALLER, datetime.now(UTC))
                sent += 1
            taken = time.monotonic() - began
            _wait(postbox, sent)
            ended = time.monotonic() - began
        yield _row(postbox, sent, taken, ended, catcher.count)


@contextlib.contextmanager
def mail_server(place: Place, catcher: Catcher) -> Iterator[None]:
    """A mail server on the loopback, where the configuration expects it."""
    controller = Controller(catcher, hostname="127.0.0.1", port=place.smtp_port)
    controller.start()
    try:
        yield
    finally:
        controller.stop()


def _wait(postbox: Postbox, wanted: int) -> None:
    ends = time.monotonic() + _PATIENCE
    while time.monotonic() < ends and len(_notified(postbox)) < wanted:
        time.sleep(0.1)


def _notified(postbox: Postbox) -> list[tuple[datetime, datetime, datetime]]:
    """What the evidence says: accepted, available, notified."""
    columns = (notices.c.accepted_at, notices.c.available_at, notices.c.notified_at)
    with postbox.database.read() as connection:
        found = connection.execute(select(*columns).where(notices.c.notified_at.is_not(None)))
        return [(row[0], row[1], row[2]) for row in found]


def _row(postbox: Postbox, wanted: int, taken: float, ended: float, mails: int) -> Row:
    found = _notified(postbox)
    handed = _between(found, 1, 2)
    whole = _between(found, 0, 2)
    note = (
        f"{wanted} notices of 100 KiB accepted in {duration(taken)} by one process while the worker (a process of its own on "
        "the first core) makes them available and hands each mail to a loopback server that only counts; times are those "
        f"of the evidence. {len(found)} notified and {mails} mails taken after {duration(ended)}, start of the worker "
        f"included; accepted → notified p95 {duration(whole.p95)}, which is the queue of a burst, not a single notice's way."
    )
    return Row(
        name="notify",
        what="available → notification handed over, under load",
        ours=f"{duration(handed.median)}, p95 {duration(handed.p95)}, {rate(len(found) / ended)}",
        goal="p95 ≤ 10 s under load",
        notes=(note,),
    )


def _between(found: list[tuple[datetime, datetime, datetime]], first: int, last: int) -> Timings:
    return timings(((each[last] - each[first]).total_seconds(), 0.0) for each in found)
