"""Stage three: does the notice fit postbox, recipient and law? Everything that does not is told at once."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import RowMapping

from postbox import journal, sealed
from postbox.callers import Caller
from postbox.context import Postbox
from postbox.delivery.deadlines import channel_of, rule_of
from postbox.delivery.life import INFECTED, Step, refusal
from postbox.delivery.scan import UNSCANNED
from postbox.errors import ChannelDown, NoRule, TooLarge, Unacceptable, UnknownRecipient
from postbox.intake.documents import Declared, Measured, Role, check_document, pieces
from postbox.intake.form import formed
from postbox.intake.recipients import exchange
from postbox.intake.submission import Problems
from postbox.intake.wellformed import MOST_DOCUMENTS, Wanted
from postbox.journal import Happened
from postbox.law.calendar import legal_day
from postbox.law.regimes import FORMAL_SERVICE
from postbox.seals.requirement import Form
from postbox.store import mailboxes, notices

LONGEST_AHEAD: Final = timedelta(days=366)


@dataclass(frozen=True, kw_only=True)
class Fitting:
    """A notice that fits: where it goes and its documents, the main one first."""

    recipient: str
    mailbox: str
    documents: tuple[Measured, ...]
    quarantine: str | None = None  # why nobody may see it yet


def check_fits(
    postbox: Postbox, wanted: Wanted, measured: tuple[Measured, ...], caller: Caller, now: datetime
) -> Fitting:
    """Judge a well-formed notice. Raises TooLarge, UnknownRecipient, Unacceptable, ChannelDown, TrustUnreadable."""
    # Size first and alone: what is too large is not looked into.
    if any(one.size > postbox.settings.max_document_bytes for one in measured):
        raise TooLarge(f"A document has at most {postbox.settings.max_document_bytes} bytes.")
    problems = Problems()
    recipient = _recipient(postbox, wanted, caller, now)
    mailbox = str(recipient["mailbox"])
    _check_way(postbox, recipient, problems)
    _check_law(postbox, wanted, problems, caller=caller, recipient=recipient, now=now)
    _check_schedule(wanted, problems, now)
    _check_replaced(postbox, wanted, mailbox, problems, caller=caller)
    _check_renewed(postbox, wanted, mailbox, measured, problems, caller=caller)
    documents = _declared(wanted, measured)
    _check_documents(wanted, documents, problems)
    if not problems.found:  # only what can be read is sealed and judged
        documents = formed(postbox, wanted, documents, problems, authority=caller.authority, now=now)
    if problems.found:
        raise Unacceptable(problems.found)
    quarantine = _scanned(postbox, documents, problems, authority=caller.authority)
    if problems.found:
        raise Unacceptable(problems.found)
    return Fitting(recipient=str(recipient["id"]), mailbox=mailbox, documents=documents, quarantine=quarantine)


def _recipient(postbox: Postbox, wanted: Wanted, caller: Caller, now: datetime) -> RowMapping:
    """The recipient: with the gate's evidence of consent, or with a letter box."""
    reference = wanted.recipient
    if wanted.postbox_address is not None:
        reference = exchange(postbox, address=wanted.postbox_address, case=None, caller=caller, now=now).id
    with postbox.database.read() as connection:
        row = mailboxes.recipient_of(connection, caller.authority, reference or "")
    if row is None:
        raise UnknownRecipient("This authority has no such recipient.", pointer="/recipient")
    return row


def _check_way(postbox: Postbox, recipient: RowMapping, problems: Problems) -> None:
    """What goes by post needs a print room."""
    if recipient["postal_address"] is not None and postbox.paper is None:
        problems.add("no-print-service", "/recipient", "This recipient has no postbox, and nobody prints letters here.")


def _check_law(
    postbox: Postbox, wanted: Wanted, problems: Problems, *, caller: Caller, recipient: RowMapping, now: datetime
) -> None:
    try:
        on = max(now, wanted.publish_at or now)
        channel = channel_of(recipient)
        rule = rule_of(postbox, caller.authority, wanted.procedural_law, on, wanted.issued_on, channel=channel)
    except NoRule as error:
        missing = error.code == "issued-on-missing"
        problems.add(error.code, "/issued_on" if missing else "/procedural_law", error.detail)
        return
    if wanted.issued_on is not None and wanted.issued_on > legal_day(now):
        problems.add("issued-on-future", "/issued_on", "A notice cannot be issued after it is sent.")
    # § 41(2a) VwVfG, § 37(2a) SGB X: only with a recorded consent; it is the gate's evidence behind the address.
    if rule.needs_consent and not recipient["consent"]:
        problems.add("consent-missing", "/recipient", f"{rule.citation} needs the recipient's recorded consent.")
    # § 5(5) s. 3 VwZG: what is served electronically to a citizen carries a qualified signature; the demo has none.
    if wanted.procedural_law == FORMAL_SERVICE and wanted.form is not Form.QES and not postbox.settings.demo:
        problems.add("form-needs-qes", "/form", "Formal service needs a qualified signature: form is qes here.")


def _check_schedule(wanted: Wanted, problems: Problems, now: datetime) -> None:
    if wanted.publish_at is not None and not now <= wanted.publish_at <= now + LONGEST_AHEAD:
        days = LONGEST_AHEAD.days
        problems.add("publish-at-outside", "/publish_at", f"publish_at lies ahead, at most {days} days.")


def _check_replaced(postbox: Postbox, wanted: Wanted, mailbox: str, problems: Problems, *, caller: Caller) -> None:
    if wanted.replaces is None:
        return
    with postbox.database.read() as connection:
        row = notices.of_authority(connection, (caller.authority,), wanted.replaces)
    if row is None or row["mailbox"] != mailbox:
        problems.add("replaces-unknown", "/replaces", "This authority sent no such notice to this recipient.")
    elif (guard := refusal(Step.REPLACE, row)) is not None:
        problems.add(guard.code, "/replaces", guard.sentence)


def _declared(wanted: Wanted, measured: tuple[Measured, ...]) -> tuple[Measured, ...]:
    """Each document with what was said of it; of which nothing was said, the first is the act."""
    usual = tuple(Declared(role=Role.ADDITIONAL if number else Role.MAIN) for number in range(len(measured)))
    said = wanted.declared if len(wanted.declared) == len(measured) else usual
    return tuple(replace(one, declared=declared) for one, declared in zip(measured, said, strict=True))


def _scanned(postbox: Postbox, documents: tuple[Measured, ...], problems: Problems, *, authority: str) -> str | None:
    """Check for malware. While the scanner gives no verdict the notice is taken all the same, and held."""
    if postbox.scanner is None:
        return None
    for number, one in enumerate(documents):
        try:
            found = postbox.scanner.find(pieces(one))
        except ChannelDown as error:
            journal.note(Happened.SCANNER_DOWN, code=error.code, authority=authority)
            return UNSCANNED
        if found:
            journal.note(Happened.MALWARE_FOUND, authority=authority)
            sentence = "Malware was found in this document. Look at the computer it comes from."
            problems.add(INFECTED, f"/documents/{number}", sentence)
    return None


def _check_renewed(
    postbox: Postbox,
    wanted: Wanted,
    mailbox: str,
    measured: tuple[Measured, ...],
    problems: Problems,
    *,
    caller: Caller,
) -> None:
    """§ 9(1) s. 7 OZG: only the same act can be announced again, to the same person, in the same bytes."""
    if wanted.renews is None:
        return
    with postbox.database.read() as connection:
        row = notices.of_authority(connection, (caller.authority,), wanted.renews)
        documents = notices.documents_of(connection, wanted.renews)
    if row is None or row["mailbox"] != mailbox:
        problems.add("renews-unknown", "/renews", "This authority sent no such notice to this recipient.")
    elif (guard := refusal(Step.RENEW, row)) is not None:
        problems.add(guard.code, "/renews", guard.sentence)
    elif [one.digest.hex() for one in measured] != _digests(postbox, row, documents):
        problems.add("renews-differs", "/renews", "An act is announced again with the same documents, byte for byte.")


def _digests(postbox: Postbox, row: RowMapping, documents: Sequence[RowMapping]) -> list[str]:
    data_key = sealed.key_of(postbox, row)
    return [str(sealed.open_words(data_key, document)["sha256"]) for document in documents]


def _check_documents(wanted: Wanted, measured: tuple[Measured, ...], problems: Problems) -> None:
    if not 1 <= len(measured) <= MOST_DOCUMENTS:
        problems.add("documents-number", "/documents", f"A notice has 1 to {MOST_DOCUMENTS} documents.")
    if wanted.declared and len(wanted.declared) != len(measured):
        problems.add("documents-differ", "/documents", "As many documents must come as are announced.")
    for number, one in enumerate(measured):
        check_document(one, f"/documents/{number}", problems)
        if one.declared.sha256 is not None and one.declared.sha256 != one.digest.hex():
            problems.add("digest-differs", f"/documents/{number}/sha256", "The document is not the announced one.")
        if one.declared.language and one.declared.language == wanted.language:
            sentence = "A translation has another language than the notice."
            problems.add("translation-language", f"/documents/{number}/language", sentence)
