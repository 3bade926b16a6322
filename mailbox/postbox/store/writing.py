"""Writing what may be there already, the same on both engines."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql, sqlite


def insert_once(connection: Connection, table: Table, row: Mapping[str, Any]) -> bool:
    """Insert unless a unique constraint says it is there; whether it was inserted now.

    On PostgreSQL it waits for another transaction that is inserting the same; afterwards a new statement sees its row.
    """
    make = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    return connection.execute(make(table).values(row).on_conflict_do_nothing()).rowcount == 1
