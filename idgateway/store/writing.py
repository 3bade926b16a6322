"""The one statement both engines spell alike and SQLAlchemy does not: insert unless it is there."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql, sqlite


def insert_or(connection: Connection, table: Table) -> Any:
    """An ``INSERT`` of this connection's dialect that understands ``on_conflict_…``."""
    return (postgresql if connection.dialect.name == "postgresql" else sqlite).insert(table)


def insert_new(connection: Connection, table: Table, row: Mapping[str, Any]) -> bool:
    """Insert a row; False if its key was taken, also by a transaction that ran at the same time."""
    statement = insert_or(connection, table).values(**row).on_conflict_do_nothing()
    # The row count of such an insert is not told on every engine; what it returns is.
    return connection.execute(statement.returning(*table.primary_key.columns)).first() is not None
