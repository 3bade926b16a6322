"""Security headers of every answer. A view may set its own value for any of them; then that one stands.

The Content Security Policy allows what the page needs and nothing else: no foreign origin, no inline style, scripts
only with the nonce of this answer. ``flask.g.form_action`` is a list of origins that a form of this page leads to,
directly or by redirect: browsers enforce ``form-action`` on every redirect after a form post. ``flask.g.frame_src``
lists the origins that this page has in frames.
"""

import re
import secrets
from urllib.parse import urlsplit, urlunsplit

from flask import Flask, Response, current_app, g, request
from werkzeug.exceptions import NotFound
from werkzeug.routing import RequestRedirect

_FIXED = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "X-Frame-Options": "DENY",  # RFC 7034, for browsers and scanners that do not read frame-ancestors
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=(), browsing-topics=()",
}
# Nothing else goes into a policy: a host with a semicolon would begin a directive of its own.
_ORIGIN = re.compile(r"https?://(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?")
_FOR_EVER = "public, max-age=31536000, immutable"
_ONE_HOUR = "public, max-age=3600"


def install(app: Flask) -> None:
    """Number every request before the house sees it, and let every answer pass here."""
    app.before_request_funcs.setdefault(None, []).insert(0, _number)
    app.before_request(_correct_path)
    app.after_request(_protect)


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


def _number() -> None:
    request_id()


def _correct_path() -> Response | None:
    """A path with a slash too many or too few leads on for who reads; the framework's own redirect names the Host.

    What the request calls our host stands in no answer, and a form is not sent on. Raises NotFound.
    """
    if not isinstance(request.routing_exception, RequestRedirect):
        return None
    if request.method not in ("GET", "HEAD"):
        raise NotFound
    parts = urlsplit(request.routing_exception.new_url)
    return Response(
        status=303, headers={"Location": "/" + urlunsplit(("", "", parts.path, parts.query, "")).lstrip("/")}
    )


def _protect(response: Response) -> Response:
    headers = response.headers
    headers["X-Request-ID"] = request_id()
    theirs = {name.lower() for name in headers.keys()}  # noqa: SIM118 - werkzeug's headers iterate in pairs
    for name, value in (*_FIXED.items(), ("Content-Security-Policy", _policy()), *_over_tls()):
        if name.lower() not in theirs:
            headers.add(name, value)
    if request.endpoint == "shell.static":
        headers["Cache-Control"] = _FOR_EVER if "v" in request.args else _ONE_HOUR
    elif headers.get("Cache-Control", "no-cache") == "no-cache":
        headers["Cache-Control"] = "no-store"  # no-cache is only what send_file writes unasked
    return response


def _over_tls() -> tuple[tuple[str, str], ...]:
    # RFC 6797 7.2: the header must not be sent over plain HTTP.
    secure = current_app.config.get("PREFERRED_URL_SCHEME") == "https" or request.is_secure
    return (("Strict-Transport-Security", "max-age=31536000"),) if secure else ()


def _policy() -> str:
    script = f"'nonce-{g.csp_nonce}'" if "csp_nonce" in g else "'none'"
    targets = " ".join(["'self'", *filter(_ORIGIN.fullmatch, g.get("form_action", []))])
    frames = " ".join(filter(_ORIGIN.fullmatch, g.get("frame_src", []))) or "'none'"
    # What others have a part in stands last: CSP 3, 2.2.1 takes the first of two directives of one name.
    return (
        "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; style-src 'self'; font-src 'self'; "
        f"img-src 'self' data:; script-src {script}; form-action {targets}; frame-src {frames}"
    )
