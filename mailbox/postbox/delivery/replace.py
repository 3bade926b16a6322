"""Replacing and renewing: another notice takes the place of one, or announces it again; both stay and say so."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

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


def renew_notice(connection: Connection, renewed: str, *, by: str, actor: str, at: datetime) -> None:
    """Note that another notice announces this one again, when that is accepted. Raises NotFound, NotNow."""
    row = notices.lock(connection, renewed)
    if row is None:
        raise NotFound("There is no such notice to announce again.")
    check_step(Step.RENEW, row)
    events.append(connection, renewed, Happening(type=EventType.RENEWED, at=at, actor=actor, payload={"by": by}))


def first_retrieval(connection: Connection, notice: Mapping[Any, Any]) -> datetime | None:
    """When the act was first retrieved under an earlier announcement (§ 9(1) s. 7 OZG), if it was."""
    if notice["renews"] is None:
        return None
    earlier = notices.lock(
        connection, notice["renews"]
    )  # always from the newer to the older: no two wait for each other
    if earlier is None:
        return None
    known: datetime | None = earlier["retrieved_before"] or earlier["retrieved_at"]
    return known
