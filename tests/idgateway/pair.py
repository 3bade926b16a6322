"""The gate's SAML account with the stand-in behind it, meeting in the wire format only."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from flask.testing import FlaskClient

from idgateway.assurance import Level
from idgateway.attributes import TABLE
from idgateway.settings import SamlProvider
from idgateway.simulator.app import create_app
from idgateway.simulator.identity import prepare
from idgateway.simulator.persons import Person
from idgateway.simulator.settings import SimulatorSettings
from idgateway.upstream import Answer, Ask, Assertion, Handover
from idgateway.upstream.saml.provider import SamlUpstream
from keys.keyring import Keyring
from tests.http import forms_of

NOW = datetime(2026, 11, 24, 9, 30, 0, 250_000, tzinfo=UTC)
BASE = "http://127.0.0.1:8081"
CALLBACK = "http://localhost:8080/saml/bundid/acs"
EVERYTHING = tuple(known.name for known in TABLE if known.oid)


@dataclass(frozen=True)
class Pair:
    """The gate's SAML account and the stand-in behind it."""

    upstream: SamlUpstream
    client: FlaskClient

    def ask(self, level: Level, attributes: tuple[str, ...], *, guests: bool) -> tuple[Ask, Handover]:
        asked = Ask(
            relay_state="opaque-handle",
            level=level,
            attributes=attributes,
            callback_url=CALLBACK,
            display_name="Stadt Viernheim: Urkunden",
            online_service_id="BMI-A0000",
            language="de",
            back_url="http://localhost:8083/urkunde",
            guests_welcome=guests,
            now=NOW,
        )
        return asked, self.upstream.begin(asked)

    def arrive(self, handover: Handover) -> str:
        """Post the gate's form; return the path of the stand-in's first page."""
        assert handover.url.startswith(BASE)
        response = self.client.post(handover.url.removeprefix(BASE), data=dict(handover.fields))
        assert response.location.startswith("/login/"), response.location
        return response.location

    def decide(self, path: str, person: str, decision: str = "agree", fault: str = "") -> dict[str, str]:
        """Walk the pages and return the fields of the form that goes back."""
        chosen = self.client.post(f"{path}/person", data={"person": person})
        assert chosen.location == f"{path}/data", "this person is not offered"
        assert self.client.get(chosen.location).status_code == 200
        page = self.client.post(f"{path}/answer", data={"decision": decision, "fault": fault})
        form = forms_of(page.text)[0]
        assert form["action"] == CALLBACK
        return form["fields"]

    def at_once(self, handover: Handover, person: str, **wishes: str) -> dict[str, str]:
        """The fields of the answer, without pages; ``wishes`` are the HTTP API's (a dash is written ``_``)."""
        query = {"person": person} | {name.replace("_", "-"): value for name, value in wishes.items()}
        path = handover.url.removeprefix(BASE)
        told = self.client.post(
            path, data=dict(handover.fields), query_string=query, headers={"Accept": "application/json"}
        )
        assert told.status_code == 200, told.text
        assert told.json["url"] == CALLBACK
        return dict(told.json["fields"])

    def complete(self, ask: Ask, handover: Handover, fields: dict[str, str]) -> Assertion:
        assert fields["RelayState"] == ask.relay_state
        answer = Answer(
            parameters=fields,
            memory=handover.memory,
            callback_url=CALLBACK,
            asked_level=ask.level,
            asked_at=ask.now,
            guests_welcome=ask.guests_welcome,
            now=NOW + timedelta(seconds=1),
        )
        return self.upstream.complete(answer)

    def log_in(
        self,
        person: Person,
        *,
        level: Level | None = None,
        attributes: tuple[str, ...] = (),
        decision: str = "agree",
        fault: str = "",
    ) -> Assertion:
        guests = person.account is None
        ask, handover = self.ask(level or Level(person.level.value), attributes or wanted_by(person), guests=guests)
        fields = self.decide(self.arrive(handover), person.key, decision, fault)
        return self.complete(ask, handover, fields)


def wanted_by(person: Person) -> tuple[str, ...]:
    """Everything; without what would hide the guest login from a guest."""
    hidden = {"pairwise_id", "postbox_handle"} if person.account is None else set()
    return tuple(name for name in EVERYTHING if name not in hidden)


def make_pair(directory: Path, keyring: Keyring, request_signature: str = "rsa-pss") -> Pair:
    """Two applications that have exchanged their metadata."""
    settings = SamlProvider(
        name="bundid",
        title="BundID",
        metadata_file=prepare(directory / "stand-in", BASE),
        entity_id="https://gate.musterstadt.example/sp",
        request_signature=request_signature,
    )
    upstream = SamlUpstream(settings, keyring, CALLBACK)
    ours = directory / "sp-metadata.xml"
    ours.write_bytes(upstream.metadata(NOW))
    app = create_app(
        SimulatorSettings(base_url=BASE, directory=directory / "stand-in", service_providers=(ours,)),
        clock=lambda: NOW,
    )
    return Pair(upstream, app.test_client())
