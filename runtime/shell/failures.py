"""Fallback error pages. Houses translate their own errors; what nobody expected ends here, with an error number.

Machines get a problem document (RFC 9457) instead of a page: below ``/v1/`` and the beginnings that the house lists as
``app.config["FOR_MACHINES"]``, and where JSON is preferred over HTML.
"""

from http import HTTPStatus

from flask import Flask, Response, current_app, jsonify, render_template, request
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as BaseResponse

from runtime.shell.csrf import FormExpired
from runtime.shell.headers import request_id
from runtime.shell.legal import N_

_TEXTS = {
    404: (
        N_("Page not found"),
        N_("There is no page at this address."),
        N_("Check the address, or begin at the start page."),
    ),
    405: (
        N_("This does not work here"),
        N_("This address cannot be used in this way."),
        N_("Go back to the page you came from and use its buttons."),
    ),
    413: (
        N_("Too large"),
        N_("What you sent is too large."),
        N_("Choose a smaller file and try again."),
    ),
    429: (
        N_("Too many requests"),
        N_(
            "More requests came from your network in a short time than we can answer. Nothing was changed, "
            "and nothing is lost."
        ),
        N_("Wait a few minutes and load the page again."),
    ),
}
_FORM = (
    N_("The form has expired"),
    N_("The form does not belong to this browser, or its cookie is missing. Nothing was sent."),
    N_("Go back, reload the page and send the form again. Please allow cookies from this site."),
)
_REFUSED = (
    N_("This did not work"),
    N_("The request could not be understood. Nothing was changed."),
    N_("Go back to the page you came from and try again."),
)
_OURS = (
    N_("Something went wrong on our side"),
    N_("This is our fault, not yours. Whatever we confirmed to you is safely stored."),
    N_("Try again in a few minutes. If you write to us, please quote the error number."),
)


def install(app: Flask) -> None:
    """Take the HTTP errors that no handler of the house takes."""
    if HTTPException not in app.error_handler_spec[None].get(None, {}):
        app.register_error_handler(HTTPException, answer)


def answer(error: HTTPException) -> BaseResponse | tuple[Response | str, int]:
    """The page, or problem document, for an HTTP error. A redirect raised as an exception stays one."""
    code = error.code or 500
    if error.response is not None or code < HTTPStatus.BAD_REQUEST:
        return error.get_response()
    heading, cause, cure = _texts(error, code)
    if request.path.startswith(_for_machines()) or request.accept_mimetypes.best == "application/json":
        return _problem(code), code
    page = render_template("shell/error.html", heading=heading, cause=cause, cure=cure, code=code)
    return page, code


def _for_machines() -> tuple[str, ...]:
    return ("/v1/", *current_app.config.get("FOR_MACHINES", ()))


def _texts(error: HTTPException, code: int) -> tuple[str, str, str]:
    if isinstance(error, FormExpired):
        return _FORM
    return _TEXTS.get(code, _OURS if code >= HTTPStatus.INTERNAL_SERVER_ERROR else _REFUSED)


def _problem(code: int) -> Response:
    status = HTTPStatus(code)
    body = jsonify(type="about:blank", title=status.phrase, status=code, code=_stable(status), error_id=request_id())
    body.mimetype = "application/problem+json"
    return body


def _stable(status: HTTPStatus) -> str:
    return status.phrase.lower().replace(" ", "-")
