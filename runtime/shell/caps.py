"""How large a request may be: headers, address, fields and body, refused before anything is parsed.

A house lists the largest body of endpoints in ``app.config["LARGEST_BODY"]`` (bytes). What is not listed takes
``PLAIN`` bytes, and the application's ``MAX_CONTENT_LENGTH`` where it comes as a form with files. Where a house has an
error of its own for a body that is too large, ``app.config["TOO_LARGE"]`` makes it, by endpoint.
"""

from flask import Flask, current_app, request
from werkzeug.exceptions import BadRequest, RequestEntityTooLarge, RequestHeaderFieldsTooLarge, RequestURITooLarge

HEADERS = 32 * 1024  # all names and values; five pending logins' cookies and a proof need about 12 KiB
QUERY = 32 * 1024  # a request object by value, with claims, has about 3 KiB
PLAIN = 512 * 1024  # a SAML answer has about 30 KiB, a question to the API 64 at most
FIELDS = 200  # of a form or a query; the largest form of ours has about 30
_FORM, _FILES = "application/x-www-form-urlencoded", "multipart/form-data"
_BODILESS = frozenset({"GET", "HEAD", "OPTIONS"})


def install(app: Flask) -> None:
    """Look at each request before the house does."""
    app.before_request(_check)


def _check() -> None:
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
    if request.method not in _BODILESS or "CONTENT_LENGTH" in environ or "HTTP_TRANSFER_ENCODING" in environ:
        _check_body(environ.get("CONTENT_TYPE", "").lower().strip())


def _check_body(kind: str) -> None:
    largest = current_app.config.get("LARGEST_BODY", {}).get(request.endpoint)
    if largest is None and not kind.startswith(_FILES):
        largest = min(PLAIN, current_app.config.get("MAX_CONTENT_LENGTH") or PLAIN)
    if largest is not None:
        request.max_content_length = largest
        if _size(largest, kind) > largest:
            refused = current_app.config.get("TOO_LARGE", {}).get(request.endpoint, RequestEntityTooLarge)()
            raise refused
    if kind.startswith(_FORM) and request.get_data().count(b"&") >= FIELDS:
        raise BadRequest("More fields than any form has.")


def _size(largest: int, kind: str) -> int:
    """The body's bytes as its header tells them; one without (RFC 9112 7.1) is read as far as it may be."""
    if request.content_length is not None or kind.startswith(_FILES):
        return request.content_length or 0
    size = len(request.get_data())
    return size if size < largest else largest + 1  # the framework stops reading there, and would not tell
