"""What outsiders attested of the log: time stamps and cosignatures, each on a checkpoint, and how far they reach."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, bindparam, func, select, union

from postbox.proof.states import Reach
from postbox.store.log_tables import checkpoints, cosignatures, time_stamps
from postbox.store.tables import events
from postbox.store.writing import insert_once

# Built once: building a statement costs more than running it.
_REACH = select(
    select(func.max(checkpoints.c.size)).scalar_subquery(),
    select(func.max(time_stamps.c.size)).scalar_subquery(),
    select(func.max(cosignatures.c.size)).scalar_subquery(),
)
_WITNESSED = select(func.max(cosignatures.c.size)).where(cosignatures.c.witness == bindparam("its_name"))
_NOTE = select(checkpoints.c.note).where(checkpoints.c.size == bindparam("its_size"))
_FIRST_STAMPED = select(func.min(time_stamps.c.size)).where(time_stamps.c.size > bindparam("index"))
_LAST_STAMPED = select(func.max(time_stamps.c.size)).where(time_stamps.c.size > bindparam("index"))
_LAST_WITNESSED = select(func.max(cosignatures.c.size)).where(cosignatures.c.size > bindparam("index"))
_TOKENS = select(time_stamps).where(time_stamps.c.size == bindparam("its_size")).order_by(time_stamps.c.service)
_LINES = select(cosignatures).where(cosignatures.c.size == bindparam("its_size")).order_by(cosignatures.c.witness)
_OLDEST_UNSTAMPED = select(func.min(events.c.recorded_at)).where(events.c.log_index >= bindparam("covered"))


def reach(connection: Connection) -> Reach:
    """How many of the log's entries are sealed, time stamped, and seen by a witness."""
    sealed, stamped, witnessed = connection.execute(_REACH).one()
    return Reach(sealed=sealed or 0, timestamped=stamped or 0, anchored=witnessed or 0)


def add_time_stamp(connection: Connection, row: Mapping[str, Any]) -> None:
    """Keep a verified token: size, service, token, at, received_at."""
    insert_once(connection, time_stamps, row)


def add_cosignature(connection: Connection, row: Mapping[str, Any]) -> None:
    """Keep a verified line of a witness: size, witness, line, at."""
    insert_once(connection, cosignatures, row)


def witnessed_size(connection: Connection, witness: str) -> int:
    """The largest log this witness has cosigned for us."""
    return int(connection.execute(_WITNESSED, {"its_name": witness}).scalar() or 0)


def note_of(connection: Connection, size: int) -> str:
    """The signed note of a checkpoint that is there."""
    return str(connection.execute(_NOTE, {"its_size": size}).scalar_one())


def attested_after(connection: Connection, size: int, limit: int) -> list[int]:
    """The sizes of checkpoints above ``size`` that an outsider attested, in order."""
    stamped = select(time_stamps.c.size).where(time_stamps.c.size > size)
    seen = select(cosignatures.c.size).where(cosignatures.c.size > size)
    both = union(stamped, seen).subquery()
    return [int(one) for one in connection.execute(select(both.c.size).order_by(both.c.size).limit(limit)).scalars()]


def first_stamped_over(connection: Connection, index: int) -> int | None:
    """The earliest time-stamped checkpoint that covers the entry at ``index``."""
    return connection.execute(_FIRST_STAMPED, {"index": index}).scalar()


def last_stamped_over(connection: Connection, index: int) -> int | None:
    """The newest time-stamped checkpoint that covers the entry at ``index``."""
    return connection.execute(_LAST_STAMPED, {"index": index}).scalar()


def last_witnessed_over(connection: Connection, index: int) -> int | None:
    """The newest checkpoint that a witness cosigned and that covers the entry at ``index``."""
    return connection.execute(_LAST_WITNESSED, {"index": index}).scalar()


def tokens_of(connection: Connection, size: int) -> list[RowMapping]:
    """The time stamps on a checkpoint."""
    return list(connection.execute(_TOKENS, {"its_size": size}).mappings())


def lines_of(connection: Connection, size: int) -> list[RowMapping]:
    """The cosignatures on a checkpoint."""
    return list(connection.execute(_LINES, {"its_size": size}).mappings())


def oldest_without_time_stamp(connection: Connection, covered: int) -> datetime | None:
    """When the oldest entry beyond the ``covered`` ones was recorded; None where there is none."""
    return connection.execute(_OLDEST_UNSTAMPED, {"covered": covered}).scalar()
