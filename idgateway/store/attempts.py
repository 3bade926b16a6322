"""Rows of login attempts, and of the assertions that were seen."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, insert, select, update

from idgateway.assurance import Level
from idgateway.attempt import ANSWERED, DONE, OPEN, Attempt
from idgateway.store.statement import Statement
from idgateway.store.tables import attempts, seen_assertions
from idgateway.store.writing import insert_new

_ADD = Statement(insert(attempts))
_FIND = Statement(select(attempts).where(attempts.c.handle_hash == bindparam("hash")))
_FIND_TO_CONTINUE = Statement(select(attempts).where(attempts.c.continue_hash == bindparam("hash")))
_ANSWERED = ("answer_hash", "continue_hash", "result", "result_expires_at")
_STORE_ANSWER = Statement(
    update(attempts)
    .where(attempts.c.handle_hash == bindparam("hash"), attempts.c.state == OPEN)
    .values(state=ANSWERED, **{name: bindparam(name) for name in _ANSWERED})
)
_CONSUME = Statement(
    update(attempts)
    .where(attempts.c.handle_hash == bindparam("hash"), attempts.c.state == ANSWERED)
    .values(state=DONE, result=None)
)

_HOLD = Statement(
    update(attempts)
    .where(attempts.c.handle_hash == bindparam("hash"), attempts.c.state == ANSWERED)
    .values(result_expires_at=bindparam("until"))
)


def add(connection: Connection, attempt: Attempt) -> None:
    """Store a new attempt."""
    _ADD.run(connection, {**vars(attempt), "level": attempt.level.value})


def find(connection: Connection, handle_hash: bytes) -> Attempt | None:
    """The attempt an answer's relay state points to."""
    return _read(_FIND.first(connection, {"hash": handle_hash}))


def find_to_continue(connection: Connection, continue_hash: bytes) -> Attempt | None:
    """The attempt a one-time continue handle points to."""
    return _read(_FIND_TO_CONTINUE.first(connection, {"hash": continue_hash}))


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
    return bool(_STORE_ANSWER.run(connection, values))


def consume(connection: Connection, handle_hash: bytes) -> bool:
    """End an answered attempt and erase its result; False if it was ended before."""
    return bool(_CONSUME.run(connection, {"hash": handle_hash}))


def hold(connection: Connection, handle_hash: bytes, until: datetime) -> None:
    """Keep the result of an answered attempt so long."""
    _HOLD.run(connection, {"hash": handle_hash, "until": until})


def remember_assertion(connection: Connection, provider: str, assertion_hash: bytes, expires_at: datetime) -> bool:
    """Note that an assertion was used; False if it had been before."""
    row = {"provider": provider, "assertion_hash": assertion_hash, "expires_at": expires_at}
    return insert_new(connection, seen_assertions, row)


def _read(row: dict[str, Any] | None) -> Attempt | None:
    return None if row is None else Attempt(**{**row, "level": Level(row["level"])})
