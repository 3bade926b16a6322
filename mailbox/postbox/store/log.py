"""The transparency log's tables: events waiting for their place, the tree's nodes, signed checkpoints."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, RowMapping, bindparam, func, insert, select, text, update

from postbox.store.log_tables import audits, checkpoints, log_nodes
from postbox.store.tables import events
from postbox.store.writing import insert_once

_PIECE: Final = 5_000
_LOCK: Final = 0x6C6F67  # "log": the advisory lock's number
# Built once: building a statement costs more than running it.
_PLACE = (
    update(events)
    .where(
        events.c.notice == bindparam("its_notice"), events.c.seq == bindparam("its_seq"), events.c.log_index.is_(None)
    )
    .values(log_index=bindparam("place"))
)
_LAST_LEAF = select(func.max(log_nodes.c.position)).where(log_nodes.c.level == 0)
_NODE = select(log_nodes.c.hash).where(
    log_nodes.c.level == bindparam("its_level"), log_nodes.c.position == bindparam("its_position")
)
_ADD_NODES = insert(log_nodes)


def lock(connection: Connection) -> None:
    """Only one sequencer at a time; SQLite's lane does the same."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": _LOCK})


def place(connection: Connection, notice: str, seq: int, index: int) -> bool:
    """Give an event its place; False if it has one."""
    values = {"its_notice": notice, "its_seq": seq, "place": index}
    return connection.execute(_PLACE, values).rowcount == 1


def size(connection: Connection) -> int:
    """How many leaves the tree has."""
    last = connection.execute(_LAST_LEAF).scalar_one()
    return 0 if last is None else int(last) + 1


def node(connection: Connection, level: int, position: int) -> bytes:
    """The hash of a complete subtree. Raises where the tree has none."""
    return bytes(connection.execute(_NODE, {"its_level": level, "its_position": position}).scalar_one())


def add_nodes(connection: Connection, nodes: Mapping[tuple[int, int], bytes]) -> None:
    """Store complete subtrees: level and position, hash."""
    rows = [{"level": level, "position": position, "hash": value} for (level, position), value in nodes.items()]
    if rows:
        connection.execute(_ADD_NODES, rows)


def add_checkpoint(connection: Connection, tree_size: int, note: str, signed_at: datetime) -> None:
    """Keep a signed checkpoint; one per size is enough."""
    insert_once(connection, checkpoints, {"size": tree_size, "note": note, "signed_at": signed_at})


def last_checkpoint_of(connection: Connection, begins: datetime, ends: datetime) -> RowMapping | None:
    """The newest checkpoint signed from ``begins`` on and before ``ends``."""
    within = (checkpoints.c.signed_at >= begins, checkpoints.c.signed_at < ends)
    query = select(checkpoints).where(*within).order_by(checkpoints.c.signed_at.desc(), checkpoints.c.size.desc())
    return connection.execute(query.limit(1)).mappings().first()


def leaf_at(connection: Connection, index: int) -> bytes | None:
    """The stored hash of a leaf; None where there is none."""
    found = connection.execute(_NODE, {"its_level": 0, "its_position": index}).scalar()
    return None if found is None else bytes(found)


def leaves(connection: Connection, tree_size: int) -> Iterator[bytes]:
    """The first leaves in their order, without holding them all."""
    query = select(log_nodes.c.hash).where(log_nodes.c.level == 0, log_nodes.c.position < tree_size)
    ordered = query.order_by(log_nodes.c.position).execution_options(yield_per=_PIECE)
    for found in connection.execute(ordered).scalars():
        yield bytes(found)


def placed(connection: Connection, tree_size: int) -> int:
    """How many of the first places an event or an audit holds."""
    tables = (events, audits)
    counts = [select(func.count()).select_from(one).where(one.c.log_index < tree_size) for one in tables]
    return sum(int(connection.execute(count).scalar_one()) for count in counts)


def last_checkpoint(connection: Connection) -> RowMapping | None:
    """The newest checkpoint."""
    return connection.execute(select(checkpoints).order_by(checkpoints.c.size.desc()).limit(1)).mappings().first()
