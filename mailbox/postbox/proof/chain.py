"""The hash chain of one notice: change, drop or insert an event, and every later hash changes."""

import hashlib
import hmac
from collections.abc import Sequence
from typing import Final

from postbox.errors import EvidenceInvalid
from postbox.proof.events import Event

GENESIS: Final = bytes(32)  # what stands before a notice's first event
_DOMAIN: Final = b"postbox-chain-1\n"  # keeps these hashes apart from every other use of SHA-256


def link(previous: bytes, event: Event) -> bytes:
    """The event's chain hash: SHA-256 over domain, the previous hash (32 bytes; ``GENESIS`` first) and the event."""
    if len(previous) != len(GENESIS):
        raise EvidenceInvalid("A chain hash has 32 bytes.", code="chain-broken")
    return hashlib.sha256(_DOMAIN + previous + event.canonical()).digest()


def verify_chain(events: Sequence[Event], hashes: Sequence[bytes]) -> bytes:
    """Return the last hash of an unbroken chain: one notice, numbered from 1 without a gap, every hash right.

    Raises EvidenceInvalid that names the first wrong place.
    """
    if not events or len(events) != len(hashes):
        raise EvidenceInvalid("Each event has one chain hash, and there is at least one.", code="chain-broken")
    previous = GENESIS
    for number, (event, claimed) in enumerate(zip(events, hashes, strict=True), start=1):
        if event.seq != number or event.notice_id != events[0].notice_id:
            raise EvidenceInvalid(f"Event {number} does not continue this notice's chain.", code="chain-broken")
        previous = link(previous, event)
        if not hmac.compare_digest(previous, claimed):
            raise EvidenceInvalid(f"The chain breaks at event {number}.", code="chain-broken")
    return previous
