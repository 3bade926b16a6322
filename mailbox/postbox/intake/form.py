"""The form of a notice: sealed where that was asked for, its signatures judged, and held against what it declares."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from io import BytesIO

from postbox import journal
from postbox.context import Postbox
from postbox.errors import ChannelDown, SealRefused
from postbox.intake.documents import PDF, Measured, measure
from postbox.intake.submission import Problems
from postbox.intake.wellformed import Wanted
from postbox.journal import Happened
from postbox.seals.judge import has_signatures, judge
from postbox.seals.port import Level
from postbox.seals.requirement import SENTENCES, Form, fault_of


def formed(
    postbox: Postbox,
    wanted: Wanted,
    documents: Sequence[Measured],
    problems: Problems,
    *,
    authority: str,
    now: datetime,
) -> tuple[Measured, ...]:
    """The documents, the main one sealed if asked, each with the verdicts on its signatures; problems are noted.

    Raises ChannelDown (time stamp), TrustUnreadable.
    """
    main = documents[0]
    if wanted.seal is not None:
        main = _sealed(postbox, main, problems, authority=authority, level=wanted.seal, now=now)
    judged = tuple(_judged(postbox, one, now) for one in (main, *documents[1:]))
    if not problems.found:
        _check_form(postbox, wanted, judged, problems)
    return judged


def _sealed(
    postbox: Postbox, main: Measured, problems: Problems, *, authority: str, level: Level, now: datetime
) -> Measured:
    """Seal the main document: what came, and the seal behind it."""
    content = _bytes(main)
    if has_signatures(content):
        problems.add("seal-on-signed", "/seal", "The main document is signed already; it takes no seal on top.")
        return main
    try:
        sealed = postbox.sealer.seal(content, authority=authority, level=level, now=now)
    except (SealRefused, ChannelDown) as error:
        journal.note(Happened.SEAL_FAILED, code=error.code, authority=authority)
        if isinstance(error, ChannelDown):
            raise  # nothing was accepted; the same request may be sent again
        problems.add(error.code, "/seal", error.detail)
        return main
    fresh = measure(replace(main.upload, content=BytesIO(sealed)))
    return replace(fresh, declared=main.declared, sealed=True)


def _judged(postbox: Postbox, document: Measured, now: datetime) -> Measured:
    if document.upload.media_type != PDF:
        return document
    return replace(document, verdicts=judge(_bytes(document), postbox.trust, now))


def _check_form(postbox: Postbox, wanted: Wanted, judged: Sequence[Measured], problems: Problems) -> None:
    form, demo = Form(wanted.form), postbox.settings.demo
    if code := fault_of(form, judged[0].verdicts, demo=demo):
        problems.add(code, "/form" if form is not Form.NONE else "/documents/0", SENTENCES[code])
    for number, one in enumerate(judged[1:], 1):
        if code := fault_of(Form.NONE, one.verdicts, demo=demo):
            problems.add(code, f"/documents/{number}", SENTENCES[code])


def _bytes(document: Measured) -> bytes:
    document.upload.content.seek(0)
    return document.upload.content.read()
