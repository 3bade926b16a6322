"""A stand-in with one known service, and a browser without JavaScript that walks its pages."""

import html
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from lxml import etree
from onelogin.saml2.response import OneLogin_Saml2_Response
from werkzeug.test import TestResponse

from idgateway.simulator.app import create_app
from idgateway.simulator.settings import SimulatorSettings
from tests.http import forms_of
from tests.idgateway.simulator.sp import Provider

BASE = "http://127.0.0.1:8081"
SSO = "/idp/profile/SAML2/POST/SSO"


@dataclass
class Clock:
    """A clock that stands until it is moved."""

    now: datetime = field(default_factory=lambda: datetime.now(UTC))

    def __call__(self) -> datetime:
        return self.now


@dataclass
class Walk:
    """The stand-in as a person meets it."""

    client: FlaskClient
    provider: Provider
    clock: Clock
    directory: Path

    def post_request(self, form: dict[str, str]) -> TestResponse:
        return self.client.post(SSO, data=form)

    def code_of(self, form: dict[str, str]) -> str | None:
        """The ``idp.code`` a request is refused with, or None when it is served."""
        response = self.post_request(form)
        assert response.status_code == 303
        found = re.search(r"idp\.code=([a-z0-9-]+)", response.location)
        if found is None:
            assert response.location.startswith("/login/")
            return None
        page = self.client.get(response.location)
        assert page.status_code == 400
        assert found[1] in page.text
        return found[1]

    def begin(self, **bent: object) -> str:
        """Send a signed request and return the path of the page of means."""
        response = self.post_request(self.provider.form(**bent))
        assert response.location.startswith("/login/"), response.location
        return response.location

    def entrances(self, path: str) -> list[str]:
        return re.findall(r'href="[^"]*/means/(\w+)"', self.client.get(path).text)

    def persons(self, path: str) -> list[str]:
        found = []
        for entrance in self.entrances(path):
            found += re.findall(r'value="([\w-]+)"', self.client.get(f"{path}/means/{entrance}").text)
        return [name for name in found if name != "cancel"]

    def choose(self, path: str, person: str) -> TestResponse:
        chosen = self.client.post(f"{path}/person", data={"person": person})
        assert chosen.location.endswith("/data"), chosen.location
        return self.client.get(chosen.location)

    def answer(self, path: str, person: str, decision: str = "agree", fault: str = "") -> "Form":
        self.choose(path, person)
        return self.decide(path, decision, fault)

    def decide(self, path: str, decision: str, fault: str = "") -> "Form":
        page = self.client.post(f"{path}/answer", data={"decision": decision, "fault": fault})
        assert page.status_code == 200
        forms = forms_of(page.text)
        return Form(html.unescape(forms[0]["action"]), forms[0]["fields"], page, len(forms))

    def idp_metadata(self) -> bytes:
        return self.client.get("/idp").data

    def log_in(self, person: str, *, decision: str = "agree", fault: str = "", **bent: object) -> "Login":
        """The whole way for one person: request, pages, answer, and python3-saml's judgement of it."""
        identifier = "_request" + str(len(str(bent))) + person + fault
        form = self.answer(self.begin(identifier=identifier, **bent), person, decision, fault)
        judged = self.provider.judge(form.fields["SAMLResponse"], self.idp_metadata(), identifier)
        return Login(form, judged, identifier)


@dataclass
class Form:
    """The auto-post form of the last page."""

    url: str
    fields: dict[str, str]
    page: TestResponse
    count: int


@dataclass
class Login:
    """An answer and the second opinion on it."""

    form: Form
    response: OneLogin_Saml2_Response
    request_id: str

    @property
    def valid(self) -> bool:
        return self.response.verdict

    @property
    def assertion(self) -> etree._Element:
        """The decrypted assertion, as python3-saml sees it."""
        opened = self.response.decrypted_document
        found = self.response.document if opened is None else opened
        return found.find(".//{urn:oasis:names:tc:SAML:2.0:assertion}Assertion")

    def trust(self) -> dict[str, tuple[str, str | None]]:
        """Friendly name → value and ``akdb:TrustLevel``."""
        saml = "{urn:oasis:names:tc:SAML:2.0:assertion}"
        return {
            attribute.get("FriendlyName"): (
                attribute.findtext(saml + "AttributeValue"),
                attribute.get("{https://www.akdb.de/request/2018/09}TrustLevel"),
            )
            for attribute in self.assertion.iter(saml + "Attribute")
        }


@pytest.fixture(scope="session")
def provider() -> Provider:
    return Provider()


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Keys are made once per run: RSA-3072 costs half a second."""
    from idgateway.simulator.identity import prepare

    directory = tmp_path_factory.mktemp("stand-in")
    prepare(directory, BASE)
    return directory


@pytest.fixture
def walk(prepared: Path, provider: Provider, tmp_path: Path) -> Walk:
    clock = Clock()
    metadata = provider.write_metadata(tmp_path / "sp.xml")
    app = create_app(SimulatorSettings(base_url=BASE, directory=prepared, service_providers=(metadata,)), clock=clock)
    return Walk(app.test_client(), provider, clock, prepared)
