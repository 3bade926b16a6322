"""Idempotency keys: one row per client, authority and key; claimed before the work, answered with its transaction."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, bindparam, delete, select, update

from postbox.store.tables import idempotency
from postbox.store.writing import insert_once

# Statements of the store are built once: building one costs more than running it.
_COLUMNS = idempotency.c
_SAME = and_(
    _COLUMNS.client == bindparam("its_client"),
    _COLUMNS.authority == bindparam("its_authority"),
    _COLUMNS.key == bindparam("its_key"),
)
_MINE = and_(_SAME, _COLUMNS.claim == bindparam("its_claim"), _COLUMNS.answer.is_(None))
_FIND = select(idempotency).where(_SAME)
_TAKE_OVER = (
    update(idempotency)
    .where(
        _SAME,
        _COLUMNS.answer.is_(None),
        _COLUMNS.claimed_until <= bindparam("now"),
        _COLUMNS.digest == bindparam("its_digest"),
    )
    .values(claim=bindparam("its_claim"), claimed_until=bindparam("until"))
)
_ANSWER = update(idempotency).where(_MINE).values(answer=bindparam("content"))
_RELEASE = delete(idempotency).where(_MINE)


def claim(connection: Connection, row: Mapping[str, Any], now: datetime) -> Mapping[str, Any]:
    """The row of this key: just inserted, taken over from a claim that ran out, or somebody else's."""
    if insert_once(connection, idempotency, row):
        return {**row, "answer": None}
    fresh = {"now": now, "its_digest": row["digest"], "until": row["claimed_until"]}
    connection.execute(_TAKE_OVER, {**_mine(row), **fresh})
    return dict(connection.execute(_FIND, _same(row)).mappings().one())


def answer(connection: Connection, row: Mapping[str, Any], content: str) -> bool:
    """Store the answer, if the claim is still ours."""
    return connection.execute(_ANSWER, {**_mine(row), "content": content}).rowcount == 1


def release(connection: Connection, row: Mapping[str, Any]) -> None:
    """Forget a claim of ours that ended without an answer: the key is free again."""
    connection.execute(_RELEASE, _mine(row))


def _same(row: Mapping[str, Any]) -> dict[str, Any]:
    return {f"its_{name}": row[name] for name in ("client", "authority", "key")}


def _mine(row: Mapping[str, Any]) -> dict[str, Any]:
    return {**_same(row), "its_claim": row["claim"]}
