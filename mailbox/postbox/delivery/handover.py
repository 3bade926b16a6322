"""Handing a document over: a ticket for this session, "offered" on record first, "handed over" after the last byte.

What the evidence says is transmission: every byte was accepted by the connection. That somebody read it is never said.
"""

import hashlib
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hmac import compare_digest
from typing import Any, Final

from sqlalchemy import Connection, RowMapping

from postbox import sealed
from postbox.context import Postbox
from postbox.delivery import deadlines
from postbox.errors import LevelTooLow, NotFound, NotNow
from postbox.levels import reaches
from postbox.proof.commitments import computation_digest, documents_payload
from postbox.proof.events import EventType
from postbox.store import events, notices, tickets
from postbox.store.events import Happening

TICKET_LIFETIME: Final = timedelta(minutes=10)
RECIPIENT: Final = "recipient"  # what evidence calls the person: the notice has one mailbox, and no name is needed
BROKEN: Final = "transmission-broken"


@dataclass(frozen=True, kw_only=True)
class Reader:
    """Who asks for a document: a citizen's session. ``session_hash`` binds the ticket, ``level`` is the login's."""

    mailbox: str
    session_hash: bytes = field(repr=False)
    level: str


def issue_ticket(postbox: Postbox, *, document_id: str, reader: Reader, now: datetime) -> str:
    """A ticket for one document, bound to the session, usable for ten minutes.

    Raises NotFound (also for another's document), LevelTooLow, NotNow (closed).
    """
    ticket = secrets.token_urlsafe(32)
    row = {
        "hash": _hash(ticket),
        "document": document_id,
        "session_hash": reader.session_hash,
        "mailbox": reader.mailbox,
        "level": reader.level,
        "expires_at": now + TICKET_LIFETIME,
    }
    with postbox.database.write() as connection:
        check_document(connection, document_id, reader)
        tickets.add(connection, row)
    return ticket


def check_document(connection: Connection, document_id: str, reader: Reader) -> tuple[RowMapping, RowMapping]:
    """The document and its notice, if this reader may have it now. Raises NotFound, LevelTooLow, NotNow."""
    document = notices.document(connection, document_id)
    notice = notices.lock(connection, document["notice"]) if document else None
    # Another's document and one not yet available look like one that never was.
    if document is None or notice is None or notice["mailbox"] != reader.mailbox or notice["available_at"] is None:
        raise NotFound("There is no such document in this postbox.")
    if not reaches(reader.level, notice["minimum_level"]):
        raise LevelTooLow("This notice needs a stronger login.", required=notice["minimum_level"])
    if notice["closed_at"] is not None:
        raise NotNow("The time for retrieving this notice is over.", code="retrieval-closed")
    return document, notice


def offer(postbox: Postbox, *, ticket: str, reader: Reader, now: datetime) -> "Handover":
    """The document behind a ticket, ready to be sent; "offered" is on record when this returns.

    Raises NotFound (ticket unknown, run out, or of another session), LevelTooLow, NotNow, Erased.
    """
    ticket_hash = _hash(ticket)
    with postbox.database.write() as connection:
        row = tickets.lock(connection, ticket_hash)
        if row is None or row["expires_at"] <= now or not compare_digest(row["session_hash"], reader.session_hash):
            raise NotFound("This ticket is not valid here and now.", code="ticket-invalid")
        # Everything is judged again inside the transaction that records the offer (precisions 32).
        document, notice = check_document(connection, row["document"], reader)
        data_key = sealed.key_of(postbox, notice)
        # One ticket, one piece of evidence, however often the browser asks.
        if row["offered_at"] is None:
            _append(connection, document, EventType.HANDOVER_OFFERED, at=now, level=row["level"])
            tickets.mark(connection, ticket_hash, offered_at=now)
    words = sealed.open_words(data_key, document)
    chunks = sealed.open_document(postbox, data_key, document["id"], document["object_name"])
    return Handover(postbox, ticket_hash, document, name=words["name"], chunks=chunks)


class Handover:
    """The bytes of a document on their way: a WSGI iterable. Who iterates to the end hands over; ``close`` judges."""

    def __init__(
        self, postbox: Postbox, ticket_hash: bytes, document: RowMapping, *, name: str, chunks: Iterator[bytes]
    ) -> None:
        """Callers use ``offer``."""
        self.name = name
        self.size = int(document["size"])
        self.media_type = str(document["media_type"])
        self._postbox = postbox
        self._ticket_hash = ticket_hash
        self._document = document
        self._chunks = chunks
        self._ended = False

    def __iter__(self) -> Iterator[bytes]:
        """The pieces, in order."""
        return self

    def __next__(self) -> bytes:
        """The next piece. Being asked for one more after the last means that the last one was taken."""
        try:
            return next(self._chunks)
        except StopIteration:
            self._end(complete=True)
            raise

    def close(self) -> None:
        """The server calls this in every case (PEP 3333); an end that was not reached is a broken transmission."""
        self._end(complete=False)

    def _end(self, *, complete: bool) -> None:
        if not self._ended:
            self._ended = True
            (_complete if complete else _break)(self._postbox, self._ticket_hash, self._document)


def _complete(postbox: Postbox, ticket_hash: bytes, document: RowMapping) -> None:
    with postbox.database.write() as connection:
        at = postbox.clock()
        ticket = tickets.lock(connection, ticket_hash)  # before the notice, as in offer: no deadlock
        notice = notices.lock(connection, document["notice"])
        if notice is None or ticket is None or ticket["completed_at"] is not None:
            return
        tickets.mark(connection, ticket_hash, completed_at=at)
        # The act itself is the main document; an annex alone retrieves nothing.
        first = document["position"] == 1 and notice["retrieved_at"] is None
        bound = _first_retrieval(postbox, connection, notice, at) if first else {}
        _append(connection, document, EventType.CONTENT_HANDOVER, bound, at=at, level=ticket["level"])


def _first_retrieval(postbox: Postbox, connection: Connection, notice: RowMapping, at: datetime) -> dict[str, str]:
    """Note the retrieval; where it decides, compute again. Returns what binds the computation into the event."""
    notices.change(connection, notice["id"], retrieved_at=at)
    # § 9 OZG: retrieval moves nothing. § 41(2a) VwVfG: it decides.
    if not deadlines.counts_from_retrieval(postbox, notice):
        return {}
    computation = deadlines.computed_for(postbox, notice, retrieved_at=at)
    deadlines.keep(connection, notice["id"], computation, because="retrieved", at=at)
    return {"computation": computation_digest(computation)}


def _break(postbox: Postbox, ticket_hash: bytes, document: RowMapping) -> None:
    with postbox.database.write() as connection:
        at = postbox.clock()
        ticket = tickets.lock(connection, ticket_hash)
        notices.lock(connection, document["notice"])
        if ticket is None or ticket["completed_at"] is not None or ticket["broken_at"] is not None:
            return
        tickets.mark(connection, ticket_hash, broken_at=at)
        _append(connection, document, EventType.CONTENT_HANDOVER_FAILURE, at=at, level=ticket["level"], reason=BROKEN)


def _append(
    connection: Connection, document: RowMapping, kind: EventType, bound: Mapping[str, str] | None = None, **facts: Any
) -> None:
    payload = {"documents": documents_payload([(document["id"], document["commitment"])]), **(bound or {})}
    events.append(connection, document["notice"], Happening(type=kind, actor=RECIPIENT, payload=payload, **facts))


def _hash(ticket: str) -> bytes:
    return hashlib.sha256(ticket.encode()).digest()
