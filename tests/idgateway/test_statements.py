"""Statements compiled once say and find what SQLAlchemy itself would, on both engines."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy import bindparam, insert, select, text, update
from sqlalchemy.exc import DBAPIError, IntegrityError, NoResultFound

from idgateway.store.statement import Statement
from idgateway.store.tables import pushed_requests, seen_jtis
from idgateway.store.writing import insert_new
from runtime.database import Database

NOW = datetime(2026, 11, 26, 9, 30, 15, 123456, tzinfo=UTC)
ROW = {
    "request_hash": b"\x00\xff" * 16,
    "client_id": "ümlaut'; --",
    "request": {"scope": ["openid"], "state": None, "%(x)s": "?"},
    "expires_at": NOW,
    "used_at": None,
}
ADD = Statement(insert(pushed_requests))
ALL = Statement(select(pushed_requests).order_by(pushed_requests.c.client_id))
FIND = Statement(select(pushed_requests).where(pushed_requests.c.client_id == bindparam("client")))
USE = Statement(
    update(pushed_requests)
    .where(pushed_requests.c.used_at.is_(None), pushed_requests.c.client_id == bindparam("client"))
    .values(used_at=bindparam("now"))
)


def test_what_was_stored_is_found_again_and_sqlalchemy_sees_the_same(gate_database: Database):
    """Bytes, JSON, aware times, umlauts and absent values; column by column as SQLAlchemy reads them."""
    with gate_database.write() as connection:
        assert ADD.run(connection, ROW) == 1
        theirs = connection.execute(select(pushed_requests)).mappings().one()
        ours = FIND.one(connection, {"client": ROW["client_id"]})
    assert ours == ROW == dict(theirs)
    assert ours["expires_at"].tzinfo is UTC


def test_an_instant_of_another_zone_is_stored_as_the_same_instant(gate_database: Database):
    """The table's own types store: another zone becomes UTC, a time without zone is refused."""
    elsewhere = NOW.astimezone(timezone(timedelta(hours=2)))
    with gate_database.write() as connection:
        ADD.run(connection, {**ROW, "expires_at": elsewhere})
        assert FIND.one(connection, {"client": ROW["client_id"]})["expires_at"] == NOW
        with pytest.raises(ValueError, match="without zone"):
            ADD.run(connection, {**ROW, "request_hash": b"2", "expires_at": NOW.replace(tzinfo=None)})


def test_it_tells_how_many_rows_it_met(gate_database: Database):
    """A guarded update tells who was first."""
    with gate_database.write() as connection:
        ADD.run(connection, ROW)
        assert [USE.run(connection, {"client": ROW["client_id"], "now": NOW}) for _ in range(2)] == [1, 0]
        assert FIND.one(connection, {"client": ROW["client_id"]})["used_at"] == NOW
        assert FIND.first(connection, {"client": "nobody"}) is None
        with pytest.raises(NoResultFound):
            FIND.one(connection, {"client": "nobody"})


def test_an_insert_of_fewer_columns_is_another_text(gate_database: Database):
    """What is not given is absent, and what was given before is not given again."""
    with gate_database.write() as connection:
        ADD.run(connection, {**ROW, "client_id": "a", "used_at": NOW})
        ADD.run(connection, {name: ROW[name] for name in ROW if name != "used_at"} | {"request_hash": b"2"})
        assert [row["used_at"] for row in ALL.all(connection, {})] == [NOW, None]


def test_a_missing_or_foreign_value_is_no_statement(gate_database: Database):
    """Nothing is stored where a name was mistyped."""
    with gate_database.write() as connection:
        with pytest.raises(KeyError):
            FIND.first(connection, {"clint": "a"})
        with pytest.raises(KeyError, match="clint"):
            ADD.run(connection, {**ROW, "clint": "a"})
        assert ALL.all(connection, {}) == []


def test_a_fault_is_sqlalchemys_error_without_the_values(gate_database: Database):
    """Who handles errors of the store need not know the driver, and no value gets into a log."""
    with pytest.raises(IntegrityError) as caught, gate_database.write() as connection:
        ADD.run(connection, ROW)
        ADD.run(connection, ROW)
    assert isinstance(caught.value, DBAPIError)
    assert caught.value.params is None
    with gate_database.read() as connection:
        assert ALL.all(connection, {}) == []
    with pytest.raises(DBAPIError), gate_database.read() as connection:
        ADD.run(connection, ROW)


def test_a_list_in_it_is_refused_instead_of_compiled_once(gate_database: Database):
    """Its text would depend on the list's length."""
    several = Statement(select(seen_jtis).where(seen_jtis.c.client_id.in_(bindparam("ids", expanding=True))))
    with gate_database.read() as connection, pytest.raises(TypeError, match="list"):
        several.all(connection, {"ids": ["a"]})


def test_insert_new_tells_whether_the_key_was_free(gate_database: Database):
    """Once true, then false; the row stays as it was."""
    row = {"client_id": "a", "jti_hash": b"1", "expires_at": NOW}
    with gate_database.write() as connection:
        assert insert_new(connection, seen_jtis, row)
        assert not insert_new(connection, seen_jtis, {**row, "expires_at": NOW + timedelta(days=1)})
        assert connection.execute(text("SELECT count(*) FROM seen_jtis")).scalar_one() == 1
        assert connection.execute(select(seen_jtis.c.expires_at)).scalar_one() == NOW
