"""The one statement both engines spell alike and SQLAlchemy does not: insert unless it is there."""

from collections.abc import Mapping
from functools import cache
from typing import Any

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql, sqlite

from idgateway.store.statement import Statement


def insert_of(dialect: str, table: Table) -> Any:
    """An ``INSERT`` of this dialect (``"sqlite"`` or ``"postgresql"``) that understands ``on_conflict_…``."""
    return (postgresql if dialect == "postgresql" else sqlite).insert(table)


def insert_new(connection: Connection, table: Table, row: Mapping[str, Any]) -> bool:
    """Insert a row; False if its key was taken, also by a transaction that ran at the same time."""
    return _insert_new(table).first(connection, row) is not None


@cache
def _insert_new(table: Table) -> Statement:
    # The row count of such an insert is not told on every engine; what it returns is.
    key = table.primary_key.columns
    return Statement(lambda dialect: insert_of(dialect, table).on_conflict_do_nothing().returning(*key))
