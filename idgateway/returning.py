"""The one-time address a login comes back to: the page before data go to an application, then the way on to it."""

from http import HTTPStatus

from flask import Blueprint, Response, abort, g, redirect, render_template, request
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response as BaseResponse

from idgateway import arrival
from idgateway.admission import Completed
from idgateway.arrival import Decision, Question
from idgateway.data_view import page_of
from idgateway.provider.responses import origin_of
from idgateway.telemetry import Event
from idgateway.web import BROWSER_COOKIE, SESSION_COOKIE, back_to_client, kept, report, speak, the_gate

returning = Blueprint("gate-return", __name__)
AGREED, REFUSED = "agreed", "refused"
SHOWN = "shown"  # the page said that an undone link is made again


@returning.get("/continue/<handle>")
def proceed(handle: str) -> BaseResponse:
    """Back in the person's own browser: the code, and a session under a new name, or first the page."""
    if request.method == "HEAD":
        abort(HTTPStatus.METHOD_NOT_ALLOWED)  # a link checker must not use up a login
    return _answer(_resumed(handle, None))


@returning.post("/continue/<handle>")
def decide(handle: str) -> BaseResponse:
    """The person's answer; whatever else was sent leads back to the page."""
    return _answer(_resumed(handle, _decision(request.form)))


def _decision(form: MultiDict[str, str]) -> Decision | None:
    """Exactly one press of one button; who pressed both, or none, decided nothing (Art. 4(11) GDPR: unambiguous)."""
    pressed = form.getlist("decision")
    if pressed not in ([AGREED], [REFUSED]):
        return None
    relinks = form.getlist("relinks") == [SHOWN]
    return Decision(agreed=pressed == [AGREED], claims=tuple(form.getlist("claim")), relinks=relinks)


def _resumed(handle: str, decision: Decision | None) -> Completed | Question:
    browser, session = request.cookies.get(BROWSER_COOKIE, ""), request.cookies.get(SESSION_COOKIE, "")
    now = the_gate().clock()
    return arrival.resume(the_gate(), handle, browser=browser, session=session, now=now, decision=decision)


def _answer(done: Completed | Question) -> BaseResponse:
    if isinstance(done, Question):
        return _page(done)
    report(Event.LOGIN_COMPLETED)
    # Our own page takes no code: the session is all it needs.
    answer = (
        back_to_client(done, {"code": done.code}) if done.code else redirect(done.redirect_uri, HTTPStatus.SEE_OTHER)
    )
    return kept(answer, SESSION_COOKIE, done.session)


def _page(question: Question) -> BaseResponse:
    gate, asked = the_gate(), question.request
    speak(asked.language)
    client = gate.clients[asked.client_id]
    # The answer to the form leads to the application; browsers enforce form-action on that redirect, too.
    g.form_action = sorted({origin_of(uri) for uri in client.redirect_uris})
    page = page_of(question.request, question.assertion, client, gate.settings.authorities)
    return Response(
        render_template(
            "gate/consent.html", page=page, question=question, agreed=AGREED, refused=REFUSED, relinks_shown=SHOWN
        ),
        headers={"Cache-Control": "no-store"},
    )
