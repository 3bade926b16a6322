"""Drafts: what a caseworker composed waits sealed on the server, so that preview and session end lose nothing."""

import hashlib
from dataclasses import asdict, dataclass
from datetime import timedelta
from io import BytesIO

from sqlalchemy import RowMapping

from postbox import sealed
from postbox.context import Postbox
from postbox.errors import NotFound
from postbox.identifiers import DRAFT, new_id
from postbox.pages.sessions import Session
from postbox.store import drafts

LIFETIME = timedelta(hours=24)


@dataclass(frozen=True, kw_only=True)
class Fields:
    """What the form asks for."""

    title: str
    summary: str
    minimum_level: str
    remedy: str  # "objection" or "none"
    office: str
    seat: str
    document_name: str
    responsible: str = ""
    address: str = ""  # lines, for the window of the envelope
    body: str = ""  # written here instead of a PDF
    form: str = "none"  # as form.FORMS
    procedural_law: str = "VwVfG"
    issued_on: str = ""  # a day, for § 122a AO
    publish_at: str = ""  # German time; empty: at once
    replaces: str = ""  # a notice of this case; empty: none
    code: str = ""  # for third parties, printed in a notice that was written here; empty: it gets one


@dataclass(frozen=True, kw_only=True)
class Draft:
    """A composed notice with its document's bytes."""

    id: str
    authority: str
    recipient: str
    fields: Fields
    document: bytes
    sent_as: str | None


def keep(postbox: Postbox, session: Session, case: RowMapping, fields: Fields, document: bytes) -> str:
    """Seal and store a draft and return its id. Raises StorageFailed."""
    now, draft_id = postbox.clock(), new_id(DRAFT)
    data_key, wrapped = sealed.new_key(postbox, draft_id, now)
    digest = hashlib.sha256(document).digest()
    row = {
        "id": draft_id,
        "authority": case["authority"],
        "author": author_of(session),
        "recipient": case["id"],
        "wrapped_key": wrapped,
        "content": sealed.seal_words(data_key, asdict(fields), draft_id),
        "object_name": sealed.store_document(postbox, data_key, draft_id, BytesIO(document), digest),
        "created_at": now,
        "expires_at": now + LIFETIME,
    }
    with postbox.database.write() as connection:
        drafts.add(connection, row)
    return draft_id


def load(postbox: Postbox, session: Session, draft_id: str) -> Draft:
    """The author's own draft. Raises NotFound, also for an expired one or somebody else's."""
    with postbox.database.read() as connection:
        found = drafts.find(connection, authorities_of(session), author_of(session), draft_id, postbox.clock())
    if found is None:
        raise NotFound("No such draft, or it is older than a day.")
    data_key = sealed.key_of(postbox, found)
    return Draft(
        id=draft_id,
        authority=found["authority"],
        recipient=found["recipient"],
        fields=Fields(**sealed.open_words(data_key, found, "content")),
        document=b"".join(sealed.open_document(postbox, data_key, draft_id, found["object_name"])),
        sent_as=found["sent_as"],
    )


def mark_sent(postbox: Postbox, draft: Draft, notice_id: str) -> None:
    """Remember what became of the draft: sending it again leads to the same notice."""
    with postbox.database.write() as connection:
        drafts.mark_sent(connection, draft.id, notice_id)


def authorities_of(session: Session) -> tuple[str, ...]:
    """The authorities a staff session works for."""
    return tuple(str(ars) for ars in session.claims["authorities"])


def author_of(session: Session) -> str:
    """The caseworker's pseudonym: the pairwise subject of the staff login."""
    return str(session.claims["subject"])
