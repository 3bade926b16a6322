"""The whole catalogue at the gate's own door: what each wrong answer costs us, what it says, and that it opens nothing."""

import time
from base64 import b64encode

import pytest
import structlog
from werkzeug.datastructures import MultiDict
from werkzeug.test import EnvironBuilder

from idgateway.simulator.catalogue import BROKEN, FAMILIES, REFUSE
from tests.idgateway.login.door import logged_in
from tests.idgateway.login.world import ISSUER, query_of
from tests.idgateway.refusals import REFUSED_BY

SECONDS = 0.2  # of processor time, the whole request at the gate
TOLD_AT_THE_DOOR = {
    "relay-state-address": "attempt-unknown",
    "relay-state-script": "attempt-unknown",
    "response-field-twice": "parameter-repeated",
}
CODES = REFUSED_BY | TOLD_AT_THE_DOOR
# A signed no of the provider is an answer: it ends the login at the application or on its own page, without a code.
AN_HONEST_NO = {name for name in REFUSED_BY if name.startswith("status-")} | {"level-too-low"}
PERSONAL = ("MUSTERMANN", "ERIKA", "GABLER", "HEIDESTRA", "1964-08-12", "example.org", "MALLORY")


def _arriving(fields):
    """The post as it reaches the gate: what the browser spends to write it is not the gate's."""
    data = MultiDict([tuple(pair) for pair in fields])
    return EnvironBuilder("/saml/bundid/acs", base_url=ISSUER, method="POST", data=data).get_environ()


def _delivered(door, fields):
    """The gate's answer, its events, and the processor time it took; warm, as every gate but a new one is."""
    environ, client = _arriving(fields), door.world.app.test_client()
    with structlog.testing.capture_logs() as lines:
        begun = time.process_time()
        answered = client.open(environ)
        return answered, lines, time.process_time() - begun


def _nothing_opened(person, answered):
    """4xx with nothing to follow; or, for an honest no, a way on that ends without a code."""
    assert "Set-Cookie" not in answered.headers
    if answered.status_code == 303:
        there = person.get(answered.location.removeprefix(ISSUER))
        assert "code" not in query_of(there.headers.get("Location", ""))
        return there.status_code in (302, 303) or 400 <= there.status_code < 500
    return 400 <= answered.status_code < 500 and "Location" not in answered.headers


@pytest.mark.parametrize("family", sorted(FAMILIES))
def test_each_wrong_answer_is_refused_by_name_and_costs_little(door, family):
    """Within 200 ms of processor time: 4xx, no session, no code, one event with the reason, no personal value in it."""
    names = [name for name, entry in BROKEN.items() if entry.family == family and entry.expectation == REFUSE]
    for warming in ("", "unsigned", "status-cancelled"):
        door.deliver(door.answer(door.world.browser(), warming))
    for name in names:
        if name == "replay":  # sound the first time
            continue
        person = door.world.browser()
        answered, lines, spent = _delivered(door, door.answer(person, name))
        assert [(line["event"], line.get("code")) for line in lines] == [("login-refused", CODES[name])], name
        assert not any(value in (str(lines) + answered.text).upper() for value in map(str.upper, PERSONAL)), name
        assert answered.status_code != 303 or name in AN_HONEST_NO, name
        assert _nothing_opened(person, answered), name
        # A garbage collection or a busy neighbour may fall into one measurement, not into three.
        again = (_delivered(door, door.answer(door.world.browser(), name))[2] for _ in range(2))
        assert spent < SECONDS or min(again) < SECONDS, (name, spent)
    person = door.world.browser()
    answered, lines, _ = _delivered(door, door.answer(person))
    assert logged_in(person, answered)
    assert "login-refused" not in [line["event"] for line in lines]


def test_bundid_has_no_logout(door):
    """It offers none, so its logout address is nobody's here, and a LogoutRequest at the ACS is no answer."""
    assert door.world.app.test_client().post("/saml/bundid/slo", base_url=ISSUER).status_code == 404
    person = door.world.browser()
    fields = dict(map(tuple, door.answer(person)))
    request = b'<samlp:LogoutRequest xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" ID="_x" Version="2.0"/>'
    answered, lines, _ = _delivered(door, [*(fields | {"SAMLResponse": b64encode(request).decode()}).items()])
    assert answered.status_code == 400
    assert [line.get("code") for line in lines] == ["answer-shape"]
    assert logged_in(person, door.deliver([*fields.items()]))
