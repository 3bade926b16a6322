"""What a caseworker does with a notice that was sent: hold, release, withdraw, announce again, keep for a court."""

from collections.abc import Callable, Mapping
from datetime import date
from io import BytesIO
from typing import Any, Final

from sqlalchemy import RowMapping

from postbox import sealed
from postbox.callers import Caller
from postbox.context import Postbox
from postbox.delivery import letters, retain, withdraw
from postbox.errors import NoRule, NotFound, Problem, Unacceptable
from postbox.intake.accept import submit
from postbox.intake.submission import Submission, Upload
from postbox.intake.wellformed import NO_ACT, OMITTED
from postbox.pages.casework.cases import caller_of, check_notice
from postbox.pages.sessions import Session
from postbox.store import notices


def take(postbox: Postbox, session: Session, notice_id: str, step: str, reason: str) -> str:
    """Take a step by its name; the id of the notice to look at then.

    Raises NotFound (no such step or notice for you), Unacceptable (reason), NotNow (the step does not fit, or is done).
    """
    if step not in STEPS:
        raise NotFound("There is no such step.")
    with postbox.database.read() as connection:
        row = check_notice(connection, session, notice_id)
    return STEPS[step](postbox, caller_of(session, row["client"], row["authority"]), row, reason) or notice_id


def _hold(postbox: Postbox, caller: Caller, row: RowMapping, reason: str) -> None:
    withdraw.hold(postbox, caller, row["id"], reason)


def _release(postbox: Postbox, caller: Caller, row: RowMapping, _reason: str) -> None:
    withdraw.release(postbox, caller, row["id"])


def _withdraw(postbox: Postbox, caller: Caller, row: RowMapping, reason: str) -> None:
    withdraw.withdraw(postbox, caller, row["id"], reason)


def order_letter(
    postbox: Postbox, session: Session, notice_id: str, *, reason: str, address: str, inland: bool
) -> None:
    """Send a notice as a letter, too; ``address`` in lines.

    Raises NotFound, Unacceptable (reason, address), NoRule, NotNow.
    """
    lines = [line.strip() for line in address.splitlines() if line.strip()]
    caller = _caller(postbox, session, notice_id)
    letters.order_letter(postbox, caller, notice_id, reason=reason, address=lines, inland=inland)


def record_posting(postbox: Postbox, session: Session, notice_id: str, posted_on: str) -> None:
    """Note on which day the letter was posted. Raises NotFound, Unacceptable (day), NoRule, NotNow."""
    try:
        day = date.fromisoformat(posted_on)
    except ValueError:
        sentence = "posted_on is a day like 2026-11-23."
        raise Unacceptable([Problem(code="posted-on-malformed", pointer="/posted_on", sentence=sentence)]) from None
    letters.record_posting(postbox, _caller(postbox, session, notice_id), notice_id, day)


def refused_fields(error: Unacceptable | NoRule) -> dict[str, str]:
    """Which field of the letter's forms a refusal speaks about, with its code."""
    if isinstance(error, NoRule):
        return {"address": error.code}
    return {problem.pointer.strip("/"): problem.code for problem in error.problems}


def _caller(postbox: Postbox, session: Session, notice_id: str) -> Caller:
    with postbox.database.read() as connection:
        row = check_notice(connection, session, notice_id)
    return caller_of(session, row["client"], row["authority"])


def _return_letter(postbox: Postbox, caller: Caller, row: RowMapping, reason: str) -> None:
    letters.record_return(postbox, caller, row["id"], reason)


def _set_legal_hold(postbox: Postbox, caller: Caller, row: RowMapping, reason: str) -> None:
    retain.set_legal_hold(postbox, caller, row["id"], reason)


def _lift_legal_hold(postbox: Postbox, caller: Caller, row: RowMapping, reason: str) -> None:
    retain.lift_legal_hold(postbox, caller, row["id"], reason)


def _renew(postbox: Postbox, caller: Caller, row: RowMapping, _reason: str) -> str:
    """Announce the same act again, in the same bytes; pressing twice is one renewal."""
    with postbox.database.read() as connection:
        documents = notices.documents_of(connection, row["id"])
    data_key = sealed.key_of(postbox, row)
    uploads = tuple(_upload(postbox, data_key, document) for document in documents)
    said = [_said(sealed.open_words(data_key, document)) for document in documents]
    content = {**_content(row, sealed.open_words(data_key, row)), "documents": said}
    submission = Submission(content=content, uploads=uploads, idempotency_key=f"renew-{row['id']}")
    return submit(postbox, submission, caller, postbox.clock()).notice


def _upload(postbox: Postbox, data_key: bytes, document: RowMapping) -> Upload:
    words = sealed.open_words(data_key, document)
    content = b"".join(sealed.open_document(postbox, data_key, document["id"], document["object_name"]))
    return Upload(name=words["name"], media_type=document["media_type"], content=BytesIO(content))


def _said(words: Mapping[str, Any]) -> dict[str, str]:
    """What is said of a document; nothing where it was stored before anything was."""
    return {name: words[name] for name in ("role", "language") if words.get(name)}


def _content(row: RowMapping, words: Mapping[str, Any]) -> dict[str, Any]:
    waiver = words.get("remedy_waiver") or (NO_ACT if row["remedy_complete"] else OMITTED)
    return {
        "recipient": row["recipient"],
        **{name: words.get(name) or "" for name in ("title", "summary", "sender_reference")},
        **{name: row[name] for name in ("language", "minimum_level", "procedural_law", "form")},
        "issued_on": row["issued_on"].isoformat() if row["issued_on"] else None,
        "renews": row["id"],
        **{name: words[name] for name in ("form_basis", "responsible", "automated") if words.get(name)},
        **({"remedy": words["remedy"]} if words.get("remedy") else {"remedy_waiver": waiver}),
    }


STEPS: Final[Mapping[str, Callable[[Postbox, Caller, RowMapping, str], str | None]]] = {
    "hold": _hold,
    "release": _release,
    "withdraw": _withdraw,
    "renew": _renew,
    "return-letter": _return_letter,
    "set-legal-hold": _set_legal_hold,
    "lift-legal-hold": _lift_legal_hold,
}
