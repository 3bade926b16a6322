"""The public calculator in Chromium: form, faults and answer are sound pages on a wide and a narrow screen."""

from collections.abc import Callable

import pytest

from tests.flows.browser import Screen
from tests.flows.conftest import Demo
from tests.flows.words import german

SCREENS = [Screen(), Screen(scripts=False, width=320, language="en", dark=True)]


@pytest.mark.parametrize("screen", SCREENS, ids=str)
def test_anybody_computes_the_dates_of_an_act(meet: Callable, demo: Demo, screen: Screen) -> None:
    """An empty question is told at its fields; an answered one shows both readings, and its address can be shared."""
    with meet(screen) as person:

        def say(text: str) -> str:
            return text if screen.language == "en" else german(text)

        person.open(f"{demo.postbox}/deadlines?lang={screen.language}", "calculator")
        person.expected_failures = 1
        person.page.get_by_label(say("The recipient lives abroad")).check()
        person.press(say("Compute"), "button")
        person.arrive(f"{demo.postbox}/deadlines?")
        person.look("calculator-errors")
        person.page.get_by_label(say("The recipient lives abroad")).uncheck()
        person.page.get_by_label(say("How did it go out?")).select_option("zbp")
        person.page.get_by_label(say("Procedural law")).select_option("VwVfG")
        person.page.get_by_label(say("The authority's Land")).select_option("BE")
        person.page.get_by_label(say("Made available on")).fill("2026-12-22")
        person.press(say("Compute"), "button")
        person.page.wait_for_url(lambda url: "available_at=2026-12-22" in url)
        person.look("calculator-result")
        text = person.page.locator("#result").locator("..").inner_text()
        for day in ("26", "28", "2027"):
            assert day in text
        person.check_nothing_happened()
