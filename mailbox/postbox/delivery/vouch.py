"""Vouching for a document towards whoever was shown it: a landlord, another authority, a court.

Who asks brings the document's code and the document itself, or its digest: without both there is nothing to learn, so
that nobody can try out what a notice may have said. The answer names no person, no case and no content.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from hmac import compare_digest
from typing import Any

from postbox import sealed
from postbox.context import Postbox
from postbox.identifiers import read_code
from postbox.store import notices


class Genuine(StrEnum):
    """What we can say of a document."""

    VALID = "valid"  # sent by this authority, byte for byte, and it stands
    REPLACED = "replaced"  # it was, and another notice has taken its place
    WITHDRAWN = "withdrawn"  # it was, and the authority took it back
    UNKNOWN = "unknown"  # no such code, another document, not available, or erased: all the same from outside


@dataclass(frozen=True, kw_only=True)
class Vouched:
    """The answer; ``authority`` is the sender's name, empty for what is unknown."""

    genuine: Genuine
    authority: str = ""


def vouch(postbox: Postbox, code: str, digest: bytes) -> Vouched:
    """Whether a document with this code and this SHA-256 was sent from here, and still stands."""
    known = read_code(code)
    if known is None:
        return Vouched(genuine=Genuine.UNKNOWN)
    with postbox.database.read() as connection:
        document = notices.by_code(connection, code_hash(known))
        notice = notices.find(connection, document["notice"]) if document else None
    if document is None or notice is None or notice["wrapped_key"] is None:
        return Vouched(genuine=Genuine.UNKNOWN)
    words = sealed.open_words(sealed.key_of(postbox, notice), document)
    if not compare_digest(bytes.fromhex(words["sha256"]), digest):
        return Vouched(genuine=Genuine.UNKNOWN)
    genuine = standing_of(notice)
    served = {one.ars: one.name for one in postbox.settings.authorities}
    return Vouched(genuine=genuine, authority="" if genuine is Genuine.UNKNOWN else served.get(notice["authority"], ""))


def standing_of(notice: Mapping[Any, Any]) -> Genuine:
    """What a notice's row says about its documents. Pure."""
    # § 41(2a) sentence 4 VwVfG: what was closed unread was never announced.
    if notice["available_at"] is None or notice["closed_at"] is not None:
        return Genuine.UNKNOWN
    if notice["withdrawn_at"] is not None:
        return Genuine.WITHDRAWN
    return Genuine.REPLACED if notice["replaced_by"] is not None else Genuine.VALID


def code_hash(code: str) -> bytes:
    """Under what a code is found: 130 random bits need no slow hash."""
    return hashlib.sha256(code.encode()).digest()
