"""The transparency log: every event gets its place, the parties' receipts are signed, and the root is signed.

Places are dense and in the order of recording; within a notice in the order of its chain. It runs after the events
were committed: their legal time is the recorded one, the log proves that nothing was changed later.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from functools import partial
from typing import Any, Final

from sqlalchemy import Connection, RowMapping

from keys.keyring import Purpose
from keys.merkle import leaf_hash
from postbox.context import Postbox
from postbox.delivery import tree
from postbox.errors import NotFound
from postbox.proof.bundle import Head, InclusionProof
from postbox.proof.canonical import text_of
from postbox.proof.log import Checkpoint, leaf, sign_checkpoint
from postbox.proof.receipts import RECEIPTED, issue_receipt
from postbox.store import attestations, events, log
from postbox.store.events import Recorded

BATCH: Final = 500
_DAYS: Final = 31


@dataclass(frozen=True, kw_only=True)
class Entry:
    """An event ready for the log: leaf and receipt were made before the transaction."""

    recorded: Recorded
    leaf: bytes
    receipt: str | None = field(repr=False)


def sequence(postbox: Postbox, now: datetime) -> int:
    """Give waiting events their places and sign a checkpoint over them; how many there were. Safe to run anywhere."""
    placed = 0
    while entries := _waiting(postbox, now):
        with postbox.database.write() as connection:
            log.lock(connection)
            placed += _place(connection, entries)
        if len(entries) < BATCH:
            break
    _sign(postbox, now)
    return placed


def last_checkpoint(postbox: Postbox) -> str:
    """The newest signed note. Raises NotFound before the first event."""
    with postbox.database.read() as connection:
        row = log.last_checkpoint(connection)
    if row is None:
        raise NotFound("The log is still empty.", code="log-empty")
    return str(row["note"])


def inclusion_path(postbox: Postbox, index: int, size: int) -> tuple[bytes, ...]:
    """The path from leaf ``index`` to the root at ``size``. Raises NotFound outside the log."""
    return _proven(postbox, size, lambda node: tree.inclusion(index, size, node))


def consistency_path(postbox: Postbox, old: int, new: int) -> tuple[bytes, ...]:
    """The proof that the log of ``new`` leaves continues that of ``old``. Raises NotFound outside the log."""
    return _proven(postbox, new, lambda node: tree.consistency(old, new, node))


def daily_heads(postbox: Postbox, now: datetime) -> list[dict[str, Any]]:
    """The last checkpoint of each of the last 31 days (UTC), the newest first: day, size, note, attestations."""
    today = datetime.combine(now.date(), time.min, tzinfo=UTC)
    found = []
    with postbox.database.read() as connection:
        for back in range(_DAYS):
            day = today - timedelta(days=back)
            row = log.last_checkpoint_of(connection, day, day + timedelta(days=1))
            if row is not None:
                found.append(_daily(connection, row, day))
    return found


def _daily(connection: Connection, row: RowMapping, day: datetime) -> dict[str, Any]:
    tokens = [text_of(one["token"]) for one in attestations.tokens_of(connection, row["size"])]
    lines = [one["line"] for one in attestations.lines_of(connection, row["size"])]
    day_text = day.date().isoformat()
    return {"day": day_text, "size": row["size"], "note": row["note"], "time_stamps": tokens, "cosignatures": lines}


def heads_of(connection: Connection, recorded: Sequence[Recorded]) -> tuple[Head, ...]:
    """The signed states of the log that prove these events best.

    For each event the first that was time stamped, and the newest, which renews it; the newest that a witness saw;
    where one is not stamped, the newest.
    """
    placed = [one.log_index for one in recorded if one.log_index is not None]
    stamped = [attestations.first_stamped_over(connection, index) for index in placed]
    renewed = attestations.last_stamped_over(connection, max(placed)) if placed else None
    witnessed = attestations.last_witnessed_over(connection, max(placed)) if placed else None
    newest = log.last_checkpoint(connection)
    last = newest["size"] if newest is not None and (None in stamped or not placed) else None
    sizes = {size for size in (*stamped, renewed, witnessed, last) if size is not None}
    return tuple(_head(connection, recorded, size) for size in sorted(sizes))


def _head(connection: Connection, recorded: Sequence[Recorded], size: int) -> Head:
    return Head(
        checkpoint=attestations.note_of(connection, size),
        proofs=proofs_of(connection, recorded, size),
        time_stamps=tuple(row["token"] for row in attestations.tokens_of(connection, size)),
        witnesses=tuple(row["line"] for row in attestations.lines_of(connection, size)),
    )


def proofs_of(connection: Connection, recorded: Sequence[Recorded], size: int) -> tuple[InclusionProof, ...]:
    """The places of events and their paths to the root at ``size``; events outside it have none."""
    node = partial(log.node, connection)
    return tuple(
        InclusionProof(seq=one.event.seq, index=one.log_index, path=tree.inclusion(one.log_index, size, node))
        for one in recorded
        if one.log_index is not None and one.log_index < size
    )


def _waiting(postbox: Postbox, now: datetime) -> list[Entry]:
    with postbox.database.read() as connection:
        found = events.waiting_for_log(connection, BATCH)
    return [_entry(postbox, recorded, now) for recorded in found]


def _entry(postbox: Postbox, recorded: Recorded, now: datetime) -> Entry:
    event = recorded.event
    receipt = None
    # The first event's receipt was signed before the notice was acknowledged.
    if event.type in RECEIPTED and event.seq > 1:
        key = postbox.keyring.current(Purpose.RECEIPT_SIGNING, now)
        issuer = postbox.settings.public_url
        receipt = issue_receipt(key, issuer=issuer, event=event, event_hash=recorded.hash, issued_at=now)
    return Entry(recorded=recorded, leaf=leaf_hash(leaf(event, recorded.hash)), receipt=receipt)


def _place(connection: Connection, entries: Sequence[Entry]) -> int:
    first = log.size(connection)
    leaves: list[bytes] = []
    for entry in entries:
        event = entry.recorded.event
        # Another sequencer may have been faster; then this one has its place already.
        if not log.place(connection, event.notice_id, event.seq, first + len(leaves)):
            continue
        leaves.append(entry.leaf)
        if entry.receipt is not None:
            events.add_receipt(connection, event.notice_id, event.seq, entry.receipt)
    log.add_nodes(connection, tree.grow(first, leaves, partial(log.node, connection)))
    return len(leaves)


def append_leaf(connection: Connection, hashed: bytes) -> int:
    """Give an entry that is no event the next place, under the log's lock; its place."""
    index = log.size(connection)
    log.add_nodes(connection, tree.grow(index, [hashed], partial(log.node, connection)))
    return index


def _sign(postbox: Postbox, now: datetime) -> None:
    with postbox.database.read() as connection:
        size, last = log.size(connection), log.last_checkpoint(connection)
        if size == (last["size"] if last else 0):
            return
        root = tree.root_of(size, partial(log.node, connection))
    checkpoint = Checkpoint(origin=postbox.log_origin, size=size, root=root)
    note = sign_checkpoint(postbox.keyring.current(Purpose.LOG_SIGNING, now), checkpoint)
    with postbox.database.write() as connection:
        log.add_checkpoint(connection, size, note, now)


def _proven(postbox: Postbox, size: int, prove: Callable[[tree.Node], tuple[bytes, ...]]) -> tuple[bytes, ...]:
    with postbox.database.read() as connection:
        if size > log.size(connection):
            raise NotFound("The log is not that long.", code="log-outside")
        try:
            return prove(partial(log.node, connection))
        except ValueError:
            raise NotFound("There is no such place in the log.", code="log-outside") from None
