"""Protection of forms: one random token in a cookie and in the form (double submit), compared in constant time.

The cookie's ``__Host-`` prefix keeps other hosts from planting it; every application names its own, for cookies ignore
ports.
A view that answers to machines or to a cross-site POST says so: ``view.csrf_exempt = True``.
"""

import hmac
import secrets
from typing import Any

from flask import Flask, Request, Response, current_app, g, request
from werkzeug.exceptions import Forbidden

from runtime.shell.rooms import room_of

FIELD = "csrf"
_CHANGING = frozenset({"POST", "PUT", "PATCH", "DELETE"})
_LENGTH = 43  # 32 random bytes in base64url


class FormExpired(Forbidden):
    """The form's token is missing or is not this browser's."""


def token() -> str:
    """This browser's token, for the hidden field; a new one goes into the cookie with this answer."""
    if "csrf_token" not in g:
        known = request.cookies.get(_cookie(), "")
        g.csrf_new = len(known) != _LENGTH
        g.csrf_token = secrets.token_urlsafe(32) if g.csrf_new else known
    return str(g.csrf_token)


def _cookie() -> str:
    return f"__Host-{room_of(current_app).cookie}-csrf"


def check(request: Request, app: Flask) -> None:
    """Check a changing request before its view. Raises FormExpired."""
    if request.method not in _CHANGING:
        return
    view = app.view_functions.get(request.endpoint or "")
    if view is None or getattr(view, "csrf_exempt", False):
        return
    known, sent = request.cookies.get(_cookie(), ""), request.form.get(FIELD, "")
    if len(known) != _LENGTH or not hmac.compare_digest(known.encode(), sent.encode()):
        raise FormExpired


def remember(response: Response, kept: Any) -> None:
    """Hand out the cookie where a form was shown; ``kept`` is the request's ``flask.g``."""
    if kept.get("csrf_new"):
        response.set_cookie(_cookie(), kept.csrf_token, secure=True, httponly=True, samesite="Lax", path="/")
