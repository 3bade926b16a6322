"""The pages of the online service: start, login, form, receipt."""

import secrets
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, current_app, g, redirect, render_template, request, send_file, url_for
from werkzeug.wrappers import Response

from runtime.demo.town import postbox, words
from runtime.demo.town.application import Application, Problem, read_form
from runtime.demo.town.gate import Begun, Gate, GateUnavailable, LoginFailed
from runtime.demo.town.person import Person, Told
from runtime.demo.town.settings import TownSettings
from runtime.demo.town.store import Book, Kept

EXTENSION = "runtime.demo.town"
SERVICE = "Urkundenanforderung"
SAMPLE = Path(__file__).parents[1] / "static" / "geburtsurkunde-muster.pdf"
ID_TOKEN = "id_token"  # noqa: S105 - where a visit keeps it
_COOKIE = "__Host-town"
_BERLIN = ZoneInfo("Europe/Berlin")
blueprint = Blueprint("town", __name__, url_prefix="/urkunde")


@dataclass(frozen=True, kw_only=True)
class Town:
    """What the pages work with."""

    settings: TownSettings
    gate: Gate
    trade: Gate  # the same gate for the second service, which has a callback of its own
    book: Book
    clock: Callable[[], datetime]


def town() -> Town:
    """The town behind this request."""
    found: Town = current_app.extensions[EXTENSION]
    return found


@blueprint.app_template_global("town_settings")
def _settings() -> TownSettings:
    return town().settings


@blueprint.get("")
def start() -> str:
    """What this service is, what it costs, and which login it needs."""
    return render_template("town/start.html")


@blueprint.get("/anmelden")
def login() -> Response:
    """Send the browser to the gate; what must come back with it waits here, bound to this browser.

    Each tab has a login of its own. The gate's "start again" leads here too (OIDC Core 4); its ``iss`` changes nothing,
    for there is one gate.
    """
    begun = town().gate.begin(guest=request.args.get("zugang") == "gast")
    browser = _browser() or secrets.token_urlsafe(32)
    town().book.begin_login(browser, begun.state, asdict(begun), town().clock())
    return keep_cookie(redirect(begun.url, 303), _COOKIE, browser)


@blueprint.get("/callback")
def callback() -> Response:
    """The browser is back from the gate. A login begins a new visit, so nobody can plant one (session fixation)."""
    begun = town().book.take_login(_browser(), request.args.get("state", ""), town().clock())
    if begun is None and _person():
        return redirect(url_for("town.form"), 303)  # the page was loaded again
    if begun is None:
        raise LoginFailed("no login of this browser waits for the answer")
    person, id_token = town().gate.complete(request.args.to_dict(), Begun(**begun))
    visit = {"person": asdict(person), ID_TOKEN: id_token}
    name = town().book.begin_visit(visit, town().clock(), before=_browser())
    return keep_cookie(redirect(url_for("town.form"), 303), _COOKIE, name)


@blueprint.get("/antrag")
def form() -> str | Response:
    """The form, filled in with what the login proved."""
    person = _person()
    if person is None:
        return redirect(url_for("town.start"), 303)
    if town().book.application(_browser()):
        return redirect(url_for("town.receipt"), 303)
    return _form(person, {name: told.value for name, told in person.told.items()})


@blueprint.post("/antrag")
def submit() -> str | Response:
    """Check the form; keep the application; tell the postbox where the answer goes."""
    person = _person()
    if person is None:
        return redirect(url_for("town.start"), 303)
    today = town().clock().astimezone(_BERLIN).date()
    application = read_form(request.form, person, today)
    if not isinstance(application, Application):
        return _form(person, request.form.to_dict(), application)
    kept = town().book.keep(application, person.level, _browser(), town().clock())
    _agree_on_the_answer(kept, person)
    return redirect(url_for("town.receipt"), 303)


@blueprint.get("/fertig")
def receipt() -> str | Response:
    """What was received, and how the answer comes."""
    kept = town().book.application(_browser())
    if kept is None:
        return redirect(url_for("town.start"), 303)
    return render_template("town/receipt.html", kept=kept, words=words)


@blueprint.post("/fertig")
def retry() -> Response:
    """Try once more to reach the postbox, or turn to a letter."""
    kept, person = town().book.application(_browser()), _person()
    if kept and person and not kept.recipient:
        if "letter" in request.form:
            town().book.answer_by(kept.reference, "letter")
        _agree_on_the_answer(town().book.application(_browser()) or kept, person)
    return redirect(url_for("town.receipt"), 303)


@blueprint.post("/abmelden")
def logout() -> Response:
    """End the visit here, then the login at the gate; applications stay with the office."""
    return say_goodbye(town().gate, url_for("town.start"))


def say_goodbye(gate: Gate, home: str) -> Response:
    """End this browser's visit, and lead it over the gate's logout back to ``home``."""
    visit = town().book.visit(_browser(), town().clock()) or {}
    town().book.end_visit(_browser())
    url, fields = gate.goodbye(visit.get(ID_TOKEN, ""), town().settings.public_url + home)
    if url:
        g.form_action = [town().settings.issuer]
        answer = Response(render_template("town/leaving.html", url=url, fields=fields), mimetype="text/html")
    else:
        answer = Response(status=303, headers={"Location": home})
    answer.delete_cookie(_COOKIE, path="/", secure=True, httponly=True, samesite="Lax")
    return answer


@blueprint.get("/muster.pdf")
def sample() -> Response:
    """The certificate the caseworker attaches in the story."""
    return send_file(SAMPLE, as_attachment=True, download_name="Geburtsurkunde-Muster.pdf")


@blueprint.app_errorhandler(LoginFailed)
def login_failed(error: LoginFailed) -> tuple[str, int]:
    """A friendly page with a way on; no session was made."""
    current_app.logger.info("login failed: %s", error)
    # What the gate's page has told already is no error of this page; what nobody explained yet is one.
    told = error.error in ("access_denied", "unmet_authentication_requirements")
    return render_template("town/failed.html", error=error.error), 200 if told else 400


@blueprint.app_errorhandler(GateUnavailable)
def gate_unavailable(error: GateUnavailable) -> tuple[str, int]:
    """The gate does not answer: say so, and that nothing is lost."""
    current_app.logger.warning("gate unavailable: %s", error)
    return render_template("town/unavailable.html"), 503


def _agree_on_the_answer(kept: Kept, person: Person) -> None:
    """Exchange the address for a recipient of this case; the application is kept whatever happens here."""
    by_post = kept.channel == "letter"
    if kept.recipient or (by_post and not kept.postal_address):
        return
    to = (
        {"postal_address": kept.postal_address, "inland": True}
        if by_post
        else {"postbox_address": person.postbox_address}
    )
    try:
        recipient = postbox.register_recipient(
            town().settings.postbox_url,
            town().gate.postbox_token(postbox.SCOPE),
            address=to,
            reference=kept.reference,
            service=SERVICE,
            applicant=kept.name,
        )
    except (postbox.PostboxUnavailable, GateUnavailable) as error:
        current_app.logger.warning("postbox unavailable: %s", error)
        return
    town().book.answer_by(kept.reference, kept.channel, recipient)


def _form(person: Person, values: dict[str, str], problems: tuple[Problem, ...] = ()) -> str:
    return render_template("town/form.html", person=person, values=values, problems=problems, words=words)


def _browser() -> str:
    return request.cookies.get(_COOKIE, "")


def _visit() -> dict[str, Any]:
    return town().book.visit(_browser(), town().clock()) or {}


def _person() -> Person | None:
    stored = _visit().get("person")
    if stored is None:
        return None
    return Person(**{**stored, "told": {name: Told(**told) for name, told in stored["told"].items()}})


def keep_cookie(answer: Response, cookie: str, name: str) -> Response:
    """Let the browser keep the name of its visit for an hour, for this host and no script."""
    answer.set_cookie(cookie, name, max_age=timedelta(hours=1), secure=True, httponly=True, samesite="Lax", path="/")
    return answer
