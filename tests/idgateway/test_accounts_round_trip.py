"""Gate and stand-in speak as Mein Unternehmenskonto and as Servicekonto, over both bindings; neither knows the other."""

import base64
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from lxml import html

from idgateway.assurance import Level
from idgateway.errors import AnswerRefused, LevelNotReached, LoginCancelled, LoginDenied
from idgateway.settings import SamlProvider
from idgateway.simulator.accounts.keys import prepare
from idgateway.simulator.accounts.kinds import SERVICEKONTO
from idgateway.simulator.app import create_app
from idgateway.simulator.settings import SimulatorSettings
from idgateway.upstream import Answer, Ask, Assertion, Handover
from idgateway.upstream.saml.provider import SamlUpstream
from keys.keyring import GATE_PURPOSES, Keyring
from keys.minting import mint

NOW = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
BASE = "http://127.0.0.1:8081"
CALLBACK = "https://gate.musterstadt.example/saml/other/acs"
PROFILES: dict[str, dict[str, Any]] = {
    "unternehmenskonto": {"profile": "mein-unternehmenskonto", "request_signature": "rsa-pss"},
    "servicekonto": {"profile": "servicekonto-sh", "nested_namespace": SERVICEKONTO},
}
WANTED = (
    "given_name",
    "family_name",
    "title",
    "birthdate",
    "street_address",
    "locality",
    "organization_name",
    "organization_kind",
    "organization_locality",
    "organization_register_number",
)


@pytest.fixture(scope="module")
def keyring() -> Keyring:
    """A gate's keys."""
    return Keyring([mint(purpose, datetime(2026, 1, 1, tzinfo=UTC)) for purpose in GATE_PURPOSES])


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The stand-in's folder, with both accounts' keys."""
    folder = tmp_path_factory.mktemp("stand-in")
    prepare(folder, BASE)
    return folder


@dataclass(frozen=True, kw_only=True)
class Meeting:
    """A gate and one account that have exchanged their metadata."""

    upstream: SamlUpstream
    client: FlaskClient
    kind: str

    def begin(self, level: Level = Level.SUBSTANTIAL) -> tuple[Ask, Handover]:
        """Begin a login at the gate."""
        ask = Ask(
            relay_state="h" * 43,
            level=level,
            attributes=WANTED,
            callback_url=CALLBACK,
            display_name="Gewerbe",
            online_service_id="",
            language="de",
            back_url="",
            guests_welcome=False,
            now=NOW - timedelta(seconds=20),
        )
        return ask, self.upstream.begin(ask)

    def arrive(self, handover: Handover) -> Any:
        """Bring the request to the account; gives its answer."""
        path = handover.url.removeprefix(BASE)
        return self.client.post(path, data=dict(handover.fields)) if handover.fields else self.client.get(path)

    def decide(self, handover: Handover, holder: str) -> dict[str, str]:
        """Choose who logs in; gives the fields of the form that goes back."""
        arrived = self.arrive(handover)
        assert arrived.status_code == 303
        assert self.client.get(arrived.location).status_code == 200
        form = html.fromstring(self.client.post(arrived.location, data={"holder": holder}).data).forms[0]
        assert form.action == CALLBACK
        return dict(form.fields)

    def log_in(self, holder: str, level: Level = Level.SUBSTANTIAL) -> Assertion:
        """The whole way of one login."""
        ask, handover = self.begin(level)
        fields = self.decide(handover, holder)
        assert fields["RelayState"] == ask.relay_state
        return self.judge(ask, handover, fields)

    def judge(self, ask: Ask, handover: Handover, fields: dict[str, str]) -> Assertion:
        """The gate's verdict."""
        answer = Answer(
            parameters=fields,
            memory=handover.memory,
            callback_url=CALLBACK,
            asked_level=ask.level,
            asked_at=ask.now,
            guests_welcome=False,
            now=NOW + timedelta(seconds=1),
        )
        return self.upstream.complete(answer)


@pytest.fixture
def meet(directory, keyring, tmp_path):
    """Let a gate, set as wanted, and an account exchange their metadata."""

    def met(kind: str, **changes: Any) -> Meeting:
        settings = SamlProvider(
            name="other",
            title="Other",
            metadata_file=directory / kind / "idp-metadata.xml",
            entity_id="https://gate.musterstadt.example/sp",
            **{**PROFILES[kind], **changes},
        )
        upstream = SamlUpstream(settings, keyring, CALLBACK)
        ours = tmp_path / "sp.xml"
        ours.write_bytes(upstream.metadata(NOW))
        app = create_app(
            SimulatorSettings(base_url=BASE, directory=directory, service_providers=(ours,)), clock=lambda: NOW
        )
        return Meeting(upstream=upstream, client=app.test_client(), kind=kind)

    return met


@pytest.mark.parametrize("binding", ["post", "redirect"])
@pytest.mark.parametrize("signature", ["rsa-sha256", "rsa-pss"])
def test_an_organisation_logs_in(meet, binding, signature):
    """Encrypted, signed message, nested XML: organisation, acting person and level arrive, whatever the binding."""
    told = meet("unternehmenskonto", request_binding=binding, request_signature=signature).log_in("baeckerei")
    values = {name: one.value for name, one in told.attributes.items()}
    assert values == {
        "organization_name": "Backhaus Tröger GmbH",
        "organization_kind": "legal_person",
        "organization_locality": "Viernheim",
        "organization_register_number": "40711",
        "given_name": "Ilse",
        "family_name": "von Tröger",
        "title": "Dr.",
        "birthdate": "1975-10-03",
    }
    assert told.level is Level.SUBSTANTIAL
    assert told.subject.startswith("du-")


def test_an_account_is_known_again_and_differs_from_others(meet):
    """The pseudonym is the same at each login of an organisation, and another one for another organisation."""
    here = meet("unternehmenskonto")
    first, again, other = (here.log_in(holder).subject for holder in ("baeckerei", "baeckerei", "tischlerei"))
    assert first == again != other


def test_a_natural_persons_business_logs_in(meet):
    """A person's own account of a business: the person's address is ordinary, the kind says natural person."""
    values = {name: one.value for name, one in meet("unternehmenskonto").log_in("tischlerei").attributes.items()}
    assert values["organization_kind"] == "natural_person"
    assert (values["family_name"], values["street_address"], values["birthdate"]) == ("Kühn", "Am Bach 3", "1980-02-29")


@pytest.mark.parametrize("binding", ["post", "redirect"])
def test_a_servicekonto_logs_in(meet, binding):
    """Unencrypted and signed, known by a persistent name, for a citizen and for a company."""
    here = meet("servicekonto", request_binding=binding)
    citizen, company = here.log_in("momme"), here.log_in("deichbau")
    assert (citizen.attributes["street_address"].value, citizen.attributes["birthdate"].value) == (
        "Am Deich 1",
        "1971-10-30",
    )
    assert company.attributes["organization_name"].value == "Deichbau Nord GmbH"
    assert citizen.subject != company.subject


def test_weak_test_and_cancelled_logins_are_none(meet):
    """Below the level, marked as a test, or ended by the person: no login, each with its own reason."""
    here = meet("unternehmenskonto")
    with pytest.raises(LevelNotReached):
        here.log_in("niedrig")
    assert here.log_in("niedrig", Level.LOW).level is Level.LOW
    with pytest.raises(LoginDenied, match="a test account"):
        here.log_in("testkonto")
    with pytest.raises(LoginCancelled):
        here.log_in("")


def test_an_answer_of_one_account_is_none_of_the_others(meet):
    """Each account has its own key and name: what one signed is refused where the other is expected."""
    one, other = meet("servicekonto"), meet("unternehmenskonto")
    ask, handover = one.begin()
    fields = one.decide(handover, "momme")
    assert one.judge(ask, handover, fields).subject
    with pytest.raises(AnswerRefused):
        other.judge(ask, handover, fields)


def test_the_stand_in_refuses_what_it_must(meet):
    """A request that was changed, comes twice, or is for the other account opens no page."""
    for binding in ("post", "redirect"):
        here = meet("unternehmenskonto", request_binding=binding)
        _, handover = here.begin()
        changed = replace(
            handover,
            url=handover.url.replace("RelayState=h", "RelayState=i"),
            fields={name: value.replace("A", "B") for name, value in handover.fields.items()},
        )
        assert "idp.code=" in here.arrive(changed).location
        assert "/login/" in here.arrive(handover).location
        assert here.arrive(handover).location.endswith("idp.code=sim-request-replayed")
        misled = replace(handover, url=handover.url.replace("unternehmenskonto", "servicekonto"))
        assert "idp.code=sim-destination-wrong" in here.arrive(misled).location


def _logged_out(here: Meeting, holder: str) -> tuple[Any, dict[str, str]]:
    """Log somebody out at the account; gives its page and the fields that go to the gate."""
    page = here.client.get("/accounts/servicekonto/logout")
    assert here.upstream.metadata(NOW).decode().count("SingleLogoutService") == 1
    form = html.fromstring(page.data).forms[0]
    sent = here.client.post("/accounts/servicekonto/logout", data={**dict(form.fields), "holder": holder})
    form = html.fromstring(sent.data).forms[0]
    assert form.action == CALLBACK.replace("/acs", "/slo")
    return page, dict(form.fields)


@pytest.mark.parametrize(
    ("partial", "sentence"), [(False, "hat die Sitzungen beendet"), (True, "nicht jede Anwendung")]
)
def test_a_logout_at_the_servicekonto_is_heard_and_answered(meet, partial, sentence):
    """The request names whom the login named; our word is verified by the account, and once."""
    here = meet("servicekonto")
    login = here.log_in("momme")
    _, fields = _logged_out(here, "momme")
    asked = here.upstream.logout_asked(fields, NOW)
    assert asked.subject == login.subject
    letter = here.upstream.logout_answer(asked, relay_state="", partial=partial, now=NOW)
    path = letter.url.removeprefix(BASE)
    assert sentence in here.client.post(path, data=letter.fields).text
    again = here.client.post(path, data=letter.fields)
    assert again.location.endswith("idp.code=sim-login-unknown")


def test_the_account_believes_no_forged_word(meet):
    """A word that was changed on its way, or comes from nowhere, is none."""
    here = meet("servicekonto")
    _, fields = _logged_out(here, "momme")
    letter = here.upstream.logout_answer(here.upstream.logout_asked(fields, NOW), relay_state="", partial=True, now=NOW)
    forged = base64.b64decode(letter.fields["SAMLResponse"]).replace(b"PartialLogout", b"Responder")
    sent = here.client.post(letter.url.removeprefix(BASE), data={"SAMLResponse": base64.b64encode(forged).decode()})
    assert sent.location.endswith("idp.code=saml-request-not-signed")


def test_the_organisations_account_tells_nobody_of_a_logout(meet):
    """It has no page for it, and no address in its metadata."""
    here = meet("unternehmenskonto")
    assert "idp.code=" in here.client.get("/accounts/unternehmenskonto/logout").location
    assert b"SingleLogoutService" not in here.client.get("/accounts/unternehmenskonto").data
