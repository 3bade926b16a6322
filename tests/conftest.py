"""What every room's tests share: databases on both engines, empty or migrated.

``gate_database`` and ``postbox_database`` run a test once per engine; together in one test they share the engine.
"""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from types import CodeType

import pytest
from flask import Flask
from jinja2.bccache import Bucket, BytecodeCache

from runtime.database import Database, House, migrate, open_database
from tests.postgresql import PostgresServer, find_programs


class Compiled(BytecodeCache):
    """Pages are compiled once in a test run, not by each application anew; a changed page is another one."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, str], CodeType] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        bucket.code = self._kept.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        if bucket.code:
            self._kept[bucket.key, bucket.checksum] = bucket.code


Flask.jinja_options = {**Flask.jinja_options, "bytecode_cache": Compiled()}


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
    templates: dict[str, str] = {}

    def make(house: House | None = None) -> str:
        template = migrated_template(dialect, house) if house else ""
        if dialect == "postgresql":
            server = request.getfixturevalue("postgresql")
            url = server.lend(template) if template else server.create()
        else:
            path = tmp_path / f"{house or 'empty'}-{len(templates)}.db"
            if template:
                shutil.copyfile(template, path)
                path.chmod(0o600)
            url = f"sqlite:///{path}"
        templates[url] = template
        return url

    yield make
    if dialect == "postgresql":
        server = request.getfixturevalue("postgresql")
        for url, template in templates.items():
            server.take_back(url, template) if template else server.drop(url)


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
