"""The machine below: databases, folders, secret files and the clock."""

import ctypes
import os
import stat
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from runtime.database import Database, House, is_current, open_database
from runtime.errors import FrontDoorError
from runtime.findings import Finding, good, warning, wrong
from runtime.settings import Settings

BUILT = datetime(2026, 11, 1, tzinfo=UTC)  # no honest clock shows an earlier day
TIME_ERROR = 5  # adjtimex(2): the clock is not synchronised
_TIMEX_BYTES = 512  # more than struct timex has on any platform
LOOSE = stat.S_IRWXG | stat.S_IRWXO


def check_databases(settings: Settings) -> Iterator[Finding]:
    """Each house's database opens, is durable, and its tables are at the newest version."""
    if settings.gate:
        yield from check_database("gate", settings.gate.database_url)
    if settings.postbox:
        yield from check_database("postbox", settings.postbox.database_url)


def check_database(house: House, url: str) -> Iterator[Finding]:
    """One house's database. An SQLite file that is not there yet is not made."""
    subject = f"database of the {house}"
    cure = f"Run: idgateway migrate --only {house}"
    if url.startswith("sqlite:") and not Path(url.removeprefix("sqlite:///")).exists():
        yield wrong(subject, "There is none yet.", cure)
        return
    try:
        database = open_database(url)
        try:
            current = is_current(database, house)
            yield from _durable(subject, database)
        finally:
            database.close()
    except FrontDoorError as error:
        yield wrong(subject, error.cause, error.cure)
    except SQLAlchemyError as error:
        # Its message may quote the URL with a password.
        kind = type(getattr(error, "orig", None) or error).__name__
        yield wrong(subject, f"It does not answer ({kind}).", "Check address, name, user and that it runs.")
    else:
        told = f"{database.dialect}, tables at the newest version."
        yield good(subject, told) if current else wrong(subject, "Its tables are not at the newest version.", cure)


def _durable(subject: str, database: Database) -> Iterator[Finding]:
    if database.dialect != "postgresql":
        return
    for setting in ("fsync", "synchronous_commit"):
        with database.read() as connection:
            value = connection.execute(text(f"SHOW {setting}")).scalar_one()
        if value == "off":
            yield wrong(subject, f"{setting} is off: a power cut loses accepted notices.", f"Set {setting} = on.")


def check_folders(settings: Settings) -> Iterator[Finding]:
    """Where sealed documents and print jobs go, and files that hold secrets."""
    if settings.postbox is None:
        return
    yield _private_folder("documents", settings.postbox.objects_directory)
    if settings.postbox.letters_directory:
        yield _private_folder("letters", settings.postbox.letters_directory)
    if settings.postbox.smtp.password_file:
        yield check_secret_file("postbox.smtp", settings.postbox.smtp.password_file)


def _private_folder(subject: str, folder: Path) -> Finding:
    if not folder.is_dir():
        return wrong(subject, f"{folder} is missing.", f"Create it: mkdir -p -m 700 {folder}")
    if not os.access(folder, os.W_OK | os.X_OK):
        return wrong(subject, f"{folder} cannot be written.", "Give it to the user who runs the postbox.")
    if folder.stat().st_mode & LOOSE:
        return warning(subject, f"Others can look into {folder}.", f"Run: chmod 700 {folder}")
    return good(subject, f"{folder} is private and can be written.")


def check_secret_file(subject: str, path: Path) -> Finding:
    """A file with a secret is readable by its user only."""
    if not os.access(path, os.R_OK):
        return wrong(subject, f"{path} cannot be read.", "Put the secret there, rights 0600.")
    if path.stat().st_mode & LOOSE:
        return wrong(subject, f"Others can read {path}.", f"Run: chmod 600 {path}")
    return good(subject, f"{path} is readable by its user only.")


def check_clock(now: datetime) -> Iterator[Finding]:
    """Logins live on minutes, deadlines on days: the clock must be right."""
    if now < BUILT:
        yield wrong("clock", f"It shows {now:%Y-%m-%d}, before this software was made.", "Set it; run a time service.")
    elif _unsynchronised():
        cure = "Run a time service (chrony, systemd-timesyncd); BundID allows seconds of difference, not minutes."
        yield warning("clock", f"It shows {now:%Y-%m-%d %H:%M} UTC, but nothing keeps it right.", cure)
    else:
        yield good("clock", f"It shows {now:%Y-%m-%d %H:%M} UTC.")


def _unsynchronised() -> bool:
    """What the kernel says about the clock (adjtimex(2), only reading); elsewhere than on Linux it says nothing."""
    if sys.platform != "linux":
        return False
    state: int = ctypes.CDLL(None).adjtimex(ctypes.create_string_buffer(_TIMEX_BYTES))
    return state == TIME_ERROR
