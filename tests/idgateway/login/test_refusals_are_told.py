"""Each refused answer is one event for the operators, with its reason, and no word about the person anywhere."""

import logging

import pytest
from structlog.testing import capture_logs

from idgateway.simulator.catalogue import BROKEN, REFUSE
from idgateway.simulator.outcomes import OUTCOMES
from idgateway.simulator.persons import BY_KEY
from tests.idgateway.login.door import Door, logged_in
from tests.idgateway.login.world import ISSUER
from tests.idgateway.refusals import LEFT_TO_THE_GATE, REFUSED_BY

ERIKA = BY_KEY["erika-eid"]  # the canary: whatever she is called must not sing in any log
CANARY = {value.value.casefold() for value in ERIKA.values if len(value.value) > 3}
AT_THE_DOOR = {  # what only the gate can notice, or notices before the account does
    "replay": "attempt-answered",
    "response-field-twice": "parameter-repeated",
    "relay-state-address": "attempt-unknown",
    "relay-state-script": "attempt-unknown",
}


def _refusals(events: list[dict]) -> list[dict]:
    return [event for event in events if event["event"] == "login-refused"]


def _check_silent(events: list[dict], caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture) -> None:
    told = capfd.readouterr()
    heard = "\n".join([repr(events), caplog.text, told.out, told.err]).casefold()
    assert not {word for word in CANARY if word in heard}


def test_every_broken_answer_is_one_event_with_its_reason(door: Door, caplog, capfd):
    """The whole catalogue: 4xx, one event each, its code the check's, client and account named; no value told."""
    caplog.set_level(logging.DEBUG)
    person, other = door.world.browser(), door.world.browser()
    with capture_logs() as sound:
        assert logged_in(other, door.deliver(door.answer(other)))
    assert not _refusals(sound)
    assert len(CANARY) > 8
    for fault in sorted(name for name, entry in BROKEN.items() if entry.expectation == REFUSE and name != "replay"):
        fields = door.answer(person, fault)
        with capture_logs() as events:
            there = door.deliver(fields)
            if there.status_code == 303:  # a proven no: told again to the person, not to the operators
                there = person.get(there.location.removeprefix(ISSUER))
        assert there.status_code == 303 or 400 <= there.status_code < 500, fault
        (refused,) = _refusals(events)
        expected = AT_THE_DOOR.get(fault) or REFUSED_BY[fault]
        assert refused["code"] == expected, fault
        assert refused["provider"] == "bundid", fault
        assert refused["request_id"], fault
        assert set(refused) <= {"event", "log_level", "code", "client_id", "provider", "detail", "request_id"}, fault
        _check_silent(events, caplog, capfd)
    assert set(AT_THE_DOOR) == LEFT_TO_THE_GATE


@pytest.mark.parametrize("outcome", sorted(OUTCOMES))
def test_every_end_is_one_event(door: Door, outcome, caplog, capfd):
    """A proven no counts when it arrives, once: not when it is delivered twice, continued, or loaded again."""
    person = door.world.browser()
    told = door.told(door.begin(person), outcome=outcome)
    with capture_logs() as events:
        if told["method"] == "get":  # a mere way back: no answer came, the person is told
            person.get(told["url"].removeprefix(ISSUER))
        else:
            there = [door.deliver(told["fields"]) for _ in range(2)]
            for _ in range(2):
                person.get(there[0].location.removeprefix(ISSUER))
    (refused,) = [event for event in events if event["event"] in ("login-refused", "request-failed")]
    assert refused["client_id"] == "urkunde"
    assert refused["event"] == ("request-failed" if told["method"] == "get" else "login-refused")
    assert not {"login-answered", "login-completed"} & {event["event"] for event in events}
    _check_silent(events, caplog, capfd)


def test_a_refusal_at_the_return_is_one_event(door: Door):
    """Another browser, then the burnt login in the right one: an event each; the sound login is none."""
    person = door.world.browser()
    there = door.deliver(door.answer(person)).location.removeprefix(ISSUER)
    for browser, code in ((door.world.browser(), "wrong-browser"), (person, "attempt-used")):
        with capture_logs() as events:
            assert browser.get(there).status_code == 400
        assert [event["code"] for event in _refusals(events)] == [code]
    with capture_logs() as events:
        assert logged_in(person, door.deliver(door.answer(person)))
    assert [event["event"] for event in events] == ["login-begun", "login-answered", "login-completed"]


def test_the_counter_counts_as_the_log_does(door: Door):
    """One refused answer is one more in the metrics, under its code."""
    person = door.world.browser()
    sample = 'gate_events_total{code="audience",event="login-refused"}'
    before = _value(door, sample)
    assert 400 <= door.deliver(door.answer(person, "wrong-audience")).status_code < 500
    assert _value(door, sample) == before + 1


def _value(door: Door, sample: str) -> float:
    lines = door.world.browser().get("/metrics").text.splitlines()
    return next((float(line.rpartition(" ")[2]) for line in lines if line.startswith(sample)), 0)


def test_a_replayed_assertion_is_refused_once(door: Door):
    """The identical answer again leads to the same place and is no refusal; after the login it is one."""
    person = door.world.browser()
    fields = door.answer(person, "replay")
    with capture_logs() as events:
        first, second = door.deliver(fields), door.deliver(fields)
        assert first.location == second.location
        assert logged_in(person, first)
        assert door.deliver(fields).status_code == 400
    assert [event["code"] for event in _refusals(events)] == ["attempt-used"]
