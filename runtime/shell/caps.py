"""How large a request may be: headers, address, fields and body, refused before anything is parsed.

A house lists the largest body of endpoints in ``app.config["LARGEST_BODY"]`` (bytes). What is not listed takes
``PLAIN`` bytes, and the application's ``MAX_CONTENT_LENGTH`` where it comes as a form with files. Where a house has an
error of its own for a body that is too large, ``app.config["TOO_LARGE"]`` makes it, by endpoint.
"""

from flask import Flask, Request
from werkzeug.exceptions import BadRequest, RequestEntityTooLarge, RequestHeaderFieldsTooLarge, RequestURITooLarge

HEADERS = 32 * 1024  # all names and values; five pending logins' cookies and a proof need about 12 KiB
QUERY = 32 * 1024  # a request object by value, with claims, has about 3 KiB
PLAIN = 512 * 1024  # a SAML answer has about 30 KiB, a question to the API 64 at most
FIELDS = 200  # of a form or a query; the largest form of ours has about 30
_FORM, _FILES = "application/x-www-form-urlencoded", "multipart/form-data"
_BODILESS = frozenset({"GET", "HEAD", "OPTIONS"})


def check(request: Request, app: Flask) -> None:
    """Look at a request before the house does. Raises the HTTP errors named in its lines."""
    environ = request.environ  # read directly: every request of every login passes here
    query = environ.get("QUERY_STRING", "")
    # RFC 6585 5
    if sum(len(text) for name, text in environ.items() if name.startswith("HTTP_")) > HEADERS:
        raise RequestHeaderFieldsTooLarge
    # RFC 9110 15.5.15
    if len(query) > QUERY:
        raise RequestURITooLarge
    if query.count("&") >= FIELDS:
        raise BadRequest("More fields than any query has.")
    empty = environ.get("CONTENT_LENGTH", "0") == "0" and "HTTP_TRANSFER_ENCODING" not in environ
    if request.method not in _BODILESS or not empty:
        _check_body(request, app, environ.get("CONTENT_TYPE", "").lower().strip())


def _check_body(request: Request, app: Flask, kind: str) -> None:
    largest = app.config.get("LARGEST_BODY", {}).get(request.endpoint)
    if largest is None and not kind.startswith(_FILES):
        largest = min(PLAIN, app.config.get("MAX_CONTENT_LENGTH") or PLAIN)
    if largest is not None:
        request.max_content_length = largest
        if _size(request, largest, kind) > largest:
            refused = app.config.get("TOO_LARGE", {}).get(request.endpoint, RequestEntityTooLarge)()
            raise refused
    if kind.startswith(_FORM) and request.get_data().count(b"&") >= FIELDS:
        raise BadRequest("More fields than any form has.")


def _size(request: Request, largest: int, kind: str) -> int:
    """The body's bytes as its header tells them; one without (RFC 9112 7.1) is read as far as it may be."""
    told = request.content_length
    if told is not None or kind.startswith(_FILES):
        return told or 0
    size = len(request.get_data())
    return size if size < largest else largest + 1  # the framework stops reading there, and would not tell
