"""Databases behind one door: SQLite embedded, PostgreSQL grown up; and the one lane in which SQLite is written.

``write()`` is one transaction: committed when the block ends, rolled back when it raises. Keep network, cryptography
and files out of it. ``read()`` is one snapshot in which the database itself refuses to write.

``write(synchronous=False)`` is for what nobody was promised yet: its commit does not wait for the disk. A power cut may
undo it, but never without undoing everything that was committed after it: both engines keep one log, in order, and the
next synchronous commit takes along what came before.

On PostgreSQL a write transaction is READ COMMITTED and others write at the same time: what must happen once needs a
unique constraint or a row lock, on both engines.
"""

import fcntl
import os
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from runtime.errors import DatabaseNotReady
from runtime.migration import House, is_current, migrate

__all__ = ["Database", "House", "WriterLane", "is_current", "migrate", "open_database"]

BUSY_TIMEOUT_MS = 10_000  # for what is outside the lane: a backup, an administrator's shell
SQLITE_PRAGMAS = (
    "journal_mode=WAL",  # readers never wait for the writer
    "synchronous=FULL",  # acknowledged means on the disk
    "foreign_keys=ON",
    "secure_delete=ON",  # erased rows are overwritten, not only forgotten
    f"busy_timeout={BUSY_TIMEOUT_MS}",
)


class WriterLane:
    """One writer at a time: first among this process's threads, then (``flock``) among processes.

    SQLite's own waiting is polling and starves writers for seconds; the kernel's lock queue is fair.
    """

    def __init__(self, path: Path) -> None:
        """Use ``path`` as lock file; it is created with tight rights and stays."""
        self._threads = threading.Lock()
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)

    @contextmanager
    def enter(self) -> Iterator[None]:
        """Wait for the turn and hold the lane; a dying process gives it back by itself."""
        with self._threads:
            fcntl.flock(self._file, fcntl.LOCK_EX)
            try:
                yield
            finally:
                fcntl.flock(self._file, fcntl.LOCK_UN)

    def close(self) -> None:
        """Close the lock file."""
        os.close(self._file)


class Database:
    """An open database; ``dialect`` is ``"sqlite"`` or ``"postgresql"``. Safe to share between threads."""

    def __init__(self, dialect: str, reader: Engine, writer: Engine, lane: WriterLane | None) -> None:
        """Plug engines and lane together; callers use ``open_database``."""
        self.dialect = dialect
        self._reader = reader
        self._writer = writer
        self._lane = lane
        self._here = threading.local()
        # A file does not go away as a server may: its connections stay open, and nothing is asked of them in between.
        self._reading = _Kept(reader) if lane else reader.connect
        self._writing = _Kept(writer) if lane else writer.connect

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """One read-only snapshot."""
        with self._reading() as connection, connection.begin():
            yield connection

    @contextmanager
    def write(self, *, synchronous: bool = True) -> Iterator[Connection]:
        """One transaction, durable when the block has ended; without ``synchronous`` when a later durable one has.

        Raises:
            RuntimeError: this thread is already writing; an inner transaction would wait for the outer one for ever.
        """
        if getattr(self._here, "writing", False):
            raise RuntimeError("write() inside write(): pass the connection on instead")
        self._here.writing = True
        try:
            # The commit happens inside the lane: the engine's block ends first.
            with self._turn(), self._writing() as connection, _begun(connection, synchronous=synchronous):
                yield connection
        finally:
            self._here.writing = False

    def _turn(self) -> AbstractContextManager[None]:
        return self._lane.enter() if self._lane else nullcontext()

    def close(self) -> None:
        """Give all connections back."""
        for kept in (self._reading, self._writing):
            if isinstance(kept, _Kept):
                kept.close()
        self._reader.dispose()
        self._writer.dispose()
        if self._lane:
            self._lane.close()
            self._lane = None

    def __repr__(self) -> str:
        return f"Database({self.dialect})"  # never the URL: it may hold a password


@contextmanager
def _begun(connection: Connection, *, synchronous: bool) -> Iterator[None]:
    """A transaction that ends with the block.

    SQLite knows of a connection whether it waits. So each block says it anew, and nothing that failed before decides.
    """
    if connection.dialect.name == "sqlite":
        driver: Any = connection.connection.driver_connection
        driver.execute(f"PRAGMA synchronous={'FULL' if synchronous else 'NORMAL'}").close()
    with connection.begin():
        if connection.dialect.name == "postgresql" and not synchronous:
            connection.exec_driver_sql("SET LOCAL synchronous_commit TO OFF")
        yield


class _Kept:
    """Connections of an engine that stay open, each lent to one block at a time; safe in threads."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._idle: deque[Connection] = deque()

    @contextmanager
    def __call__(self) -> Iterator[Connection]:
        try:
            connection = self._idle.pop()
        except IndexError:
            connection = self._engine.connect()
        try:
            yield connection
        finally:
            driver: Any = connection.connection.driver_connection
            if driver.in_transaction:  # its end failed, too: nobody gets it again
                connection.invalidate()
                connection.close()
            else:
                self._idle.append(connection)

    def close(self) -> None:
        while self._idle:
            self._idle.pop().close()


def open_database(url: str) -> Database:
    """Open ``sqlite:////absolute/path.db`` or ``postgresql://user@host/name``; nothing is migrated.

    Raises:
        DatabaseNotReady: the URL is not one of these, or the SQLite file's folder is missing.
    """
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise DatabaseNotReady("The database URL cannot be read.", "Write sqlite:///… or postgresql://…") from None
    match parsed.get_backend_name():
        case "sqlite":
            return _open_sqlite(parsed)
        case "postgresql":
            return _open_postgresql(parsed)
        case other:
            raise DatabaseNotReady(f"The database {other!r} is not known here.", "Use sqlite or postgresql.")


def _open_sqlite(url: URL) -> Database:
    if not url.database or url.database == ":memory:":
        raise DatabaseNotReady("SQLite in memory would lose accepted notices.", "Name a file: sqlite:////path/name.db")
    path = Path(url.database)
    if not path.parent.is_dir():
        raise DatabaseNotReady(f"The folder {path.parent} of the database is missing.", "Create it, rights 0700.")
    # Created here, so that the file and its -wal and -shm siblings are readable by this user only.
    os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
    # isolation_level None: the driver leaves BEGIN to us.
    arguments: dict[str, Any] = {
        "connect_args": {"isolation_level": None, "check_same_thread": False},
        # Each of our blocks ends its transaction itself: a second rollback on the way back to the pool finds nothing.
        "pool_reset_on_return": None,
    }
    reader = create_engine(url, pool_size=8, max_overflow=56, **arguments)
    writer = create_engine(url, pool_size=1, max_overflow=0, **arguments)
    _prepare(reader, "BEGIN", (*SQLITE_PRAGMAS, "query_only=ON"))
    _prepare(writer, "BEGIN IMMEDIATE", SQLITE_PRAGMAS)
    return Database("sqlite", reader, writer, WriterLane(path.with_name(path.name + ".lock")))


def _prepare(engine: Engine, beginning: str, pragmas: tuple[str, ...]) -> None:
    """Open each connection with ``pragmas`` and begin each transaction with the statement ``beginning``."""

    @event.listens_for(engine, "connect")
    def prepare(dbapi_connection: Any, _record: object) -> None:
        for pragma in pragmas:
            dbapi_connection.execute(f"PRAGMA {pragma}").close()

    def begin(dbapi_connection: Any) -> None:
        cursor = dbapi_connection.cursor()
        cursor.execute(beginning)
        cursor.close()

    # The dialect's own place for it, where errors are translated. A listener for "begin" would cost every transaction
    # a statement through all of SQLAlchemy, and every statement the question who listens.
    engine.dialect.do_begin = begin  # type: ignore[method-assign]


def _open_postgresql(url: URL) -> Database:
    engine = create_engine(
        url.set(drivername="postgresql+psycopg"),
        pool_size=10,
        max_overflow=20,
        pool_timeout=10,
        pool_pre_ping=True,  # a restarted server costs one ping, not one citizen
        connect_args={"options": "-c timezone=UTC", "connect_timeout": 5},
    )
    # The same pool seen through other options: PostgreSQL refuses to write, and shows one moment as SQLite does.
    reader = engine.execution_options(postgresql_readonly=True, isolation_level="REPEATABLE READ")
    return Database("postgresql", reader, engine, None)
