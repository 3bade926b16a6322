"""Use cases of the citizen: see the list, open a notice at its level, take the documents and the proof."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, RowMapping

from postbox import sealed
from postbox.context import Postbox
from postbox.delivery import evidence
from postbox.delivery.inquire import code_of
from postbox.delivery.printed import cover_of
from postbox.errors import LevelTooLow, NotFound
from postbox.identifiers import grouped
from postbox.law.regimes import FORMAL_SERVICE
from postbox.levels import reaches
from postbox.pages import views
from postbox.pages.failures import N_
from postbox.pages.seals import SealView, seals_view
from postbox.pages.sessions import Session
from postbox.store import attestations, events, mailboxes, notices

COMPANIONS = {
    "translation": N_("A translation, to help you read. What counts is the main document."),
    "data": N_("The same as data, for machines. What counts is the main document."),
}
OBJECTION = "Widerspruch"
SHOWN = 50  # notices on one page
_ACTS = ("retrieved_at", "acknowledged_at", "received_on", "refused_at", "unreadable_at")


@dataclass(frozen=True, kw_only=True)
class Line:
    """A notice in the list. A locked one shows its title, which holds no personal data, and nothing else."""

    id: str
    title: str
    authority: str
    available_at: datetime
    level: str
    locked: bool
    unopened: bool
    mark: str  # a msgid: withdrawn, replaced, or nothing


@dataclass(frozen=True, kw_only=True)
class Page:
    """One page of the list; ``older`` leads to the next one."""

    lines: tuple[Line, ...]
    older: str | None


@dataclass(frozen=True, kw_only=True)
class DocumentView:
    """A document that can be saved."""

    id: str
    name: str
    size: str
    kind: str  # PDF, JSON or XML
    companion: str  # a msgid: why it is not the act; empty: it is, or belongs to it
    language: str
    seals: Sequence[SealView]


@dataclass(frozen=True, kw_only=True)
class Letter:
    """An opened notice."""

    id: str
    title: str
    summary: str
    language: str
    authority: str
    responsible: str
    reference: str
    available_at: datetime
    documents: Sequence[DocumentView]
    events: Sequence[views.EventView]
    remedy: str
    objection: bool  # the remedy is an objection (Widerspruch), and not, say, an action at a court
    deadline: views.DeadlineView | None
    proof_ready: bool  # every document was handed over
    withdrawn_at: datetime | None
    withdrawal: str  # why, as a msgid
    replaced_by: str | None  # where the notice that takes its place can be seen
    replaces: str | None
    formal: bool  # served against acknowledgement of receipt
    retrieved_at: datetime | None
    acknowledged_at: datetime | None
    received_on: date | None
    refused_at: datetime | None
    unreadable_at: datetime | None
    codes: Sequence[tuple[str, str]]  # document's name, code for third parties


def listed(postbox: Postbox, session: Session, cursor: str = "") -> Page:
    """The notices of the session's postbox, the newest first."""
    if session.mailbox is None:
        return Page(lines=(), older=None)
    with postbox.database.read() as connection:
        rows = notices.visible_in(connection, session.mailbox, before=_read_cursor(cursor), limit=SHOWN + 1)
    lines = tuple(_line(postbox, session, row) for row in rows[:SHOWN])
    more = len(rows) > SHOWN
    return Page(lines=lines, older=_cursor(rows[SHOWN - 1]) if more else None)


def opened(postbox: Postbox, session: Session, notice_id: str, language: str, today: date | None = None) -> Letter:
    """A notice of this postbox, as it stands on ``today``. Raises NotFound (also another's), LevelTooLow, Erased."""
    with postbox.database.read() as connection:
        row = check_notice(connection, session, notice_id)
        parts = notices.documents_of(connection, notice_id)
        recorded = events.of_notice(connection, notice_id)
        reach = attestations.reach(connection)
        computation = views.latest_computation(connection, notice_id)
        recipient = mailboxes.recipient_of(connection, row["authority"], row["recipient"])
        # A link leads only to what this postbox shows already.
        links = (row["replaced_by"], row["replaces"])
        visible = [
            bool(one) and notices.of_mailbox(connection, session.mailbox or "", one) is not None for one in links
        ]
    data_key = sealed.key_of(postbox, row)
    words = sealed.open_words(data_key, row)
    starts_a_period = computation is not None and row["period_months"] is not None
    return Letter(
        id=notice_id,
        title=words["title"],
        summary=words.get("summary") or "",
        language=row["language"],
        authority=postbox.authority(row["authority"]).name,
        responsible=words.get("responsible", ""),
        reference=str((recipient["case_reference"] if recipient else None) or words.get("sender_reference") or "–"),
        available_at=row["available_at"],
        documents=[_document(data_key, part) for part in parts],
        events=views.events_view(recorded, reach),
        remedy=_remedy(words.get("remedy")),
        objection=(words.get("remedy") or {}).get("kind") == OBJECTION,
        deadline=views.deadline_view(computation, language, today) if computation and starts_a_period else None,
        proof_ready=evidence.all_handed_over((one.event for one in recorded), (str(part["id"]) for part in parts)),
        withdrawn_at=row["withdrawn_at"],
        withdrawal=views.WITHDRAWALS.get(row["withdrawal_reason"] or "", ""),
        replaced_by=row["replaced_by"] if visible[0] else None,
        replaces=row["replaces"] if visible[1] else None,
        formal=row["procedural_law"] == FORMAL_SERVICE,
        **{name: row[name] for name in _ACTS},
        codes=_codes(data_key, parts),
    )


def proof(postbox: Postbox, session: Session, notice_id: str) -> bytes:
    """The proof bundle, once the documents were saved. Raises NotFound, LevelTooLow, NotNow, Erased."""
    with postbox.database.read() as connection:
        row = check_notice(connection, session, notice_id)
    return evidence.recipients_bundle(postbox, row, postbox.clock())


def summary(postbox: Postbox, session: Session, notice_id: str) -> bytes:
    """The proof in words (PDF), when the proof itself is ready. Raises as ``proof``."""
    with postbox.database.read() as connection:
        row = check_notice(connection, session, notice_id)
    return evidence.recipients_summary(postbox, row, postbox.clock())


def cover(postbox: Postbox, session: Session, notice_id: str) -> bytes:
    """The cover sheet for a printed copy (PDF). Raises NotFound, LevelTooLow, Erased."""
    with postbox.database.read() as connection:
        row = check_notice(connection, session, notice_id)
    return cover_of(postbox, row)


def check_notice(connection: Connection, session: Session, notice_id: str) -> RowMapping:
    """The row of a notice that this session may see. Raises NotFound, LevelTooLow."""
    row = notices.of_mailbox(connection, session.mailbox or "", notice_id)
    if row is None:
        raise NotFound("No such notice in this postbox.")
    if not reaches(session.level, row["minimum_level"]):
        raise LevelTooLow("This notice needs a stronger login.", required=row["minimum_level"])
    return row


def _line(postbox: Postbox, session: Session, row: RowMapping) -> Line:
    return Line(
        id=row["id"],
        title=sealed.open_words(sealed.key_of(postbox, row), row)["title"],
        authority=postbox.authority(row["authority"]).name,
        available_at=row["available_at"],
        level=row["minimum_level"],
        locked=not reaches(session.level, row["minimum_level"]),
        unopened=row["retrieved_at"] is None,
        mark="withdrawn" if row["withdrawn_at"] else "replaced" if row["replaced_by"] else "",
    )


def _document(data_key: bytes, row: RowMapping) -> DocumentView:
    words = sealed.open_words(data_key, row)
    seals = seals_view(words.get("signatures", ()))
    return DocumentView(
        id=row["id"],
        name=words["name"],
        size=views.size_text(row["size"]),
        kind=row["media_type"].rpartition("/")[2].upper(),
        companion=COMPANIONS.get(words.get("role", ""), ""),
        language=words.get("language", ""),
        seals=seals,
    )


def _codes(data_key: bytes, parts: Sequence[RowMapping]) -> list[tuple[str, str]]:
    found = [(str(sealed.open_words(data_key, part)["name"]), code_of(data_key, part)) for part in parts]
    return [(name, grouped(code)) for name, code in found if code]


def _remedy(remedy: Mapping[str, Any] | None) -> str:
    if not remedy:
        return ""
    months = remedy["period_months"]
    period = "eines Monats" if months == 1 else f"von {months} Monaten"
    return f"{remedy['kind']} innerhalb {period} nach Bekanntgabe bei: {remedy['office']}, {remedy['seat']}."


def _cursor(row: RowMapping) -> str:
    return f"{row['available_at'].isoformat()}~{row['id']}"


def _read_cursor(text: str) -> tuple[datetime, str] | None:
    at, _, notice_id = text.partition("~")
    try:
        moment = datetime.fromisoformat(at)
    except ValueError:
        return None
    return (moment, notice_id) if moment.tzinfo else None
