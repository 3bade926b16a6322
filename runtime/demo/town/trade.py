"""The second online service, "Gewerbeanmeldung": several accounts are welcome, so the gate asks which.

It ends where the form would begin: with the page that shows what was received about organisation and person.
"""

import secrets
from dataclasses import asdict

from flask import Blueprint, current_app, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from runtime.demo.town import words
from runtime.demo.town.business import Applicant, Row, applicant_from
from runtime.demo.town.gate import Begun, LoginFailed
from runtime.demo.town.routes import ID_TOKEN, keep_cookie, say_goodbye, town

CALLBACK = "/gewerbe/callback"
_COOKIE = "__Host-gewerbe"
blueprint = Blueprint("trade", __name__, url_prefix="/gewerbe")


@blueprint.get("")
def start() -> str:
    """What this service is, and which accounts it takes."""
    return render_template("town/trade_start.html")


@blueprint.get("/anmelden")
def login() -> Response:
    """Send the browser to the gate; which account it is, is asked there."""
    begun = town().trade.begin_as(town().settings.trade_client_id, scope="openid profile address organization")
    browser = _browser() or secrets.token_urlsafe(32)
    town().book.begin_login(browser, begun.state, asdict(begun), town().clock())
    return keep_cookie(redirect(begun.url, 303), _COOKIE, browser)


@blueprint.get("/callback")
def callback() -> Response:
    """The browser is back from the gate; a login begins a new visit."""
    begun = town().book.take_login(_browser(), request.args.get("state", ""), town().clock())
    if begun is None and _applicant():
        return redirect(url_for("trade.data"), 303)
    if begun is None:
        raise LoginFailed("no login of this browser waits for the answer")
    userinfo, acr, id_token = town().trade.redeem(request.args.to_dict(), Begun(**begun))
    visit = {"applicant": asdict(applicant_from(userinfo, acr)), ID_TOKEN: id_token}
    name = town().book.begin_visit(visit, town().clock(), before=_browser())
    return keep_cookie(redirect(url_for("trade.data"), 303), _COOKIE, name)


@blueprint.get("/angaben")
def data() -> str | Response:
    """What was received: organisation, acting person, level."""
    applicant = _applicant()
    if applicant is None:
        return redirect(url_for("trade.start"), 303)
    return render_template("town/trade_data.html", applicant=applicant, words=words)


@blueprint.post("/abmelden")
def logout() -> Response:
    """End the visit here, then the login at the gate."""
    return say_goodbye(town().trade, url_for("trade.start"))


@blueprint.errorhandler(LoginFailed)
def login_failed(error: LoginFailed) -> tuple[str, int]:
    """A page with a way on; what the gate's page has told already is no error of this one."""
    current_app.logger.info("login failed: %s", error)
    told = error.error in ("access_denied", "unmet_authentication_requirements")
    return render_template("town/trade_failed.html", error=error.error), 200 if told else 400


def _browser() -> str:
    return request.cookies.get(_COOKIE, "")


def _applicant() -> Applicant | None:
    stored = (town().book.visit(_browser(), town().clock()) or {}).get("applicant")
    if stored is None:
        return None
    parts = {name: tuple(Row(**row) for row in stored[name]) for name in ("organisation", "person")}
    return Applicant(level=stored["level"], **parts)
