"""Rows of the outbox: which application is still to be told that a session ended."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import Connection, bindparam, delete, insert, select, update

from idgateway.store.tables import logout_notices


@dataclass(frozen=True, kw_only=True)
class LogoutNotice:
    """One word to one application."""

    id: str
    client_id: str
    sub: str
    sid: str
    due_at: datetime
    tries: int
    gives_up_at: datetime


_SAME = logout_notices.c.id == bindparam("notice")
_ADD = insert(logout_notices)
_DUE = (
    select(logout_notices)
    .where(logout_notices.c.due_at <= bindparam("now"))
    .order_by(logout_notices.c.due_at)
    .limit(bindparam("most"))
)
_CLAIM = (
    update(logout_notices)
    .where(_SAME, logout_notices.c.due_at == bindparam("seen"))
    .values(due_at=bindparam("until"), tries=logout_notices.c.tries + 1)
)
_DONE = delete(logout_notices).where(_SAME)
_PUT_OFF = update(logout_notices).where(_SAME).values(due_at=bindparam("until"))


def add(connection: Connection, notice: LogoutNotice) -> None:
    """Queue a word."""
    connection.execute(_ADD, asdict(notice))


def due(connection: Connection, now: datetime, most: int) -> Sequence[LogoutNotice]:
    """The words that are due, the longest waiting first."""
    rows = connection.execute(_DUE, {"now": now, "most": most}).mappings()
    return [LogoutNotice(**row) for row in rows]


def claim(connection: Connection, notice: LogoutNotice, until: datetime) -> bool:
    """Take a word on, if nobody else did; whoever dies over it leaves it to the next one at ``until``."""
    values = {"notice": notice.id, "seen": notice.due_at, "until": until}
    return bool(connection.execute(_CLAIM, values).rowcount)


def done(connection: Connection, notice: LogoutNotice) -> None:
    """Forget a word that was heard, or that nobody will ever hear."""
    connection.execute(_DONE, {"notice": notice.id})


def put_off(connection: Connection, notice: LogoutNotice, until: datetime) -> None:
    """Try again later."""
    connection.execute(_PUT_OFF, {"notice": notice.id, "until": until})


def drop_of_client(connection: Connection, client_id: str) -> None:
    """Forget what an application was still to be told: it is not there any more."""
    connection.execute(delete(logout_notices).where(logout_notices.c.client_id == client_id))
