"""Writing what may be there already, the same on both engines."""

import functools
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql, sqlite


def insert_once(connection: Connection, table: Table, row: Mapping[str, Any]) -> bool:
    """Insert unless a unique constraint says it is there; whether it was inserted now.

    On PostgreSQL it waits for another transaction that is inserting the same; afterwards a new statement sees its row.
    """
    return connection.execute(_insert_or_nothing(table, connection.dialect.name), dict(row)).rowcount == 1


@functools.cache
def _insert_or_nothing(table: Table, dialect: str) -> sqlite.Insert | postgresql.Insert:
    # Built once: building a statement costs more than running it.
    make = sqlite.insert if dialect == "sqlite" else postgresql.insert
    return make(table).on_conflict_do_nothing()
