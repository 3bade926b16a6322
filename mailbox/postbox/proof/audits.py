"""A self-audit's result as it stands in the log: what was read again, and how much of it was not as it must be."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from postbox.moments import instant_text
from postbox.proof.canonical import canonical_json

FORMAT: Final = "postbox-audit-1"


@dataclass(frozen=True, kw_only=True)
class Audit:
    """One finished audit. Counts only: it outlives what it looked at. Instants are aware."""

    number: int
    began_at: datetime
    ended_at: datetime
    notices: int
    documents: int
    events: int
    log_size: int  # entries whose root was computed anew
    findings: int

    def canonical(self) -> bytes:
        """The log's entry (RFC 8785); ``keys.merkle.leaf_hash`` hashes it."""
        return canonical_json(
            {
                "format": FORMAT,
                "number": self.number,
                "began_at": instant_text(self.began_at),
                "ended_at": instant_text(self.ended_at),
                "notices": self.notices,
                "documents": self.documents,
                "events": self.events,
                "log_size": self.log_size,
                "findings": self.findings,
            }
        )
