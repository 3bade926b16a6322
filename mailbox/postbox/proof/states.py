"""How strongly an event is proven, derived from facts alone. Pure.

``recorded`` it stands in the notice's chain; ``sealed`` the log's operator signed a state of the log that holds it;
``timestamped`` an independent authority says not later than when; ``anchored`` a named outside witness saw that state
and that nothing before it was changed. Each is stronger than the one before, because it needs one more liar.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class EvidenceState(StrEnum):
    """From the weakest to the strongest."""

    RECORDED = "recorded"
    SEALED = "sealed"
    TIMESTAMPED = "timestamped"
    ANCHORED = "anchored"


_ORDER: Final = tuple(EvidenceState)


@dataclass(frozen=True, kw_only=True)
class Reach:
    """How many of the log's entries, from the first, each attestation covers."""

    sealed: int
    timestamped: int
    anchored: int


def state_of(index: int | None, reach: Reach) -> EvidenceState:
    """The state of the entry at ``index``; none: it has no place in the log yet."""
    if index is None or index >= reach.sealed:
        return EvidenceState.RECORDED
    if index < reach.anchored:
        return EvidenceState.ANCHORED
    return EvidenceState.TIMESTAMPED if index < reach.timestamped else EvidenceState.SEALED


def weakest(states: Iterable[EvidenceState]) -> EvidenceState:
    """A notice is proven as strongly as its weakest event; one without events is merely recorded."""
    return min(states, key=_ORDER.index, default=EvidenceState.RECORDED)
