"""What a witness needs to know before it starts."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, kw_only=True)
class WitnessSettings:
    """A witness of one or more logs."""

    name: str  # as its signatures call it: a host of the town's own, without scheme
    directory: Path  # its key and what it saw; keep it, or the witness forgets
    logs: tuple[str, ...]  # verifier keys of the logs, ``name+id+key``
