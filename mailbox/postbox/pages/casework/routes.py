"""Routes of the caseworker's pages. Staff log in by their own account, never as citizens."""

import dataclasses
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import Any

from flask import Blueprint, Response, g, redirect, render_template, request, url_for
from werkzeug.utils import secure_filename
from werkzeug.wrappers import Response as BaseResponse

from postbox.errors import NoRule, NotAuthenticated, NotNow, Unacceptable
from postbox.identifiers import new_code
from postbox.intake.documents import PDF
from postbox.intake.written import NAME
from postbox.law.calendar import legal_day
from postbox.levels import LEVELS
from postbox.pages import doors, failures, proofs, views
from postbox.pages.casework import cases, drafts, form, procedure, steps
from postbox.pages.sessions import STAFF, Session
from postbox.web import current

blueprint = Blueprint("casework", __name__, url_prefix="/casework", template_folder="../../templates")
failures.answer_with_pages(blueprint, home="casework.list_cases", login="casework.start")
STAFF_LEVEL = "substantial"
_OURS = ("document_name", "code")  # of a draft's fields: the form does not say them


@blueprint.get("/", strict_slashes=False)  # no redirect: it would name the host as the proxy saw it
def list_cases() -> str:
    """The open cases; without a session the page that says how to log in."""
    session = doors.session_of(STAFF)
    if session is None:
        return start()
    listed = cases.listed(current(), session)
    return render_template("postbox/casework/cases.html", session=_shown(session), cases=listed)


@blueprint.get("/start")
def start() -> str:
    """Who logs in here, and with what."""
    return render_template(
        "postbox/casework/start.html",
        next=doors.local_path(request.args.get("next", "")),
        ended="ended" in request.args,
        unfinished=failures.unfinished(),
        expired="expired" in request.args,
    )


@blueprint.get("/login")
def login() -> BaseResponse:
    """Leave for the gate's staff account."""
    return doors.leave(STAFF, level=STAFF_LEVEL)


@blueprint.get("/callback")
def callback() -> BaseResponse:
    """Return from the gate."""
    return doors.return_from_gate(STAFF, url_for("casework.list_cases"))


@blueprint.post("/logout")
def logout() -> BaseResponse:
    """End the session."""
    return doors.log_out(STAFF, url_for("casework.start", ended="yes"))


@blueprint.get("/cases/<recipient>")
def case(recipient: str) -> str:
    """One case: who asked, what was sent, and the form for a notice; a draft given by its id fills the form."""
    session = _session()
    found = cases.find(current(), session, recipient)
    values: Any = {"minimum_level": "substantial", "procedural_law": "VwVfG", "remedy": "", **_seat(found["authority"])}
    values |= {"form": _forms(found)[0], "responsible": session.claims.get("name", "")}
    values["replaces"] = request.args.get("replaces", "")
    if draft_id := request.args.get("draft"):
        values = drafts.load(current(), session, draft_id).fields
    return _case_page(session, found, values, {})


@blueprint.post("/cases/<recipient>/preview")
def preview(recipient: str) -> BaseResponse | tuple[str, int]:
    """Check the form, keep it sealed, and go to the preview."""
    session = _session()
    found = cases.find(current(), session, recipient)
    upload = request.files.get("document")
    content = upload.stream.read() if upload else b""
    fields = _fields(_name_of(upload.filename if upload else ""))
    if fields.body and not content:
        fields = replace(fields, document_name=NAME, code=new_code())
        content = form.written(current(), found, fields)
    wrong = form.check_form(current(), fields, content, found)
    if wrong:
        return _case_page(session, found, fields, wrong), 422
    draft_id = drafts.keep(current(), session, found, fields, content)
    return redirect(url_for("casework.draft", draft_id=draft_id), 303)


@blueprint.get("/drafts/<draft_id>")
def draft(draft_id: str) -> str:
    """What the citizen will see, and from which day it will count."""
    session = _session()
    kept = drafts.load(current(), session, draft_id)
    found = cases.find(current(), session, kept.recipient)
    return render_template(
        "postbox/casework/preview.html",
        session=_shown(session),
        case=cases.shown(current(), found),
        draft=kept,
        document_size=views.size_text(len(kept.document)),
        remedy_text=form.remedy_text(kept.fields),
        deadline=cases.previewed(current(), found, kept, _language()),
        publish_at=procedure.publish_at(kept.fields),
    )


@blueprint.get("/drafts/<draft_id>/document")
def draft_document(draft_id: str) -> Response:
    """The PDF as it will be sent, before the seal."""
    kept = drafts.load(current(), _session(), draft_id)
    return proofs.attachment([kept.document], name=kept.fields.document_name, media_type=PDF, size=len(kept.document))


@blueprint.post("/drafts/<draft_id>/send")
def send(draft_id: str) -> BaseResponse | tuple[str, int]:
    """Send it; pressing twice sends once."""
    session = _session()
    try:
        notice_id = cases.send(current(), session, draft_id)
    except Unacceptable as error:
        kept = drafts.load(current(), session, draft_id)
        found = cases.find(current(), session, kept.recipient)
        return _case_page(session, found, kept.fields, form.refused_fields(error)), 422
    return redirect(url_for("casework.notice", notice_id=notice_id, sent="yes"), 303)


@blueprint.get("/notices/<notice_id>")
def notice(notice_id: str) -> str:
    """What became of a notice, with its dates."""
    return _notice_page(notice_id, {})


@blueprint.post("/notices/<notice_id>/letter")
def order_letter(notice_id: str) -> BaseResponse | tuple[str, int]:
    """Send it as a letter, too; pressing twice sends one."""
    said = {name: request.form.get(name, "") for name in ("reason", "address")}
    inland = "inland" in request.form
    return _on_paper(notice_id, lambda: steps.order_letter(current(), _session(), notice_id, **said, inland=inland))


@blueprint.post("/notices/<notice_id>/posting")
def record_posting(notice_id: str) -> BaseResponse | tuple[str, int]:
    """Note on which day the letter was posted."""
    day = request.form.get("posted_on", "")
    return _on_paper(notice_id, lambda: steps.record_posting(current(), _session(), notice_id, day))


@blueprint.post("/notices/<notice_id>/<step>")
def take_step(notice_id: str, step: str) -> BaseResponse:
    """Hold it, release it, withdraw it, …, where needed with a reason; pressing twice does it once."""
    seen = notice_id
    with suppress(NotNow):
        seen = steps.take(current(), _session(), notice_id, step, request.form.get("reason", ""))
    return redirect(url_for("casework.notice", notice_id=seen), 303)


@blueprint.get("/notices/<notice_id>/proof")
def bundle(notice_id: str) -> Response:
    """The proof for the file."""
    return proofs.download(cases.proof(current(), _session(), notice_id), notice_id)


@blueprint.get("/notices/<notice_id>/summary")
def summary(notice_id: str) -> Response:
    """The proof in words, for the file."""
    return proofs.summary(cases.summary(current(), _session(), notice_id), notice_id)


@blueprint.get("/notices/<notice_id>/cover")
def cover(notice_id: str) -> Response:
    """The sheet to lay beside a printed copy."""
    return proofs.cover(cases.cover(current(), _session(), notice_id), notice_id)


def _on_paper(notice_id: str, act: Callable[[], None]) -> BaseResponse | tuple[str, int]:
    try:
        with suppress(NotNow):
            act()
    except (Unacceptable, NoRule) as error:
        return _notice_page(notice_id, steps.refused_fields(error)), 422
    return redirect(url_for("casework.notice", notice_id=notice_id, _anchor="letter"), 303)


def _notice_page(notice_id: str, wrong: dict[str, str]) -> str:
    session = _session()
    followed = cases.followed(current(), session, notice_id, _language())
    return render_template(
        "postbox/casework/notice.html",
        session=_shown(session),
        notice=followed,
        deadline=followed.deadline,
        sent="sent" in request.args,
        reasons=views.REASONS_OF,
        values=request.form,
        wrong=wrong,
        today=legal_day(current().clock()).isoformat(),
    )


def _case_page(session: Session, found: Any, values: Any, wrong: dict[str, str]) -> str:
    return render_template(
        "postbox/casework/case.html",
        session=_shown(session),
        case=cases.shown(current(), found),
        values=values,
        wrong=wrong,
        levels=LEVELS,
        forms=_forms(found),
        laws=procedure.LAWS,
        limit=views.size_text(current().settings.max_document_bytes),
    )


def _forms(found: Any) -> tuple[str, ...]:
    return form.forms_offered(current(), found["authority"], current().clock())


def _fields(document_name: str) -> drafts.Fields:
    names = [field.name for field in dataclasses.fields(drafts.Fields) if field.name not in _OURS]
    return drafts.Fields(document_name=document_name, **{name: request.form.get(name, "").strip() for name in names})


def _name_of(filename: str | None) -> str:
    # A caseworker's file name may hold what other disks refuse; the suffix is what people need to open it.
    name = secure_filename(filename or "") or "Bescheid.pdf"
    return name if name.lower().endswith(".pdf") else f"{name}.pdf"


def _seat(authority: str) -> dict[str, str]:
    return {"office": current().authority(authority).name, "seat": ""}


def _shown(session: Session) -> dict[str, Any]:
    return {"name": session.claims.get("name", ""), "ends_at": session.ends_at}


def _session() -> Session:
    session = doors.session_of(STAFF)
    if session is None:
        raise NotAuthenticated("The session has ended.", code="session-ended")
    return session


def _language() -> str:
    return str(g.get("language", "de"))
