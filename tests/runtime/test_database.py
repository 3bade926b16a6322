"""The database: one transaction per block, durable, never two writers at once, on both engines."""

import os
import sqlite3
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError

from runtime.database import Database, open_database
from runtime.errors import DatabaseNotReady
from runtime.migration import History, migrate_history

FULL = 2  # SQLite's number for it
WRITER = """
import sys
from sqlalchemy import text
from runtime.database import open_database
database = open_database(sys.argv[1])
for _ in range(int(sys.argv[2])):
    with database.write() as connection:
        lock = " FOR UPDATE" if database.dialect == "postgresql" else ""
        value = connection.execute(text("SELECT value FROM counter" + lock)).scalar_one()
        connection.execute(text("UPDATE counter SET value = :value"), {"value": value + 1})
database.close()
"""


@pytest.fixture
def counter(empty_database: Database) -> Database:
    """A database with one counter at zero."""
    with empty_database.write() as connection:
        connection.execute(text("CREATE TABLE counter (value INTEGER NOT NULL UNIQUE)"))
        connection.execute(text("INSERT INTO counter VALUES (0)"))
    return empty_database


def value_of(database: Database) -> int:
    with database.read() as connection:
        return int(connection.execute(text("SELECT max(value) FROM counter")).scalar_one())


def test_a_write_is_there_when_the_block_ended(counter: Database, database_url: str) -> None:
    """Another connection sees what a finished write block did."""
    with counter.write() as connection:
        connection.execute(text("UPDATE counter SET value = 7"))
    other = open_database(database_url)
    assert value_of(other) == 7
    other.close()


def test_an_exception_rolls_everything_back(counter: Database) -> None:
    """Neither rows nor tables of a raising block remain, and the lane is free again."""
    with pytest.raises(ZeroDivisionError), counter.write() as connection:
        connection.execute(text("UPDATE counter SET value = 7"))
        connection.execute(text("CREATE TABLE leftover (id INTEGER)"))
        raise ZeroDivisionError
    assert value_of(counter) == 0
    with counter.write() as connection:
        connection.execute(text("CREATE TABLE leftover (id INTEGER)"))


def test_a_broken_constraint_rolls_back_and_frees_the_lane(counter: Database) -> None:
    """A unique violation undoes its block only; the next write works."""
    with pytest.raises(IntegrityError), counter.write() as connection:
        connection.execute(text("INSERT INTO counter VALUES (5)"))
        connection.execute(text("INSERT INTO counter VALUES (0)"))
    assert value_of(counter) == 0
    with counter.write() as connection:
        connection.execute(text("INSERT INTO counter VALUES (6)"))
    assert value_of(counter) == 6


def test_reading_cannot_write(counter: Database) -> None:
    """The database itself refuses to write in a read block, and still writes afterwards."""
    with pytest.raises(DBAPIError), counter.read() as connection:
        connection.execute(text("UPDATE counter SET value = 7"))
    with counter.write() as connection:
        connection.execute(text("UPDATE counter SET value = 8"))
    assert value_of(counter) == 8


def test_a_write_in_a_write_is_refused_at_once(counter: Database) -> None:
    """A nested write raises instead of waiting for itself for ever, and the outer one is rolled back."""
    with pytest.raises(RuntimeError, match="inside"), counter.write() as connection:
        connection.execute(text("UPDATE counter SET value = 7"))
        with counter.write():
            pytest.fail("a nested write must not begin")
    assert value_of(counter) == 0


def test_reading_does_not_wait_for_a_writer(counter: Database) -> None:
    """A reader sees the old state while a write is open."""
    with counter.write() as connection:
        connection.execute(text("UPDATE counter SET value = 7"))
        assert value_of(counter) == 0
    assert value_of(counter) == 7


def test_a_read_block_shows_one_moment(counter: Database) -> None:
    """What is committed meanwhile is not seen until the next read block; a later write is READ COMMITTED as before."""
    with counter.read() as connection:
        query = text("SELECT max(value) FROM counter")
        before = connection.execute(query).scalar_one()
        with counter.write() as other:
            other.execute(text("UPDATE counter SET value = 7"))
        assert connection.execute(query).scalar_one() == before == 0
    assert value_of(counter) == 7
    if counter.dialect == "postgresql":
        with counter.write() as connection:
            assert connection.execute(text("SHOW transaction_isolation")).scalar_one() == "read committed"


def test_several_processes_lose_no_update(counter: Database, database_url: str) -> None:
    """Four processes and two threads that read, add one and write count every single step."""
    command = [sys.executable, "-c", WRITER, database_url, "50"]
    processes = [subprocess.Popen(command) for _ in range(4)]
    lock = " FOR UPDATE" if counter.dialect == "postgresql" else ""

    def count() -> None:
        for _ in range(50):
            with counter.write() as connection:
                value = connection.execute(text("SELECT value FROM counter" + lock)).scalar_one()
                connection.execute(text("UPDATE counter SET value = :value"), {"value": value + 1})

    threads = [threading.Thread(target=count) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert [process.wait(60) for process in processes] == [0, 0, 0, 0]
    assert value_of(counter) == 300


KILLED = """
import os, signal, sys
from sqlalchemy import text
from runtime.database import open_database
database = open_database(sys.argv[1])
with database.write() as connection:
    connection.execute(text("UPDATE counter SET value = 1"))
with database.write() as connection:
    connection.execute(text("UPDATE counter SET value = 99"))
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_killed_writer_keeps_what_was_committed_and_frees_the_lane(counter: Database, database_url: str) -> None:
    """SIGKILL inside a write loses that write only, and the next writer need not wait."""
    killed = subprocess.run([sys.executable, "-c", KILLED, database_url], check=False, timeout=60)
    assert killed.returncode == -9
    with counter.write() as connection:
        connection.execute(text("INSERT INTO counter VALUES (2)"))
    with counter.read() as connection:
        assert sorted(connection.execute(text("SELECT value FROM counter")).scalars()) == [1, 2]


def test_sqlite_is_durable_and_forgets_erased_rows(tmp_path: Path) -> None:
    """WAL, synchronous FULL, secure_delete and foreign keys are on in both lanes."""
    database = open_database(f"sqlite:///{tmp_path / 'a.db'}")
    for block in (database.read, database.write):
        with block() as connection:
            found = {
                name: connection.exec_driver_sql(f"PRAGMA {name}").scalar_one()
                for name in ("journal_mode", "synchronous", "secure_delete", "foreign_keys")
            }
        assert found == {"journal_mode": "wal", "synchronous": 2, "secure_delete": 1, "foreign_keys": 1}
    database.close()


def test_sqlite_files_belong_to_their_user_only(tmp_path: Path) -> None:
    """Database, WAL and lock file are created with rights 0600 whatever the umask."""
    before = os.umask(0)
    try:
        database = open_database(f"sqlite:///{tmp_path / 'a.db'}")
        with database.write() as connection:
            connection.execute(text("CREATE TABLE t (id INTEGER)"))
        rights = {path.name: stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()}
        database.close()
    finally:
        os.umask(before)
    assert rights["a.db"] == rights["a.db-wal"] == rights["a.db.lock"] == 0o600


def test_a_writer_outside_the_lane_cannot_slip_in(tmp_path: Path) -> None:
    """A write block holds SQLite's own write lock from its first moment (BEGIN IMMEDIATE)."""
    database = open_database(f"sqlite:///{tmp_path / 'a.db'}")
    stranger = sqlite3.connect(tmp_path / "a.db", timeout=0.1)
    with database.write(), pytest.raises(sqlite3.OperationalError, match="locked"):
        stranger.execute("CREATE TABLE t (id INTEGER)")
    stranger.execute("CREATE TABLE t (id INTEGER)")
    stranger.close()
    database.close()


def test_a_write_that_cannot_begin_says_so_and_the_next_one_can(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While a stranger writes, a write block raises SQLAlchemy's error before its first line; afterwards it works."""
    monkeypatch.setattr("runtime.database.SQLITE_PRAGMAS", ("journal_mode=WAL", "busy_timeout=50"))
    database = open_database(f"sqlite:///{tmp_path / 'a.db'}")
    stranger = sqlite3.connect(tmp_path / "a.db", isolation_level=None)
    stranger.execute("BEGIN IMMEDIATE")
    with pytest.raises(OperationalError, match="locked"), database.write():
        pytest.fail("a write block ran without SQLite's write lock")
    stranger.execute("ROLLBACK")
    with database.write() as connection:
        connection.execute(text("CREATE TABLE t (id INTEGER)"))
    stranger.close()
    database.close()


def waits_for_the_disk(database: Database, **asked: bool) -> bool:
    """Whether the commit of such a block waits, in the engine's own words."""
    with database.write(**asked) as connection:
        if database.dialect == "postgresql":
            return connection.execute(text("SHOW synchronous_commit")).scalar_one() == "on"
        return connection.exec_driver_sql("PRAGMA synchronous").scalar_one() == FULL


def test_a_commit_waits_for_the_disk_unless_it_is_told_otherwise(counter: Database) -> None:
    """Each block by itself: the next one waits again, also after a block that failed."""
    assert [waits_for_the_disk(counter, **asked) for asked in ({}, {"synchronous": False}, {})] == [True, False, True]
    with pytest.raises(ZeroDivisionError), counter.write(synchronous=False) as connection:
        connection.execute(text("UPDATE counter SET value = 7"))
        raise ZeroDivisionError
    assert value_of(counter) == 0
    assert waits_for_the_disk(counter)


def test_what_does_not_wait_is_there_for_everybody_and_survives_its_process(
    counter: Database, database_url: str
) -> None:
    """Only the power can take it back: another process reads it, and a killed one leaves it."""
    source = KILLED.replace("database.write()", "database.write(synchronous=False)", 1)
    killed = subprocess.run([sys.executable, "-c", source, database_url], check=False, timeout=60)
    assert killed.returncode == -9
    assert value_of(counter) == 1


@pytest.mark.parametrize("synchronous", [True, False])
def test_a_commit_that_fails_leaves_nothing_behind(counter: Database, synchronous: bool) -> None:
    """What a constraint refuses only at the commit is undone; the next block begins anew, and waits for the disk."""
    with counter.write() as connection:
        deferred = "REFERENCES counter (value) DEFERRABLE INITIALLY DEFERRED"
        connection.execute(text(f"CREATE TABLE child (parent INTEGER {deferred})"))
    with pytest.raises(IntegrityError), counter.write(synchronous=synchronous) as connection:
        connection.execute(text("INSERT INTO child VALUES (5)"))
    assert waits_for_the_disk(counter)
    with counter.write() as connection:
        assert connection.execute(text("SELECT count(*) FROM child")).scalar_one() == 0
        connection.execute(text("INSERT INTO child VALUES (0)"))


def test_a_connection_whose_end_failed_is_never_lent_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The disk fails in the middle of a block, and at taking it back: the next block has another connection."""
    database = open_database(f"sqlite:///{tmp_path / 'a.db'}")

    def fails(_connection: object) -> None:
        raise sqlite3.OperationalError("disk I/O error")

    with monkeypatch.context() as disk, pytest.raises(OperationalError, match="I/O"), database.write() as connection:
        disk.setattr(database._writer.dialect, "do_rollback", fails)
        connection.execute(text("CREATE TABLE t (id INTEGER)"))
        raise ZeroDivisionError
    with database.write() as connection:
        connection.execute(text("CREATE TABLE t (id INTEGER)"))
    database.close()


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("sqlite://", "memory"),
        ("sqlite:///:memory:", "memory"),
        ("sqlite:////no/such/folder/a.db", "/no/such/folder"),
        ("mysql://host/name", "mysql"),
        ("nonsense", "cannot be read"),
    ],
)
def test_unusable_urls_are_refused_with_the_reason(url: str, says: str) -> None:
    """A database that would lose data or is unknown stops the start with a sentence."""
    with pytest.raises(DatabaseNotReady, match=says):
        open_database(url)


ENV = """
from alembic import context
context.configure(
    connection=context.config.attributes["connection"],
    version_table=context.config.attributes["version_table"],
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
"""
FIRST = """
from alembic import op
import sqlalchemy as sa
revision, down_revision, branch_labels, depends_on = "0001", None, None, None
def upgrade():
    op.create_table("first", sa.Column("id", sa.Integer, primary_key=True))
"""
SECOND = """
from alembic import op
import sqlalchemy as sa
revision, down_revision, branch_labels, depends_on = "0002", "0001", None, None
def upgrade():
    op.create_table("second", sa.Column("id", sa.Integer, primary_key=True))
    raise RuntimeError("power cut")
"""


@pytest.fixture
def history(tmp_path: Path) -> History:
    """A history with one migration."""
    scripts = tmp_path / "migrations"
    (scripts / "versions").mkdir(parents=True)
    (scripts / "env.py").write_text(ENV)
    (scripts / "versions" / "0001_first.py").write_text(FIRST)
    return History(scripts=scripts, version_table="alembic_version_test")


def tables(database: Database) -> set[str]:
    query = (
        "SELECT name FROM sqlite_master WHERE type = 'table'"
        if database.dialect == "sqlite"
        else "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
    )
    with database.read() as connection:
        return set(connection.execute(text(query)).scalars())


def test_migrating_twice_is_migrating_once(empty_database: Database, history: History) -> None:
    """The tables and the house's own version table appear; a second run changes nothing."""
    migrate_history(empty_database, history)
    migrate_history(empty_database, history)
    assert tables(empty_database) == {"first", "alembic_version_test"}


def test_a_failing_migration_leaves_no_half_database(empty_database: Database, history: History) -> None:
    """When one of two new migrations fails, neither remains; the first alone succeeds."""
    second = history.scripts / "versions" / "0002_second.py"
    second.write_text(SECOND)
    with pytest.raises(RuntimeError, match="power cut"):
        migrate_history(empty_database, history)
    assert tables(empty_database) == set()
    second.unlink()
    migrate_history(empty_database, history)
    assert "first" in tables(empty_database)
