"""What the recipient declares about a notice: that it was received, that receipt is refused, that it cannot be opened.

Each is one transaction. The act is the person's, at the level of the login; the receipt over it is signed when the
event gets its place in the log.
"""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import Connection, RowMapping

from postbox.context import Postbox
from postbox.delivery import deadlines
from postbox.delivery.handover import RECIPIENT, Reader
from postbox.delivery.life import Step, check_step
from postbox.errors import LevelTooLow, NotFound, Problem, Unacceptable
from postbox.law.calendar import legal_day
from postbox.levels import reaches
from postbox.proof.commitments import computation_digest, documents_payload
from postbox.proof.events import EventType
from postbox.store import events, notices
from postbox.store.events import Happening

BY_RECIPIENT: Final = "recipient-refused"
CANNOT_OPEN: Final = "cannot-open"


def acknowledge(postbox: Postbox, notice_id: str, reader: Reader, received_on: date) -> None:
    """Give the acknowledgement of receipt (§ 5(7) VwZG) with the day on which the document was received.

    Raises NotFound, LevelTooLow, Unacceptable (a day before the notice was there, or one to come), NotNow.
    """
    with postbox.database.write() as connection:
        at, row = postbox.clock(), _locked(connection, notice_id, reader, Step.ACKNOWLEDGE)
        if not legal_day(row["available_at"]) <= received_on <= legal_day(at):
            sentence = "The day of receipt lies between the day of making available and today."
            raise Unacceptable([Problem(code="received-on-outside", pointer="/received_on", sentence=sentence)])
        notices.change(connection, notice_id, acknowledged_at=at, received_on=received_on)
        computation = deadlines.computed_for(postbox, row, acknowledged_at=at, received_on=received_on)
        bound = {"received_on": received_on.isoformat(), "computation": computation_digest(computation)}
        _append(connection, row, reader, EventType.ACKNOWLEDGED, at=at, payload=bound)
        deadlines.keep(connection, notice_id, computation, because="acknowledged", at=at)


def refuse(postbox: Postbox, notice_id: str, reader: Reader) -> None:
    """Refuse the acknowledgement: the authority serves in another way. Raises NotFound, LevelTooLow, NotNow."""
    with postbox.database.write() as connection:
        at, row = postbox.clock(), _locked(connection, notice_id, reader, Step.REFUSE)
        notices.change(connection, notice_id, refused_at=at)
        _append(connection, row, reader, EventType.REFUSED, at=at, reason=BY_RECIPIENT)


def report_unreadable(postbox: Postbox, notice_id: str, reader: Reader) -> None:
    """§ 3a(4) VwVfG: the recipient cannot open it; the authority sends it again in another format, or on paper.

    Raises NotFound, LevelTooLow, NotNow.
    """
    with postbox.database.write() as connection:
        at, row = postbox.clock(), _locked(connection, notice_id, reader, Step.REPORT_UNREADABLE)
        notices.change(connection, notice_id, unreadable_at=at)
        _append(connection, row, reader, EventType.UNREADABLE, at=at, reason=CANNOT_OPEN)


def _locked(connection: Connection, notice_id: str, reader: Reader, step: Step) -> RowMapping:
    row = notices.lock(connection, notice_id)
    if row is None or row["mailbox"] != reader.mailbox or row["available_at"] is None:
        raise NotFound("There is no such notice in this postbox.")
    if not reaches(reader.level, row["minimum_level"]):
        raise LevelTooLow("This notice needs a stronger login.", required=row["minimum_level"])
    check_step(step, row)
    return row


def _append(
    connection: Connection,
    row: RowMapping,
    reader: Reader,
    kind: EventType,
    *,
    at: datetime,
    reason: str | None = None,
    payload: Mapping[str, Any] | None = None,
) -> None:
    pairs = [(document["id"], document["commitment"]) for document in notices.documents_of(connection, row["id"])]
    bound = {"documents": documents_payload(pairs), **(payload or {})}
    happening = Happening(type=kind, at=at, actor=RECIPIENT, level=reader.level, reason=reason, payload=bound)
    events.append(connection, row["id"], happening)
