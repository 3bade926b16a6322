"""Writing what may be there already, the same on both engines."""

import functools
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql.dml import ReturningInsert


def insert_once(connection: Connection, table: Table, row: Mapping[str, Any]) -> bool:
    """Insert unless a unique constraint says it is there; whether it was inserted now.

    On PostgreSQL it waits for another transaction that is inserting the same; afterwards a new statement sees its row.
    """
    return connection.execute(_insert_or_nothing(table, connection.dialect.name), dict(row)).first() is not None


@functools.cache
def _insert_or_nothing(table: Table, dialect: str) -> ReturningInsert[Any]:
    # Built once: building a statement costs more than running it.
    make = sqlite.insert if dialect == "sqlite" else postgresql.insert
    # PostgreSQL's driver does not tell the row count of such an insert; what it returns says it on both engines.
    return make(table).on_conflict_do_nothing().returning(*table.primary_key.columns)
