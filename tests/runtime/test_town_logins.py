"""The town's logins side by side: two tabs, many tabs, an answer loaded again, an error the gate told."""

import pytest

from runtime.demo.town.store import MOST_PENDING
from tests.runtime.test_town import _come_back, _go_to_gate, browser, provider, settings  # noqa: F401 - fixtures


def _answered(browser, provider, query, **changed):  # noqa: F811
    """The provider's answer to this login, whichever was begun last."""
    provider.nonce, provider.id_token = query["nonce"], {"aud": query["client_id"]}
    return _come_back(browser, provider, query, **changed)


def test_two_tabs_log_in_side_by_side(browser, provider):  # noqa: F811
    """The login begun first comes back last; each ends at the form."""
    first = _go_to_gate(browser, provider)
    second = _go_to_gate(browser, provider, "/urkunde/anmelden?zugang=gast")
    assert _answered(browser, provider, second).location == "/urkunde/antrag"
    assert _answered(browser, provider, first).location == "/urkunde/antrag"
    assert "MUSTERMANN" in browser.get("/urkunde/antrag").text
    assert len([path for path, _ in provider.seen if path == "/token"]) == 2, "both were redeemed"


def test_a_second_login_leaves_the_first_visit_open_until_it_ends(browser, provider):  # noqa: F811
    """Who begins a login in another tab and leaves it is still logged in."""
    assert _answered(browser, provider, _go_to_gate(browser, provider)).location == "/urkunde/antrag"
    _go_to_gate(browser, provider)
    assert "MUSTERMANN" in browser.get("/urkunde/antrag").text


def test_only_the_newest_logins_are_kept(browser, provider):  # noqa: F811
    """The oldest gives way; the newest ten wait."""
    begun = [_go_to_gate(browser, provider) for _ in range(MOST_PENDING + 1)]
    assert _answered(browser, provider, begun[0]).status_code == 400
    assert _answered(browser, provider, begun[1]).status_code == 303
    assert _answered(browser, provider, begun[-1]).status_code == 303
    assert len([path for path, _ in provider.seen if path == "/token"]) == 2


def test_an_answer_loaded_again_leads_to_the_form(browser, provider):  # noqa: F811
    """The second time nothing is redeemed, and nobody is thrown out."""
    query = _go_to_gate(browser, provider)
    assert _answered(browser, provider, query).location == "/urkunde/antrag"
    redeemed = len([path for path, _ in provider.seen if path == "/token"])
    assert _answered(browser, provider, query).location == "/urkunde/antrag"
    assert len([path for path, _ in provider.seen if path == "/token"]) == redeemed


@pytest.mark.parametrize(
    ("error", "status", "sentence"),
    [
        ("access_denied", 200, "Die Anmeldung wurde nicht abgeschlossen."),
        ("unmet_authentication_requirements", 200, "Niveau substanziell"),
        ("temporarily_unavailable", 400, "Störung"),
        ("<script>", 400, "Anmeldung nicht gelungen"),
    ],
)
def test_an_error_the_gate_told_has_its_sentence(browser, provider, error, status, sentence):  # noqa: F811
    """A known error is explained, an unknown one is not repeated; each page leads on."""
    page = _answered(browser, provider, _go_to_gate(browser, provider), error=error, code=None)
    assert page.status_code == status
    assert sentence in page.text
    assert "&lt;script" not in page.text
    assert 'href="/urkunde"' in page.text
