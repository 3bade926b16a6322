"""The store: tables, queries and sealed objects; all SQL of the postbox lives here and nowhere else.

It promises: instants come back as aware UTC on both engines; queries take a connection and never commit, so that the
use case decides what is one transaction; what is scoped by an authority is asked with it.
"""

from contextlib import AbstractContextManager
from typing import Protocol

from sqlalchemy import Connection


class Database(Protocol):
    """What the postbox needs of a database; the front door brings it."""

    @property
    def dialect(self) -> str:
        """``sqlite`` or ``postgresql``."""
        ...

    def read(self) -> AbstractContextManager[Connection]:
        """One read-only snapshot."""
        ...

    def write(self) -> AbstractContextManager[Connection]:
        """One durable transaction: committed at the end of the block, rolled back when it raises."""
        ...
