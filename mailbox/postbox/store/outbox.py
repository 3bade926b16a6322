"""The outbox: work a transaction made necessary, claimed with a lease, done in the transaction of its effect."""

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection, RowMapping, and_, bindparam, func, or_, select, update

from postbox.store.tables import chores, outbox
from postbox.store.writing import insert_once

LEASE: Final = timedelta(seconds=60)  # a killed worker's jobs are taken up again after this
_OPEN = and_(outbox.c.done_at.is_(None), outbox.c.given_up_at.is_(None))
# Built once: building a statement costs more than running it.
_DUE = (
    select(outbox.c.id)
    .where(
        _OPEN,
        outbox.c.due_at <= bindparam("now"),
        or_(outbox.c.leased_until.is_(None), outbox.c.leased_until <= bindparam("now")),
    )
    .order_by(outbox.c.due_at, outbox.c.id)
    .limit(bindparam("most"))
    .with_for_update(skip_locked=True)  # PostgreSQL: several workers; SQLite has its lane
)
_FINISH = (
    update(outbox)
    .where(outbox.c.id == bindparam("job"), outbox.c.lease == bindparam("its_lease"), _OPEN)
    .values(done_at=bindparam("now"), last_error=None)
)
_WAITS = select(chores.c.due_at).where(chores.c.name == bindparam("its_name"))


def add(connection: Connection, kind: str, notice: str, *, due_at: datetime, now: datetime) -> None:
    """Queue a kind of work for a notice, once."""
    row = {"kind": kind, "notice": notice, "due_at": due_at, "attempts": 0, "created_at": now}
    insert_once(connection, outbox, row)


def claim(connection: Connection, lease: str, *, now: datetime, limit: int) -> list[RowMapping]:
    """Take up to ``limit`` due jobs that nobody is working on, the oldest first."""
    ids = list(connection.execute(_DUE, {"now": now, "most": limit}).scalars())
    if not ids:
        return []
    taken = update(outbox).where(outbox.c.id.in_(ids)).values(lease=lease, leased_until=now + LEASE)
    connection.execute(taken)
    rows = connection.execute(select(outbox).where(outbox.c.id.in_(ids)).order_by(outbox.c.due_at, outbox.c.id))
    return list(rows.mappings())


def finish(connection: Connection, job: int, lease: str, now: datetime) -> bool:
    """Mark a job done, if the lease is still ours; otherwise somebody else does the work and we must not."""
    return connection.execute(_FINISH, {"job": job, "its_lease": lease, "now": now}).rowcount == 1


def postpone(connection: Connection, job: int, lease: str, *, due_at: datetime, error: str) -> None:
    """Try again later; the error's code stays visible."""
    values = {"due_at": due_at, "attempts": outbox.c.attempts + 1, "lease": None, "leased_until": None}
    mine = and_(outbox.c.id == job, outbox.c.lease == lease, _OPEN)
    connection.execute(update(outbox).where(mine).values(**values, last_error=error))


def wait(connection: Connection, job: int, lease: str, *, due_at: datetime, why: str) -> bool:
    """Put a job off that did not fail, if the lease is still ours; why stays visible."""
    values = {"due_at": due_at, "lease": None, "leased_until": None, "last_error": why}
    mine = and_(outbox.c.id == job, outbox.c.lease == lease, _OPEN)
    return connection.execute(update(outbox).where(mine).values(values)).rowcount == 1


def due(connection: Connection, kind: str, notice: str, *, at: datetime) -> None:
    """Make open work of a notice due at another time."""
    this = and_(outbox.c.notice == notice, outbox.c.kind == kind, _OPEN)
    values = {"due_at": at, "lease": None, "leased_until": None, "last_error": None}
    connection.execute(update(outbox).where(this).values(values))


def reopen(connection: Connection, kind: str, notice: str, *, at: datetime) -> None:
    """Make done work of a notice due once more, at another time."""
    this = and_(outbox.c.notice == notice, outbox.c.kind == kind, outbox.c.done_at.is_not(None))
    values = {"due_at": at, "done_at": None, "attempts": 0, "lease": None, "leased_until": None}
    connection.execute(update(outbox).where(this).values(values))


def give_up(connection: Connection, job: int, lease: str, *, now: datetime, error: str) -> bool:
    """End a job without success, if the lease is still ours."""
    values = {"given_up_at": now, "attempts": outbox.c.attempts + 1, "last_error": error}
    mine = and_(outbox.c.id == job, outbox.c.lease == lease, _OPEN)
    return connection.execute(update(outbox).where(mine).values(**values)).rowcount == 1


def of_notice(connection: Connection, notice: str) -> dict[str, RowMapping]:
    """The jobs of a notice by their kind."""
    query = select(outbox).where(outbox.c.notice == notice).order_by(outbox.c.id)
    return {row["kind"]: row for row in connection.execute(query).mappings()}


def open_count(connection: Connection, now: datetime) -> int:
    """How many jobs are due and not done, leased ones too."""
    query = select(func.count()).select_from(outbox).where(_OPEN, outbox.c.due_at <= now)
    return int(connection.execute(query).scalar_one())


def chore_waits(connection: Connection, name: str, now: datetime) -> bool:
    """Whether a chore is due, as far as one can see without writing."""
    due_at = connection.execute(_WAITS, {"its_name": name}).scalar()
    return due_at is None or due_at <= now


def chore_is_due(connection: Connection, name: str, *, now: datetime, every: timedelta) -> bool:
    """Whether this is the moment for a chore; if so it is ours, and next due after ``every``."""
    if insert_once(connection, chores, {"name": name, "due_at": now + every}):
        return True
    due = and_(chores.c.name == name, chores.c.due_at <= now)
    return connection.execute(update(chores).where(due).values(due_at=now + every)).rowcount == 1
