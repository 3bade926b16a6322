"""Self-audits: where a running one stands, and what finished ones found."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, and_, func, insert, select, update

from postbox.proof.audits import Audit
from postbox.store.log_tables import audits
from postbox.store.tables import notices

Found = Sequence[tuple[str, str]]  # notice id and code


def running(connection: Connection) -> RowMapping | None:
    """The one that has not ended."""
    query = select(audits).where(audits.c.ended_at.is_(None)).order_by(audits.c.number).limit(1)
    return connection.execute(query).mappings().first()


def begin(connection: Connection, now: datetime) -> int:
    """A new one; its number."""
    number = int(connection.execute(select(func.coalesce(func.max(audits.c.number), 0))).scalar_one()) + 1
    row = {"number": number, "began_at": now, "cursor": "", "notices": 0, "documents": 0, "events": 0, "found": "[]"}
    connection.execute(insert(audits).values(**row, log_size=0))
    return number


def next_notices(connection: Connection, cursor: str, limit: int) -> list[str]:
    """The ids that come after ``cursor``, in their order."""
    query = select(notices.c.id).where(notices.c.id > cursor).order_by(notices.c.id).limit(limit)
    return [str(one) for one in connection.execute(query).scalars()]


def progress(
    connection: Connection, row: Mapping[Any, Any], *, cursor: str, counts: Mapping[str, int], found: Found
) -> bool:
    """Move on from where ``row`` stood; False where somebody else did so already."""
    here = and_(audits.c.number == row["number"], audits.c.cursor == row["cursor"], audits.c.ended_at.is_(None))
    grown = {name: row[name] + count for name, count in counts.items()}
    values = {**grown, "cursor": cursor, "found": _joined(row, found)}
    return connection.execute(update(audits).where(here).values(**values)).rowcount == 1


def end(connection: Connection, row: Mapping[Any, Any], *, at: datetime, log_size: int, found: Found) -> Audit | None:
    """Close it; None where somebody else did."""
    here = and_(audits.c.number == row["number"], audits.c.cursor == row["cursor"], audits.c.ended_at.is_(None))
    values = {"ended_at": at, "log_size": log_size, "found": _joined(row, found)}
    if connection.execute(update(audits).where(here).values(**values)).rowcount != 1:
        return None
    return read(connection, row["number"])


def enter(connection: Connection, number: int, index: int) -> None:
    """Its place in the log."""
    connection.execute(update(audits).where(audits.c.number == number).values(log_index=index))


def read(connection: Connection, number: int) -> Audit:
    """A finished one."""
    row = connection.execute(select(audits).where(audits.c.number == number)).mappings().one()
    names = ("number", "began_at", "ended_at", "notices", "documents", "events", "log_size")
    return Audit(**{name: row[name] for name in names}, findings=len(json.loads(row["found"])))


def newest_ended(connection: Connection) -> RowMapping | None:
    """The row of the last one that ended; ``found`` is JSON: pairs of notice id and code."""
    query = select(audits).where(audits.c.ended_at.is_not(None)).order_by(audits.c.number.desc()).limit(1)
    return connection.execute(query).mappings().first()


def _joined(row: Mapping[Any, Any], found: Found) -> str:
    return json.dumps([*json.loads(row["found"]), *map(list, found)][:1000])
