"""Statements that are compiled once for each engine, then handed to its driver as they are.

SQLAlchemy still writes the SQL and tells how values are stored; what it does around each single execution costs several
times as much as the driver's own work, at every statement of every login.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Delete, Dialect, Insert, Select, Update
from sqlalchemy.exc import DBAPIError, NoResultFound
from sqlalchemy.sql.compiler import SQLCompiler

Clause = Select[Any] | Insert | Update | Delete
Values = Mapping[str, Any]


class Statement:
    """One statement of the store, made once; ``clause`` may differ by dialect (``"sqlite"`` or ``"postgresql"``).

    It has no parameter that expands to a list: its text would be another one each time.
    """

    def __init__(self, clause: Clause | Callable[[str], Clause]) -> None:
        """Nothing is compiled before the first use."""
        self._clause = clause
        self._compiled: dict[tuple[str, ...], _Compiled] = {}

    def run(self, connection: Connection, values: Values) -> int:
        """Execute it; gives how many rows it met. Raises SQLAlchemy's errors, without the values."""
        cursor = self._for(connection, values).execute(connection, values)
        try:
            return int(cursor.rowcount)
        finally:
            cursor.close()

    def all(self, connection: Connection, values: Values) -> list[dict[str, Any]]:
        """The rows it finds or returns, by column name. Raises as ``run``."""
        compiled = self._for(connection, values)
        cursor = compiled.execute(connection, values)
        try:
            return [compiled.row(found) for found in cursor.fetchall()]
        finally:
            cursor.close()

    def first(self, connection: Connection, values: Values) -> dict[str, Any] | None:
        """The one row it finds or returns, if there is one. Raises as ``run``."""
        found = self.all(connection, values)
        return found[0] if found else None

    def one(self, connection: Connection, values: Values) -> dict[str, Any]:
        """The one row it finds or returns. Raises NoResultFound without it, and as ``run``."""
        found = self.first(connection, values)
        if found is None:
            raise NoResultFound("no row was found where one must be")
        return found

    def _for(self, connection: Connection, values: Values) -> "_Compiled":
        # An INSERT names the columns it is given: other names make another text.
        key = (connection.dialect.name, *values)
        if key not in self._compiled:
            clause = self._clause(connection.dialect.name) if callable(self._clause) else self._clause
            self._compiled[key] = _Compiled(clause, connection.dialect, tuple(values))
        return self._compiled[key]


class _Compiled:
    """A statement in the words of one dialect, for values of these names."""

    def __init__(self, clause: Clause, dialect: Dialect, names: Sequence[str]) -> None:
        compiled = clause.compile(dialect=dialect, column_keys=list(names))
        if not isinstance(compiled, SQLCompiler) or compiled.post_compile_params:
            raise TypeError("a statement with a list in it is another one each time")
        if strange := set(names) - compiled.binds.keys():
            raise KeyError(f"values that the statement has no place for: {sorted(strange)}")
        self._text = str(compiled)
        self._named = not compiled.positional
        order = list(compiled.binds) if self._named else compiled.positiontup or []
        self._order = tuple(order)
        self._fixed = {name: one.effective_value for name, one in compiled.binds.items() if not one.required}
        self._stored = tuple(compiled.binds[name].type.dialect_impl(dialect).bind_processor(dialect) for name in order)
        columns = tuple(clause.exported_columns)
        self._columns = tuple(one.name for one in columns)
        self._read = tuple(one.type.dialect_impl(dialect).result_processor(dialect, None) for one in columns)
        self._faults: Any = dialect.loaded_dbapi.Error

    def execute(self, connection: Connection, values: Values) -> Any:
        """The driver's cursor after the execution."""
        whole = {**self._fixed, **values}
        bound = [
            store(whole[name]) if store else whole[name] for name, store in zip(self._order, self._stored, strict=True)
        ]
        cursor = connection.connection.cursor()
        try:
            cursor.execute(self._text, dict(zip(self._order, bound, strict=True)) if self._named else bound)
        except self._faults as fault:
            cursor.close()
            raise DBAPIError.instance(self._text, None, fault, self._faults, hide_parameters=True) from fault
        return cursor

    def row(self, found: Sequence[Any]) -> dict[str, Any]:
        return {
            name: read(value) if read else value
            for name, read, value in zip(self._columns, self._read, found, strict=True)
        }
