"""Services to be checked: one that trusts too much, and one that is careful, both on python3-saml; real servers."""

import base64
import re
import secrets
import shutil
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from html import escape
from pathlib import Path
from urllib.parse import quote

from flask import Flask, Response, abort, make_response, redirect, request
from lxml import etree
from onelogin.saml2.response import OneLogin_Saml2_Response
from werkzeug.serving import make_server

from idgateway.simulator.app import create_app
from idgateway.simulator.identity import prepare
from idgateway.simulator.settings import SimulatorSettings
from tests.idgateway.simulator.redirects import query, request_to_redirect
from tests.idgateway.simulator.sp import Provider

CONFIRMATION = "{urn:oasis:names:tc:SAML:2.0:assertion}SubjectConfirmationData"
FORM = """<!doctype html><title>On to BundID</title><form method="post" action="{action}">
<input type="hidden" name="SAMLRequest" value="{request}"><input type="hidden" name="RelayState" value="{relay}">
<button>On</button></form><script>document.forms[0].submit()</script>"""
HOME = "<!doctype html><title>Service</title><p><a href='/login'>Log in with BundID</a> <a href='/help'>Help</a></p>"
INSIDE = "<!doctype html><title>Your account</title><p>Welcome, {name}.</p>"
REFUSED = "<!doctype html><title>Refused</title><p>The login was refused.</p>"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def served(app: Callable, port: int) -> Iterator[None]:
    """An application on a port of this machine, for as long as the block lasts."""
    server = make_server("127.0.0.1", port, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@dataclass
class Sessions:
    """Who is logged in, and what the service remembers."""

    inside: dict[str, str] = field(default_factory=dict)  # session → name shown
    asked: dict[str, str] = field(default_factory=dict)  # browser cookie → request identifier
    seen: set[str] = field(default_factory=set)  # assertion identifiers
    refusals: int = 0


@dataclass
class Service:
    """A service with its habits. As it stands it is sloppy: python3-saml without ``strict``, RelayState as an address."""

    provider: Provider
    stand_in: Path  # the stand-in's metadata
    careful: bool = False
    locks_after: int = 10**6  # refusals, then nobody gets in
    crashes: bool = False  # an exception instead of a page where an answer is refused
    by_redirect: bool = False  # the request travels in the address, %-encoded in lower case as .NET does it
    keeps_session: bool = False  # the cookie of before the login is the session afterwards
    one_page: bool = False  # the same page for everybody, with the same title
    sessions: Sessions = field(default_factory=Sessions)

    def app(self) -> Flask:
        app = Flask(__name__)
        app.add_url_rule("/", view_func=lambda: HOME)
        app.add_url_rule("/login", view_func=self.login)
        app.add_url_rule("/acs", view_func=self.acs, methods=["POST"])
        app.add_url_rule("/me", view_func=self.me)
        return app

    def login(self):
        identifier, browser = "_" + secrets.token_hex(16), secrets.token_hex(16)
        self.sessions.asked[browser] = identifier
        relay = "handle" if self.careful else "/me"
        response = redirect(self._address(identifier, relay)) if self.by_redirect else self._form(identifier, relay)
        # A cross-site POST brings it back only with SameSite=None.
        response.set_cookie("asked", browser, samesite="None", secure=True, httponly=True)
        return response

    def _form(self, identifier: str, relay: str) -> Response:
        form = self.provider.form(identifier=identifier)
        return make_response(FORM.format(action=self.provider.sso_url, request=form["SAMLRequest"], relay=relay))

    def _address(self, identifier: str, relay: str) -> str:
        def lower(text: str, safe: str) -> str:
            return re.sub("%[0-9A-F]{2}", lambda found: found[0].lower(), quote(text, safe=safe))

        address = self.provider.sso_url.replace("POST", "Redirect")
        asked = etree.tostring(request_to_redirect(self.provider, identifier=identifier, destination=address))
        return f"{address}?{query(self.provider, asked, relay_state=relay, escape=lower)}"

    def acs(self):
        if self.sessions.refusals >= self.locks_after:
            abort(403)
        name = self._person()
        if name is None:
            self.sessions.refusals += 1
            if self.crashes:
                raise RuntimeError("nobody thought of this")
            return (REFUSED, 200) if self.one_page else (REFUSED, 400)
        session = request.cookies.get("asked", "") if self.keeps_session else secrets.token_hex(16)
        self.sessions.inside[session] = name
        target = "/me" if self.careful else request.form.get("RelayState", "/me")
        response = make_response(REFUSED) if self.one_page else redirect(target)
        if not self.one_page:
            response.set_cookie("session", session, samesite="Lax", httponly=True)
        return response

    def me(self):
        name = self.sessions.inside.get(request.cookies.get("asked" if self.keeps_session else "session", ""))
        return INSIDE.format(name=escape(name)) if name is not None else redirect("/")

    def _person(self) -> str | None:
        asked = self.sessions.asked.get(request.cookies.get("asked", ""))
        if self.careful and asked is None:
            return None
        try:
            answer = self._judged(asked)
        except Exception:
            return None
        if answer is None or (self.careful and not self._fresh_and_strong(answer)):
            return None
        return " ".join(answer.get_friendlyname_attributes().get("surname", ["somebody"]))

    def _judged(self, asked: str | None) -> OneLogin_Saml2_Response | None:
        settings = self.provider._settings(self.stand_in.read_bytes())
        settings.set_strict(self.careful)
        settings.get_security_data().update(wantMessagesSigned=False, wantAssertionsSigned=False)
        answer = OneLogin_Saml2_Response(settings, request.form["SAMLResponse"])
        if (
            self.careful
            and etree.fromstring(base64.b64decode(request.form["SAMLResponse"])).get("InResponseTo") != asked
        ):
            return None
        return answer if answer.is_valid(self.provider._http(), asked if self.careful else None) else None

    def _fresh_and_strong(self, answer: OneLogin_Saml2_Response) -> bool:
        """What python3-saml leaves to its users: once only, the level, both addresses exactly."""
        level = answer.get_authn_contexts()
        document = answer.decrypted_document if answer.encrypted else answer.document
        root = etree.fromstring(etree.tostring(document))
        new = answer.get_assertion_id() not in self.sessions.seen
        self.sessions.seen.add(answer.get_assertion_id())
        recipients = [one.get("Recipient") for one in root.iter(CONFIRMATION)]
        exact = {root.get("Destination"), *recipients} == {self.provider.acs_url}
        return new and exact and level in (["STORK-QAA-Level-3"], ["STORK-QAA-Level-4"])


@dataclass
class Setting:
    """A service and a stand-in that have exchanged their metadata, with their addresses."""

    service: Service
    url: str
    stand_in: str


@contextmanager
def setting(keys: Path, directory: Path, ports: tuple[int, int] | None = None, **habits: object) -> Iterator[Setting]:
    """Both as running servers; the stand-in's keys are copied from ``keys``: making them takes a second."""
    shutil.copytree(keys, directory, dirs_exist_ok=True)
    ports = ports or (free_port(), free_port())
    base, site = f"http://127.0.0.1:{ports[0]}", f"http://localhost:{ports[1]}"
    metadata = prepare(directory, base)
    provider = Provider(acs_url=f"{site}/acs", sso_url=f"{base}/idp/profile/SAML2/POST/SSO")
    ours = provider.write_metadata(directory / "sp.xml")
    service = Service(provider=provider, stand_in=metadata, **habits)
    known = SimulatorSettings(base_url=base, directory=directory, service_providers=(ours,))
    with served(create_app(known), ports[0]), served(service.app(), ports[1]):
        yield Setting(service=service, url=f"{site}/login", stand_in=base)
