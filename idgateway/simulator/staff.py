"""The staff provider's pages and endpoints, mounted at ``/staff``: discovery, keys, authorize, token."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from flask import Blueprint, Response, jsonify, redirect, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from idgateway.simulator.identity import Identity
from idgateway.simulator.pages import allow_form_to, show
from idgateway.simulator.settings import SimulatorSettings
from idgateway.simulator.staff_desk import ACR, AddressUnknown, Desk, StaffRefused
from idgateway.simulator.staff_people import STAFF
from idgateway.simulator.staff_tokens import ASSERTION_ALGORITHMS, public_jwks, signing_key

_NO_CLIENT = (
    "Dienst oder Rücksprungadresse sind hier nicht bekannt.",
    "Service or redirect address are not known here.",
)
_NO_LOGIN = ("Diese Anmeldung ist abgelaufen.", "This login has expired.")


@dataclass(frozen=True, kw_only=True)
class Staff:
    """What the endpoints work with."""

    desk: Desk
    clock: Callable[[], datetime]

    @classmethod
    def of(cls, settings: SimulatorSettings, identity: Identity, clock: Callable[[], datetime]) -> "Staff":
        """The provider of these settings, signing with this identity's staff key."""
        issuer = settings.base_url + "/staff"
        desk = Desk(issuer=issuer, clients=settings.staff_clients, key=signing_key(identity.staff_key))
        return cls(desk=desk, clock=clock)


def staff_blueprint(staff: Staff) -> Blueprint:
    """The endpoints, bound to one provider."""
    pages = Blueprint("staff", __name__)
    _describe(pages, staff)
    _authorize(pages, staff)
    _token(pages, staff)
    return pages


def _describe(pages: Blueprint, staff: Staff) -> None:
    @pages.get("/.well-known/openid-configuration")
    def discovery() -> Response:
        issuer = staff.desk.issuer
        return jsonify(
            issuer=issuer,
            authorization_endpoint=issuer + "/authorize",
            token_endpoint=issuer + "/token",
            jwks_uri=issuer + "/jwks",
            response_types_supported=["code"],
            response_modes_supported=["query"],
            grant_types_supported=["authorization_code"],
            subject_types_supported=["public"],
            id_token_signing_alg_values_supported=["ES256"],
            token_endpoint_auth_methods_supported=["private_key_jwt"],
            token_endpoint_auth_signing_alg_values_supported=ASSERTION_ALGORITHMS,
            code_challenge_methods_supported=["S256"],
            authorization_response_iss_parameter_supported=True,
            request_uri_parameter_supported=False,
            scopes_supported=["openid"],
            ui_locales_supported=["de", "en"],
            acr_values_supported=[ACR],
            claims_supported=["sub", "name", "authorities", "roles", "acr", "auth_time"],
        )

    @pages.get("/jwks")
    def jwks() -> Response:
        return jsonify(public_jwks(staff.desk.key))


def _authorize(pages: Blueprint, staff: Staff) -> None:
    @pages.get("/authorize")
    def authorize() -> tuple[str, int] | AnyResponse:
        try:
            handle = staff.desk.ask(request.args, staff.clock())
        except AddressUnknown:
            return show("error", "de", 400, code="sim-client-unknown", explanation=_NO_CLIENT)
        except StaffRefused as error:
            answer = {"error": error.code, "error_description": str(error)}
            return _back(request.args["redirect_uri"], request.args.get("state", ""), answer)
        return redirect(url_for("staff.people", handle=handle), 303)

    @pages.get("/people/<handle>")
    def people(handle: str) -> tuple[str, int]:
        asked = staff.desk.asked(handle, staff.clock())
        if asked is None:
            return show("error", "de", 400, code="sim-login-unknown", explanation=_NO_LOGIN)
        allow_form_to(asked.redirect_uri)
        return show("staff", asked.language, asked=asked, handle=handle, people=STAFF.values())

    @pages.post("/people/<handle>")
    def choose(handle: str) -> tuple[str, int] | AnyResponse:
        asked = staff.desk.asked(handle, staff.clock())
        if asked is None:
            return show("error", "de", 400, code="sim-login-unknown", explanation=_NO_LOGIN)
        person = STAFF.get(request.form.get("person", ""))
        if person is None:
            return _back(asked.redirect_uri, asked.state, {"error": "access_denied"})
        return _back(asked.redirect_uri, asked.state, {"code": staff.desk.grant(asked, person, staff.clock())})

    def _back(redirect_uri: str, state: str, answer: dict[str, str]) -> AnyResponse:
        # RFC 9207 2: the issuer names itself in every authorization response.
        answer = {**answer, **({"state": state} if state else {}), "iss": staff.desk.issuer}
        glue = "&" if "?" in redirect_uri else "?"
        return redirect(f"{redirect_uri}{glue}{urlencode(answer)}", 303)


def _token(pages: Blueprint, staff: Staff) -> None:
    @pages.post("/token")
    def token() -> tuple[Response, int]:
        try:
            return jsonify(staff.desk.redeem(request.form, staff.clock())), 200
        except StaffRefused as error:
            status = 401 if error.code == "invalid_client" else 400
            return jsonify(error=error.code, error_description=str(error)), status
