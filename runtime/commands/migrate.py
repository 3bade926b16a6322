"""``migrate``: tables at the newest version; also makes the folders that SQLite and sealed documents need."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from runtime.commands.options import add_config, add_only

if TYPE_CHECKING:
    from runtime.commands.options import Commands
    from runtime.database import House


def add_migrate(commands: "Commands") -> None:
    """Declare ``migrate``."""
    parser = commands.add_parser("migrate", help="bring the tables to the newest version")
    add_config(parser)
    add_only(parser)
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Migrate each configured house, or one."""
    from runtime.settings import load

    settings = load(options.config)
    if settings.gate and options.only in (None, "gate"):
        _migrate("gate", settings.gate.database_url)
    if settings.postbox and options.only in (None, "postbox"):
        _migrate("postbox", settings.postbox.database_url)
        _private_folder(settings.postbox.objects_directory)
        if settings.postbox.letters_directory:
            _private_folder(settings.postbox.letters_directory)
    return 0


def _migrate(house: "House", url: str) -> None:
    from sqlalchemy.exc import OperationalError

    from runtime.database import migrate, open_database
    from runtime.errors import DatabaseNotReady

    if url.startswith("sqlite:////"):
        _private_folder(Path(url.removeprefix("sqlite:///")).parent)
    database = open_database(url)
    try:
        migrate(database, house)
    except OperationalError as error:
        # Its message may quote the URL with a password.
        cause = f"The {house}'s database does not answer ({type(error.orig).__name__})."
        raise DatabaseNotReady(cause, "Check address, name, user and that it runs.") from None
    finally:
        database.close()
    print(f"{house}: tables at the newest version ({database.dialect}).")


def _private_folder(folder: Path) -> None:
    """Make a folder, and those above it that are missing, for this user only."""
    for each in (*reversed(folder.parents), folder):
        each.mkdir(mode=0o700, exist_ok=True)
