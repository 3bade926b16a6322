"""The one statement both engines spell alike and SQLAlchemy does not: insert unless it is there.

Statements of the store are built once, here and in its neighbours: building one costs more than running it.
"""

from collections.abc import Mapping
from functools import cache
from typing import Any

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql, sqlite


def insert_of(dialect: str, table: Table) -> Any:
    """An ``INSERT`` of this dialect (``"sqlite"`` or ``"postgresql"``) that understands ``on_conflict_…``."""
    return (postgresql if dialect == "postgresql" else sqlite).insert(table)


def insert_new(connection: Connection, table: Table, row: Mapping[str, Any]) -> bool:
    """Insert a row; False if its key was taken, also by a transaction that ran at the same time."""
    return connection.execute(_insert_new(connection.dialect.name, table), dict(row)).first() is not None


@cache
def _insert_new(dialect: str, table: Table) -> Any:
    # The row count of such an insert is not told on every engine; what it returns is.
    return insert_of(dialect, table).on_conflict_do_nothing().returning(*table.primary_key.columns)
