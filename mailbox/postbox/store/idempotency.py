"""Idempotency keys: one row per client, authority and key; claimed before the work, answered with its transaction."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, and_, delete, select, update

from postbox.store.tables import idempotency
from postbox.store.writing import insert_once

_COLUMNS = idempotency.c


def claim(connection: Connection, row: Mapping[str, Any], now: datetime) -> RowMapping:
    """The row of this key: just inserted, taken over from a claim that ran out, or somebody else's."""
    if not insert_once(connection, idempotency, row):
        abandoned = and_(_COLUMNS.answer.is_(None), _COLUMNS.claimed_until <= now, _COLUMNS.digest == row["digest"])
        values = {"claim": row["claim"], "claimed_until": row["claimed_until"]}
        connection.execute(update(idempotency).where(_same(row), abandoned).values(values))
    return connection.execute(select(idempotency).where(_same(row))).mappings().one()


def answer(connection: Connection, row: Mapping[str, Any], content: str) -> bool:
    """Store the answer, if the claim is still ours."""
    mine = and_(_same(row), _COLUMNS.claim == row["claim"], _COLUMNS.answer.is_(None))
    return connection.execute(update(idempotency).where(mine).values(answer=content)).rowcount == 1


def release(connection: Connection, row: Mapping[str, Any]) -> None:
    """Forget a claim of ours that ended without an answer: the key is free again."""
    mine = and_(_same(row), _COLUMNS.claim == row["claim"], _COLUMNS.answer.is_(None))
    connection.execute(delete(idempotency).where(mine))


def _same(row: Mapping[str, Any]) -> Any:
    return and_(_COLUMNS.client == row["client"], _COLUMNS.authority == row["authority"], _COLUMNS.key == row["key"])
