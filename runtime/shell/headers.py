"""Security headers of every answer. A view may set its own value for any of them; then that one stands.

They are added where the answer leaves the application, to whatever it says by itself.

The Content Security Policy allows what the page needs and nothing else: no foreign origin, no inline style, scripts
only with the nonce of this answer. ``flask.g.form_action`` is a list of origins that a form of this page leads to,
directly or by redirect: browsers enforce ``form-action`` on every redirect after a form post. ``flask.g.frame_src``
lists the origins that this page has in frames.
"""

import re
import secrets
from collections.abc import Iterable
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from flask import Flask, Request, Response, g, request
from werkzeug.exceptions import NotFound
from werkzeug.routing import RequestRedirect

from runtime.shell.pace import fields

_FIXED = (
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "no-referrer"),
    ("X-Frame-Options", "DENY"),  # RFC 7034, for browsers and scanners that do not read frame-ancestors
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    ("Permissions-Policy", "camera=(), microphone=(), geolocation=(), payment=(), usb=(), browsing-topics=()"),
)
_OVER_TLS = (("Strict-Transport-Security", "max-age=31536000"),)
Headers = list[tuple[str, str]]
_POLICY = "Content-Security-Policy"
# Nothing else goes into a policy: a host with a semicolon would begin a directive of its own.
_ORIGIN = re.compile(r"https?://(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?")
_FOR_EVER = "public, max-age=31536000, immutable"
_ONE_HOUR = "public, max-age=3600"


def install(app: Flask) -> None:
    """Let every answer pass here on its way out, also for what it says about how often one may ask."""
    inner, always_tls = app.wsgi_app, app.config.get("PREFERRED_URL_SCHEME") == "https"

    def protected(environ: Any, start_response: Any) -> Iterable[bytes]:
        # RFC 6797 7.2: the header must not be sent over plain HTTP.
        fixed = _FIXED + _OVER_TLS if always_tls or environ.get("wsgi.url_scheme") == "https" else _FIXED

        def start(status: str, headers: Headers, error: Any = None) -> Any:
            return start_response(status, _protected(status, headers, fixed), error)

        return inner(environ, start)

    app.wsgi_app = protected  # type: ignore[method-assign]


def _protected(status: str, headers: Headers, fixed: Iterable[tuple[str, str]]) -> Headers:
    kept: Any = g._get_current_object()  # noqa: SLF001 - Werkzeug's public name for it
    theirs = {name.lower(): value for name, value in headers}
    more = [pair for pair in (*fixed, (_POLICY, _policy(kept))) if pair[0].lower() not in theirs]
    more += (("X-Request-ID", request_id()), *fields(kept, refused=status.startswith("429")))
    if cached := _cache_control(theirs.get("cache-control", "no-cache")):
        headers = [pair for pair in headers if pair[0].lower() != "cache-control"]
        more.append(("Cache-Control", cached))
    return headers + more


def _cache_control(theirs: str) -> str:
    """What takes the place of an answer's own value; empty where that one stands."""
    if request.endpoint == "shell.static":
        return _FOR_EVER if "v" in request.args else _ONE_HOUR
    return "no-store" if theirs == "no-cache" else ""  # no-cache is only what send_file writes unasked


def request_id() -> str:
    """The number of this request: random, in the ``X-Request-ID`` header, on error pages and in the log."""
    if "request_id" not in g:
        g.request_id = secrets.token_hex(8)
    return str(g.request_id)


def csp_nonce() -> str:
    """The nonce for the one inline script of this answer; asking for it allows the script."""
    if "csp_nonce" not in g:
        g.csp_nonce = secrets.token_urlsafe(16)
    return str(g.csp_nonce)


def number(kept: Any) -> None:
    """Number a request before the house sees it; ``kept`` is its ``flask.g``."""
    kept.request_id = secrets.token_hex(8)


def correct_path(asked: Request) -> Response | None:
    """A path with a slash too many or too few leads on for who reads; the framework's own redirect names the Host.

    What the request calls our host stands in no answer, and a form is not sent on. Raises NotFound.
    """
    if not isinstance(asked.routing_exception, RequestRedirect):
        return None
    if asked.method not in ("GET", "HEAD"):
        raise NotFound
    parts = urlsplit(asked.routing_exception.new_url)
    return Response(
        status=303, headers={"Location": "/" + urlunsplit(("", "", parts.path, parts.query, "")).lstrip("/")}
    )


def _policy(kept: Any) -> str:
    script = f"'nonce-{kept.csp_nonce}'" if "csp_nonce" in kept else "'none'"
    targets = " ".join(["'self'", *filter(_ORIGIN.fullmatch, kept.get("form_action", []))])
    frames = " ".join(filter(_ORIGIN.fullmatch, kept.get("frame_src", []))) or "'none'"
    # What others have a part in stands last: CSP 3, 2.2.1 takes the first of two directives of one name.
    return (
        "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; style-src 'self'; font-src 'self'; "
        f"img-src 'self' data:; script-src {script}; form-action {targets}; frame-src {frames}"
    )
