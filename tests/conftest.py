"""What every room's tests share: databases on both engines, empty or migrated.

``gate_database`` and ``postbox_database`` run a test once per engine; together in one test they share the engine.
"""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from runtime.database import Database, House, migrate, open_database
from tests.postgresql import PostgresServer, find_programs


@pytest.fixture(scope="session")
def postgresql() -> Iterator[PostgresServer]:
    """A PostgreSQL server of this test run; skips with the reason when its programs are absent (CI=true: fails)."""
    programs = find_programs()
    if programs is None:
        reason = "PostgreSQL's server programs (initdb, postgres) are not installed"
        pytest.fail(reason) if os.environ.get("CI") == "true" else pytest.skip(reason)
    with PostgresServer.started(programs) as server:
        yield server


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def dialect(request: pytest.FixtureRequest) -> str:
    """Each engine in turn."""
    return request.param


@pytest.fixture(scope="session")
def migrated_template(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[str, House], str]:
    """Gives the name (PostgreSQL) or file (SQLite) of a migrated database to copy, made once per engine and house."""
    made: dict[tuple[str, str], str] = {}

    def make(dialect: str, house: House) -> str:
        if dialect == "postgresql":
            server = request.getfixturevalue("postgresql")
            template, url = f"template_{house}", server.url(f"template_{house}")
            server.execute(f"CREATE DATABASE {template}")
        else:
            template = str(tmp_path_factory.mktemp("template") / f"{house}.db")
            url = f"sqlite:///{template}"
        database = open_database(url)
        migrate(database, house)
        database.close()
        return template

    def get(dialect: str, house: House) -> str:
        if (dialect, house) not in made:
            made[dialect, house] = make(dialect, house)
        return made[dialect, house]

    return get


@pytest.fixture
def new_database_url(
    request: pytest.FixtureRequest, dialect: str, tmp_path: Path, migrated_template: Callable[[str, House], str]
) -> Iterator[Callable[..., str]]:
    """Makes databases of the test's engine: ``new_database_url()`` empty, ``new_database_url("gate")`` migrated."""
    urls: list[str] = []

    def make(house: House | None = None) -> str:
        if dialect == "postgresql":
            server = request.getfixturevalue("postgresql")
            urls.append(server.create(migrated_template(dialect, house) if house else "template0"))
        else:
            path = tmp_path / f"{house or 'empty'}-{len(urls)}.db"
            if house:
                shutil.copyfile(migrated_template(dialect, house), path)
                path.chmod(0o600)
            urls.append(f"sqlite:///{path}")
        return urls[-1]

    yield make
    if dialect == "postgresql":
        for url in urls:
            request.getfixturevalue("postgresql").drop(url)


@pytest.fixture
def database_url(new_database_url: Callable[..., str]) -> str:
    """The URL of an empty database, on each engine."""
    return new_database_url()


@pytest.fixture
def empty_database(database_url: str) -> Iterator[Database]:
    """An open, empty database, on each engine."""
    yield from _opened(database_url)


@pytest.fixture
def gate_database(new_database_url: Callable[..., str]) -> Iterator[Database]:
    """The gate's database, migrated, on each engine."""
    yield from _opened(new_database_url("gate"))


@pytest.fixture
def postbox_database(new_database_url: Callable[..., str]) -> Iterator[Database]:
    """The postbox's database, migrated, on each engine."""
    yield from _opened(new_database_url("postbox"))


def _opened(url: str) -> Iterator[Database]:
    database = open_database(url)
    yield database
    database.close()
