"""The chooser between accounts and the pages behind it, seen in Chromium."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.flows.browser import Screen
from tests.flows.conftest import Demo
from tests.flows.walk import Walk

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser"), pytest.mark.timeout(120)]


@pytest.mark.parametrize("screen", [Screen(), Screen(width=320, language="en", dark=True)], ids=str)
def test_an_organisation_chooses_its_account(meet: Callable, demo: Demo, tmp_path: Path, screen: Screen) -> None:
    """Start, chooser, the account's page and what was received: each whole, accessible, and without an error."""
    with meet(screen) as person:
        walk = Walk(person, demo, tmp_path)
        person.open(f"{demo.town}/gewerbe", "trade-start")
        walk.press("Choose an account and log in")
        person.arrive(f"{demo.gate}/authorize")
        person.look("gate-chooser")
        person.page.locator("a", has_text="Mein Unternehmenskonto").click()
        person.arrive(f"{demo.stand_in}/accounts/unternehmenskonto/login/")
        if screen.language == "en":
            person.page.locator("header a", has_text="English").click()  # the request says nothing about language
        person.look("standin-holders")
        person.page.get_by_role("button", name="Backhaus Tröger GmbH").click()
        walk.agree(f"{demo.town}/gewerbe/angaben")
        person.look("trade-data")
        assert "Backhaus Tröger GmbH" in person.shown()
        walk.press("Log out", "button")
        person.arrive(f"{demo.town}/gewerbe")
        person.check_nothing_happened()
