"""A service that takes several accounts: the gate asks which, and the town sees organisation, acting person and level."""

import pytest
import requests

from tests.flows.acts import Acts, link
from tests.flows.conftest import Demo


def _arrive(demo: Demo, account: str) -> tuple[Acts, requests.Response]:
    """From the town's second service through the gate's chooser to an account's page."""
    acts = Acts(demo=demo)
    start = acts.get(f"{demo.town}/gewerbe")
    chooser = acts.get(link(start, "/gewerbe/anmelden"))
    assert chooser.url.startswith(f"{demo.gate}/authorize")
    assert all(name in chooser.text for name in ("Gewerbeanmeldung", "BundID", "Mein Unternehmenskonto"))
    return acts, acts.get(link(chooser, f"account={account}"))


def _log_in(demo: Demo, holder: str) -> requests.Response:
    acts, handover = _arrive(demo, "mein-unternehmenskonto")
    page = acts.browser.submit(handover)
    assert page.url.startswith(f"{demo.stand_in}/accounts/unternehmenskonto/login/")
    return acts.agree(acts.browser.submit(acts.browser.submit(page, {"holder": holder})))


@pytest.mark.parametrize(
    ("holder", "shown", "hidden"),
    [
        (
            "baeckerei",
            ("Backhaus Tröger GmbH", "HRB, 40711, Darmstadt", "von Tröger", "3. Oktober 1975", "substanziell"),
            "du-",
        ),
        ("tischlerei", ("Tischlerei Kühn", "Betrieb einer natürlichen Person", "Kühn", "Am Bach 3, 64653"), "IdNr"),
    ],
)
def test_an_organisation_registers_its_trade(demo, holder, shown, hidden):
    """Organisation, who acts for it and the level are shown; the account's pseudonym and tax data never reach the town."""
    page = _log_in(demo, holder)
    assert page.url == f"{demo.town}/gewerbe/angaben"
    assert [text for text in shown if text not in page.text] == []
    assert hidden not in page.text
    assert "Organisation" in page.text


def test_a_citizen_registers_a_trade(demo):
    """The other account of the same service: a citizen has no organisation."""
    acts, handover = _arrive(demo, "bundid")
    page = acts.log_in(handover, "erika-eid")
    assert page.url == f"{demo.town}/gewerbe/angaben"
    assert "MUSTERMANN" in page.text
    assert "Sie selbst" in page.text
    assert "Name der Organisation" not in page.text


@pytest.mark.parametrize(
    ("holder", "sentence"),
    [("", "Anmeldung abgebrochen"), ("niedrig", "nicht stark genug")],
)
def test_who_does_not_log_in_finds_the_way_back(demo, holder, sentence):
    """Cancelled or too weak: the person reads why and can begin again at this service; nothing was received."""
    page = _log_in(demo, holder)
    assert sentence in page.text
    acts = Acts(demo=demo)
    assert acts.get(f"{demo.town}/gewerbe/angaben").url == f"{demo.town}/gewerbe"


def test_a_test_account_is_nobody(demo):
    """An account marked as a test is refused at the gate, which says so, without a login."""
    page = _log_in(demo, "testkonto")
    assert page.status_code == 403
    assert "Dieses Konto ist zum Testen da" in page.text
    assert page.url.startswith(demo.gate)
    assert "Testkonto AG" not in page.text
