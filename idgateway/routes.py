"""The gate's addresses: each view reads, calls one use case, and answers."""

import secrets
from collections.abc import Iterator
from dataclasses import replace
from http import HTTPStatus
from urllib.parse import urlsplit

from flask import Blueprint, Response, abort, current_app, g, jsonify, redirect, render_template, request
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.wrappers import Response as BaseResponse

from idgateway import arrival, chooser, endings, login
from idgateway import codes as explained
from idgateway.account_logout import obey, speaks_of_logout
from idgateway.errors import (
    AnswerRefused,
)
from idgateway.leaving import leave
from idgateway.provider import discovery, responses, userinfo
from idgateway.provider.par import put_aside, receive
from idgateway.provider.request import AuthorizationRequest
from idgateway.provider.tokens import TokenServer
from idgateway.telemetry import Event
from idgateway.upstream.oidc.provider import OidcUpstream
from idgateway.upstream.saml.metadata import ours
from idgateway.upstream.saml.provider import SamlUpstream
from idgateway.web import (
    BROWSER_COOKIE,
    SESSION_COOKIE,
    back_to_client,
    detail_of,
    kept,
    network,
    presented_token,
    readable_anywhere,
    report,
    sent_on,
    speak,
    the_gate,
    to_machine,
    unasked,
    with_nonce,
)

pages = Blueprint("gate", __name__)
_NOT_BY = {"RelayState": OidcUpstream, "state": SamlUpstream}
Answer = BaseResponse | str


@pages.get("/")
def start() -> Answer:
    """Where a person lands who lost the way: the applications that log people in here."""
    # The operator's own list: who registers itself does not write on our front page.
    named = tuple(the_gate().clients.configured.values())[::-1]
    homes = {client.home: client.name for client in named if client.home}
    return render_template("gate/start.html", services=sorted(homes.items(), key=lambda one: one[1]))


@pages.get("/.well-known/openid-configuration")
@pages.get("/.well-known/oauth-authorization-server")
def configuration() -> Answer:
    """The discovery document, also where plain OAuth looks for it (RFC 8414 3)."""
    return readable_anywhere(jsonify(discovery.describe(the_gate())))


@pages.get("/jwks")
def jwks() -> Answer:
    """Our public keys."""
    return readable_anywhere(jsonify(discovery.public_keys(the_gate(), the_gate().clock())))


@pages.route("/authorize", methods=["GET", "POST"])
def authorize() -> Answer:
    """Begin a login, or answer from one that is still fresh (OIDC Core 3.1.2)."""
    gate, now = the_gate(), the_gate().clock()
    asked = _in_language(receive(gate, _parameters(), now))
    if request.method == "POST" and not request.cookies.get(BROWSER_COOKIE):
        # From another site a form comes without our cookies (SameSite=Lax). A new one would take the place of one that
        # we did not see, and end the login in the tab beside it: look again from our own side.
        return _asked_by_address(asked)
    browser = request.cookies.get(BROWSER_COOKIE) or secrets.token_urlsafe(32)
    session = request.cookies.get(SESSION_COOKIE, "")
    done = arrival.from_session(gate, asked, cookie=session, browser=browser, now=now)
    if isinstance(done, arrival.Waiting):
        return kept(redirect(f"{gate.issuer}/continue/{done.handle}", 303), BROWSER_COOKIE, browser)
    if done:
        report(Event.LOGIN_REUSED, client_id=asked.client_id)
        return back_to_client(done, {"code": done.code})
    if "none" in asked.prompt:
        raise login.refused(asked, "login_required", "no login is there to reuse")
    if chooser.comes_first(gate, asked, request.values, request.cookies):
        return _choice(asked)
    current_app.extensions["gate.follower"].follow(now)
    handover = login.begin(gate, asked, browser=browser, now=now)
    report(Event.LOGIN_BEGUN, client_id=asked.client_id)
    current_app.extensions["gate.housekeeper"].tidy(now)
    response = kept(sent_on(handover, asked), BROWSER_COOKIE, browser)
    return kept(response, chooser.COOKIE, chooser.remembered(gate, asked, request.cookies))


@pages.post("/saml/<provider>/acs")
def assertion_consumer(provider: str) -> Answer:
    """Take a SAML answer, from a cross-site POST without cookies; opens nothing here."""
    try:
        given = request.form
    except RequestEntityTooLarge:
        raise AnswerRefused("larger than any answer", code="answer-size") from None
    return _complete(provider, given, "RelayState")


@pages.post("/saml/<provider>/slo")
def account_logout(provider: str) -> Answer:
    """An account logs somebody out here, too: a cross-site POST without cookies, proved by its signature."""
    if not speaks_of_logout(the_gate(), provider):
        abort(404)
    if any(len(values) > 1 for _, values in request.form.lists()):
        raise AnswerRefused("a parameter is repeated", code="parameter-repeated")
    letter, clients = obey(the_gate(), provider, request.form.to_dict(), the_gate().clock())
    for client_id in clients:
        report(Event.LOGGED_OUT, client_id=client_id, provider=provider)
    parts = urlsplit(letter.url)
    g.form_action = [f"{parts.scheme}://{parts.netloc}"]
    return render_template("gate/logout_answer.html", letter=letter, title=the_gate().titles[provider])


@pages.get("/oidc/<provider>/callback")
def callback(provider: str) -> Answer:
    """Take an OpenID Connect answer."""
    return _complete(provider, request.args, "state")


@pages.get("/back/<ticket>")
def turn_back(ticket: str) -> Answer:
    """The account's "back to the service": no answer comes then, only the person (BundID 9.5)."""
    refused = request.args.get("idp.code", "") in endings.IDP_CODES
    leave(the_gate(), ticket, browser=request.cookies.get(BROWSER_COOKIE, ""), now=the_gate().clock(), refused=refused)


@pages.get("/codes")
def codes() -> Answer:
    """What our error codes mean, and BundID's: for whoever connects or operates a service."""
    given = {"endings": endings.ENDINGS, "groups": explained.GROUPS, "idp_codes": endings.IDP_CODES}
    return render_template("gate/codes.html", **given)


@pages.post("/token")
def token() -> Answer:
    """Codes and credentials for tokens."""
    server: TokenServer = current_app.extensions["gate.tokens"]
    authorization, proof = request.headers.get("Authorization", ""), request.headers.get("DPoP", "")
    pairs, now = request.form.items(multi=True), the_gate().clock()
    answer = server.redeem(pairs, now, authorization=authorization, dpop_proof=proof, origin=network())
    failed = answer.status != HTTPStatus.OK
    code = str(answer.body.get("error", "")) if failed else answer.grant_type
    event, detail = (Event.TOKEN_DENIED, detail_of(answer.body)) if failed else (Event.TOKEN_ISSUED, "")
    report(event, client_id=answer.client_id, code=code, detail=detail)
    if answer.reused:
        report(Event.TOKEN_REUSED, client_id=answer.client_id, code=answer.grant_type)
    return with_nonce(to_machine(answer.status, answer.body), answer.client_id)


@pages.route("/userinfo", methods=["GET", "POST"], provide_automatic_options=False)
def user() -> Answer:
    """What was released, to who holds the access token (RFC 6750 2.1, 2.2, RFC 9449 7; never in the URL)."""
    presented = presented_token("userinfo")
    if not presented.token:
        return unasked()
    told = userinfo.tell(the_gate(), presented, the_gate().clock())
    response = Response(told, mimetype="application/jwt") if isinstance(told, str) else jsonify(told)
    response.headers["Cache-Control"] = "no-store"
    return readable_anywhere(response)


@pages.route("/userinfo", methods=["OPTIONS"])
def ask_before_userinfo() -> Answer:
    """A browser asks whether a script may send the header (OIDC Core 5.3, Fetch 3.3.6)."""
    return readable_anywhere(Response(status=HTTPStatus.NO_CONTENT))


@pages.get("/saml/<provider>/metadata")
def metadata(provider: str) -> Answer:
    """Our SAML metadata for one account."""
    gate = the_gate()
    settings = next((one for one in gate.settings.saml if one.name == provider), None)
    if settings is None:
        abort(404)
    content = ours.service_provider(settings, gate.keyring, gate.callback_url(provider), gate.clock())
    return Response(content, mimetype="application/samlmetadata+xml")


for _machine in (authorize, assertion_consumer, account_logout, token, user):
    setattr(_machine, "csrf_exempt", True)  # noqa: B010 - called by other sites and machines, by protocol


def _in_language(asked: AuthorizationRequest) -> AuthorizationRequest:
    """The page's language and the account's, which may speak more (BundID 9.5); what the person chose wins for both."""
    wished = "" if g.get("language_chosen") else asked.account_language
    language = speak(asked.language)
    return replace(asked, language=language, account_language=wished or language)


def _parameters() -> Iterator[tuple[str, str]]:
    """Query and, after a POST, form: each value by itself, so that repetitions are seen."""
    for source in (request.args, request.form):
        yield from source.items(multi=True)


def _complete(provider: str, given: MultiDict[str, str], relay: str) -> Answer:
    if isinstance(the_gate().upstreams.get(provider), _NOT_BY[relay]):
        abort(404)  # each by its own binding: a SAML answer never stands in an address
    if any(len(values) > 1 for _, values in given.lists()):
        raise AnswerRefused("a parameter is repeated", code="parameter-repeated")
    parameters = given.to_dict()
    current_app.extensions["gate.follower"].follow(the_gate().clock())
    received = login.complete(the_gate(), provider, parameters.get(relay, ""), parameters, the_gate().clock())
    if not received.again:
        event = Event.LOGIN_REFUSED if received.refusal else Event.LOGIN_ANSWERED
        report(event, code=received.refusal, client_id=received.client_id, provider=provider)
    return redirect(f"{the_gate().issuer}/continue/{received.handle}", 303)


def _asked_by_address(asked: AuthorizationRequest) -> BaseResponse:
    gate = the_gate()
    reference = put_aside(gate, asked, request.values, gate.clock())
    return redirect(responses.with_query(f"{gate.issuer}/authorize", reference), 303)


def _choice(asked: AuthorizationRequest) -> Answer:
    if request.method == "POST":
        # The page has an address then: its language can be switched, and it can be loaded again.
        return _asked_by_address(asked)
    return render_template("gate/choice.html", page=chooser.page(the_gate(), asked, request.values.to_dict()))
