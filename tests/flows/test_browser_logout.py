"""Logging out, clicked: from the postbox and from the town over the gate and back, and at the gate itself."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.flows.browser import Screen
from tests.flows.conftest import Demo
from tests.flows.walk import Walk

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser"), pytest.mark.timeout(120)]
SCREENS = [Screen(), Screen(scripts=False, width=320, language="en")]


def _through(walk: Walk, home: str, name: str) -> None:
    """The page that posts to the gate: by itself, or without scripts by its button."""
    if not walk.person.screen.scripts:
        walk.person.look(name, leaves_by_itself=True)
        walk.press("Log out of the login service", "button")
    walk.person.arrive(home)


@pytest.mark.parametrize("screen", SCREENS, ids=str)
def test_who_logs_out_is_logged_out(meet: Callable, demo: Demo, tmp_path: Path, screen: Screen) -> None:
    """Postbox and town lead back to their own pages; the next login asks the account again instead of letting in."""
    with meet(screen) as person:
        walk = Walk(person, demo, tmp_path)
        walk.enter_postbox()
        walk.press("Log out", "button")
        _through(walk, f"{demo.postbox}/start?ended=yes", "postbox-leaving")
        person.look("postbox-left")
        walk.press("Log in with another method")
        if not screen.scripts:
            walk.press("Continue to BundID", "button")
        person.arrive(f"{demo.stand_in}/login/")
        walk.enter_town()
        walk.press("Cancel and log out", "button")
        _through(walk, f"{demo.town}/urkunde", "town-leaving")
        walk.press("Log in with BundID")
        if not screen.scripts:
            walk.press("Continue to BundID", "button")
        person.arrive(f"{demo.stand_in}/login/")
        person.check_nothing_happened()


@pytest.mark.parametrize("screen", SCREENS, ids=str)
def test_the_gate_asks_and_says_what_is_still_open(meet: Callable, demo: Demo, tmp_path: Path, screen: Screen) -> None:
    """Two logins in one browser: the page names both, ends what the person chooses, and tells the rest."""
    with meet(screen) as person:
        walk = Walk(person, demo, tmp_path)
        walk.enter_town()
        walk.enter_postbox()
        person.open(f"{demo.gate}/logout?client_id=urkunde-online", "gate-logout")
        assert {walk.say("Certificates"), walk.say("Postbox")} <= set(person.page.locator("main li").all_inner_texts())
        person.page.locator("button[value=urkunde-online]").click()
        person.titles.clear()
        person.look("gate-logged-out")
        assert walk.say("You are logged out") in person.shown()
        assert "BundID" in person.shown()
        person.page.locator("button[value=everywhere]").click()
        person.page.wait_for_load_state("load")
        person.open(f"{demo.gate}/logout", "gate-nobody")
        assert walk.say("Nobody is logged in here") in person.shown()
        person.check_nothing_happened()
