"""Addresses that applications call themselves: to push a request, and about tokens they hold or were shown."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from flask import Blueprint, Response, request

from idgateway.provider.calls import Act, CallAnswer, answer_call, the_token
from idgateway.provider.introspection import introspect
from idgateway.provider.par import push
from idgateway.provider.revocation import revoke
from idgateway.telemetry import Event
from idgateway.web import detail_of, network, report, the_gate, to_machine, with_nonce

machines = Blueprint("gate-machines", __name__)


@machines.post("/par")
def pushed_request() -> Response:
    """Take an authorization request from the application itself (RFC 9126)."""
    gate, now = the_gate(), the_gate().clock()
    proof = request.headers.get("DPoP", "")
    answer = _called(lambda client, form: push(gate, client, form, now, dpop_proof=proof))
    _report(answer, Event.REQUEST_PUSHED)
    status = HTTPStatus.CREATED if answer.status == HTTPStatus.OK else answer.status
    return with_nonce(to_machine(status, answer.body), answer.client_id)


@machines.post("/introspect")
def introspection() -> Response:
    """Whether a token counts (RFC 7662)."""
    gate, now = the_gate(), the_gate().clock()
    answer = _called(lambda client, form: introspect(gate, client, the_token(form), now))
    _report(answer, Event.TOKEN_INTROSPECTED)
    return to_machine(answer.status, answer.body)


@machines.post("/revoke")
def revocation() -> Response:
    """Let a token count no more (RFC 7009); nothing is told but that it is done."""
    gate, now = the_gate(), the_gate().clock()

    def act(client: Any, form: Any) -> dict[str, Any]:
        revoke(gate, client, the_token(form), now)
        return {}

    answer = _called(act)
    _report(answer, Event.TOKEN_REVOKED)
    if answer.status != HTTPStatus.OK:
        return to_machine(answer.status, answer.body)
    return Response(status=HTTPStatus.OK, headers={"Cache-Control": "no-store"})


for _view in (pushed_request, introspection, revocation):
    _exempt: Callable[..., Response] = _view
    setattr(_exempt, "csrf_exempt", True)  # noqa: B010 - called by machines that prove themselves


def _called(act: Act) -> CallAnswer:
    return answer_call(
        the_gate(),
        request.form.items(multi=True),
        the_gate().clock(),
        act,
        authorization=request.headers.get("Authorization", ""),
        origin=network(),
    )


def _report(answer: CallAnswer, event: Event) -> None:
    if answer.status == HTTPStatus.OK:
        report(event, client_id=answer.client_id)
    else:
        code, detail = str(answer.body.get("error", "")), detail_of(answer.body)
        report(Event.REQUEST_FAILED, client_id=answer.client_id, code=code, detail=detail)
