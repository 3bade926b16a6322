"""Qualified time stamps (Art. 42 eIDAS regulation): whether who stamped was a qualified service then. Pure.

A token cannot prove that of itself. The answer is computed from a trusted list (ETSI TS 119 612) that the verifier
brings along, and which was verified before; without one it is not given.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from keys.timestamp import TimeStamp
from postbox.proof.words import NOT_QUALIFIED, OVER, QUALIFIED, UNCHECKED

Words = tuple[str, str]  # German, English
_KEY: Final = (Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


@dataclass(frozen=True, kw_only=True)
class Period:
    """A status of a service (TS 119 612, 5.5.4, 5.6) from ``begins`` to before ``ends`` (aware UTC; None: still)."""

    begins: datetime
    ends: datetime | None
    granted: bool


@dataclass(frozen=True, kw_only=True)
class StampingService:
    """A service for qualified time stamps (TSA/QTST): the keys it is known by, and its history."""

    keys: frozenset[bytes]  # SubjectPublicKeyInfo (DER), of its units or of who certifies them
    periods: tuple[Period, ...]

    def granted_at(self, at: datetime) -> bool:
        """Whether it was qualified at that moment."""
        return any(one.granted and one.begins <= at and (one.ends is None or at < one.ends) for one in self.periods)


@dataclass(frozen=True, kw_only=True)
class StampingList:
    """What a verified trusted list says of time stamps."""

    name: str  # "DE no. 7"
    issued_at: datetime
    next_update: datetime | None
    services: tuple[StampingService, ...]


def spki(certificate: x509.Certificate) -> bytes:
    """By what a certificate's key is compared."""
    return certificate.public_key().public_bytes(*_KEY)


def qualified_words(stamps: Sequence[TimeStamp], listed: StampingList | None, now: datetime) -> Words:
    """What is to be said of these stamps, in German and English."""
    if listed is None:
        return UNCHECKED
    if listed.next_update is not None and listed.next_update < now:
        return _with(OVER, listed)
    yes = [stamp for stamp in stamps if _is_qualified(stamp, listed)]
    return _with(QUALIFIED if len(yes) == len(stamps) else NOT_QUALIFIED, listed, len(yes), len(stamps))


def _is_qualified(stamp: TimeStamp, listed: StampingList) -> bool:
    known = {spki(one) for one in stamp.chain}
    return any(one.keys & known and one.granted_at(stamp.at) for one in listed.services)


def _with(words: Words, listed: StampingList, *counts: int) -> Words:
    german, english = (text.format(listed.name, f"{listed.issued_at:%Y-%m-%d}", *counts) for text in words)
    return german, english
