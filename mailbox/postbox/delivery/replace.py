"""Replacing: another notice takes the place of one that stays what it was, and both say so."""

from datetime import datetime

from sqlalchemy import Connection

from postbox.delivery.life import Step, check_step
from postbox.errors import NotFound
from postbox.proof.events import EventType
from postbox.store import events, notices
from postbox.store.events import Happening


def replace_notice(connection: Connection, replaced: str, *, by: str, actor: str, at: datetime) -> None:
    """Mark a notice as replaced, in the transaction that accepts the new one. Raises NotFound, NotNow.

    Of two replacements at once one wins; the other is not accepted at all.
    """
    row = notices.lock(connection, replaced)
    if row is None:
        raise NotFound("There is no such notice to replace.")
    check_step(Step.REPLACE, row)
    notices.change(connection, replaced, replaced_by=by)
    events.append(connection, replaced, Happening(type=EventType.REPLACED, at=at, actor=actor, payload={"by": by}))
