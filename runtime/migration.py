"""Brings each house's tables to the newest version, with Alembic, without a file of its own.

Each house keeps its history in ``store/migrations`` with this ``env.py`` and its own version table::

    from alembic import context
    from <house>.store.tables import metadata

    context.configure(
        connection=context.config.attributes["connection"],
        version_table=context.config.attributes["version_table"],
        target_metadata=metadata,
        transactional_ddl=True,
    )
    with context.begin_transaction():
        context.run_migrations()

The whole way to the newest version is one transaction on both engines: it happens, or nothing does.
"""

from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from runtime.errors import DatabaseNotReady

if TYPE_CHECKING:
    from runtime.database import Database

House = Literal["gate", "postbox"]


@dataclass(frozen=True, kw_only=True)
class History:
    """Where a house keeps its migrations and in which table it notes the version."""

    scripts: Path
    version_table: str


def history_of(house: House) -> History:
    """The history of a house."""
    package = {"gate": "idgateway", "postbox": "postbox"}[house]
    return History(scripts=Path(str(files(package))) / "store" / "migrations", version_table=f"alembic_version_{house}")


def migrate(database: "Database", house: House) -> None:
    """Bring the house's tables to the newest version, in one transaction.

    Raises:
        DatabaseNotReady: this installation holds no migrations for the house.
    """
    migrate_history(database, history_of(house))


def migrate_history(database: "Database", history: History) -> None:
    """Bring one history to its head, in one transaction; two at once wait for each other."""
    config = _config(history)
    with database.write() as connection:
        if database.dialect == "postgresql":
            # SQLite's lane does the same: the second process finds the work done.
            connection.execute(text("SELECT pg_advisory_xact_lock(hashtext(:name))"), {"name": history.version_table})
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def is_current(database: "Database", house: House) -> bool:
    """Whether the tables are at the newest version this installation knows."""
    history = history_of(house)
    known = set(ScriptDirectory.from_config(_config(history)).get_heads())
    with database.read() as connection:
        return _versions(connection, history) == known


def _versions(connection: Connection, history: History) -> set[str]:
    context = MigrationContext.configure(connection, opts={"version_table": history.version_table})
    return set(context.get_current_heads())


def _config(history: History) -> Config:
    if not (history.scripts / "env.py").is_file():
        raise DatabaseNotReady(f"There are no migrations in {history.scripts}.", "Install the package again.")
    config = Config()
    # A percent sign in a path would be read as interpolation.
    config.set_main_option("script_location", str(history.scripts).replace("%", "%%"))
    config.attributes["version_table"] = history.version_table
    return config
