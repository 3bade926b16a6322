"""Routes of ``/v1``. Each one: who calls, read what came, one use case, one face."""

import json
from datetime import date
from typing import Any

from flask import Blueprint, Response, request

from postbox.api import openapi
from postbox.api.access import caller
from postbox.api.views import event_json, notice_json
from postbox.callers import READ_NOTICES, WRITE_NOTICES, Caller, check_scope
from postbox.delivery import evidence
from postbox.delivery.letters import order_letter, record_posting, record_return
from postbox.delivery.retain import lift_legal_hold, set_legal_hold
from postbox.delivery.status import standing
from postbox.delivery.withdraw import hold, release, withdraw
from postbox.errors import NotFound, Problem, TooLarge, Unacceptable
from postbox.intake.accept import submit
from postbox.intake.recipients import check_case, register, register_letter_box
from postbox.intake.submission import Submission, Upload
from postbox.intake.wellformed import LONGEST_ADDRESS
from postbox.law import calculator
from postbox.moments import instant_text
from postbox.web import answer_with_problems, current, json_answer

blueprint = Blueprint("postbox_api", __name__, url_prefix="/v1")
answer_with_problems(blueprint)
_LARGEST_JSON = 64 * 1024
_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


@blueprint.post("/recipients")
def add_recipient() -> Response:
    """Exchange a delivery address, or a postal one, for a recipient reference: 201 when new, 200 when known."""
    asking = caller()
    content = _object(request.get_data(cache=False), "")
    case = check_case(content.get("case"))
    if "postal_address" in content and "postbox_address" not in content:
        to = {"address": content["postal_address"], "inland": content.get("inland")}
        recipient = register_letter_box(current(), **to, case=case, caller=asking, now=current().clock())
    else:
        address = _address_of(content)
        recipient = register(current(), address=address, case=case, caller=asking, now=current().clock())
    body = {"recipient": recipient.id, "case_reference": recipient.case_reference}
    return json_answer(body, 201 if recipient.created else 200)


@blueprint.post("/notices")
def add_notice() -> Response:
    """Hand a notice over: 201 with a signed receipt once it is durable; the same answer for the same key."""
    asking = caller()
    accepted = submit(current(), _submission(), asking, current().clock())
    body = {
        "notice": accepted.notice,
        "accepted_at": instant_text(accepted.accepted_at),
        "receipt": accepted.receipt,
    }
    location = f"/v1/notices/{accepted.notice}"
    return json_answer(body, 201, Location=location, **{"Idempotency-Replayed": str(accepted.repeated).lower()})


@blueprint.get("/notices/<notice_id>")
def get_notice(notice_id: str) -> Response:
    """How a notice of this authority stands."""
    return json_answer(notice_json(standing(current(), _reader().authority, notice_id)))


@blueprint.post("/notices/<notice_id>/withdraw")
def withdraw_notice(notice_id: str) -> Response:
    """Withdraw a notice with a reason; what was available stays visible, marked."""
    asking = caller()
    withdraw(current(), asking, notice_id, _reason())
    return json_answer(notice_json(standing(current(), asking.authority, notice_id)))


@blueprint.post("/notices/<notice_id>/hold")
def hold_notice(notice_id: str) -> Response:
    """Stop a notice that is not available yet."""
    asking = caller()
    hold(current(), asking, notice_id, _reason())
    return json_answer(notice_json(standing(current(), asking.authority, notice_id)))


@blueprint.post("/notices/<notice_id>/release")
def release_notice(notice_id: str) -> Response:
    """Let a held notice go on."""
    asking = caller()
    release(current(), asking, notice_id)
    return json_answer(notice_json(standing(current(), asking.authority, notice_id)))


@blueprint.post("/notices/<notice_id>/letter")
def send_letter(notice_id: str) -> Response:
    """Send a notice as a letter, too, for a reason; the print job follows."""
    asking, content = caller(), _object(request.get_data(cache=False), "")
    order_letter(
        current(),
        asking,
        notice_id,
        reason=str(content.get("reason", "")),
        address=content.get("address"),
        inland=content.get("inland"),
    )
    return json_answer(notice_json(standing(current(), asking.authority, notice_id)))


@blueprint.post("/notices/<notice_id>/letter/posting")
def post_letter(notice_id: str) -> Response:
    """Say on which day the letter was posted: from that day the law of the post counts."""
    asking = caller()
    record_posting(current(), asking, notice_id, _day("posted_on"))
    return json_answer(notice_json(standing(current(), asking.authority, notice_id)))


@blueprint.post("/notices/<notice_id>/letter/return")
def return_letter(notice_id: str) -> Response:
    """Say that the letter came back, and why."""
    asking = caller()
    record_return(current(), asking, notice_id, _reason())
    return json_answer(notice_json(standing(current(), asking.authority, notice_id)))


@blueprint.put("/notices/<notice_id>/legal-hold")
def set_hold(notice_id: str) -> Response:
    """Keep a notice beyond its time, for a reason."""
    asking = caller()
    set_legal_hold(current(), asking, notice_id, _reason())
    return json_answer(notice_json(standing(current(), asking.authority, notice_id)))


@blueprint.delete("/notices/<notice_id>/legal-hold")
def lift_hold(notice_id: str) -> Response:
    """Let its time run again, for a reason."""
    asking = caller()
    lift_legal_hold(current(), asking, notice_id, _reason())
    return json_answer(notice_json(standing(current(), asking.authority, notice_id)))


@blueprint.get("/notices/<notice_id>/events")
def get_events(notice_id: str) -> Response:
    """What has happened to a notice, in order, with chain hashes and places in the log."""
    found = standing(current(), _reader().authority, notice_id)
    return json_answer({"events": [event_json(one, found.reach) for one in found.recorded]})


@blueprint.get("/notices/<notice_id>/bundle")
def get_bundle(notice_id: str) -> Response:
    """The proof bundle, for the authority's file."""
    found = standing(current(), _reader().authority, notice_id)
    content = evidence.bundle(current(), found.row, current().clock())
    response = Response(content, content_type="application/zip")
    response.headers["Content-Disposition"] = f'attachment; filename="{notice_id}.zip"'
    response.headers["Cache-Control"] = "no-store"
    return response


@blueprint.get("/notices/<notice_id>/summary")
def get_summary(notice_id: str) -> Response:
    """The proof in words (PDF), for the authority's file."""
    found = standing(current(), _reader().authority, notice_id)
    response = Response(evidence.summary_of(current(), found.row, current().clock()), content_type="application/pdf")
    response.headers["Content-Disposition"] = f'attachment; filename="{notice_id}.pdf"'
    response.headers["Cache-Control"] = "no-store"
    return response


@blueprint.post("/deadlines/preview")
def preview_deadlines() -> Response:
    """When an act counts as announced, and until when one may object: for anybody, nothing is stored."""
    asked = _object(request.get_data(cache=False), "")
    return json_answer(calculator.answer(asked, current().calendar_changes))


@blueprint.get("/openapi.json")
def describe() -> Response:
    """The description of this API (OpenAPI 3.1)."""
    return json_answer(openapi.document(current().settings.public_url, current().settings.issuer))


@blueprint.route("/", defaults={"rest": ""}, methods=_METHODS)
@blueprint.route("/<path:rest>", methods=_METHODS)
def unknown(rest: str) -> Response:
    """Everything else is a problem document too, never a page."""
    raise NotFound(f"There is no such resource or method under /v1 ({len(rest)} characters).")


# Tokens, no cookies: there is nothing a foreign page could ride on.
for _view in (
    add_recipient,
    add_notice,
    withdraw_notice,
    hold_notice,
    release_notice,
    send_letter,
    post_letter,
    return_letter,
    set_hold,
    lift_hold,
    preview_deadlines,
    unknown,
):
    setattr(_view, "csrf_exempt", True)  # noqa: B010 - a function has no such attribute by its type


def _reader() -> Caller:
    asking = caller()
    # Who may send may also see what became of it.
    check_scope(asking, WRITE_NOTICES if WRITE_NOTICES in asking.scopes else READ_NOTICES)
    return asking


def _reason() -> str:
    return str(_object(request.get_data(cache=False), "").get("reason", ""))


def _address_of(content: dict[str, Any]) -> str:
    address = content.get("postbox_address")
    if not isinstance(address, str) or len(address) > LONGEST_ADDRESS or "postal_address" in content:
        sentence = "Either postbox_address or postal_address is needed."
        raise Unacceptable([Problem(code="member-missing", pointer="/postbox_address", sentence=sentence)])
    return address


def _day(name: str) -> date:
    try:
        return date.fromisoformat(_object(request.get_data(cache=False), "").get(name, ""))
    except (TypeError, ValueError):
        code, sentence = f"{name.replace('_', '-')}-malformed", f"{name} is a day like 2026-11-23."
        raise Unacceptable([Problem(code=code, pointer=f"/{name}", sentence=sentence)]) from None


def _submission() -> Submission:
    if request.mimetype != "multipart/form-data":
        sentence = "Send multipart/form-data with the parts notice (JSON) and document."
        raise Unacceptable([Problem(code="multipart-needed", pointer="", sentence=sentence)])
    part = request.files.get("notice")
    text = part.stream.read(_LARGEST_JSON + 1) if part else request.form.get("notice", "").encode()
    uploads = tuple(
        Upload(name=file.filename or "", media_type=file.mimetype or "", content=file.stream)  # type: ignore[arg-type]
        for file in request.files.getlist("document")
    )
    key = request.headers.get("Idempotency-Key")
    return Submission(content=_object(text, "/notice"), uploads=uploads, idempotency_key=key)


def _object(data: bytes, pointer: str) -> dict[str, Any]:
    if len(data) > _LARGEST_JSON:
        raise TooLarge(f"The JSON has at most {_LARGEST_JSON} bytes.")
    try:
        content = json.loads(data, object_pairs_hook=_unique)
    except (ValueError, RecursionError):
        content = None
    if not isinstance(content, dict):
        sentence = "Send a JSON object with unique names, in UTF-8."
        raise Unacceptable([Problem(code="json-malformed", pointer=pointer, sentence=sentence)])
    return content


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    content = dict(pairs)
    if len(content) != len(pairs):
        raise ValueError("name twice")
    return content
