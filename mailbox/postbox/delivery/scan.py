"""A notice that nobody could check for malware when it came waits in quarantine: held, never lost, never shown."""

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection, RowMapping

from postbox import journal, sealed
from postbox.context import Postbox
from postbox.delivery.kinds import MAKE_AVAILABLE, SCAN
from postbox.delivery.life import INFECTED
from postbox.delivery.make_available import ACTOR, Job
from postbox.errors import ChannelDown, Erased
from postbox.journal import Happened
from postbox.proof.events import EventType
from postbox.store import events, notices, outbox
from postbox.store.events import Happening

UNSCANNED: Final = "scanner-down"
SCANNED: Final = "scanned"
_PAUSE: Final = timedelta(minutes=1)


def quarantine(connection: Connection, notice: str, reason: str, *, at: datetime) -> None:
    """Hold a notice that was just taken until it could be checked, in the transaction that takes it."""
    events.append(connection, notice, Happening(type=EventType.HELD, at=at, actor=ACTOR, reason=reason))
    outbox.add(connection, SCAN, notice, due_at=at + _PAUSE, now=at)


def scan(postbox: Postbox, job: Job) -> bool:
    """Check the job's notice; False while the scanner gives no verdict: then it is asked again, and the log says so."""
    with postbox.database.read() as connection:
        row = notices.find(connection, job.notice)
        parts = notices.documents_of(connection, job.notice)
    try:
        found = _found(postbox, row, parts)
    except ChannelDown as error:
        journal.note(Happened.SCANNER_DOWN, notice=job.notice, code=error.code)
        with postbox.database.write() as connection:
            outbox.wait(connection, job.id, job.lease, due_at=postbox.clock() + _PAUSE, why=error.code)
        return False
    with postbox.database.write() as connection:
        at = postbox.clock()
        ours = outbox.finish(connection, job.id, job.lease, at) and notices.lock(connection, job.notice) is not None
        if ours and found is not None:
            _settle(postbox, connection, row, found=found)
    return True


def _found(postbox: Postbox, row: RowMapping, parts: list[RowMapping]) -> bool | None:
    """Whether malware is in it; None where the content is gone: nothing was scanned, so nothing is said."""
    if postbox.scanner is None:
        raise ChannelDown("No scanner is configured any more.", code="scanner-missing")
    try:
        data_key = sealed.key_of(postbox, row)
    except Erased:
        return None
    opened = (sealed.open_document(postbox, data_key, part["id"], part["object_name"]) for part in parts)
    verdicts = [postbox.scanner.find(pieces) for pieces in opened]  # all of them: one without a verdict decides nothing
    return any(verdicts)


def _settle(postbox: Postbox, connection: Connection, row: RowMapping, *, found: bool) -> None:
    at, notice = postbox.clock(), str(row["id"])
    if found:
        notices.change(connection, notice, quarantine=INFECTED)
        kind, reason = EventType.CONTENT_CONSIGNMENT_FAILURE, INFECTED
        journal.note(Happened.MALWARE_FOUND, notice=notice, authority=row["authority"])
    else:
        notices.change(connection, notice, quarantine=None)
        kind, reason = EventType.RELEASED, SCANNED
        outbox.due(connection, MAKE_AVAILABLE, notice, at=max(at, row["publish_at"] or at))
    events.append(connection, notice, Happening(type=kind, at=at, actor=ACTOR, reason=reason))
