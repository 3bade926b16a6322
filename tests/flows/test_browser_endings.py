"""How logins end without one, looked at in Chromium: each end has its page, and every page leads on."""

from collections.abc import Callable
from pathlib import Path

import pytest

from idgateway.endings import ENDINGS
from tests.flows.browser import Screen
from tests.flows.conftest import Demo
from tests.flows.walk import Walk

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser"), pytest.mark.timeout(120)]
WIDE, NARROW = Screen(), Screen(scripts=False, width=320, language="en", dark=True)
ENDS = {  # the stand-in's way to end a login, the gate's reason
    "attributes-missing": "attributes-missing",
    "eid-failed": "means-failed",
    "unavailable": "provider-error",
    "denied": "request-denied",
    "unsupported": "request-faulty",
}


def _fail(walk: Walk, demo: Demo, outcome: str) -> None:
    """Begin a login at the town, and let it end in this way at the stand-in."""
    person = walk.person
    person.page.goto(f"{demo.town}/urkunde")
    walk.press("Log in with BundID")
    if not person.screen.scripts:
        walk.press("Continue to BundID", "button")
    person.arrive(f"{demo.stand_in}/login/")
    person.page.locator("details:has(#outcome) summary").click()
    person.page.locator("#outcome").select_option(outcome)
    person.expected_failures += 1
    person.page.locator("form:has(#outcome) button").click()
    if not person.screen.scripts:
        walk.press("Continue to the service", "button")
    person.arrive(f"{demo.gate}/continue/")


@pytest.mark.parametrize("screen", [WIDE, NARROW], ids=str)
def test_every_end_is_explained_and_leads_on(screen: Screen, meet: Callable, demo: Demo, tmp_path: Path) -> None:
    """Title, cause and cure; reloading changes nothing; back at the town it knows why; starting again starts again."""
    with meet(screen) as person:
        walk = Walk(person, demo, tmp_path)
        for outcome, code in ENDS.items():
            _fail(walk, demo, outcome)
            person.look(f"gate-end-{code}")
            assert walk.say(ENDINGS[code].title) in person.shown()
            person.expected_failures += 1
            person.page.reload()
            assert code in person.shown()
            walk.press("Start the login again")
            if not screen.scripts:
                walk.press("Continue to BundID", "button")
            person.arrive(f"{demo.stand_in}/login/")
        person.check_nothing_happened()


def test_the_town_hears_how_it_ended(meet: Callable, demo: Demo, tmp_path: Path) -> None:
    """The way back from the gate's page carries the error, and the town has a sentence for it."""
    with meet(WIDE) as person:
        walk = Walk(person, demo, tmp_path)
        for outcome, heading in (("eid-failed", "The login did not work"), ("denied", "Login cancelled")):
            _fail(walk, demo, outcome)
            person.press(walk.say("Back to “%(service)s”").split("%")[0])
            person.arrive(f"{demo.town}/urkunde/callback")
            assert walk.say(heading) in person.shown()
            walk.press("Start again")
            person.arrive(f"{demo.town}/urkunde")
        person.check_nothing_happened()


@pytest.mark.parametrize("screen", [WIDE, NARROW], ids=str)
def test_the_codes_can_be_looked_up(screen: Screen, meet: Callable, demo: Demo, tmp_path: Path) -> None:
    """The page for operators fits the smallest screen, and an error's page leads to its own row."""
    with meet(screen) as person:
        walk = Walk(person, demo, tmp_path)
        _fail(walk, demo, "denied")
        walk.press("What the error codes mean, for operators")
        person.look("gate-codes")
        assert person.page.url.endswith("/codes#request-denied")
        person.check_nothing_happened()
