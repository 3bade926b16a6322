"""The nightly self-audit: reads everything stored again and computes it anew; its result becomes an entry of the log.

It runs in small pieces beside the delivery and goes on after a crash where it stood. It repairs nothing: whoever
changed a row or a file did not change commitments, chain and signed root with it, and somebody has to look.
"""

import hashlib
import hmac
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection

from keys.errors import KeysError
from keys.merkle import leaf_hash, root_of_leaves
from postbox import journal, sealed
from postbox.context import Postbox
from postbox.delivery import evidence, log, reverify
from postbox.delivery.chores import is_due
from postbox.errors import EvidenceInvalid, PostboxError
from postbox.journal import Happened
from postbox.proof.audits import Audit
from postbox.proof.chain import verify_chain
from postbox.proof.commitments import commit, read_documents_payload
from postbox.proof.events import EventType
from postbox.proof.log import leaf, verify_checkpoint
from postbox.store import attestations, audits, events, notices
from postbox.store import log as store_log
from postbox.store.events import Recorded

AUDIT: Final = "audit"
PIECE: Final = 50  # notices of one call
_ATTESTED: Final = "~"  # begins the cursor once all notices were looked at; then the size of a checkpoint
_EVERY: Final = timedelta(hours=24)
_MOST_KEPT: Final = 100  # findings; the log names every one


def audit_due(postbox: Postbox, now: datetime) -> int:
    """Begin when it is time, go on when one runs: how many notices were looked at. Any number of workers may run."""
    with postbox.database.read() as connection:
        running = audits.running(connection)
    if running is None:
        if not is_due(postbox, AUDIT, now, _EVERY):
            return 0
        with postbox.database.write() as connection:
            audits.begin(connection, postbox.clock())
        return 1
    return _go_on(postbox, running)


def audit_now(postbox: Postbox) -> Audit:
    """A whole audit at once."""
    with postbox.database.write() as connection:
        number = audits.begin(connection, postbox.clock())
    while True:
        with postbox.database.read() as connection:
            running = audits.running(connection)
        if running is None or running["number"] != number:
            break
        _go_on(postbox, running)
    with postbox.database.read() as connection:
        return audits.read(connection, number)


def _go_on(postbox: Postbox, running: Mapping[Any, Any]) -> int:
    """One piece: notices, then what outsiders attested, then the tree and the result."""
    if not running["cursor"].startswith(_ATTESTED):
        with postbox.database.read() as connection:
            ids = audits.next_notices(connection, running["cursor"], PIECE)
        if ids:
            return _look_at_notices(postbox, running, ids)
    behind = int(running["cursor"].removeprefix(_ATTESTED)) if running["cursor"].startswith(_ATTESTED) else 0
    with postbox.database.read() as connection:
        sizes = attestations.attested_after(connection, behind, PIECE)
        found = [("", code) for size in sizes for code in reverify.wrong_attestations(postbox, connection, size)]
    if sizes:
        _note(postbox, running, found, cursor=f"{_ATTESTED}{sizes[-1]}")
        return len(sizes)
    _finish(postbox, running)
    return 1


def _look_at_notices(postbox: Postbox, running: Mapping[Any, Any], ids: list[str]) -> int:
    counts = {"notices": len(ids), "documents": 0, "events": 0}
    found = []
    for notice_id in ids:
        looked, wrong = _look_at(postbox, notice_id)
        counts["documents"] += looked[0]
        counts["events"] += looked[1]
        found += wrong
    _note(postbox, running, found, cursor=ids[-1], counts=counts)
    return len(ids)


def _note(
    postbox: Postbox,
    running: Mapping[Any, Any],
    found: list[tuple[str, str]],
    *,
    cursor: str,
    counts: Mapping[str, int] | None = None,
) -> None:
    for notice_id, code in found:
        journal.note(Happened.AUDIT_FOUND, notice=notice_id, code=code)
    with postbox.database.write() as connection:
        audits.progress(connection, running, cursor=cursor, counts=counts or {}, found=found[:_MOST_KEPT])


def _look_at(postbox: Postbox, notice_id: str) -> tuple[tuple[int, int], list[tuple[str, str]]]:
    """One notice: how many documents and events, and what is wrong."""
    with postbox.database.read() as connection:
        row = notices.find(connection, notice_id)
        parts = notices.documents_of(connection, notice_id)
        try:
            recorded = events.of_notice(connection, notice_id)
            receipts = events.receipts_of(connection, notice_id)
        except (EvidenceInvalid, ValueError):
            return (0, 0), [(notice_id, "event-unreadable")]
        wrong = [*_wrong_events(connection, recorded), *reverify.wrong_receipts(postbox, recorded, receipts)]
    stated = _stated(recorded)
    alive = parts if row is not None and row["wrapped_key"] is not None else []
    codes = (_wrong_document(postbox, row or {}, part, stated) for part in alive)
    wrong += [code for code in codes if code is not None]
    return (len(alive), len(recorded)), [(notice_id, code) for code in wrong]


def _wrong_events(connection: Connection, recorded: list[Recorded]) -> Iterator[str]:
    """The chain, and each event's leaf in the tree."""
    try:
        verify_chain([one.event for one in recorded], [one.hash for one in recorded])
    except EvidenceInvalid as error:
        yield error.code
    for one in recorded:
        if one.log_index is None:
            continue
        if store_log.leaf_at(connection, one.log_index) != leaf_hash(leaf(one.event, one.hash)):
            yield "leaf-differs"


def _stated(recorded: list[Recorded]) -> Mapping[str, bytes]:
    for one in recorded:
        if one.event.type is EventType.SUBMISSION_ACCEPTED:
            return read_documents_payload(one.event.payload)
    return {}


def _wrong_document(
    postbox: Postbox, row: Mapping[Any, Any], part: Mapping[Any, Any], stated: Mapping[str, bytes]
) -> str | None:
    """The stored bytes, opened again, against the commitment that was submitted; None where all is well."""
    try:
        data_key = sealed.key_of(postbox, row)
        salt = bytes.fromhex(sealed.open_words(data_key, part)["salt"])
        digest = hashlib.sha256()
        for piece in sealed.open_document(postbox, data_key, part["id"], part["object_name"]):
            digest.update(piece)
    except PostboxError:
        return "document-missing"
    except (KeysError, ValueError, KeyError):
        return "document-altered"
    fresh = commit(salt, digest.digest())
    known = (part["commitment"], stated.get(part["id"], b""))
    return None if all(hmac.compare_digest(fresh, one) for one in known) else "commitment-wrong"


def _finish(postbox: Postbox, running: Mapping[Any, Any]) -> None:
    """The tree itself, then the result: closed, and entered into the log."""
    size, code = _wrong_tree(postbox)
    found = [] if code is None else [("", code)]
    if code is not None:
        journal.note(Happened.AUDIT_FOUND, notice="", code=code)
    with postbox.database.write() as connection:
        store_log.lock(connection)
        ended = audits.end(connection, running, at=postbox.clock(), log_size=size, found=found)
        if ended is None:  # another worker was faster
            return
        index = log.append_leaf(connection, leaf_hash(ended.canonical()))
        audits.enter(connection, ended.number, index)
    journal.note(Happened.AUDITED, notices=ended.notices, documents=ended.documents, findings=ended.findings)


def _wrong_tree(postbox: Postbox) -> tuple[int, str | None]:
    """The newest checkpoint: signed by our log, and its root that of all the stored leaves, hashed anew."""
    with postbox.database.read() as connection:
        newest = store_log.last_checkpoint(connection)
        if newest is None:
            return 0, None
        fresh = root_of_leaves(store_log.leaves(connection, newest["size"]))
        placed = store_log.placed(connection, newest["size"])
    if placed != newest["size"]:  # an event that the log holds is gone
        return newest["size"], "event-missing"
    for key in evidence.anchors(postbox, postbox.clock()).log_keys:
        try:
            signed = verify_checkpoint(newest["note"], key)
        except EvidenceInvalid:
            continue
        same = signed.size == newest["size"] and hmac.compare_digest(signed.root, fresh)
        return newest["size"], None if same else "root-differs"
    return newest["size"], "checkpoint-not-signed"
