"""The gate with another SAML account than BundID behind it, and that account's own side: the tests' honest provider."""

from dataclasses import replace
from pathlib import Path

from idgateway.app import create_app
from idgateway.settings import GateSettings, SamlProvider
from idgateway.upstream.saml.provider import SamlUpstream
from keys.keyring import Keyring
from runtime.database import Database
from runtime.shell import dress
from tests.http import forms_of
from tests.idgateway.login.world import ISSUER, Clock, HonestProvider, Person, World, query_of
from tests.idgateway.upstream import idp
from tests.idgateway.upstream.accounts import ACCOUNTS

ACS, SLO = f"{ISSUER}/saml/bundid/acs", f"{ISSUER}/saml/bundid/slo"
ENTITY_ID = "https://gate.musterstadt.example/sp"


class Account:
    """A gate with an account of another profile in the place of the one account that every service takes."""

    def __init__(
        self, profile: str, folder: Path, database: Database, keyring: Keyring, settings: GateSettings
    ) -> None:
        """Everybody is there."""
        file = folder / "idp.xml"
        file.write_bytes(idp.metadata())
        provider = SamlProvider(name="bundid", title="Konto", metadata_file=file, entity_id=ENTITY_ID, profile=profile)
        self.wish = replace(ACCOUNTS[profile].wish, name_id_parties=())
        self.keyring, upstream, clock = keyring, SamlUpstream(provider, keyring, ACS), Clock()
        others = {name: HonestProvider(name) for name in ("bayernid", "staff")}
        app = create_app(settings, database, keyring, clock=clock, upstreams={"bundid": upstream, **others})
        self.world = World(app=dress(app, title="Anmeldung", demo=True), clock=clock, providers=others, keys={})

    def log_in(self, name_id: str, client_id: str = "urkunde", person: Person | None = None, **changes: str) -> Person:
        """Somebody logs in, in a new browser or a given one; gives the browser, which then has a session."""
        person = person or self.world.browser()
        form, now = forms_of(person.authorize(client_id, **changes).text)[0], self.world.clock.now
        request = idp.etree.fromstring(idp.base64.b64decode(form["fields"]["SAMLRequest"]))
        asked = idp.Asked(
            request_id=request.get("ID"),
            callback_url=ACS,
            entity_id=ENTITY_ID,
            now=now,
            certificate=self.keyring.current("saml-encryption", now).certificate,
        )
        fields = {"SAMLResponse": idp.answer(asked, replace(self.wish, name_id=name_id))}
        there = self.post("/saml/bundid/acs", {**fields, "RelayState": form["fields"]["RelayState"]})
        assert there.status_code == 303, there.text
        assert "code" in query_of(person.get(there.location.removeprefix(ISSUER)).location)
        return person

    def post(self, path: str, fields: dict[str, str]):
        """A cross-site post without anybody's cookies."""
        return self.world.app.test_client().post(path, data=fields, base_url=ISSUER)

    def log_out(self, field: str):
        """The account's word arrives."""
        return self.post("/saml/bundid/slo", {"SAMLRequest": field, "RelayState": "r1"})
