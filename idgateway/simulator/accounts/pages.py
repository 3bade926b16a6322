"""The accounts' pages: metadata at the entityID, the SSO address, who logs in, and the form that carries the answer."""

from functools import cache
from typing import Any

from flask import Blueprint, Response, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from idgateway.simulator.accounts.answers import answer, told
from idgateway.simulator.accounts.keys import Keys, keys_of, metadata
from idgateway.simulator.accounts.kinds import KINDS, Kind
from idgateway.simulator.accounts.logout import Pending, ask, judge
from idgateway.simulator.accounts.people import BY_KEY, HOLDERS
from idgateway.simulator.accounts.requests import Waiting, read
from idgateway.simulator.accounts.words import WORDS
from idgateway.simulator.bindings import Message, posted, redirected
from idgateway.simulator.context import simulator
from idgateway.simulator.errors import RequestRefused
from idgateway.simulator.metadata import known_service_providers
from idgateway.simulator.pages import allow_form_to, chosen_language
from idgateway.simulator.words import pick, say


def accounts_blueprint() -> Blueprint:
    """The pages of both accounts, with their own memory of logins under way."""
    pages, waiting = Blueprint("accounts", __name__), Waiting()
    _endpoints(pages, waiting)
    _decide(pages, waiting)
    _log_out(pages, Pending())
    return pages


def _endpoints(pages: Blueprint, waiting: Waiting) -> None:
    @pages.get("/<kind>")
    def describe(kind: str) -> Response:
        content = metadata(_keys(kind), simulator().settings.base_url, _kind(kind))
        return Response(content, mimetype="application/samlmetadata+xml")

    @pages.route("/<kind>/sso", methods=["GET", "POST"])
    def sso(kind: str) -> AnyResponse:
        here, known = simulator(), _kind(kind)
        asked = read(
            _message(known.sso_url(here.settings.base_url)), known, here.settings.service_providers, here.now()
        )
        return redirect(url_for("accounts.holders", kind=kind, handle=waiting.keep(asked)), 303)


def _decide(pages: Blueprint, waiting: Waiting) -> None:
    @pages.get("/<kind>/login/<handle>")
    def holders(kind: str, handle: str) -> str:
        asked = waiting.get(handle, kind, simulator().now())
        keys, found = _keys(kind), [holder for holder in HOLDERS if holder.kind == kind]
        data = {holder.key: told(holder, keys, asked.provider.entity_id) for holder in found}
        return _show("holders", asked.kind, asked=asked, handle=handle, holders=found, data=data)

    @pages.post("/<kind>/login/<handle>")
    def decided(kind: str, handle: str) -> str:
        here = simulator()
        asked = waiting.get(handle, kind, here.now())
        holder = BY_KEY.get(request.form.get("holder", ""))
        if holder is not None and holder.kind != kind:
            raise RequestRefused("sim-login-unknown", "no holder of this account")
        entity_id = asked.kind.entity_id(here.settings.base_url)
        encoded = answer(asked, holder, _keys(kind), entity_id, here.now())
        allow_form_to(asked.acs_url)
        return _show("send", asked.kind, asked=asked, encoded=encoded)


def _log_out(pages: Blueprint, pending: Pending) -> None:
    @pages.get("/<kind>/logout")
    def logout(kind: str) -> str:
        return _show("logout", _leaver(kind), said="", **_services(kind))

    @pages.post("/<kind>/logout")
    def log_out(kind: str) -> str:
        here, known = simulator(), _leaver(kind)
        service = next(
            (one for one in _services(kind)["services"] if one.entity_id == request.form.get("service")), None
        )
        holder = BY_KEY.get(request.form.get("holder", ""))
        if service is None or holder is None or holder.kind != kind:
            raise RequestRefused("sim-login-unknown", "no such service or holder")
        sent = ask(service, holder.key, _keys(kind), known.entity_id(here.settings.base_url), here.now())
        pending.keep(sent)
        allow_form_to(service.slo_url)
        return _show("logout_send", known, sent=sent)

    @pages.post("/<kind>/slo")
    def heard(kind: str) -> str:
        known = _leaver(kind)
        said = judge(request.form.get("SAMLResponse", ""), pending, known.slo_url(simulator().settings.base_url))
        return _show("logout", known, said=said, **_services(kind))


def _leaver(key: str) -> Kind:
    if not _kind(key).logs_out:
        raise RequestRefused("sim-login-unknown", "this account tells nobody of a logout")
    return _kind(key)


def _services(kind: str) -> dict[str, Any]:
    known = known_service_providers(simulator().settings.service_providers)
    return {
        "services": [one for one in known if one.slo_url],
        "holders": [holder for holder in HOLDERS if holder.kind == kind],
    }


def _message(destination: str) -> Message:
    if request.method == "GET":
        return redirected(request.query_string, destination)
    return posted(request.form.get("SAMLRequest", ""), request.form.get("RelayState", ""), destination)


def _kind(key: str) -> Kind:
    if key not in KINDS:
        raise RequestRefused("sim-login-unknown", "no such account")
    return KINDS[key]


def _keys(key: str) -> Keys:
    """Loaded once: making or checking an RSA key takes its time."""
    return _load(simulator().settings.directory, _kind(key))


_load = cache(keys_of)


def _show(template: str, kind: Kind, **values: Any) -> str:
    g.language = chosen_language("de")

    def t(key: str) -> str:
        if key == "brand":
            return pick(kind.title, g.language)
        return pick(WORDS[key], g.language) if key in WORDS else say(key, g.language)

    def both(pair: tuple[str, str]) -> str:
        return pick(pair, g.language)

    shared = {"language": g.language, "nonce": g.nonce, "t": t, "pick": both}
    return render_template(f"simulator/accounts/{template}.html", **shared, **values)
