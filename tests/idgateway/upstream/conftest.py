"""A service provider with vault keys, an honest identity provider, and one login in progress."""

import base64
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from idgateway.assurance import Level
from idgateway.settings import SamlProvider
from idgateway.upstream import Answer, Ask, Assertion, Handover
from idgateway.upstream.saml.provider import SamlUpstream
from keys.keyring import GATE_PURPOSES, Keyring
from keys.minting import mint
from tests.idgateway.upstream import idp

NOW = datetime(2026, 11, 24, 9, 30, 0, 250_000, tzinfo=UTC)
CALLBACK = "https://gate.musterstadt.example/saml/bundid/acs"
ENTITY_ID = "https://gate.musterstadt.example/sp"
NAMES = ("given_name", "family_name", "birthdate", "nationality", "street_address", "email", "postbox_handle")


@dataclass(frozen=True, kw_only=True)
class Login:
    """One login in progress: what was handed over, and everything to answer it and to judge the answer."""

    upstream: SamlUpstream
    keyring: Keyring
    ask: Ask
    handover: Handover
    now: datetime = NOW  # when the provider answers

    @property
    def asked(self) -> idp.Asked:
        """What the provider learns of this login."""
        certificate = self.keyring.current("saml-encryption", self.now).certificate
        return idp.Asked(
            request_id=self.handover.memory["request_id"],
            callback_url=CALLBACK,
            entity_id=ENTITY_ID,
            now=self.now,
            certificate=certificate,
        )

    def judge(self, field: str, **changes: Any) -> Assertion:
        """Bring an answer back through the browser, half a second after it was written."""
        answer = Answer(
            parameters={"SAMLResponse": field, "RelayState": self.ask.relay_state},
            memory=self.handover.memory,
            callback_url=CALLBACK,
            asked_level=self.ask.level,
            asked_at=self.ask.now,
            guests_welcome=self.ask.guests_welcome,
            now=self.now + timedelta(milliseconds=500),
        )
        return self.upstream.complete(replace(answer, **changes))

    def answered(self, wish: idp.Wish = idp.GOOD, **options: Any) -> Assertion:
        """Let the provider answer as wished and judge it."""
        return self.judge(idp.answer(self.asked, wish, **options))

    def request(self) -> Any:
        """The request as the provider would parse it."""
        return etree.fromstring(base64.b64decode(self.handover.fields["SAMLRequest"]))


@pytest.fixture(scope="session")
def keyring() -> Keyring:
    """A gate's keys, made once: RSA keys of 3072 bits take their time."""
    return Keyring([mint(purpose, datetime(2026, 1, 1, tzinfo=UTC)) for purpose in GATE_PURPOSES])


@pytest.fixture(scope="session")
def metadata_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The honest provider's metadata on disk."""
    path = tmp_path_factory.mktemp("idp") / "idp.xml"
    path.write_bytes(idp.metadata("honest"))
    return path


@pytest.fixture(scope="session")
def settings(metadata_file: Path) -> SamlProvider:
    """One SAML account."""
    return SamlProvider(name="bundid", title="BundID", metadata_file=metadata_file, entity_id=ENTITY_ID)


@pytest.fixture(scope="session")
def upstream(settings: SamlProvider, keyring: Keyring) -> SamlUpstream:
    """The upstream under test."""
    return SamlUpstream(settings, keyring, CALLBACK)


@pytest.fixture(scope="session")
def ask() -> Ask:
    """A login at SUBSTANTIAL that began a minute ago."""
    return Ask(
        relay_state="h" * 32,
        level=Level.SUBSTANTIAL,
        attributes=NAMES,
        callback_url=CALLBACK,
        display_name="Musterstadt: Urkundenanforderung",
        online_service_id="BMI-A0000",
        language="de",
        back_url="https://www.musterstadt.example/urkunde",
        guests_welcome=False,
        now=NOW - timedelta(minutes=1),
    )


@pytest.fixture(scope="session")
def begin(upstream: SamlUpstream, keyring: Keyring, ask: Ask) -> Any:
    """Begin a login, with changes to the ask."""

    def start(**changes: Any) -> Login:
        changed = replace(ask, **changes)
        return Login(upstream=upstream, keyring=keyring, ask=changed, handover=upstream.begin(changed))

    return start


@pytest.fixture(scope="session")
def login(begin: Any) -> Login:
    """One login in progress; judging an answer changes nothing in it."""
    return begin()
