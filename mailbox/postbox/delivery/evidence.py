"""The proof bundle of a notice: put together for its parties, the authority and the recipient."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from keys.keyring import Purpose
from postbox import sealed
from postbox.context import Postbox
from postbox.delivery import log
from postbox.delivery.summary import summary
from postbox.errors import NotNow
from postbox.law.computation import Computation
from postbox.proof.anchors import Anchors
from postbox.proof.bundle import BundledDocument, BundleKeys, BundleParts, build
from postbox.proof.calendar import calendar_of
from postbox.proof.commitments import read_documents_payload
from postbox.proof.events import Event, EventType
from postbox.proof.verify import verify
from postbox.store import events, notices
from postbox.writing.verification import PATH


def bundle(postbox: Postbox, notice: Mapping[Any, Any], now: datetime) -> bytes:
    """The bundle of a stored notice, signed; of an erased one, the evidence without its documents.

    Whether the caller may have it was judged before.
    """
    log.sequence(postbox, now)  # what has happened up to now gets its place before it is proven
    with postbox.database.read() as connection:
        parts = _parts(postbox, connection, notice)
    return build(replace(parts, summary=_summary(postbox, parts, now)), _keys(postbox, now), now)


def summary_of(postbox: Postbox, notice: Mapping[Any, Any], now: datetime) -> bytes:
    """The summary for the court file alone (PDF). Whether the caller may have it was judged before."""
    log.sequence(postbox, now)
    with postbox.database.read() as connection:
        parts = _parts(postbox, connection, notice)
    return _summary(postbox, parts, now)


def _summary(postbox: Postbox, parts: BundleParts, now: datetime) -> bytes:
    """What the verifier says of the bundle without its summary, in words."""
    return summary(parts, verify(build(parts, _keys(postbox, now), now), anchors(postbox, now), now), now)


def recipients_bundle(postbox: Postbox, notice: Mapping[Any, Any], now: datetime) -> bytes:
    """The bundle for the recipient, once every document was handed over. Raises NotNow before that.

    The bundle holds the documents: given earlier it would be a way round the evidence of retrieval, which counts
    where the law asks for it (§ 41(2a) VwVfG).
    """
    _check_handed_over(postbox, notice)
    return bundle(postbox, notice, now)


def recipients_summary(postbox: Postbox, notice: Mapping[Any, Any], now: datetime) -> bytes:
    """The recipient's summary, at the moment of the bundle and not before. Raises NotNow."""
    _check_handed_over(postbox, notice)
    return summary_of(postbox, notice, now)


def _check_handed_over(postbox: Postbox, notice: Mapping[Any, Any]) -> None:
    with postbox.database.read() as connection:
        recorded = [one.event for one in events.of_notice(connection, notice["id"])]
        documents = [str(row["id"]) for row in notices.documents_of(connection, notice["id"])]
    if not all_handed_over(recorded, documents):
        raise NotNow("Save the documents first; then the proof holds that too.", code="retrieve-first")


def all_handed_over(happened: Iterable[Event], documents: Iterable[str]) -> bool:
    """Whether each of these documents was transmitted completely at least once. Pure."""
    complete = (event for event in happened if event.type is EventType.CONTENT_HANDOVER)
    handed = {name for event in complete for name in read_documents_payload(event.payload)}
    return set(documents) <= handed


def anchors(postbox: Postbox, now: datetime) -> Anchors:
    """What this postbox publishes so that others can verify without it."""
    return Anchors.of(
        postbox.keyring,
        issuer=postbox.settings.public_url,
        log_origin=postbox.log_origin,
        at=now,
        time_stamps=tuple(one for authority in postbox.stamping for one in authority.anchors),
        witnesses=tuple(witness.verifier_key for witness in postbox.settings.witnesses),
    )


def _keys(postbox: Postbox, now: datetime) -> BundleKeys:
    receipts, sealing = (
        postbox.keyring.current(purpose, now) for purpose in (Purpose.RECEIPT_SIGNING, Purpose.EVIDENCE_SEALING)
    )
    return BundleKeys(receipts=receipts, container=sealing)


def _parts(postbox: Postbox, connection: Connection, notice: Mapping[Any, Any]) -> BundleParts:
    recorded = events.of_notice(connection, notice["id"])
    receipts = events.receipts_of(connection, notice["id"])
    computations = [
        Computation.from_json(json.loads(row["content"])) for row in notices.computations_of(connection, notice["id"])
    ]
    return BundleParts(
        issuer=postbox.settings.public_url,
        notice_id=notice["id"],
        documents=_documents(postbox, connection, notice),
        events=[one.event for one in recorded],
        hashes=[one.hash for one in recorded],
        receipts=[token for seq, token in receipts.items() if seq <= len(recorded)],
        computations=computations,
        heads=log.heads_of(connection, recorded),
        calendar=calendar_of(computations),
        inquiry=f"{postbox.settings.public_url}{PATH}",
    )


def _documents(postbox: Postbox, connection: Connection, notice: Mapping[Any, Any]) -> list[BundledDocument]:
    if notice["wrapped_key"] is None:
        return []
    data_key = sealed.key_of(postbox, notice)
    found = []
    for row in notices.documents_of(connection, notice["id"]):
        words = sealed.open_words(data_key, row)
        content = b"".join(sealed.open_document(postbox, data_key, row["id"], row["object_name"]))
        found.append(
            BundledDocument(
                id=row["id"],
                name=words["name"],
                media_type=row["media_type"],
                content=content,
                salt=bytes.fromhex(words["salt"]),
                code=words.get("code") or "",
            )
        )
    return found
