"""The gate's OpenID Connect account and the stand-in's staff provider face to face, over real HTTP on the loopback."""

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import parse_qsl, urljoin, urlsplit

import pytest
from werkzeug.serving import make_server

from idgateway.assurance import Level
from idgateway.errors import AnswerRefused, LoginCancelled
from idgateway.settings import OidcProvider
from idgateway.simulator.app import create_app
from idgateway.simulator.settings import SimulatorSettings, StaffClient
from idgateway.upstream import Answer, Ask, Handover
from idgateway.upstream.oidc.provider import OidcUpstream
from keys.jwk import public_jwks
from keys.keyring import Keyring, Purpose
from keys.minting import mint
from tests.http import Browser

CALLBACK = "http://localhost:8080/oidc/staff/callback"


@dataclass(frozen=True)
class Staff:
    """The gate's account for staff, and a browser for the provider behind it."""

    upstream: OidcUpstream
    base: str

    def begin(self, language: str = "de") -> tuple[Ask, Handover]:
        ask = Ask(
            relay_state="opaque-handle",
            level=Level.SUBSTANTIAL,
            attributes=("name", "authorities", "roles"),
            callback_url=CALLBACK,
            display_name="Postfach",
            online_service_id="",
            language=language,
            back_url="",
            guests_welcome=False,
            now=datetime.now(UTC),
        )
        return ask, self.upstream.begin(ask)

    def choose(self, handover: Handover, person: str) -> dict[str, str]:
        """Walk the provider's page; return the parameters of the redirect back, without following it."""
        browser = Browser()
        page = browser.get(handover.url, timeout=10)
        back = browser.post(page.url, data={"person": person}, allow_redirects=False, timeout=10)
        target = urljoin(page.url, back.headers["Location"])
        assert target.startswith(CALLBACK + "?")
        return dict(parse_qsl(urlsplit(target).query))

    def answer(self, ask: Ask, handover: Handover, parameters: dict[str, str]) -> Answer:
        return Answer(
            parameters=parameters,
            memory=handover.memory,
            callback_url=CALLBACK,
            asked_level=ask.level,
            asked_at=ask.now,
            guests_welcome=False,
            now=datetime.now(UTC),
        )


@pytest.fixture(scope="module")
def staff(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Staff]:
    directory: Path = tmp_path_factory.mktemp("staff")
    now = datetime(2026, 1, 1, tzinfo=UTC)
    keyring = Keyring([mint(Purpose.CLIENT_AUTHENTICATION, now)])
    jwks = directory / "gate-jwks.json"
    jwks.write_text(json.dumps(public_jwks(keyring, (Purpose.CLIENT_AUTHENTICATION,), datetime.now(UTC))), "utf-8")
    # The address must be known before the application, and the application before the server: bind first.
    server = make_server("127.0.0.1", 0, lambda _environ, _start: [], threaded=True)
    base = f"http://127.0.0.1:{server.server_port}"
    client = StaffClient(client_id="idgateway", redirect_uris=(CALLBACK,), jwks_file=jwks)
    server.app = create_app(
        SimulatorSettings(
            base_url=base, directory=directory / "stand-in", service_providers=(), staff_clients=(client,)
        )
    )
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    settings = OidcProvider(
        name="staff", title="Staff", issuer=base + "/staff", client_id="idgateway", level="substantial", staff=True
    )
    yield Staff(OidcUpstream(settings, keyring, CALLBACK), base)
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize(
    ("person", "name", "authorities", "roles"),
    [
        ("staff-beispiel", "Frau Beispiel", "064310020020", "casework"),
        ("staff-muster", "Herr Muster", "064310020020 064310002002", "casework administration"),
        ("staff-pruefer", "Frau Prüfer", "064310020020", "data-protection"),
    ],
)
def test_every_member_of_staff_comes_through(staff, person, name, authorities, roles):
    """Name, authorities and roles arrive at the gate, with the level the operator vouches for."""
    ask, handover = staff.begin()
    assertion = staff.upstream.complete(staff.answer(ask, handover, staff.choose(handover, person)))
    assert assertion.subject == person
    assert assertion.level is Level.SUBSTANTIAL
    told = {key: value.value for key, value in assertion.attributes.items()}
    assert told == {"name": name, "authorities": authorities, "roles": roles}


def test_a_code_serves_one_login(staff):
    """The same answer a second time is refused, by the provider's memory of the code."""
    ask, handover = staff.begin()
    answer = staff.answer(ask, handover, staff.choose(handover, "staff-beispiel"))
    assert staff.upstream.complete(answer).subject == "staff-beispiel"
    with pytest.raises(AnswerRefused):
        staff.upstream.complete(answer)


def test_another_logins_memory_does_not_fit(staff):
    """A code stolen into another login fails: state, nonce and verifier belong together."""
    ask, handover = staff.begin()
    _, other = staff.begin()
    parameters = staff.choose(handover, "staff-beispiel")
    with pytest.raises(AnswerRefused):
        staff.upstream.complete(replace(staff.answer(ask, handover, parameters), memory=other.memory))


def test_cancelling_is_told_as_such(staff):
    """``access_denied`` becomes a cancelled login."""
    ask, handover = staff.begin()
    with pytest.raises(LoginCancelled):
        staff.upstream.complete(staff.answer(ask, handover, staff.choose(handover, "")))


def test_the_language_travels_along(staff):
    """``ui_locales`` chooses the page's language."""
    for language in ("de", "en"):
        _, handover = staff.begin(language)
        assert f'<html lang="{language}">' in Browser().get(handover.url, timeout=10).text
