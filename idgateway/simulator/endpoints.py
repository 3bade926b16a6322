"""What programs and browsers meet first: metadata, the two SSO addresses, the catalogue."""

from flask import Blueprint, Response, redirect, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from idgateway.simulator.answers import protection_of
from idgateway.simulator.bindings import Message, posted, redirected
from idgateway.simulator.catalogue import METADATA, misdescribed
from idgateway.simulator.context import simulator
from idgateway.simulator.direct import (
    answer_at_once,
    answered_json,
    catalogue_json,
    wanted_manner,
    wants_json,
    wish,
)
from idgateway.simulator.errors import RequestRefused
from idgateway.simulator.metadata import REDIRECT_PATH, SSO_PATH
from idgateway.simulator.pages import chosen_language, sent_on
from idgateway.simulator.requests import read_request

endpoints = Blueprint("endpoints", __name__)
_PASSIVE = "no-passive"


@endpoints.get("/idp")
def metadata() -> Response:
    """The metadata, at the address that is also the entityID, as BundID does it; ``?fault=`` serves them wrong."""
    here, fault = simulator(), request.args.get("fault", "")
    content = (here.settings.directory / "idp-metadata.xml").read_bytes()
    if fault and fault not in METADATA:
        raise RequestRefused("sim-fault-unknown")
    if fault:
        content = misdescribed(fault, content, protection_of(here.identity, here.settings.answers).signer)
    return Response(content, mimetype="application/samlmetadata+xml")


@endpoints.get("/catalogue")
def catalogue() -> Response:
    """Every named answer, for programs."""
    return catalogue_json()


@endpoints.post(SSO_PATH)
def sso() -> tuple[str, int] | AnyResponse:
    """Take an AuthnRequest over HTTP-POST."""
    form, destination = request.form, simulator().settings.base_url + SSO_PATH
    return _served(posted(form.get("SAMLRequest", ""), form.get("RelayState", ""), destination))


@endpoints.get(REDIRECT_PATH)
def sso_redirect() -> tuple[str, int] | AnyResponse:
    """Take an AuthnRequest over HTTP-Redirect; its signature covers the query's bytes as they came."""
    return _served(redirected(request.query_string, simulator().settings.base_url + REDIRECT_PATH))


def _served(message: Message) -> tuple[str, int] | AnyResponse:
    """Begin the login; with person, fault or outcome named, answer at once (``direct``)."""
    here = simulator()
    asked = read_request(
        message,
        providers=here.settings.service_providers,
        now=here.now(),
        tolerant=here.settings.legacy_tolerance,
    )
    manner = wanted_manner(here.settings.answers)
    visit = here.visits.begin(asked, chosen_language(asked.extension.language), here.now(), manner)
    wished = wish(outcome=_PASSIVE if asked.passive else "")
    if wished is None:
        return redirect(url_for("pages.means", handle=visit.handle), 303)
    answered = answer_at_once(here.identity, here.visits, visit, wished, here.now())
    return answered_json(answered, asked.warnings) if wants_json() else sent_on(visit, answered)
