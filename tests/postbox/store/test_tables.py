"""The tables: migrations and metadata say the same, instants come back as they went in."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import insert, select
from sqlalchemy.exc import StatementError

from postbox.store import outbox
from postbox.store.tables import chores, metadata
from postbox.store.writing import insert_once


def test_the_migrations_bring_a_database_to_exactly_the_tables(postbox_database):
    """Nothing is missing in the migrations and nothing is left over."""
    with postbox_database.read() as connection:
        context = MigrationContext.configure(connection, opts={"version_table": "alembic_version_postbox"})
        assert compare_metadata(context, metadata) == []


def test_an_instant_comes_back_aware_in_utc_to_the_microsecond(postbox_database):
    """Both engines give back the same instant, whatever offset it was given in."""
    at = datetime(2026, 11, 23, 0, 30, 0, 123456, tzinfo=timezone(timedelta(hours=1)))
    with postbox_database.write() as connection:
        connection.execute(insert(chores).values(name="x", due_at=at))
    with postbox_database.read() as connection:
        found = connection.execute(select(chores.c.due_at)).scalar_one()
    assert found == at
    assert found.tzinfo is UTC


def test_a_naive_instant_is_refused(postbox_database):
    """An instant without a zone belongs to no day and is never stored."""
    with pytest.raises(StatementError), postbox_database.write() as connection:
        connection.execute(insert(chores).values(name="x", due_at=datetime(2026, 11, 23)))  # noqa: DTZ001


def test_an_insert_says_whether_it_was_the_first(postbox_database):
    """On both engines alike: true once, then false; a chore is done at its first moment, not at its second."""
    row = {"name": "sweep", "due_at": datetime(2026, 11, 23, tzinfo=UTC)}
    with postbox_database.write() as connection:
        assert insert_once(connection, chores, row)
        assert not insert_once(connection, chores, row)
        assert outbox.chore_is_due(connection, "orphans", now=row["due_at"], every=timedelta(hours=1))
