"""The signing port: whoever can put an authority's seal on a PDF. The vault does in demo and sandbox."""

from datetime import datetime
from enum import StrEnum
from typing import Protocol


class Level(StrEnum):
    """How long a seal shall be provable (EN 319 142-1, 6.1)."""

    B = "B-B"  # the seal alone
    T = "B-T"  # with a time stamp
    LT = "B-LT"  # and everything that validates it
    LTA = "B-LTA"  # and a time stamp over all of it, to be renewed


class Sealer(Protocol):
    """Anything that seals in an authority's name."""

    def levels(self, authority: str, now: datetime) -> tuple[Level, ...]:
        """What can be asked for in this authority's name; empty: nothing."""
        ...

    def seal(self, content: bytes, *, authority: str, level: Level, now: datetime) -> bytes:
        """The sealed PDF: the given bytes, and the seal behind them. Raises SealRefused, ChannelDown."""
        ...
