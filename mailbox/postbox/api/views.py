"""What the API shows of a notice: states, dates and evidence. Pure."""

from typing import Any

from postbox.delivery.status import Standing
from postbox.moments import instant_text
from postbox.proof.canonical import text_of
from postbox.proof.states import Reach, state_of
from postbox.store.events import Recorded

_DATES = (
    "rule_id", "announced", "announced_strict", "announced_lenient", "end_strict", "end_lenient", "fallback_end",
    "retrieve_until", "citizen_safe_until", "final_not_before", "disputed", "contestable", "citations",
)  # fmt: skip
_INSTANTS = (
    "accepted_at", "publish_at", "held_at", "available_at", "notified_at", "retrieved_at", "closed_at", "withdrawn_at",
    "acknowledged_at", "refused_at", "unreadable_at", "legal_hold_at", "letter_at", "printed_at", "returned_at",
)  # fmt: skip


def notice_json(standing: Standing) -> dict[str, Any]:
    """A notice for the authority that sent it; its texts stay sealed, the sender knows them."""
    row = standing.row
    return {
        "notice": row["id"],
        "recipient": row["recipient"],
        "status": standing.status.value,
        "evidence_status": standing.evidence_state.value,
        **{name: instant_text(row[name]) if row[name] else None for name in _INSTANTS},
        "minimum_level": row["minimum_level"],
        "procedural_law": row["procedural_law"],
        "contestable": row["contestable"],
        "form": row["form"],
        "signatures": [dict(one) for one in standing.signatures],
        **{name: row[name] for name in ("withdrawal_reason", "replaces", "replaced_by", "renews", "legal_hold_reason")},
        **{name: row[name].isoformat() if row[name] else None for name in ("received_on", "posted_on")},
        "dates": {name: standing.computation[name] for name in _DATES} if standing.computation else None,
        "waiting": [{"work": kind, "last_error": code or None} for kind, code in standing.waiting.items()],
    }


def event_json(one: Recorded, reach: Reach) -> dict[str, Any]:
    """An event with its chain hash, its place in the log (none yet: null), and how strongly it is proven."""
    return {
        **one.event.to_json(),
        "uri": one.event.type.uri,
        "hash": text_of(one.hash),
        "log_index": one.log_index,
        "evidence_status": state_of(one.log_index, reach).value,
    }
