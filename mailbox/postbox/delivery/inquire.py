"""Third parties ask whether a document that lies before them is one that was delivered here, and still stands.

Whoever asks holds the document and the random code that its recipient (or a printed sheet) gave: both must fit. The
answer is one of four words; an unknown code and another document are answered alike, and no content is told.
"""

import hashlib
from enum import StrEnum
from hmac import compare_digest

from sqlalchemy import Connection, RowMapping

from postbox import sealed
from postbox.context import Postbox
from postbox.identifiers import read_code
from postbox.proof.events import EventType
from postbox.store import events, notices


class Validity(StrEnum):
    """What a third party is told about a document."""

    VALID = "valid"
    WITHDRAWN = "withdrawn"
    REPLACED = "replaced"
    UNKNOWN = "unknown"  # no such document was delivered, or it was erased, or never announced: nothing can be said


def code_hash(code: str) -> bytes:
    """What a document is found by: the code itself stands sealed with the document and nowhere else."""
    return hashlib.sha256(code.encode()).digest()


def inquire(postbox: Postbox, code: str, digest: bytes) -> Validity:
    """Whether the document with this SHA-256 was delivered under this code, and still stands."""
    typed = read_code(code)
    if typed is None:
        return Validity.UNKNOWN
    with postbox.database.read() as connection:
        document = notices.document_of_code(connection, code_hash(typed))
        announced = _announcements(connection, document["notice"]) if document else []
    if document is None or not _is_this(postbox, announced[0], document, digest):
        return Validity.UNKNOWN
    said = [notice for notice in announced if _may_be_told(notice)]
    if not said:
        return Validity.UNKNOWN
    if said[-1]["withdrawn_at"] is not None:
        return Validity.WITHDRAWN
    return Validity.REPLACED if said[-1]["replaced_by"] is not None else Validity.VALID


def code_of(data_key: bytes, document: RowMapping) -> str:
    """The code of a document, as its parties may give it away; empty where it comes from before there were codes."""
    return str(sealed.open_words(data_key, document).get("code") or "")


def _announcements(connection: Connection, notice_id: str) -> list[RowMapping]:
    """The notice and those that announced it again, in order: a printed code stays the code."""
    found = [notices.find(connection, notice_id)]
    for notice in found:  # it grows on the way
        recorded = (one.event for one in events.of_notice(connection, notice["id"]))
        renewals = (str(event.payload["by"]) for event in recorded if event.type is EventType.RENEWED)
        found += [notices.find(connection, renewal) for renewal in renewals]
    return found


def _may_be_told(notice: RowMapping) -> bool:
    # Not visible yet, or closed after ten days (§ 41(2a) VwVfG), and no letter posted: nothing may be said.
    visible = notice["available_at"] is not None and notice["closed_at"] is None
    return visible or notice["posted_on"] is not None


def _is_this(postbox: Postbox, notice: RowMapping, document: RowMapping, digest: bytes) -> bool:
    if notice["wrapped_key"] is None:  # erased
        return False
    words = sealed.open_words(sealed.key_of(postbox, notice), document)
    return compare_digest(bytes.fromhex(str(words["sha256"])), digest)
