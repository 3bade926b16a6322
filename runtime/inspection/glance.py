"""A look into a house's database that makes nothing and stops at nothing: what is wrong with it is told elsewhere."""

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from runtime.database import House, is_current, open_database
from runtime.errors import FrontDoorError

T = TypeVar("T")


def glance(url: str, read: Callable[[Connection], T], otherwise: T, house: House = "gate") -> T:
    """What ``read`` finds there; ``otherwise`` where the house's tables are not there or not the newest."""
    # An SQLite file that is not there yet is not made.
    if url.startswith("sqlite:") and not Path(url.removeprefix("sqlite:///")).exists():
        return otherwise
    try:
        database = open_database(url)
        try:
            if not is_current(database, house):
                return otherwise
            with database.read() as connection:
                return read(connection)
        finally:
            database.close()
    except (FrontDoorError, SQLAlchemyError):
        return otherwise
