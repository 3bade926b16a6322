"""What all views of the gate share: the gate itself, its telemetry, and answers to machines."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from flask import Response, current_app, g, jsonify, redirect, render_template, request
from werkzeug.wrappers import Response as BaseResponse

from idgateway.errors import RegistrationRefused, TokenRefused
from idgateway.gate import Gate
from idgateway.provider import responses
from idgateway.provider.dpop import nonce_now
from idgateway.provider.holder import Presented
from idgateway.provider.lines import LATER
from idgateway.provider.request import AuthorizationRequest
from idgateway.telemetry import Event, Telemetry
from idgateway.upstream import Handover
from keys import possession

_DPOP = f'DPoP algs="{" ".join(possession.ALGORITHMS)}"'  # RFC 9449 7.1
BROWSER_COOKIE = "__Host-gate-browser"  # which browser set out; the same for all its parallel logins
SESSION_COOKIE = "__Host-gate"  # the handles of this browser's sessions; a new one with every login


def the_gate() -> Gate:
    """The gate behind this application."""
    gate: Gate = current_app.extensions["gate"]
    return gate


def report(event: Event, *, code: str = "", client_id: str = "", provider: str = "", detail: str = "") -> None:
    """Tell the operators, with the number of this request."""
    telemetry: Telemetry = current_app.extensions["gate.telemetry"]
    number = str(g.get("request_id", ""))
    telemetry.report(event, code=code, client_id=client_id, provider=provider, detail=detail, number=number)


def speak(wished: str) -> str:
    """The language of this answer, "de" or "en": what the person chose on a page, then this wish, then the browser's.

    A wish comes from the application (``ui_locales``); empty where it has none.
    """
    g.language = wished if wished and not g.get("language_chosen") else g.get("language", "de")
    return str(g.language)


def network() -> str:
    """The network this request came from, as who serves us tells it; empty for this machine itself."""
    return str(g.get("network", ""))


def presented_token(endpoint: str) -> Presented:
    """The access token of this request, by header or form; the scheme is read in any case (RFC 9110 11.1)."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() not in ("bearer", "dpop"):
        scheme, token = "bearer", request.form.get("access_token", "")
    return Presented(
        token=token.strip(),
        scheme=scheme.lower(),
        proof=request.headers.get("DPoP", ""),
        method=request.method,
        endpoint=endpoint,
    )


def to_machine(status: int, body: Mapping[str, Any]) -> Response:
    """JSON for an application that proved itself, or failed to (RFC 6749 5.1, 5.2)."""
    # RFC 6749 5.2: where the error is explained, with cause and cure.
    link = {"error_uri": f"{the_gate().issuer}/codes#{body['error']}"} if "error" in body else {}
    response = jsonify({**body, **link})
    response.status_code = status
    response.headers["Cache-Control"] = "no-store"
    if status == HTTPStatus.SERVICE_UNAVAILABLE:
        response.headers["Retry-After"] = "1"  # RFC 9110 10.2.3
    if status == HTTPStatus.UNAUTHORIZED:
        response.headers["WWW-Authenticate"] = "Basic"  # RFC 9110 11.6.1: a 401 says what would be welcome
    return response


def detail_of(body: Mapping[str, Any]) -> str:
    """What a refusal tells the operators beside its code: our own sentence, never a word of the request."""
    told = body.get("error") != "unsupported_grant_type"  # that one repeats what was asked for
    return str(body.get("error_description", "")) if told else ""


def with_nonce(response: Response, client_id: str) -> Response:
    """Tell a client whose proofs have to carry a nonce the one of this time (RFC 9449 8.2)."""
    gate = the_gate()
    if client_id in gate.clients and gate.clients[client_id].dpop_nonce:
        response.headers["DPoP-Nonce"] = nonce_now(gate, gate.clock())
    return response


def readable_anywhere(response: Response) -> Response:
    """Let scripts of any site read it: what is public, or what only the bearer of a token gets; never by a cookie.

    OIDC Discovery 3 and OIDC Core 5.3 want it for exactly these; no other address of the gate answers like this.
    """
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Access-Control-Allow-Headers"] = "Authorization, DPoP"
    response.headers["Access-Control-Expose-Headers"] = "WWW-Authenticate, DPoP-Nonce"
    return response


def unasked() -> Response:
    """RFC 6750 3.1: who brings no token learns how to ask, and no error code."""
    response = Response(status=HTTPStatus.UNAUTHORIZED)
    response.headers.extend([("WWW-Authenticate", "Bearer"), ("WWW-Authenticate", _DPOP)])
    return readable_anywhere(response)


def unregistered(error: RegistrationRefused) -> Response:
    """A registration that is not taken (RFC 7591 3.2.2), or a token that gives no right to one (RFC 6750 3.1)."""
    if error.code != "invalid_token":
        status = HTTPStatus.SERVICE_UNAVAILABLE if error.code == LATER else HTTPStatus.BAD_REQUEST
        return to_machine(status, {"error": error.code, "error_description": error.detail})
    response = to_machine(HTTPStatus.UNAUTHORIZED, {"error": error.code, "error_description": error.detail})
    response.headers["WWW-Authenticate"] = f'Bearer error="{error.code}", error_description="{error.detail}"'
    return response


def unauthorized(error: TokenRefused) -> Response:
    """An access token that opens nothing: why, and how it is to be presented (RFC 6750 3, RFC 9449 7.1)."""
    response = jsonify(error=error.code, error_description=error.detail)
    scheme = f"{_DPOP}," if error.scheme == "DPoP" else error.scheme
    response.headers["WWW-Authenticate"] = f'{scheme} error="{error.code}", error_description="{error.detail}"'
    response.headers["Cache-Control"] = "no-store"
    # RFC 6750 3.1: a token that is good for less is forbidden here; any other one is no token.
    forbidden = error.code == "insufficient_scope"
    response.status_code = HTTPStatus.FORBIDDEN if forbidden else HTTPStatus.UNAUTHORIZED
    return readable_anywhere(with_nonce(response, error.client_id))


def back_to_client(to: responses.Addressee, parameters: Mapping[str, str]) -> BaseResponse:
    """To the application: by redirect, or by a form that posts itself and has a button where nothing runs."""
    reply = responses.reply(the_gate(), to, parameters)
    if not reply.fields:
        return redirect(reply.url, 303)
    g.form_action = [reply.origin]
    return Response(render_template("gate/form_post.html", reply=reply))


def sent_on(handover: Handover, asked: AuthorizationRequest) -> BaseResponse:
    """To the chosen account: by redirect, or by a form that posts itself and has a button where nothing runs."""
    if not handover.fields:
        return redirect(handover.url, 303)
    g.form_action = [responses.origin_of(handover.url)]
    client, title = the_gate().clients[asked.client_id], the_gate().titles[asked.account]
    return Response(render_template("gate/handover.html", handover=handover, client=client, title=title))


def kept(response: BaseResponse, cookie: str, value: str) -> BaseResponse:
    """The answer with one of our cookies, where there is something to keep."""
    if value:
        response.set_cookie(cookie, value, secure=True, httponly=True, samesite="Lax", path="/")
    return response
