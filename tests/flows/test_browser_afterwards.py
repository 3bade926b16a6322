"""What may happen after a notice was sent, clicked: the office withdraws it, the citizen reads why and erases it."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.flows.browser import Screen
from tests.flows.conftest import Demo
from tests.flows.walk import TITLE, Walk

SCREENS = [Screen(), Screen(scripts=False, width=320, language="en")]


@pytest.mark.parametrize("screen", SCREENS, ids=str)
def test_a_notice_is_withdrawn_and_erased(meet: Callable, demo: Demo, tmp_path: Path, screen: Screen) -> None:
    """Every page of it is sound; the citizen keeps seeing a withdrawn notice until they erase it themselves."""
    with meet(screen) as person:
        walk = Walk(person, demo, tmp_path)
        person.expected_failures = 2  # the two forms sent with mistakes on purpose
        case = walk.order()
        walk.fetch_sample()
        walk.enter_casework(look=False)
        walk.send_notice(case)
        person.press(TITLE)
        person.page.locator("summary", has_text=walk.say("Withdraw this notice")).click()
        person.look("casework-notice")
        person.page.locator("#reason-withdraw").select_option("wrong-content")
        walk.press("Withdraw", "button")
        person.page.wait_for_url(lambda url: url.endswith(tuple("0123456789abcdefghjkmnpqrstvwxyz")))
        person.titles.clear()
        person.look("casework-withdrawn")
        assert walk.say("The authority withdrew it") in person.shown()
        walk.enter_postbox()
        before = person.page.locator("article").count()
        person.press(TITLE)
        person.look("postbox-withdrawn")
        assert walk.say("Its content was wrong.") in person.shown()
        walk.press("Erase this notice")
        person.look("postbox-erase")
        walk.press("Erase for good", "button")
        person.arrive(f"{demo.postbox}/?erased=")
        person.look("postbox-erased")
        assert person.page.locator("article").count() == before - 1
        person.check_nothing_happened()
