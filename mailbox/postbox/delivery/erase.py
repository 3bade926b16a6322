"""Erasing: the notice's key is destroyed, and with it everything sealed under it, wherever copies of the rest may lie.

The citizen may do it at any time (§ 8(7) OZG). What remains is evidence: commitments, times, dates, receipts; without
the salts, which go too, nobody can confirm a guess about the content. Periods run on. Copies in the operator's backups
can be read until those end; the page says so.
"""

from typing import Final

from sqlalchemy import Connection, RowMapping

from postbox import journal
from postbox.context import Postbox
from postbox.delivery.handover import RECIPIENT, Reader
from postbox.delivery.life import Step, check_step
from postbox.errors import LevelTooLow, NotFound
from postbox.journal import Happened
from postbox.levels import reaches
from postbox.proof.events import EventType
from postbox.store import events, notices
from postbox.store.events import Happening

BY_RECIPIENT: Final = "recipient-request"


def erase(postbox: Postbox, notice_id: str, reader: Reader) -> None:
    """Erase a notice of this reader's postbox for good; one transaction, then the sealed files go.

    A crash in between leaves files that nobody can open; they go with the orphans. Raises NotFound, LevelTooLow, NotNow
    ``erased``.
    """
    with postbox.database.write() as connection:
        row = notices.lock(connection, notice_id)
        if row is None or row["mailbox"] != reader.mailbox or row["available_at"] is None:
            raise NotFound("There is no such notice in this postbox.")
        # Who may not read it may not make it unreadable.
        if not reaches(reader.level, row["minimum_level"]):
            raise LevelTooLow("This notice needs a stronger login.", required=row["minimum_level"])
        check_step(Step.ERASE, row)
        names = forget(postbox, connection, row, actor=RECIPIENT, reason=BY_RECIPIENT, level=reader.level)
    for name in names:
        postbox.objects.remove(name)
    journal.note(Happened.CONTENT_ERASED, notice=notice_id)


def forget(
    postbox: Postbox, connection: Connection, row: RowMapping, *, actor: str, reason: str, level: str | None = None
) -> list[str]:
    """Destroy key, texts, salts and codes, under the notice's lock; the names of the objects nothing stands on now."""
    names = [str(document["object_name"]) for document in notices.documents_of(connection, row["id"])]
    notices.forget(connection, row["id"])
    happening = Happening(type=EventType.CONTENT_ERASED, at=postbox.clock(), actor=actor, level=level, reason=reason)
    events.append(connection, row["id"], happening)
    return names
