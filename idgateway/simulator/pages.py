"""What every page shares: the words, the headers, and which addresses a form may lead to."""

import secrets
from typing import Any
from urllib.parse import urlsplit

from flask import Flask, Response, g, redirect, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from idgateway.simulator.visits import Answered, Visit
from idgateway.simulator.words import LANGUAGES, pick, say, spoken

_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "strict-origin",  # handles in paths stay here; "no-referrer" would make Origin "null"
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}


def dress(app: Flask) -> None:
    """Give the application nonce, headers and words."""
    app.before_request(_prepare)
    app.after_request(_headers)
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.autoescape = True


def show(template: str, language: str, status: int = 200, /, **values: Any) -> tuple[str, int]:
    """Render a page in a language; ``?lang=`` overrides it for this page."""
    g.language = chosen_language(language)
    words = {
        "t": lambda key: say(key, g.language),
        "pick": lambda pair: pick(pair, g.language),
        "spoken": lambda choice: spoken(choice, g.language),
    }
    page = render_template(f"simulator/{template}.html", language=g.language, nonce=g.nonce, **words, **values)
    return page, status


def chosen_language(default: str) -> str:
    """German or English: what the address asks for, else the default; other languages of the extension read English."""
    asked = request.args.get("lang", default)
    return asked if asked in LANGUAGES else ("en" if default in ("en", "ru", "uk") else "de")


def allow_form_to(url: str) -> None:
    """Let this page's forms lead to the origin of a verified address, and on to where that service redirects.

    Browsers apply form-action (CSP Level 3) to every redirect behind the form, too. Where a service sends its people
    after its own endpoint is not ours to know: on https any https address may follow, on a test's loopback any port.
    """
    parts = urlsplit(url)
    g.form_action = "https:" if parts.scheme == "https" else f"http://{parts.hostname}:*"


def sent_on(visit: Visit, answered: Answered) -> tuple[str, int] | AnyResponse:
    """The page whose form carries the answer back; without an answer, the way to the service's own page."""
    if not answered.fields:
        return redirect(answered.url, 303)
    allow_form_to(answered.url)
    return show("send", visit.language, visit=visit, answered=answered)


def _prepare() -> None:
    g.nonce = secrets.token_urlsafe(16)
    g.form_action = ""


def _headers(response: Response) -> Response:
    response.headers["Content-Security-Policy"] = (
        f"default-src 'none'; style-src 'self'; script-src 'nonce-{g.nonce}'; "
        f"form-action 'self' {g.form_action}".rstrip()
        + "; frame-ancestors 'none'; base-uri 'none'"
    )
    for name, value in _HEADERS.items():
        response.headers.setdefault(name, value)
    return response
