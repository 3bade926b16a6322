"""Whether the database answers."""

from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from postbox.store import Database
from postbox.store.tables import chores


def answers(database: Database) -> bool:
    """One small question to a table of ours; False where the database is away or its tables are missing."""
    try:
        with database.read() as connection:
            connection.execute(select(chores.c.name).limit(1)).all()
    except SQLAlchemyError:
        return False
    return True
