"""What all views of the gate share: the gate itself, its telemetry, and answers to machines."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from flask import Response, current_app, g, jsonify, request

from idgateway.gate import Gate
from idgateway.provider.holder import Presented
from idgateway.telemetry import Event, Telemetry

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
        url=f"{the_gate().issuer}/{endpoint}",
    )


def to_machine(status: int, body: Mapping[str, Any]) -> Response:
    """JSON for an application that proved itself, or failed to (RFC 6749 5.1, 5.2)."""
    response = jsonify(body)
    response.status_code = status
    response.headers["Cache-Control"] = "no-store"
    if status == HTTPStatus.UNAUTHORIZED:
        response.headers["WWW-Authenticate"] = "Basic"  # RFC 9110 11.6.1: a 401 says what would be welcome
    return response


def readable_anywhere(response: Response) -> Response:
    """Let scripts of any site read it: what is public, or what only the bearer of a token gets; never by a cookie.

    OIDC Discovery 3 and OIDC Core 5.3 want it for exactly these; no other address of the gate answers like this.
    """
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Access-Control-Allow-Headers"] = "Authorization, DPoP"
    response.headers["Access-Control-Expose-Headers"] = "WWW-Authenticate, DPoP-Nonce"
    return response
