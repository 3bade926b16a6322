"""The worker hands a letter's print job over: a sheet with the address for the window, then the PDFs as they are.

At least once: a crash in the wrong millisecond, after the print room has taken the job away, hands it over again under
the same name.
"""

from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import RowMapping

from postbox import sealed
from postbox.context import Postbox
from postbox.delivery.life import Step, refusal
from postbox.delivery.make_available import ACTOR, Job
from postbox.errors import ChannelDown
from postbox.law.calendar import legal_day
from postbox.law.words import day_text
from postbox.proof.commitments import documents_payload
from postbox.proof.events import EventType
from postbox.store import events, mailboxes, notices, outbox
from postbox.store.events import Happening
from postbox.writing.typeset import LANGUAGE, TEMPLATES, Letter, typeset
from postbox.writing.verification import Check

CHANNEL: Final = "post"
_PDF: Final = "application/pdf"
_COVERING: Final = (
    "Guten Tag,\n\n"
    "mit diesem Brief erhalten Sie auf Papier, was am {day} in Ihrem digitalen Postfach bereitgestellt wurde: "
    "{title}.\n\n"
    "Der Ausdruck liegt diesem Schreiben bei."
)

_DIGEST: Final = "Prüfsumme der Datei (SHA-256), für alle, die sie nicht haben: {sha256}"
_ALONE: Final = "Guten Tag,\n\nmit diesem Brief erhalten Sie: {title}.\n\nDer Ausdruck liegt diesem Schreiben bei."


def print_letter(postbox: Postbox, job: Job) -> bool:
    """Hand the print job of the job's notice over; False if somebody else did it. Raises ChannelDown, StorageFailed."""
    with postbox.database.read() as connection:
        notice = notices.find(connection, job.notice)
        documents = notices.documents_of(connection, job.notice)
        mailbox = mailboxes.of_notice(connection, job.notice)
    if refusal(Step.PRINT_LETTER, notice) is None:
        if postbox.paper is None:
            raise ChannelDown("Nobody prints letters here any more.", code="no-print-service")
        postbox.paper.hand_over(
            name_of(notice), _sheets(postbox, notice, documents, _address(postbox, notice, mailbox))
        )
    return _recorded(postbox, job, notice)


def name_of(notice: Mapping[Any, Any]) -> str:
    """The print job of a letter: the same letter, the same job; by the moment in which it was ordered."""
    return f"{notice['letter_at']:%Y%m%d-%H%M%S-%f}-{notice['id']}"


def _recorded(postbox: Postbox, job: Job, printed: RowMapping) -> bool:
    with postbox.database.write() as connection:
        at = postbox.clock()
        if not outbox.finish(connection, job.id, job.lease, at):
            return False
        notice = notices.lock(connection, job.notice)
        # What was withdrawn or erased before is not printed; what was handed over is on record, whatever came after.
        if notice is None or refusal(Step.PRINT_LETTER, printed) is not None:
            return True
        notices.change(connection, job.notice, printed_at=at)
        pairs = [(row["id"], row["commitment"]) for row in _printable(notices.documents_of(connection, job.notice))]
        payload = {"channel": CHANNEL, "documents": documents_payload(pairs)}
        happening = Happening(type=EventType.RELAYED_TO_NON_ERDS, at=at, actor=ACTOR, payload=payload)
        events.append(connection, job.notice, happening)
    return True


def _printable(documents: list[RowMapping]) -> list[RowMapping]:
    return [row for row in documents if row["media_type"] == _PDF]  # data are for machines


def _sheets(
    postbox: Postbox, notice: RowMapping, documents: list[RowMapping], address: tuple[str, ...]
) -> dict[str, bytes]:
    data_key = sealed.key_of(postbox, notice)
    opened = [(row, sealed.open_words(data_key, row)) for row in _printable(documents)]
    sheets = {"1-Anschreiben.pdf": typeset(_covering(postbox, notice, address, opened[0][1]))}
    for number, (row, _) in enumerate(opened, 2):
        content = b"".join(sealed.open_document(postbox, data_key, row["id"], row["object_name"]))
        sheets[f"{number}-Dokument.pdf"] = content
    return sheets


def _body(notice: RowMapping, title: str) -> str:
    if notice["available_at"] is None:
        return _ALONE.format(title=title)
    return _COVERING.format(day=day_text(legal_day(notice["available_at"]), LANGUAGE), title=title)


def _address(postbox: Postbox, notice: RowMapping, mailbox: RowMapping) -> tuple[str, ...]:
    """The letter's own, or that of the recipient's letter box."""
    if notice["letter"] is not None:
        return tuple(sealed.open_words(sealed.key_of(postbox, notice), notice, "letter")["address"])
    return tuple(sealed.open_text(postbox, mailbox["postal_address"], mailbox["id"]).splitlines())


def _covering(postbox: Postbox, notice: RowMapping, address: tuple[str, ...], main: Mapping[str, Any]) -> Letter:
    words = sealed.open_words(sealed.key_of(postbox, notice), notice)
    authority = postbox.authority(notice["authority"]).name
    seat = (words.get("remedy") or {}).get("seat", "")
    return Letter(
        template=TEMPLATES[0],
        title=words["title"],
        authority=authority,
        sender=" · ".join(filter(None, (authority, seat))),
        address=address,
        reference=words.get("sender_reference") or "",
        day=legal_day(notice["letter_at"]),  # not the day of printing: the same letter, the same bytes
        body=f"{_body(notice, words['title'])}\n\n{_DIGEST.format(sha256=main['sha256'])}",
        responsible=words.get("responsible") or "",
        remedy="",
        check=Check(public_url=postbox.settings.public_url, code=main.get("code") or ""),
    )
