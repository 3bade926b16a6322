"""What the gate remembers, and for how long.

Promises: every row that leads to a person holds hashes or sealed values only; what may happen once is a unique row or a
guarded update, on both engines; queries take a connection and never begin or end a transaction.
"""

from contextlib import AbstractContextManager
from typing import Protocol

from sqlalchemy import Connection


class Database(Protocol):
    """An open database, as ``runtime`` provides it; ``dialect`` is ``"sqlite"`` or ``"postgresql"``."""

    dialect: str

    def read(self) -> AbstractContextManager[Connection]:
        """One read-only snapshot."""
        ...

    def write(self, *, synchronous: bool = True) -> AbstractContextManager[Connection]:
        """One transaction: committed when the block ends, rolled back when it raises; durable, if ``synchronous``.

        Otherwise a power cut may undo it, never without what was committed after it.
        """
        ...
