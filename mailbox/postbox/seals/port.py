"""The signing port: whoever can put an authority's seal on a PDF, and the keys they do it with.

The vault does in demo and sandbox, a remote signing service in production; the rest of the house does not see which.
"""

from datetime import datetime
from enum import StrEnum
from typing import Protocol

from asn1crypto import algos
from cryptography import x509


class Level(StrEnum):
    """How long a seal shall be provable (EN 319 142-1, 6.1)."""

    B = "B-B"  # the seal alone
    T = "B-T"  # with a time stamp
    LT = "B-LT"  # and everything that validates it
    LTA = "B-LTA"  # and a time stamp over all of it, to be renewed


class SealKey(Protocol):
    """A private key for seals, wherever it lies, with its certificate."""

    @property
    def certificates(self) -> tuple[x509.Certificate, ...]:
        """The seal's own first, then those of its issuers as far as they go into the file."""
        ...

    @property
    def algorithm(self) -> algos.SignedDigestAlgorithm:
        """How it signs; always over SHA-256."""
        ...

    def sign(self, attributes: bytes) -> bytes:
        """The signature over these bytes, as CMS carries it. Raises SealRefused, ChannelDown."""
        ...


class Sealer(Protocol):
    """Anything that seals in an authority's name."""

    def levels(self, authority: str, now: datetime) -> tuple[Level, ...]:
        """What can be asked for in this authority's name, the usual one first; empty: nothing."""
        ...

    def seal(self, content: bytes, *, authority: str, level: Level, now: datetime) -> bytes:
        """The sealed PDF: the given bytes, and the seal behind them. Raises SealRefused, ChannelDown."""
        ...
