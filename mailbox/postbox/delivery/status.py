"""What a specialist system is told about a notice: its state as a projection of events, its dates, its defects."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import RowMapping

from postbox import sealed
from postbox.context import Postbox
from postbox.delivery.kinds import DAYS
from postbox.delivery.life import Status, in_force, status_of
from postbox.errors import NotFound
from postbox.proof.states import EvidenceState, Reach, state_of, weakest
from postbox.store import attestations, events, notices, outbox
from postbox.store.events import Recorded


@dataclass(frozen=True, kw_only=True)
class Standing:
    """A notice as its authority may see it."""

    row: RowMapping
    status: Status
    recorded: tuple[Recorded, ...]
    reach: Reach  # how far the log's attestations cover them
    computation: Mapping[str, Any] | None  # the newest, as stored
    signatures: tuple[Mapping[str, Any], ...]  # verdicts, each with its document; none once erased
    waiting: Mapping[str, str]  # kind of work not done yet → code of its last error, or empty

    @property
    def evidence_state(self) -> EvidenceState:
        """How strongly all of it is proven by now."""
        return weakest(state_of(one.log_index, self.reach) for one in self.recorded)


def standing(postbox: Postbox, authority: str, notice_id: str) -> Standing:
    """How a notice of this authority stands. Raises NotFound, also for another authority's."""
    with postbox.database.read() as connection:
        row = notices.of_authority(connection, (authority,), notice_id)
        if row is None:
            raise NotFound("This authority has no such notice.")
        recorded = tuple(events.of_notice(connection, notice_id))
        computations = notices.computations_of(connection, notice_id)
        jobs = outbox.of_notice(connection, notice_id)
        reach = attestations.reach(connection)
        parts = notices.documents_of(connection, notice_id)
    return Standing(
        row=row,
        status=status_of(in_force(one.event for one in recorded), retrieved=row["retrieved_at"] is not None),
        recorded=recorded,
        reach=reach,
        computation=json.loads(computations[-1]["content"]) if computations else None,
        signatures=tuple(_signatures(postbox, row, parts)),
        waiting={
            kind: job["last_error"] or "" for kind, job in jobs.items() if job["done_at"] is None and kind not in DAYS
        },
    )


def _signatures(postbox: Postbox, row: RowMapping, parts: Sequence[RowMapping]) -> Iterator[Mapping[str, Any]]:
    if row["wrapped_key"] is None:
        return
    data_key = sealed.key_of(postbox, row)
    for part in parts:
        for verdict in sealed.open_words(data_key, part).get("signatures", ()):
            yield {"document": part["id"], **verdict}
