"""Where applications register and manage themselves: only where the operator switched it on."""

from collections.abc import Callable
from http import HTTPStatus

from flask import Blueprint, Response, abort, request

from idgateway.errors import RegistrationRefused
from idgateway.registration import registering
from idgateway.telemetry import Event
from idgateway.web import report, the_gate, to_machine

registrations = Blueprint("gate-registrations", __name__, url_prefix="/register")


@registrations.before_request
def only_where_offered() -> None:
    """Nothing is here unless it is switched on, as the discovery document says."""
    if not the_gate().settings.registration:
        abort(404)


@registrations.post("")
def register() -> Response:
    """A new application, by its invitation (RFC 7591 3)."""
    made = registering.register(the_gate(), _token(), _metadata(), the_gate().clock())
    report(Event.CLIENT_REGISTERED, client_id=made.client_id)
    return to_machine(HTTPStatus.CREATED, made.body)


@registrations.get("/<client_id>")
def read(client_id: str) -> Response:
    """What is registered (RFC 7592 2.1)."""
    return to_machine(HTTPStatus.OK, registering.read(the_gate(), client_id, _token()).body)


@registrations.put("/<client_id>")
def change(client_id: str) -> Response:
    """Other metadata (RFC 7592 2.2)."""
    made = registering.change(the_gate(), client_id, _token(), _metadata(), the_gate().clock())
    report(Event.CLIENT_CHANGED, client_id=client_id)
    return to_machine(HTTPStatus.OK, made.body)


@registrations.delete("/<client_id>")
def forget(client_id: str) -> Response:
    """The end (RFC 7592 2.3)."""
    registering.forget(the_gate(), client_id, _token(), the_gate().clock())
    report(Event.CLIENT_REMOVED, client_id=client_id)
    return Response(status=HTTPStatus.NO_CONTENT, headers={"Cache-Control": "no-store"})


for _view in (register, change, forget):
    _exempt: Callable[..., Response] = _view
    setattr(_exempt, "csrf_exempt", True)  # noqa: B010 - called by machines that show a token


def _token() -> str:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def _metadata() -> bytes:
    if request.mimetype != "application/json":
        raise RegistrationRefused("the body is not application/json")
    return request.get_data()
