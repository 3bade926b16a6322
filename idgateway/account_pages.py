"""``/account``: a person comes in at the gate itself, reads what went where, and takes it back."""

import secrets
from datetime import UTC, datetime, timedelta
from http import HTTPStatus

from flask import Blueprint, Response, abort, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from idgateway import account, endings, login, words
from idgateway.assurance import Level, level_from_name, name_of
from idgateway.endings import N_
from idgateway.errors import UnknownLevel
from idgateway.own import OWN
from idgateway.store.sessions import Session
from idgateway.telemetry import Event
from idgateway.web import BROWSER_COOKIE, SESSION_COOKIE, kept, report, sent_on, the_gate

own = Blueprint("gate-account", __name__, url_prefix="/account")
_DONE = {
    "withdrawn": N_("Done: the service can no longer retrieve your data. At your next login, you will be asked again."),
    "unlinked": N_("The link has been removed. All logins and access of this service have ended."),
    "ended": N_("The login has been ended."),
}


@own.get("")
def overview() -> BaseResponse:
    """What is kept of this account; who is not logged in here comes in first."""
    session = _session()
    if session is None:
        return _door()
    now = the_gate().clock()
    seen = account.look(the_gate(), session, now, before=_before(now))
    done = _DONE.get(request.args.get("done", ""), "")
    return _page("account", seen=seen, done=done, session=session)


@own.post("/login")
def enter() -> BaseResponse:
    """To one of the gate's accounts, at the level the person chose."""
    gate, now = the_gate(), the_gate().clock()
    chosen = request.form.get("account", "")
    try:
        level = level_from_name(request.form.get("level", ""))
    except UnknownLevel:
        abort(HTTPStatus.BAD_REQUEST)
    if chosen not in gate.clients[OWN].accounts:
        abort(HTTPStatus.BAD_REQUEST)
    asked = account.login_request(gate, chosen, level, g.get("language", "de"))
    browser = request.cookies.get(BROWSER_COOKIE) or secrets.token_urlsafe(32)
    handover = login.begin(gate, asked, browser=browser, now=now)
    report(Event.LOGIN_BEGUN, client_id=OWN)
    return kept(sent_on(handover, asked), BROWSER_COOKIE, browser)


@own.post("/withdraw")
def withdraw() -> BaseResponse:
    """Take a consent back."""
    session = _session()
    if session:
        client_id = request.form.get("client", "")
        account.withdraw(the_gate(), session, request.form.get("link", ""), client_id, the_gate().clock())
        report(Event.CONSENT_WITHDRAWN, client_id=_known(client_id))
    return _back("withdrawn" if session else "")


@own.get("/unlink")
def ask_to_unlink() -> BaseResponse:
    """The question before a link is undone: what ends, and what stays."""
    session, now = _session(), the_gate().clock()
    seen = account.look(the_gate(), session, now, before=now) if session else None
    asked = request.args.get("link", "")
    found = next((one for one in seen.links if one.link_id == asked), None) if seen else None
    return _page("unlink", link=found) if found else _back("")


@own.post("/unlink")
def unlink() -> BaseResponse:
    """Undo a link."""
    session = _session()
    if session is None:
        return _back("")
    account.unlink(the_gate(), session, request.form.get("link", ""), the_gate().clock())
    report(Event.UNLINKED)
    return _back("unlinked")


@own.post("/end")
def end() -> BaseResponse:
    """End one session, or log out everywhere."""
    session = _session()
    if session is None:
        return _back("")
    for client_id in account.end(the_gate(), session, request.form.get("sid", ""), the_gate().clock()):
        report(Event.LOGGED_OUT, client_id=_known(client_id))
    return _back("ended")


def _session() -> Session | None:
    return account.own_session(the_gate(), request.cookies.get(SESSION_COOKIE, ""), the_gate().clock())


def _door() -> BaseResponse:
    gate = the_gate()
    ways = [(name, gate.titles[name], gate.suits[name]) for name in gate.clients[OWN].accounts]
    levels = {name_of(level): words.LEVELS[level] for level in Level}
    told = endings.ending_of(request.args.get("error_description", ""))
    return _page("account_door", ways=ways, levels=levels, told=told, done=_DONE.get(request.args.get("done", ""), ""))


def _page(name: str, **values: object) -> BaseResponse:
    gate = the_gate()
    towns = {town.ars: town.name for town in gate.settings.authorities}
    names = {client_id: client.name for client_id, client in gate.clients.items()}
    page = render_template(f"gate/{name}.html", words=words, towns=towns, names=names, own=OWN, **values)
    return Response(page, headers={"Cache-Control": "no-store"})


def _back(done: str) -> BaseResponse:
    return redirect(url_for("gate-account.overview", done=done or None), HTTPStatus.SEE_OTHER)


def _before(now: datetime) -> datetime:
    """Where the history goes on; what cannot be read begins at the newest."""
    try:
        return datetime.fromtimestamp(float(request.args.get("before", "")), UTC)
    except (ValueError, OverflowError, OSError):
        return now + timedelta(seconds=1)


def _known(client_id: str) -> str:
    return client_id if client_id in the_gate().clients else ""
