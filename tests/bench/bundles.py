"""The proof bundle of a notice that was sent, made available, notified and handed over: built, and verified offline."""

import io
import itertools
import json
import zipfile
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from postbox.context import Postbox
from postbox.delivery import evidence, handover, log
from postbox.delivery.handover import Reader
from postbox.delivery.jobs import run_due
from postbox.intake.accept import submit
from postbox.proof.anchors import Anchors
from postbox.proof.unpack import EVENTS
from postbox.proof.verify import verify
from postbox.store import notices
from tests.bench.measure import Timings, compare, one_core, timed
from tests.bench.notices import CALLER, SIZE, a_recipient, opened, submission
from tests.bench.paper import pdf
from tests.bench.place import Place
from tests.bench.scale import Scale
from tests.bench.table import Row, told
from tests.bench.worker import Catcher, mail_server

_MOST = 40  # notices; enough for a log with branches


def rows(place: Place, scale: Scale) -> Iterator[Row]:
    """Both rows."""
    place = place.fresh("bundles")
    with opened(place) as postbox, mail_server(place, Catcher()):
        found = _delivered(place, postbox, min(_MOST, scale.burst))
        turn = itertools.cycle(found)
        packed = evidence.bundle(postbox, found[0], datetime.now(UTC))
        anchors = Anchors.from_json(evidence.anchors(postbox, datetime.now(UTC)).to_json())
        steps = _verified(packed, anchors)
        tasks = {
            "built": timed(lambda: evidence.bundle(postbox, next(turn), datetime.now(UTC))),
            "verified": timed(lambda: _verified(packed, anchors)),
        }
        with one_core():
            measured = compare(tasks, seconds=scale.seconds / 2)
    size = f"{len(packed) / 1024:.0f} KiB, {_events(packed)} events, one document of 100 KiB"
    built = f"One core. {size}; log of {len(found)} notices; content opened, places proven, signed, packed."
    checked = f"One core. From bytes in memory, trust anchors read beforehand; {steps} numbered steps, none failed."
    yield _row("bundle", "proof bundle built", "≤ 2 s", measured["built"], built)
    yield _row("verify", "proof bundle verified offline", "≤ 1 s", measured["verified"], checked)


def _delivered(place: Place, postbox: Postbox, count: int) -> list[Mapping[Any, Any]]:
    """Notices that were taken, made available, notified, handed over, and put into the log."""
    recipient, paper = a_recipient(place, postbox), pdf(SIZE)
    accepted = [submit(postbox, submission(recipient, paper), CALLER, datetime.now(UTC)) for _ in range(count)]
    while run_due(postbox, datetime.now(UTC)):
        pass
    for each in accepted:
        _hand_over(postbox, each.notice)
    log.sequence(postbox, datetime.now(UTC))
    with postbox.database.read() as connection:
        rows_found = [notices.of_authority(connection, [CALLER.authority], each.notice) for each in accepted]
    return [row for row in rows_found if row is not None and row["retrieved_at"] is not None]


def _hand_over(postbox: Postbox, notice: str) -> None:
    now = datetime.now(UTC)
    with postbox.database.read() as connection:
        row = notices.of_authority(connection, [CALLER.authority], notice)
        document = notices.documents_of(connection, notice)[0]
    if row is None:
        raise LookupError(notice)
    reader = Reader(mailbox=row["mailbox"], session_hash=b"s" * 32, level="high")
    ticket = handover.issue_ticket(postbox, document_id=document["id"], reader=reader, now=now)
    for _ in handover.offer(postbox, ticket=ticket, reader=reader, now=now):
        pass


def _verified(packed: bytes, anchors: Anchors) -> int:
    """Verify, insist on green, and say in how many steps."""
    report = verify(packed, anchors, datetime.now(UTC))
    if not report.ok:
        raise RuntimeError("the bundle does not verify")
    return len(report.steps)


def _events(packed: bytes) -> int:
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        return len(json.loads(archive.read(EVENTS))["events"])


def _row(name: str, what: str, goal: str, found: Timings, note: str) -> Row:
    return Row(name=name, what=what, ours=told(found), goal=goal, notes=(note,))
