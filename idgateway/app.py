"""Plugs the gate together: settings, database, keys and clock in, a Flask application out."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime

from flask import Flask

from idgateway.account_pages import own
from idgateway.endpoints import machines
from idgateway.error_pages import problems, show_error
from idgateway.errors import AnswerRefused, GateError, NotConfigured
from idgateway.gate import Clock, Gate, callback_url
from idgateway.health import watch
from idgateway.housekeeping import Housekeeper
from idgateway.logout_pages import leaving
from idgateway.own import own_client
from idgateway.pace import Pace, Unlimited
from idgateway.peers.following import Follower
from idgateway.peers.keeping import known_at_start
from idgateway.pinning import keep_entity_ids
from idgateway.provider.client_keys import ClientKeys
from idgateway.provider.registry import Clients
from idgateway.provider.tokens import TokenServer
from idgateway.registration.endpoint import registrations
from idgateway.returning import returning
from idgateway.routes import pages
from idgateway.settings import GateSettings
from idgateway.store import Database
from idgateway.telemetry import Event, Telemetry
from idgateway.upstream import Upstream
from idgateway.upstream.oidc.provider import OidcUpstream
from idgateway.upstream.saml.provider import SamlUpstream
from idgateway.web import report
from keys.keyring import Keyring

# No pages there, whatever fails.
FOR_MACHINES = ("/par", "/token", "/userinfo", "/introspect", "/revoke", "/jwks", "/register", "/.well-known/")
LARGEST_REQUEST = 512 * 1024  # bytes; a SAML answer has about 30 KiB
_MOST_PARTS = 100  # of a form sent as multipart
_CALLED = ("token", "user", "jwks", "configuration", "metadata")
# How each address is counted; every other one is a page.
PACE = {
    **{f"gate.{name}": "call" for name in _CALLED},
    "gate-machines": "call",
    "gate-registrations": "call",
    "gate-health": "",
}
_LARGEST_CALL = 64 * 1024  # bytes; a pushed request with a signed object has about 4 KiB
LARGEST_BODY = {
    **{f"gate.{name}": _LARGEST_CALL for name in ("authorize", "token", "user")},
    **{f"gate-machines.{name}": _LARGEST_CALL for name in ("pushed_request", "introspection", "revocation")},
    **{f"gate-registrations.{name}": _LARGEST_CALL for name in ("register", "change")},
    **{f"gate-logout.{name}": _LARGEST_CALL for name in ("logout", "confirm")},
}
# What a person reads there, and operators hear, is the login's own answer.
TOO_LARGE = {"gate.assertion_consumer": lambda: AnswerRefused("larger than any answer", code="answer-size")}


def utc_now() -> datetime:
    """The clock of the real world."""
    return datetime.now(UTC)


def build(
    settings: GateSettings,
    database: Database,
    keyring: Keyring,
    clock: Clock = utc_now,
    *,
    upstreams: Mapping[str, Upstream] | None = None,
    pace: Pace | None = None,
) -> Gate:
    """The gate at work. ``upstreams`` take the place of configured accounts of the same name.

    Raises NotConfigured, or what an upstream finds wrong: each stops the start.
    """
    given = dict(upstreams or {})
    accounts: dict[str, Upstream] = {}
    for saml in settings.saml:
        url = callback_url(settings, saml.name)
        accounts[saml.name] = given.get(saml.name) or SamlUpstream(
            saml, keyring, url, known_at_start(saml, database, demo=settings.demo)
        )
    for oidc in settings.oidc:
        url = callback_url(settings, oidc.name)
        accounts[oidc.name] = given.get(oidc.name) or OidcUpstream(oidc, keyring, url)
    return Gate(
        settings=settings,
        database=database,
        keyring=keyring,
        clock=clock,
        clients=Clients(settings, database, clock, own=own_client(settings)),
        client_keys=ClientKeys(demo=settings.demo),
        upstreams=accounts,
        titles={one.name: one.title for one in settings.saml} | {one.name: one.title for one in settings.oidc},
        suits={one.name: one.for_whom for one in settings.saml} | {one.name: one.for_whom for one in settings.oidc},
        postbox_key=_postbox_key(settings),
        pace=pace or Unlimited(),
    )


def create_app(
    settings: GateSettings,
    database: Database,
    keyring: Keyring,
    *,
    clock: Clock = utc_now,
    upstreams: Mapping[str, Upstream] | None = None,
    pace: Pace | None = None,
) -> Flask:
    """The gate as a web application, still without the shell around it.

    Raises as ``build``; NotConfigured too when an account's entityID is not that of the first start.
    """
    gate = build(settings, database, keyring, clock, upstreams=upstreams, pace=pace)
    keep_entity_ids(gate)
    telemetry = Telemetry()
    follower = Follower(gate, telemetry)
    follower.follow(clock())
    app = Flask(__name__)
    app.config["MAX_CONTENT_LENGTH"] = LARGEST_REQUEST
    app.config["MAX_FORM_PARTS"] = _MOST_PARTS
    app.config["PREFERRED_URL_SCHEME"] = settings.issuer.partition(":")[0]
    app.config["FOR_MACHINES"] = FOR_MACHINES
    app.config["PACE"] = PACE
    app.config["LARGEST_BODY"] = LARGEST_BODY
    app.config["TOO_LARGE"] = TOO_LARGE
    app.config["WHEN_REFUSED"] = lambda policy: report(Event.TOO_MANY_REQUESTS, code=policy)
    app.json.sort_keys = False  # type: ignore[attr-defined]  # an order chosen for readers
    app.extensions["gate"] = gate
    app.extensions["gate.tokens"] = TokenServer(gate)
    app.extensions["gate.telemetry"] = telemetry
    app.extensions["gate.follower"] = follower
    app.extensions["gate.housekeeper"] = Housekeeper(gate)
    for room in (pages, returning, own, machines, registrations, leaving, watch, problems):
        app.register_blueprint(room)
    app.register_error_handler(GateError, show_error)
    return app


def _postbox_key(settings: GateSettings) -> Mapping[str, object] | None:
    if settings.postbox is None:
        return None
    try:
        keys = json.loads(settings.postbox.jwks_file.read_text(encoding="utf-8"))["keys"]
        fitting = [key for key in keys if key.get("use") == "enc" and "d" not in key]
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise NotConfigured(f"gate.postbox: jwks_file is no readable JWKS ({type(error).__name__})") from None
    if not fitting:
        raise NotConfigured("gate.postbox: jwks_file holds no public key for encryption")
    return dict(fitting[0])  # the newest stands first
