"""The stand-in's catalogue at the gate's own door: a broken answer is a 4xx page, never a way on, and burns nothing."""

import pytest

from tests.idgateway.login.door import logged_in
from tests.idgateway.login.world import ISSUER


def test_a_sound_answer_is_a_login(door):
    """The twin of everything below."""
    person = door.world.browser()
    there = door.deliver(door.answer(person))
    assert there.status_code == 303, there.text
    assert logged_in(person, there)


@pytest.mark.parametrize(
    "fault",
    [
        "unsigned",
        "foreign-key",
        "tampered",
        "xsw-3",
        "xsw-8",
        "comment-in-value",
        "utf-16",
        "billion-laughs",
        "xslt",
        "attribute-9-mb",
        "wrong-audience",
        "login-csrf",
        "expired",
        "response-field-twice",
        "relay-state-script",
        "relay-state-address",
    ],
)
def test_a_broken_answer_is_a_page_and_no_way_on(door, fault):
    """4xx, nothing to follow, no cookie, no name on the page; the honest answer to a new login is accepted."""
    person = door.world.browser()
    refused = door.deliver(door.answer(person, fault))
    assert 400 <= refused.status_code < 500
    assert "Location" not in refused.headers
    assert "Set-Cookie" not in refused.headers
    assert "MUSTERMANN" not in refused.text.upper()
    assert "javascript:" not in refused.text
    assert "other.example.org" not in refused.text
    assert logged_in(person, door.deliver(door.answer(person)))


def test_a_replay_in_another_browser_gets_nothing(door):
    """The second delivery leads to the same one-time place, which opens for the first browser alone and once."""
    person, thief = door.world.browser(), door.world.browser()
    fields = door.answer(person, "replay")
    first, second = door.deliver(fields), door.deliver(fields)
    assert logged_in(person, first)
    if second.status_code == 303:
        stolen = thief.get(second.location.removeprefix(ISSUER))
        assert 400 <= stolen.status_code < 500
        assert "Location" not in stolen.headers
    assert 400 <= door.deliver(fields).status_code < 500
