"""The transparency log's tables: events waiting for their place, the tree's nodes, signed checkpoints."""

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, RowMapping, func, insert, select, text, update

from postbox.store.tables import checkpoints, events, log_nodes
from postbox.store.writing import insert_once

_LOCK: Final = 0x6C6F67  # "log": the advisory lock's number


def lock(connection: Connection) -> None:
    """Only one sequencer at a time; SQLite's lane does the same."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": _LOCK})


def waiting(connection: Connection, limit: int) -> list[RowMapping]:
    """Events without a place in the log, in the order they get it: each notice's own order is kept."""
    query = (
        select(events.c.notice, events.c.seq, events.c.canonical, events.c.hash)
        .where(events.c.log_index.is_(None))
        .order_by(events.c.recorded_at, events.c.notice, events.c.seq)
        .limit(limit)
    )
    return list(connection.execute(query).mappings())


def place(connection: Connection, notice: str, seq: int, index: int) -> None:
    """Give an event its place."""
    same = (events.c.notice == notice, events.c.seq == seq)
    connection.execute(update(events).where(*same).values(log_index=index))


def size(connection: Connection) -> int:
    """How many leaves the tree has."""
    query = select(func.max(log_nodes.c.position)).where(log_nodes.c.level == 0)
    last = connection.execute(query).scalar_one()
    return 0 if last is None else int(last) + 1


def node(connection: Connection, level: int, position: int) -> bytes:
    """The hash of a complete subtree. Raises where the tree has none."""
    query = select(log_nodes.c.hash).where(log_nodes.c.level == level, log_nodes.c.position == position)
    return bytes(connection.execute(query).scalar_one())


def add_nodes(connection: Connection, nodes: Iterable[tuple[int, int, bytes]]) -> None:
    """Store complete subtrees: level, position, hash."""
    rows = [{"level": level, "position": position, "hash": value} for level, position, value in nodes]
    if rows:
        connection.execute(insert(log_nodes), rows)


def add_checkpoint(connection: Connection, tree_size: int, note: str, signed_at: datetime) -> None:
    """Keep a signed checkpoint; one per size is enough."""
    insert_once(connection, checkpoints, {"size": tree_size, "note": note, "signed_at": signed_at})


def last_checkpoint(connection: Connection) -> RowMapping | None:
    """The newest checkpoint."""
    return connection.execute(select(checkpoints).order_by(checkpoints.c.size.desc()).limit(1)).mappings().first()


def checkpoint_at(connection: Connection, tree_size: int) -> RowMapping | None:
    """The checkpoint of exactly this size."""
    return connection.execute(select(checkpoints).where(checkpoints.c.size == tree_size)).mappings().first()
