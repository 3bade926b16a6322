"""Routes of the citizen's pages. Nothing is shown below the level its notice asks for."""

from contextlib import suppress
from datetime import date

from flask import Blueprint, Response, g, redirect, render_template, request, url_for
from werkzeug.exceptions import MethodNotAllowed
from werkzeug.wrappers import Response as BaseResponse

from postbox.delivery import declare, handover
from postbox.delivery.erase import erase
from postbox.errors import NotAuthenticated, NotNow, Unacceptable
from postbox.law.calendar import legal_day
from postbox.pages import doors, failures, proofs
from postbox.pages.citizen import letters
from postbox.pages.sessions import CITIZEN, Session
from postbox.web import current

blueprint = Blueprint("citizen", __name__, template_folder="../../templates")
failures.answer_with_pages(blueprint, home="citizen.notices", login="citizen.start")


@blueprint.get("/")
def notices() -> str | BaseResponse:
    """The list; without a session the page that says how to log in."""
    session = doors.session_of(CITIZEN)
    if session is None:
        return start()
    page = letters.listed(current(), session, request.args.get("older", ""))
    return render_template(
        "postbox/citizen/list.html",
        session=session,
        notices=page.lines,
        older=page.older,
        erased="erased" in request.args,
    )


@blueprint.get("/start")
def start() -> str:
    """What this is and which login it needs."""
    return render_template(
        "postbox/citizen/start.html",
        next=doors.local_path(request.args.get("next", "")),
        ended="ended" in request.args,
        unfinished=failures.unfinished(),
        inside=doors.session_of(CITIZEN) is not None,
        expired="expired" in request.args,
    )


@blueprint.get("/login")
def login() -> BaseResponse:
    """Leave for the gate at the level asked for."""
    return doors.leave(CITIZEN, level=request.args.get("level", "high"), fresh=doors.session_of(CITIZEN) is not None)


@blueprint.get("/callback")
def callback() -> BaseResponse:
    """Return from the gate."""
    return doors.return_from_gate(CITIZEN, url_for("citizen.notices"))


@blueprint.post("/logout")
def logout() -> BaseResponse:
    """End the session."""
    return doors.log_out(CITIZEN, url_for("citizen.start", ended="yes"))


@blueprint.get("/notices/<notice_id>")
def notice(notice_id: str) -> str | BaseResponse:
    """One notice: what it is, until when to act, its documents, its proof."""
    session = doors.session_of(CITIZEN)
    if session is None:
        return redirect(url_for("citizen.start", next=request.path), 303)
    today, travelled = _today()
    letter = letters.opened(current(), session, notice_id, _language(), today)
    return render_template(
        "postbox/citizen/notice.html",
        seen_on=today,
        travelled=travelled,
        demo=current().settings.demo,
        session=session,
        notice=letter,
        deadline=letter.deadline,
        today=legal_day(current().clock()).isoformat(),
        wrong_day=request.args.get("day") == "wrong",
    )


@blueprint.post("/notices/<notice_id>/documents/<document_id>")
def ticket(notice_id: str, document_id: str) -> BaseResponse:
    """Ask for a document: a ticket of ten minutes, bound to this session."""
    session = _session()
    letters.opened(current(), session, notice_id, _language())
    handle = handover.issue_ticket(current(), document_id=document_id, reader=_reader(session), now=current().clock())
    return redirect(url_for("citizen.document", ticket_handle=handle), 303)


@blueprint.get("/save/<ticket_handle>")
def document(ticket_handle: str) -> Response:
    """The original bytes, as an attachment; offered is on record before the first of them."""
    # A look ahead (HEAD) is no retrieval and must not be recorded as one.
    if request.method == "HEAD":
        raise MethodNotAllowed(["GET"])
    offered = handover.offer(current(), ticket=ticket_handle, reader=_reader(_session()), now=current().clock())
    return proofs.attachment(offered, name=offered.name, media_type=offered.media_type, size=offered.size)


@blueprint.get("/notices/<notice_id>/erase")
def consider_erasing(notice_id: str) -> str:
    """What erasing means, before it happens."""
    letter = letters.opened(current(), _session(), notice_id, _language())
    return render_template("postbox/citizen/erase.html", session=_session(), notice=letter, deadline=letter.deadline)


@blueprint.post("/notices/<notice_id>/erase")
def erase_notice(notice_id: str) -> BaseResponse:
    """Erase it for good; pressing twice erases once."""
    with suppress(NotNow):
        erase(current(), notice_id, _reader(_session()))
    return redirect(url_for("citizen.notices", erased="yes"), 303)


@blueprint.post("/notices/<notice_id>/acknowledgement")
def acknowledge(notice_id: str) -> BaseResponse:
    """Give the acknowledgement of receipt with its day; pressing twice gives it once."""
    try:
        day = date.fromisoformat(request.form.get("received_on", ""))
        with suppress(NotNow):
            declare.acknowledge(current(), notice_id, _reader(_session()), day)
    except (ValueError, Unacceptable):
        return redirect(url_for("citizen.notice", notice_id=notice_id, day="wrong", _anchor="acknowledgement"), 303)
    return redirect(url_for("citizen.notice", notice_id=notice_id, _anchor="acknowledgement"), 303)


@blueprint.post("/notices/<notice_id>/refusal")
def refuse(notice_id: str) -> BaseResponse:
    """Refuse the acknowledgement."""
    with suppress(NotNow):
        declare.refuse(current(), notice_id, _reader(_session()))
    return redirect(url_for("citizen.notice", notice_id=notice_id), 303)


@blueprint.post("/notices/<notice_id>/unreadable")
def report_unreadable(notice_id: str) -> BaseResponse:
    """Tell the authority that the document cannot be opened (§ 3a(4) VwVfG)."""
    with suppress(NotNow):
        declare.report_unreadable(current(), notice_id, _reader(_session()))
    return redirect(url_for("citizen.notice", notice_id=notice_id), 303)


@blueprint.get("/notices/<notice_id>/proof")
def bundle(notice_id: str) -> Response:
    """The proof to keep."""
    return proofs.download(letters.proof(current(), _session(), notice_id), notice_id)


@blueprint.get("/notices/<notice_id>/summary")
def summary(notice_id: str) -> Response:
    """The proof in words, for a file or a court."""
    return proofs.summary(letters.summary(current(), _session(), notice_id), notice_id)


@blueprint.get("/notices/<notice_id>/cover")
def cover(notice_id: str) -> Response:
    """The sheet to lay beside a printed copy."""
    return proofs.cover(letters.cover(current(), _session(), notice_id), notice_id)


def _today() -> tuple[date, bool]:
    """The legal day; in the demo any day that was asked for, and whether it was: a look forward, no clock is turned."""
    asked = request.args.get("today", "")
    if current().settings.demo and asked:
        with suppress(ValueError):
            return date.fromisoformat(asked), True
    return legal_day(current().clock()), False


def _session() -> Session:
    session = doors.session_of(CITIZEN)
    if session is None:
        raise NotAuthenticated("The session has ended.", code="session-ended")
    return session


def _reader(session: Session) -> handover.Reader:
    return handover.Reader(mailbox=session.mailbox or "", session_hash=session.handle_hash, level=session.level)


def _language() -> str:
    return str(g.get("language", "de"))
