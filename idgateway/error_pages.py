"""Every error of the house, translated once: to the client, to a machine, or onto a page with a way back."""

import re
from http import HTTPStatus

from flask import Blueprint, abort, g, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from idgateway import faces, words
from idgateway.codes import known
from idgateway.endings import Face
from idgateway.errors import GateError, LoginDenied, LoginEnded, RegistrationRefused, RequestRefused, TokenRefused
from idgateway.provider import responses
from idgateway.telemetry import Event
from idgateway.web import back_to_client, report, speak, the_gate, unauthorized, unregistered

problems = Blueprint("gate-problems", __name__)
_ANSWERING = frozenset({"gate.assertion_consumer", "gate.callback", "gate-return.proceed", "gate-return.decide"})
_NUMBER = re.compile(r"[0-9a-f]{16}")


def show_error(error: GateError) -> tuple[str, int] | BaseResponse:
    """Translate an error of the house."""
    _report_failure(error)
    if isinstance(error, RequestRefused) and error.redirect_uri:
        return back_to_client(error, faces.refused(error))
    if isinstance(error, TokenRefused):
        return unauthorized(error)
    if isinstance(error, RegistrationRefused):
        return unregistered(error)
    face = faces.face_of(error)
    if face.at_once and isinstance(error, LoginEnded):
        return back_to_client(error, faces.ended(error))
    return _page(error, face)


@problems.get("/problem/<kind>/<code>")
def read_again(kind: str, code: str) -> tuple[str, int]:
    """The page of an error that answered a form, in another language: no form is sent twice for that.

    Nothing but words of ours is shown: kind, code, number and application are known ones or it is not found.
    """
    face = faces.face_by_name(kind, code)
    number = request.args.get("number", "")
    if face is None or not known(code) or not _NUMBER.fullmatch(number):
        abort(HTTPStatus.NOT_FOUND)
    client = the_gate().clients.get(request.args.get("client_id", ""))
    ways = faces.ways_to(client)
    return render_template(
        "gate/error.html", face=face, ways=ways, client=client, code=code, missing=(), number=number
    ), face.status


def _page(error: GateError, face: Face) -> tuple[str, int]:
    speak(error.language)
    missing = words.data(error.missing) if isinstance(error, LoginDenied) else ()
    client = the_gate().clients.get(error.client_id)
    told = responses.reply(the_gate(), error, faces.ended(error)) if isinstance(error, LoginEnded) else None
    g.form_action = [told.origin] if told and told.fields else []
    if request.method == "POST" and told is None and known(error.code):
        g.page_address = _address(error)
    ways = faces.ways_to(client, told)
    number = g.get("request_id", "")
    page = render_template(
        "gate/error.html", face=face, ways=ways, client=client, code=error.code, missing=missing, number=number
    )
    return page, face.status


def _address(error: GateError) -> str:
    asked = {"number": g.get("request_id", ""), "client_id": error.client_id or None}
    return url_for("gate-problems.read_again", kind=faces.kind_of(error), code=error.code, **asked)


def _report_failure(error: GateError) -> None:
    """One event for each refusal. What an account's proven no ends with was reported when that answer came."""
    if isinstance(error, LoginEnded) and error.reported:
        return
    event = Event.LOGIN_REFUSED if request.endpoint in _ANSWERING else Event.REQUEST_FAILED
    provider = str((request.view_args or {}).get("provider", ""))
    known = provider if provider in the_gate().upstreams else ""
    report(event, code=error.code, client_id=error.client_id, provider=known, detail=error.detail)
