"""The page before data go and the account overview, clicked: refuse, look up, take back, with and without JavaScript."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.flows.browser import Screen
from tests.flows.conftest import Demo
from tests.flows.walk import CARD, ERIKA, Walk

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser"), pytest.mark.timeout(180)]
SCREENS = [Screen(), Screen(scripts=False, width=320, language="en")]


@pytest.mark.parametrize("screen", SCREENS, ids=str)
def test_people_look_up_take_back_and_refuse(meet: Callable, demo: Demo, tmp_path: Path, screen: Screen) -> None:
    """Known once, quick the second time; undone at the gate, asked again, refused, and told so by the service."""
    with meet(screen) as person:
        walk = Walk(person, demo, tmp_path)
        walk.enter_town()
        person.open(f"{demo.gate}/account", "account-door")
        walk.press("Continue to BundID", "button")
        walk.log_in(CARD, ERIKA, f"{demo.gate}/account")
        person.look("account")
        assert "MUSTERMANN" not in person.shown()
        person.page.locator("section", has_text=walk.say("Certificates")).get_by_role("link").last.click()
        person.look("account-unlink")
        walk.press("Remove the link", "button", exact=True)
        person.arrive(f"{demo.gate}/account?done=unlinked")
        person.page.goto(f"{demo.town}/urkunde/anmelden")
        walk.go_through(CARD, ERIKA)
        person.arrive(f"{demo.gate}/continue/")
        assert walk.say("You removed this link before") in person.shown()
        person.titles.clear()
        person.look("gate-consent-again")
        walk.press("Do not pass on my data", "button")
        person.arrive(f"{demo.town}/urkunde")
        assert "MUSTERMANN" not in person.shown()
        person.check_nothing_happened()
