"""The addresses of logging out: the application's request, the question, and a page that says what is still open."""

from collections.abc import Iterator, Sequence
from http import HTTPStatus
from urllib.parse import urlsplit

from flask import Blueprint, Response, abort, g, redirect, render_template, request
from werkzeug.wrappers import Response as BaseResponse

from idgateway.logout import Ended, cookie_for, end_sessions, open_sessions
from idgateway.provider.end_session import LogoutRequest, examine
from idgateway.provider.responses import with_query
from idgateway.store.sessions import Session
from idgateway.telemetry import Event
from idgateway.web import SESSION_COOKIE, report, speak, the_gate

leaving = Blueprint("gate-logout", __name__)
EVERYWHERE = "everywhere"


@leaving.route("/logout", methods=["GET", "POST"])
def logout() -> BaseResponse:
    """Log out: at once where an application proves which session it means, otherwise after a question."""
    if request.method == "HEAD":
        abort(HTTPStatus.METHOD_NOT_ALLOWED)  # a link checker must not log anybody out
    gate, now = the_gate(), the_gate().clock()
    asked = examine(_parameters(), gate, now)
    speak(asked.language)
    if asked.fault:
        client_id = asked.client.client_id if asked.client else ""
        report(Event.REQUEST_FAILED, code=asked.fault, client_id=client_id)
    if asked.proven:
        return _proven(asked)
    if request.method == "POST":
        # From another site without this browser's cookie: look again from our own side (SameSite=Lax).
        return redirect(with_query("/logout", {"client_id": asked.client.client_id if asked.client else ""}), 303)
    return _question(asked, open_sessions(gate, _cookie(), now))


setattr(logout, "csrf_exempt", True)  # noqa: B010 - other sites post here by protocol; it ends what the hint proves


@leaving.post("/logout/confirm")
def confirm() -> BaseResponse:
    """The person's own answer: one application, or everything in this browser."""
    gate, now = the_gate(), the_gate().clock()
    held = open_sessions(gate, _cookie(), now)
    which = request.form.get("which", "")
    chosen = [one for one in held if which in (EVERYWHERE, one.client_id)]
    ended = end_sessions(gate, [one.sid for one in chosen], now)
    _report(ended)
    return _gone(ended, [one for one in held if one not in chosen])


def _proven(asked: LogoutRequest) -> BaseResponse:
    gate, now = the_gate(), the_gate().clock()
    ended = end_sessions(gate, [asked.sid] if asked.sid else [], now)
    _report(ended)
    held = open_sessions(gate, _cookie(), now)
    if asked.client and any(one.client_id == asked.client.client_id for one in held):
        # Another login at the same application is still open here: whose, only the person knows.
        return _question(asked, held)
    back = with_query(asked.back, {"state": asked.state}) if asked.back else ""
    if back and not ended.frames:
        return _kept(redirect(back, 303), held)
    return _gone(ended, held, back=back)


def _question(asked: LogoutRequest, held: Sequence[Session]) -> BaseResponse:
    if not held:
        return _gone(Ended(), held, asked=asked)
    clients = the_gate().clients
    names = {one.client_id: clients[one.client_id].name for one in held if one.client_id in clients}
    own = asked.client.client_id if asked.client and asked.client.client_id in names else ""
    page = render_template(
        "gate/logout.html", names=names, own=own, asked=asked, everywhere=EVERYWHERE, faulty=bool(asked.fault)
    )
    return _kept(_personal(page, HTTPStatus.BAD_REQUEST if asked.fault else HTTPStatus.OK), held)


def _gone(ended: Ended, held: Sequence[Session], asked: LogoutRequest | None = None, back: str = "") -> BaseResponse:
    """What is over and what may still be open; ``back`` is where a page goes on when its frames are loaded."""
    gate = the_gate()
    clients = [gate.clients[one] for one in ended.clients if one in gate.clients]
    if asked is not None and asked.client is not None:
        clients = [asked.client]
    page = render_template(
        "gate/logged_out.html",
        was_open=asked is None,
        clients=clients,
        untold=[gate.clients[one].name for one in ended.untold],
        told_here=[gate.clients[one].name for one in ended.asked],
        back=back,
        accounts=[gate.titles[one] for one in ended.accounts if one in gate.titles],
        names={one.client_id: gate.clients[one.client_id].name for one in held if one.client_id in gate.clients},
        everywhere=EVERYWHERE,
    )
    faulty = asked is not None and bool(asked.fault)
    return _kept(_personal(page, HTTPStatus.BAD_REQUEST if faulty else HTTPStatus.OK), held)


def _personal(page: str, status: HTTPStatus) -> Response:
    return Response(page, status=status, headers={"Cache-Control": "no-store"})


def _kept(response: BaseResponse, held: Sequence[Session]) -> BaseResponse:
    """Let the cookie go, or keep what is left in it."""
    before = _cookie()
    after = cookie_for(before, held)
    if after and after != before:
        response.set_cookie(SESSION_COOKIE, after, secure=True, httponly=True, samesite="Lax", path="/")
    elif before and not after:
        response.delete_cookie(SESSION_COOKIE, secure=True, httponly=True, samesite="Lax", path="/")
    return response


def _report(ended: Ended) -> None:
    for client_id in ended.clients:
        report(Event.LOGGED_OUT, client_id=client_id)
    # Whatever page follows, its frames tell the applications that are told in the browser.
    g.frames = ended.frames
    g.frame_src = list(dict.fromkeys("://".join(urlsplit(frame)[:2]) for frame in ended.frames))


def _cookie() -> str:
    return request.cookies.get(SESSION_COOKIE, "")


def _parameters() -> Iterator[tuple[str, str]]:
    for source in (request.args, request.form):
        yield from source.items(multi=True)
