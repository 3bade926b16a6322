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
        told = self.told(self.begin(person), person="erika-eid", fault=fault)
        assert told["url"] == ACS
        return told["fields"]

    def begin(self, person: Person, client_id: str = "urkunde") -> dict:
        """The form that takes ``person`` to the stand-in."""
        return forms_of(person.authorize(client_id).text)[0]

    def told(self, asked: dict, **wishes: str) -> dict:
        """What the stand-in answers to that form, as data."""
        told = self.stand_in.post(
            asked["action"].removeprefix(STAND_IN),
            data=asked["fields"],
            query_string=wishes,
            headers={"Accept": "application/json"},
        )
        assert told.status_code == 200, told.text
        return told.json

    def deliver(self, fields: list[list[str]]) -> TestResponse:
        """A cross-site post without anybody's cookies."""
        return self.world.app.test_client().post(
            "/saml/bundid/acs", data=MultiDict([tuple(pair) for pair in fields]), base_url=ISSUER
        )


def logged_in(person: Person, there: TestResponse) -> bool:
    """Whether the way on ends with a code at the application."""
    back = person.get(there.location.removeprefix(ISSUER))
    return "code" in query_of(back.location)
