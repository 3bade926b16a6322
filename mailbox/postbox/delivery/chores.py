"""Work that returns: whose moment it is, decided in the database, so that any number of workers may run."""

from datetime import datetime, timedelta

from postbox.context import Postbox
from postbox.store import outbox


def is_due(postbox: Postbox, name: str, now: datetime, every: timedelta) -> bool:
    """Whether this is the moment for a chore; if so it is ours, and next due after ``every``."""
    with postbox.database.read() as connection:
        if not outbox.chore_waits(connection, name, now):
            return False
    with postbox.database.write() as connection:
        return outbox.chore_is_due(connection, name, now=now, every=every)
