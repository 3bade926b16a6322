"""What the tests of the FAPI 2.0 plan have in common: one client that pushes and holds a key."""

import base64
import json
from urllib.parse import urlsplit

from tests.idgateway.login.world import Person, query_of


def reference(person: Person, **changes) -> str:
    answer = person.push("fapi", **changes)
    assert answer.status_code == 201, answer.json
    return answer.json["request_uri"]


def finished(person: Person, page, **said) -> dict:
    """What the client hears after the login behind this page."""
    there = person.answered(page, **said)
    return query_of(person.get(urlsplit(there.location).path).location)


def logged_in(person: Person, **changes) -> dict:
    return finished(person, person.open(reference(person, **changes), "fapi"))


def denied(person: Person, **changes) -> str:
    """The error of a push that is refused."""
    answer = person.push("fapi", **changes)
    assert answer.status_code in (400, 401)
    return answer.json["error"]


def is_page(answer) -> bool:
    return answer.status_code == 400 and "Location" not in answer.headers


def nonce_of(person: Person, nonce: str) -> str:
    token = person.redeem(logged_in(person, nonce=nonce)["code"], "fapi").json["id_token"]
    payload = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))["nonce"]
