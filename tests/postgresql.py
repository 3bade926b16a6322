"""A PostgreSQL server for one test run: loopback, free port, no socket file, gone with the tests even after SIGKILL."""

import contextlib
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import psycopg

# PostgreSQL refuses to run as root. PDEATHSIG is set after the user changed, because changing the user clears it.
LAUNCHER = """
import ctypes, os, signal, sys
parent, user, group = map(int, sys.argv[1:4])
if os.getuid() == 0:
    os.setgroups([]); os.setgid(group); os.setuid(user)
ctypes.CDLL(None).prctl(1, signal.SIGINT)
if os.getppid() != parent:
    raise SystemExit("the test run is gone")
os.execv(sys.argv[4], sys.argv[4:])
"""


def find_programs() -> Path | None:
    """The folder of ``initdb`` and ``postgres``, newest version first, or None."""
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name), reverse=True)
    on_path = shutil.which("postgres")
    for folder in (*debian, *([Path(on_path).parent] if on_path else [])):
        if (folder / "initdb").exists() and (folder / "postgres").exists():
            return folder
    return None


def free_port() -> int:
    """A port of the loopback that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


# What a database of its template looks like: its tables, columns, indexes and sequences, and which of them are its own.
SHAPE = """
SELECT string_agg(concat_ws(' ', oid, relname, relkind, relnatts, relchecks, relhastriggers, relhasrules), ',' ORDER BY oid)
FROM pg_class WHERE relnamespace = 'public'::regnamespace
"""
# Nobody else is connected, no row is left and every sequence begins anew. The table of migrations stays.
EMPTY = """
SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid();
SET session_replication_role = replica;
DO $$
DECLARE name text;
BEGIN
  FOR name IN SELECT oid::regclass FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'
    AND relname NOT LIKE 'alembic%' LOOP EXECUTE 'DELETE FROM ' || name; END LOOP;
  FOR name IN SELECT oid::regclass FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'S'
    LOOP PERFORM setval(name, 1, false); END LOOP;
END $$
"""


class PostgresServer:
    """A running server. A new database takes it some 100 ms of work, an emptied one a tenth of that."""

    def __init__(self, port: int) -> None:
        """Use ``started``."""
        self.port = port
        self._count = 0
        self._shapes: dict[str, str] = {}
        self._emptied: dict[str, list[str]] = defaultdict(list)

    @classmethod
    @contextlib.contextmanager
    def started(cls, programs: Path) -> Iterator["PostgresServer"]:
        """Make a cluster, run it, and remove it."""
        user = pwd.getpwnam("nobody") if os.getuid() == 0 else pwd.getpwuid(os.getuid())
        folder = Path(tempfile.mkdtemp(prefix="idgateway-postgresql-"))
        try:
            os.chown(folder, user.pw_uid, user.pw_gid)
            data = folder / "data"
            cls._launch(user, programs / "initdb", "--no-sync", "-U", "postgres", "-A", "trust", "-E", "UTF8",
                        "--locale=C", "-D", str(data)).wait(60)  # fmt: skip
            port = free_port()
            process = cls._launch(user, programs / "postgres", "-D", str(data), "-h", "127.0.0.1", "-p", str(port),
                                  "-c", "unix_socket_directories=", "-c", "fsync=off",
                                  "-c", "max_connections=200")  # fmt: skip
            try:
                server = cls(port)
                server._wait(process)
                yield server
            finally:
                process.send_signal(signal.SIGINT)  # fast shutdown
                process.wait(20)
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    @staticmethod
    def _launch(user: pwd.struct_passwd, *command: str | Path) -> subprocess.Popen:
        start = [sys.executable, "-c", LAUNCHER, str(os.getpid()), str(user.pw_uid), str(user.pw_gid)]
        environment = {"PATH": "/usr/bin:/bin", "LC_ALL": "C"}
        quiet = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        return subprocess.Popen([*start, *map(str, command)], cwd="/", env=environment, **quiet)

    def _wait(self, process: subprocess.Popen) -> None:
        ends = time.monotonic() + 30
        while time.monotonic() < ends and process.poll() is None:
            with contextlib.suppress(psycopg.OperationalError):
                return self.execute("SELECT 1")
            time.sleep(0.05)
        raise RuntimeError("PostgreSQL did not start")

    def url(self, database: str) -> str:
        """The SQLAlchemy URL of a database."""
        return f"postgresql://postgres@127.0.0.1:{self.port}/{database}"

    def execute(self, statement: str) -> None:
        """Run one administrative statement outside any transaction."""
        with psycopg.connect(self.url("postgres"), autocommit=True, connect_timeout=5) as connection:
            connection.execute(statement)

    def create(self, template: str = "template0") -> str:
        """A new database, copied from a template; returns its URL."""
        self._count += 1
        name = f"test_{self._count}"
        self.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
        return self.url(name)

    def lend(self, template: str) -> str:
        """The URL of a database that is like this template of empty tables; it comes back by ``take_back``."""
        if self._emptied[template]:
            return self._emptied[template].pop()
        url = self.create(template)
        with psycopg.connect(url) as connection:
            self._shapes[url] = self._shape(connection)
        return url

    def take_back(self, url: str, template: str) -> None:
        """Empty a database that was lent, for the next one; one whose tables were changed goes."""
        with psycopg.connect(url, autocommit=True, connect_timeout=5) as connection:
            connection.execute(EMPTY)
            changed = self._shape(connection) != self._shapes[url]
        if changed:
            self.drop(url)
        else:
            self._emptied[template].append(url)

    @staticmethod
    def _shape(connection: psycopg.Connection) -> str:
        return str(connection.execute(SHAPE).fetchone())

    def drop(self, url: str) -> None:
        """Remove a database, ending whoever is still connected."""
        self.execute(f"DROP DATABASE IF EXISTS {url.rsplit('/', 1)[1]} WITH (FORCE)")
