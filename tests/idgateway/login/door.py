"""The gate with BundID's dialect behind it, and the stand-in's answers at once: what arrives at the gate's own door."""

from dataclasses import dataclass

from flask.testing import FlaskClient
from werkzeug.datastructures import MultiDict
from werkzeug.test import TestResponse

from tests.http import forms_of
from tests.idgateway.login.world import ISSUER, Person, World, query_of

STAND_IN = "http://127.0.0.1:8081"
ACS = f"{ISSUER}/saml/bundid/acs"


@dataclass
class Door:
    """The gate with BundID's dialect behind it, and the stand-in's answers at once."""

    world: World
    stand_in: FlaskClient

    def answer(self, person: Person, fault: str = "") -> list[list[str]]:
        """A login begun by ``person``, answered by the stand-in about Erika."""
        asked = forms_of(person.authorize().text)[0]
        told = self.stand_in.post(
            asked["action"].removeprefix(STAND_IN),
            data=asked["fields"],
            query_string={"person": "erika-eid", "fault": fault},
            headers={"Accept": "application/json"},
        )
        assert told.status_code == 200, told.text
        assert told.json["url"] == ACS
        return told.json["fields"]

    def deliver(self, fields: list[list[str]]) -> TestResponse:
        """A cross-site post without anybody's cookies."""
        return self.world.app.test_client().post(
            "/saml/bundid/acs", data=MultiDict([tuple(pair) for pair in fields]), base_url=ISSUER
        )


def logged_in(person: Person, there: TestResponse) -> bool:
    """Whether the way on ends with a code at the application."""
    back = person.get(there.location.removeprefix(ISSUER))
    return "code" in query_of(back.location)
