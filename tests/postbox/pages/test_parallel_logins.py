"""Logging in at the postbox: several tabs side by side, answers that come late, twice, or to the wrong browser."""

from urllib.parse import parse_qs, urlsplit

import pytest

from postbox.pages.doors import MOST_PENDING
from tests.postbox.pages.conftest import get

PENDING = "__Host-postbox-login-"


def _leave(browser, **given) -> dict[str, str]:
    """Begin a login; what the gate was asked."""
    there = get(browser, "/login", query_string={"level": "high", **given})
    assert there.status_code == 303, there.text
    return {name: values[0] for name, values in parse_qs(urlsplit(there.location).query).items()}


def _return(browser, gate, asked, **changes):
    """The gate's answer to a login; its code is the nonce, as the stand-in gate wants it."""
    answer = {"state": asked["state"], "iss": gate.issuer, "code": asked["nonce"], **changes}
    return get(browser, "/callback", query_string={name: value for name, value in answer.items() if value})


def _pending(browser) -> int:
    return sum(name.startswith(PENDING) for _, _, name in browser._cookies)


@pytest.fixture
def browser(pages):
    return pages.test_client()


def test_two_tabs_log_in_side_by_side(browser, gate):
    """The login begun first comes back last, and both lead where they were going."""
    first, second = _leave(browser, next="/notices/n1"), _leave(browser, next="/notices/n2")
    assert first["state"] != second["state"]
    assert _pending(browser) == 2
    assert _return(browser, gate, second).location == "/notices/n2"
    assert _return(browser, gate, first).location == "/notices/n1"
    assert _pending(browser) == 0
    assert get(browser, "/").status_code == 200


def test_only_the_newest_logins_are_kept(browser, gate, clock):
    """Cookies of logins that never finish do not pile up: the oldest gives way."""
    begun = []
    for _ in range(MOST_PENDING + 2):
        begun.append(_leave(browser))
        clock.forward(seconds=1)
    assert _pending(browser) == MOST_PENDING
    assert "login=lost" in _return(browser, gate, begun[1]).location
    assert _return(browser, gate, begun[2]).location == "/"
    assert _return(browser, gate, begun[-1]).location == "/"


def test_an_answer_loaded_again_finds_the_person_logged_in(browser, gate):
    """The second time there is nothing to redeem, and no need to."""
    asked = _leave(browser)
    assert _return(browser, gate, asked).location == "/"
    assert _return(browser, gate, asked).location == "/"


def test_an_answer_in_another_browser_is_lost(browser, pages, gate):
    """Login CSRF: the answer is worth nothing where its login was not begun; where it was, it still counts."""
    asked = _leave(browser, next="/notices/n1")
    assert _return(pages.test_client(), gate, asked).location == "/start?login=lost"
    assert _return(browser, gate, asked).location == "/notices/n1"


@pytest.mark.parametrize(
    ("error", "word", "sentence"),
    [
        ("access_denied", "cancelled", "Die Anmeldung wurde nicht abgeschlossen"),
        ("unmet_authentication_requirements", "weak", "war nicht stark genug"),
        ("temporarily_unavailable", "failed", "konnte nicht abgeschlossen werden"),
        ("something_new", "failed", "konnte nicht abgeschlossen werden"),
    ],
)
def test_a_login_without_one_says_why_and_leads_on(browser, gate, error, word, sentence):
    """Back at the start page with a sentence; the next login still leads where this one was going."""
    asked = _leave(browser, next="/notices/n1")
    back = _return(browser, gate, asked, error=error, code=None)
    assert back.location == f"/start?login={word}&next=/notices/n1"
    page = get(browser, back.location)
    assert page.status_code == 200
    assert sentence in page.text
    assert "/login?level=high&amp;next=/notices/n1" in page.text


def test_a_word_nobody_knows_says_nothing(browser):
    """The sentence comes from a closed list, never from the address."""
    page = get(browser, "/start?login=<script>")
    assert page.status_code == 200
    assert "&lt;script" not in page.text.split("<main")[1]


def test_who_cancels_a_stronger_login_is_still_inside(citizen, gate):
    """A step-up that was left ends nothing: the page says so and leads back to the notices."""
    browser = citizen(level="basic")
    back = _return(browser, gate, _leave(browser, next="/notices/n1"), error="access_denied", code=None)
    page = get(browser, back.location)
    assert "weiterhin angemeldet" in page.text
    assert "weiterhin angemeldet" not in get(browser.application.test_client(), back.location).text
    assert get(browser, "/").status_code == 200
