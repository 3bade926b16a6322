"""Use cases of the caseworker: see the open cases, compose a notice, preview its dates, send it, follow it."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from io import BytesIO
from typing import Any

from sqlalchemy import Connection, RowMapping

from postbox import sealed
from postbox.callers import WRITE_NOTICES, Caller
from postbox.context import Postbox
from postbox.delivery import deadlines, evidence
from postbox.delivery.life import Step, in_force, refusal, status_of
from postbox.delivery.printed import cover_of
from postbox.errors import IdempotencyInFlight, NotFound
from postbox.intake.accept import submit
from postbox.intake.documents import PDF
from postbox.intake.submission import Accepted, Submission, Upload
from postbox.law.calendar import legal_day
from postbox.levels import level_of
from postbox.pages import views
from postbox.pages.casework import procedure
from postbox.pages.casework.drafts import Draft, author_of, authorities_of, load, mark_sent
from postbox.pages.casework.form import content_of
from postbox.pages.seals import SealView, seals_view
from postbox.pages.sessions import Session
from postbox.store import attestations, events, mailboxes, notices

CASES_SHOWN = 200
ERASED = "–"  # the title went with the content
_SHOWN = (
    "contestable", "unreadable_at", "refused_at", "closed_at", "legal_hold_at", "letter_at", "printed_at", "posted_on",
    "returned_at",
)  # fmt: skip
_PRESSED_AGAIN = 40  # looks after the first press's work, one each pause
_PAUSE = 0.25  # seconds


@dataclass(frozen=True, kw_only=True)
class CaseView:
    """A case as its caseworker sees it."""

    recipient: str
    authority: str
    reference: str
    service: str
    applicant: str
    level: str
    on_paper: bool  # no postbox: everything goes out as a letter
    created_at: datetime
    notices: Sequence["SentView"]
    tasks: int = 0  # notices that the recipient could not open or refused, or that lapsed: somebody has to act


@dataclass(frozen=True, kw_only=True)
class SentView:
    """A notice that was sent, in one line."""

    id: str
    title: str
    accepted_at: datetime
    replaceable: bool


@dataclass(frozen=True, kw_only=True)
class NoticeView:
    """A notice that was sent, with all that became of it."""

    id: str
    recipient: str
    title: str
    reference: str
    state: str
    accepted_at: datetime
    available_at: datetime | None
    publish_at: datetime | None
    withdrawn_at: datetime | None
    contestable: str | None
    responsible: str
    seals: Sequence[SealView]
    unreadable_at: datetime | None
    refused_at: datetime | None
    closed_at: datetime | None
    legal_hold_at: datetime | None
    letter_at: datetime | None
    printed_at: datetime | None
    posted_on: date | None
    returned_at: datetime | None
    on_paper: bool
    steps: frozenset[str]  # what may be done with it now
    events: Sequence[views.EventView]
    deadline: views.DeadlineView | None


def listed(postbox: Postbox, session: Session) -> tuple[CaseView, ...]:
    """The cases of the session's authorities, the newest first."""
    with postbox.database.read() as connection:
        rows = mailboxes.cases_of(connection, authorities_of(session), CASES_SHOWN)
    return tuple(_case_view(postbox, row, (None,) * row["notice_count"], row["tasks"]) for row in rows)


def find(postbox: Postbox, session: Session, recipient: str) -> RowMapping:
    """One case of these authorities. Raises NotFound."""
    with postbox.database.read() as connection:
        for ars in authorities_of(session):
            row = mailboxes.recipient_of(connection, ars, recipient)
            if row is not None and row["case_reference"] is not None:
                return row
    raise NotFound("No such case for you.")


def shown(postbox: Postbox, case: RowMapping) -> CaseView:
    """One case with what was sent in it."""
    with postbox.database.read() as connection:
        sent = notices.of_recipient(connection, case["id"], CASES_SHOWN)
    lines = [
        SentView(
            id=row["id"],
            title=_words(postbox, row)["title"],
            accepted_at=row["accepted_at"],
            replaceable=refusal(Step.REPLACE, row) is None,
        )
        for row in sent
    ]
    return _case_view(postbox, case, lines)


def previewed(postbox: Postbox, case: RowMapping, draft: Draft, language: str) -> views.DeadlineView:
    """The dates if the notice were made available, or posted, now or when it was asked for. Raises NoRule."""
    content = content_of(draft)
    law: dict[str, Any] = {
        "authority": draft.authority,
        "procedural_law": draft.fields.procedural_law,
        "issued_on": procedure.issued_on(draft.fields),
        "period_months": content["remedy"]["period_months"] if content["remedy"] else None,
        "remedy_complete": True,
    }
    at = max(postbox.clock(), procedure.publish_at(draft.fields) or postbox.clock())
    if case["postal_address"] is None:
        computation = deadlines.computed(postbox, **law, available_at=at)
    else:
        computation = deadlines.by_post(postbox, law, legal_day(at))
    return views.deadline_view(computation, language)


def send(postbox: Postbox, session: Session, draft_id: str) -> str:
    """Send a draft as a notice, once however often the button is pressed; the notice's id.

    Raises Unacceptable, NotFound; IdempotencyInFlight if another press is still at work after ten seconds.
    """
    draft = load(postbox, session, draft_id)
    if draft.sent_as is not None:
        return draft.sent_as
    case = find(postbox, session, draft.recipient)
    accepted = _accepted(postbox, draft, caller_of(session, case["client"], draft.authority))
    mark_sent(postbox, draft, accepted.notice)
    return accepted.notice


def caller_of(session: Session, client: str, authority: str) -> Caller:
    """The caseworker as a caller for one of their authorities; evidence calls them by their pseudonym."""
    return Caller(client=client, authority=authority, scopes=frozenset({WRITE_NOTICES}), actor=author_of(session))


def _accepted(postbox: Postbox, draft: Draft, caller: Caller) -> Accepted:
    """Submit; who pressed twice waits for the first press, for the browser shows only what the last one brings."""
    for _ in range(_PRESSED_AGAIN):
        try:
            return submit(postbox, _submission(postbox, draft), caller, postbox.clock())
        except IdempotencyInFlight:
            time.sleep(_PAUSE)
    return submit(postbox, _submission(postbox, draft), caller, postbox.clock())


def _submission(postbox: Postbox, draft: Draft) -> Submission:
    levels = postbox.sealer.levels(draft.authority, postbox.clock())
    upload = Upload(
        name=draft.fields.document_name, media_type=PDF, content=BytesIO(draft.document), code=draft.fields.code or None
    )
    return Submission(content=content_of(draft, *levels[:1]), uploads=(upload,), idempotency_key=draft.id)


def followed(postbox: Postbox, session: Session, notice_id: str, language: str) -> NoticeView:
    """A notice of these authorities with its timeline and dates. Raises NotFound."""
    with postbox.database.read() as connection:
        row = check_notice(connection, session, notice_id)
        recorded = events.of_notice(connection, notice_id)
        reach = attestations.reach(connection)
        case = mailboxes.recipient_of(connection, row["authority"], row["recipient"])
        computation = views.latest_computation(connection, notice_id)
        parts = notices.documents_of(connection, notice_id)
    words = _words(postbox, row)
    return NoticeView(
        id=notice_id,
        recipient=row["recipient"],
        title=words["title"],
        reference=str(case["case_reference"] or "") if case else "",
        state=views.STATES[
            status_of(in_force(one.event for one in recorded), retrieved=row["retrieved_at"] is not None)
        ],
        accepted_at=row["accepted_at"],
        available_at=row["available_at"],
        publish_at=row["publish_at"],
        withdrawn_at=row["withdrawn_at"],
        responsible=words.get("responsible", ""),
        seals=_seals(postbox, row, parts),
        **{name: row[name] for name in _SHOWN},
        on_paper=case is not None and case["postal_address"] is not None,
        steps=frozenset(step.value for step in Step if refusal(step, row) is None) - _unserved(postbox),
        events=views.events_view(recorded, reach),
        deadline=views.deadline_view(computation, language) if computation else None,
    )


def _unserved(postbox: Postbox) -> set[str]:
    """Steps that nobody takes here: letters need a print room."""
    return set() if postbox.paper else {Step.ORDER_LETTER.value}


def proof(postbox: Postbox, session: Session, notice_id: str) -> bytes:
    """The proof bundle of a notice of these authorities. Raises NotFound, Erased."""
    with postbox.database.read() as connection:
        row = check_notice(connection, session, notice_id)
    return evidence.bundle(postbox, row, postbox.clock())


def summary(postbox: Postbox, session: Session, notice_id: str) -> bytes:
    """The proof in words (PDF) of a notice of these authorities. Raises NotFound, Erased."""
    with postbox.database.read() as connection:
        row = check_notice(connection, session, notice_id)
    return evidence.summary_of(postbox, row, postbox.clock())


def cover(postbox: Postbox, session: Session, notice_id: str) -> bytes:
    """The cover sheet for a printed copy (PDF) of a notice of these authorities. Raises NotFound, NotNow, Erased."""
    with postbox.database.read() as connection:
        row = check_notice(connection, session, notice_id)
    return cover_of(postbox, row)


def check_notice(connection: Connection, session: Session, notice_id: str) -> RowMapping:
    """The row of a notice of this session's authorities. Raises NotFound."""
    row = notices.of_authority(connection, authorities_of(session), notice_id)
    if row is None:
        raise NotFound("No such notice for you.")
    return row


def _case_view(postbox: Postbox, row: RowMapping, sent: Sequence[Any], tasks: int = 0) -> CaseView:
    applicant = sealed.open_text(postbox, row["applicant"], "applicant") if row["applicant"] else ""
    return CaseView(
        recipient=row["id"],
        authority=postbox.authority(row["authority"]).name,
        reference=row["case_reference"],
        service=row["service"] or "",
        applicant=applicant,
        level=level_of(row["acr"], postbox.settings.issuer) if row["acr"] else "",
        on_paper=row["postal_address"] is not None,
        created_at=row["created_at"],
        notices=sent,
        tasks=tasks,
    )


def _words(postbox: Postbox, row: RowMapping) -> dict[str, Any]:
    if row["wrapped_key"] is None:
        return {"title": ERASED}
    return sealed.open_words(sealed.key_of(postbox, row), row)


def _seals(postbox: Postbox, row: RowMapping, parts: Sequence[RowMapping]) -> tuple[SealView, ...]:
    """How the documents' seals were judged when the notice was accepted; erased with the content."""
    if row["wrapped_key"] is None:
        return ()
    data_key = sealed.key_of(postbox, row)
    opened = (sealed.open_words(data_key, part) for part in parts)
    return tuple(one for words in opened for one in seals_view(words.get("signatures", ())))
