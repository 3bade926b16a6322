"""The evidence log at a thousand and at a million entries: one more entry, and the proof that it only grew."""

import hashlib
import random
from collections.abc import Iterator
from functools import partial

from postbox.context import Postbox
from postbox.delivery import log, tree
from postbox.store import log as store
from tests.bench.measure import Timings, compare, one_core, timed
from tests.bench.notices import opened
from tests.bench.place import Place
from tests.bench.scale import Scale
from tests.bench.table import Row, duration, told

_BATCH = 20_000


def rows(place: Place, scale: Scale) -> Iterator[Row]:
    """Both rows."""
    place = place.fresh("log")
    with opened(place) as postbox:
        small, large = min(1_000, scale.logged), scale.logged
        _grow(postbox, small)
        first = _measured(postbox, small, scale)
        _grow(postbox, large)
        last = _measured(postbox, large, scale)
    note = (
        f"One core, SQLite. At {small:,} entries {duration(first['append'].median)}; every append is a durable commit."
    )
    yield _row("log-append", f"one entry more at {large:,}", f"as at {small:,}", last["append"], note)
    proof = (
        f"One core, SQLite. At {small:,} entries {duration(first['proof'].median)}; any two sizes, verified by tests."
    )
    yield _row("log-proof", f"consistency proof at {large:,}", "≤ 50 ms", last["proof"], proof)


def _measured(postbox: Postbox, size: int, scale: Scale) -> dict[str, Timings]:
    chance = random.Random(size)

    def append() -> None:
        with postbox.database.write() as connection:
            log.append_leaf(connection, chance.randbytes(32))

    def prove() -> None:
        log.consistency_path(postbox, chance.randrange(1, size), size)

    with one_core():
        return compare({"append": timed(append), "proof": timed(prove)}, seconds=scale.seconds / 2)


def _grow(postbox: Postbox, size: int) -> None:
    """More entries, as the sequencer stores them, many in one transaction."""
    while True:
        with postbox.database.write() as connection:
            here = store.size(connection)
            if here >= size:
                return
            more = range(here, min(size, here + _BATCH))
            fresh = [hashlib.sha256(str(number).encode()).digest() for number in more]
            store.add_nodes(connection, tree.grow(here, fresh, partial(store.node, connection)))


def _row(name: str, what: str, goal: str, found: Timings, note: str) -> Row:
    return Row(name=name, what=what, ours=told(found), goal=goal, notes=(note,))
