"""Rows of login attempts, and of the assertions that were seen."""

from datetime import datetime

from sqlalchemy import Connection, Row, bindparam, insert, select, update

from idgateway.assurance import Level
from idgateway.attempt import ANSWERED, DONE, OPEN, Attempt
from idgateway.store.tables import attempts, seen_assertions
from idgateway.store.writing import insert_new

_ADD = insert(attempts)
_FIND = select(attempts).where(attempts.c.handle_hash == bindparam("hash"))
_FIND_TO_CONTINUE = select(attempts).where(attempts.c.continue_hash == bindparam("hash"))
_ANSWERED = ("answer_hash", "continue_hash", "result", "result_expires_at")
_STORE_ANSWER = (
    update(attempts)
    .where(attempts.c.handle_hash == bindparam("hash"), attempts.c.state == OPEN)
    .values(state=ANSWERED, **{name: bindparam(name) for name in _ANSWERED})
)
_CONSUME = (
    update(attempts)
    .where(attempts.c.handle_hash == bindparam("hash"), attempts.c.state == ANSWERED)
    .values(state=DONE, result=None)
)

_HOLD = (
    update(attempts)
    .where(attempts.c.handle_hash == bindparam("hash"), attempts.c.state == ANSWERED)
    .values(result_expires_at=bindparam("until"))
)


def add(connection: Connection, attempt: Attempt) -> None:
    """Store a new attempt."""
    values = {column.name: getattr(attempt, column.name) for column in attempts.columns}
    connection.execute(_ADD, {**values, "level": attempt.level.value})


def find(connection: Connection, handle_hash: bytes) -> Attempt | None:
    """The attempt an answer's relay state points to."""
    return _read(connection.execute(_FIND, {"hash": handle_hash}).first())


def find_to_continue(connection: Connection, continue_hash: bytes) -> Attempt | None:
    """The attempt a one-time continue handle points to."""
    return _read(connection.execute(_FIND_TO_CONTINUE, {"hash": continue_hash}).first())


def store_answer(
    connection: Connection,
    handle_hash: bytes,
    *,
    answer_hash: bytes,
    continue_hash: bytes,
    result: bytes,
    result_expires_at: datetime,
) -> bool:
    """Move an open attempt to answered; False if another answer came first."""
    values = {
        "hash": handle_hash,
        "answer_hash": answer_hash,
        "continue_hash": continue_hash,
        "result": result,
        "result_expires_at": result_expires_at,
    }
    return bool(connection.execute(_STORE_ANSWER, values).rowcount)


def consume(connection: Connection, handle_hash: bytes) -> bool:
    """End an answered attempt and erase its result; False if it was ended before."""
    return bool(connection.execute(_CONSUME, {"hash": handle_hash}).rowcount)


def hold(connection: Connection, handle_hash: bytes, until: datetime) -> None:
    """Keep the result of an answered attempt so long."""
    connection.execute(_HOLD, {"hash": handle_hash, "until": until})


def remember_assertion(connection: Connection, provider: str, assertion_hash: bytes, expires_at: datetime) -> bool:
    """Note that an assertion was used; False if it had been before."""
    row = {"provider": provider, "assertion_hash": assertion_hash, "expires_at": expires_at}
    return insert_new(connection, seen_assertions, row)


def _read(row: Row[tuple[object, ...]] | None) -> Attempt | None:
    if row is None:
        return None
    values = dict(row._mapping)  # noqa: SLF001 - SQLAlchemy's public name for it
    return Attempt(**{**values, "level": Level(values["level"])})
