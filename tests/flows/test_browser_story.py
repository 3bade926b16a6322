"""The whole story as people click it: a certificate is ordered, sent, announced, opened, saved and proved.

Every page on the way is judged: axe-core finds nothing, nothing scrolls sideways at 320 px, nothing leaves this machine,
the console stays silent. With and without JavaScript, wide and narrow, German and English, light and dark.
"""

from collections.abc import Callable
from pathlib import Path

import pytest
import requests

from tests.flows.browser import Screen
from tests.flows.conftest import Demo, verified
from tests.flows.walk import Walk

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser"), pytest.mark.timeout(180)]
SCREENS = (
    Screen(scripts=True, width=1280, language="de"),
    Screen(scripts=True, width=320, language="en", dark=True),
    Screen(scripts=False, width=1280, language="en", dark=True),
    Screen(scripts=False, width=320, language="de"),
)


@pytest.mark.parametrize("screen", SCREENS, ids=str)
def test_the_whole_story_is_clicked(screen: Screen, meet: Callable, demo: Demo, tmp_path: Path) -> None:
    """Order, send, e-mail, open at the needed level, save, prove, flip: on every screen, and every page is sound."""
    with meet(screen) as person:
        walk = Walk(person, demo, tmp_path)
        person.expected_failures = 2  # the two forms sent with mistakes on purpose
        walk.page.goto(f"{demo.town}/mail")
        before = walk.page.locator("tbody tr").count()
        case = walk.order()
        sent = walk.fetch_sample()
        walk.enter_casework()
        walk.send_notice(case)
        walk.read_mail(before)
        walk.open_postbox()
        bundle = walk.keep(sent)
        flipped = walk.prove(bundle)
        anchors = tmp_path / "anchors.json"
        anchors.write_bytes(requests.get(f"{demo.postbox}/anchors.json", timeout=10).content)
        assert verified(bundle, anchors) == 0
        assert verified(flipped, anchors) == 1
        person.check_nothing_happened()
