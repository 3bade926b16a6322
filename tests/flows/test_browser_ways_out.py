"""Where people leave the straight way: cancel, go back, reload, press twice, hand in something broken. No dead ends."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.flows.acts import Acts
from tests.flows.browser import Screen
from tests.flows.conftest import Demo
from tests.flows.walk import CARD, ERIKA, Walk

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser"), pytest.mark.timeout(120)]
WIDE, NARROW = Screen(), Screen(width=320, language="en", dark=True)
LEGAL = ("impressum", "datenschutz", "barrierefreiheit", "leichte-sprache", "kontakt")
FIRST_VIEW = 250_000  # bytes, with stylesheets and fonts
# Runs in the page; where the focus is, how it shows, and whether it can be seen.
FOCUS = """() => {
  const e = document.activeElement, box = e.getBoundingClientRect(), style = getComputedStyle(e);
  const own = parseFloat(style.outlineWidth) >= 2 && style.outlineStyle !== "none";
  return {name: e.outerHTML.slice(0, 100), body: e === document.body, own: own || e.matches(".shell-skip"),
          seen: box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth};
}"""


def test_cancelling_leads_back_to_where_one_came_from(meet: Callable, demo: Demo, tmp_path: Path) -> None:
    """Town, postbox and casework each say in a friendly way that nothing happened, and offer to begin again."""
    with meet(WIDE) as person:
        walk = Walk(person, demo, tmp_path)
        places = (
            (f"{demo.town}/urkunde", "Log in with BundID", "Start again"),
            (f"{demo.postbox}/", "Log in with another method", "Log in with another method"),
        )
        for number, (start, way_in, way_on) in enumerate(places):
            person.page.goto(start)
            walk.press(way_in)
            person.arrive(f"{demo.stand_in}/login/")
            walk.press("Cancel and go back to the service")
            person.arrive(start.removesuffix("/"))
            person.look(f"cancelled-{number}")
            walk.press(way_on)
            person.arrive(start if number == 0 else f"{demo.stand_in}/login/")
        person.page.goto(f"{demo.postbox}/casework")
        walk.press("Log in with the staff account")
        person.arrive(f"{demo.stand_in}/staff/people/")
        walk.press("Cancel", "button")
        person.arrive(f"{demo.postbox}/casework")
        person.look("cancelled-casework")
        assert person.page.get_by_role("link", name=walk.say("Log in with the staff account")).count() == 1
        person.check_nothing_happened()


def test_going_back_after_the_login_does_no_harm(meet: Callable, demo: Demo, tmp_path: Path) -> None:
    """The same answer a second time opens nothing, says so on a page with a way back, and the login stays."""
    known = Acts(demo=demo)  # who was told before goes straight through
    known.log_in(known.get(f"{demo.town}/urkunde/anmelden"), "erika-eid")
    with meet(WIDE) as person:
        walk = Walk(person, demo, tmp_path)
        walk.enter_town()
        person.page.go_back()
        person.arrive(f"{demo.stand_in}/login/")
        person.expected_failures = 1
        walk.press("I agree, transfer the data", "button")
        person.arrive(f"{demo.gate}/")
        person.look("gate-login-ended")
        person.page.locator("main a").first.click()
        person.arrive(f"{demo.town}/")
        person.page.goto(f"{demo.town}/urkunde/antrag")
        assert "MUSTERMANN" in person.shown()
        person.check_nothing_happened()


def test_a_broken_answer_ends_on_a_page_with_a_number_and_a_way_back(
    meet: Callable, demo: Demo, tmp_path: Path
) -> None:
    """The refusal has an error number, leaks no reason a forger could use, and leads back to the service."""
    with meet(NARROW) as person:
        walk = Walk(person, demo, tmp_path)
        person.page.goto(f"{demo.town}/urkunde")
        walk.press("Log in with BundID")
        person.arrive(f"{demo.stand_in}/login/")
        walk.press(CARD, exact=True)
        walk.press(ERIKA, "button")
        for inside in ("#signed", "#outcome", "#fault"):
            person.page.locator(f"details:has({inside}) > summary").click()
        person.look("standin-broken")
        person.page.locator("#fault").select_option("foreign-key")
        person.expected_failures = 1
        person.page.locator("button[value=broken]").click()
        person.arrive(f"{demo.gate}/saml/")
        person.look("gate-refused")
        assert re.search(r"\b[0-9a-f]{16}\b", person.shown())
        person.press(walk.say("Back to “%(service)s”").split("%")[0])
        person.arrive(f"{demo.town}/")
        person.check_nothing_happened()


def test_reloading_and_pressing_twice_order_once(meet: Callable, demo: Demo, tmp_path: Path) -> None:
    """Two presses on the form, a reload of its errors, a reload of the receipt: one application, one case."""
    with meet(WIDE) as person:
        walk = Walk(person, demo, tmp_path)
        walk.enter_casework(look=False)
        cases = person.page.locator("article").count()
        walk.enter_town()
        person.expected_failures = 2  # the form with its mistake, and again when it is reloaded
        walk.press("Send application", "button")
        person.page.reload()
        assert walk.say("Choose which certificate you need.") in person.shown()
        person.page.get_by_label(walk.say("Birth certificate")).check()
        person.page.get_by_role("button", name=walk.say("Send application")).dblclick()
        person.arrive(f"{demo.town}/urkunde/fertig")
        case = walk.case_number()
        person.page.reload()
        assert walk.case_number() == case
        person.page.goto(f"{demo.town}/urkunde/antrag")
        person.arrive(f"{demo.town}/urkunde/fertig")
        assert walk.case_number() == case
        person.page.goto(f"{demo.postbox}/casework")
        assert person.page.get_by_role("link", name=case).count() == 1
        assert person.page.locator("article").count() == cases + 1
        walk.press("Log out", "button")
        person.look("casework-logged-out")
        person.check_nothing_happened()


def test_three_logins_live_side_by_side(meet: Callable, demo: Demo, tmp_path: Path) -> None:
    """Cookies ignore ports: town, postbox and casework keep their own, and leaving one leaves the others."""
    with meet(WIDE) as person:
        walk = Walk(person, demo, tmp_path)
        walk.enter_town()
        walk.enter_postbox()
        walk.enter_casework(look=False)
        inside = {
            f"{demo.town}/urkunde/antrag": "MUSTERMANN",
            f"{demo.postbox}/": walk.say("You are logged in at level"),
            f"{demo.postbox}/casework": "Frau Beispiel",
        }
        for url, sign in inside.items():
            person.page.goto(url)
            assert sign.split("%")[0] in person.shown()
        check_cookies(person.page.context.cookies())
        person.page.goto(f"{demo.postbox}/casework")
        walk.press("Log out", "button")
        person.page.goto(f"{demo.postbox}/casework")
        assert "Frau Beispiel" not in person.shown()
        for url, sign in list(inside.items())[:2]:
            person.page.goto(url)
            assert sign.split("%")[0] in person.shown()
        walk.press("Log out", "button")
        person.look("postbox-logged-out")
        person.page.goto(f"{demo.town}/urkunde/antrag")
        assert "MUSTERMANN" in person.shown()
        person.check_nothing_happened()


def check_cookies(found: list[dict]) -> None:
    """All of them belong to one host only, are unreadable for scripts and stay at home in cross-site requests."""
    kept = {cookie["name"] for cookie in found}
    assert {"__Host-gate", "__Host-town", "__Host-postbox", "__Host-casework"} <= kept
    for cookie in found:
        assert cookie["domain"] in ("localhost", "127.0.0.1"), cookie["name"]
        assert cookie["secure"], cookie["name"]
        assert cookie["httpOnly"], cookie["name"]
        assert cookie["sameSite"] == "Lax", cookie["name"]
        assert cookie["name"].startswith("__Host-") or cookie["name"] == "lang"


def test_who_has_no_role_or_no_account_still_finds_a_way(meet: Callable, demo: Demo, tmp_path: Path) -> None:
    """Staff without the role are told so; a guest gets a letter; an address that leads nowhere leads on."""
    with meet(NARROW) as person:
        walk = Walk(person, demo, tmp_path)
        person.expected_failures = 4  # one refusal, three addresses that do not exist
        person.page.goto(f"{demo.postbox}/casework")
        walk.press("Log in with the staff account")
        person.arrive(f"{demo.stand_in}/staff/people/")
        person.page.get_by_role("button", name="Frau Prüfer").click()
        person.arrive(f"{demo.postbox}/casework")
        person.look("casework-without-role")
        person.page.goto(f"{demo.town}/urkunde")
        walk.press("Continue without an account")
        person.look("gate-before-guest")
        assert walk.say("Before you log in") in person.shown()
        walk.press("Continue to BundID")
        walk.log_in("Online ID card without an account (guest)", "no account", f"{demo.town}/urkunde/antrag")
        person.look("town-form-guest")
        assert person.page.get_by_label(walk.say("In my digital postbox")).count() == 0
        person.page.get_by_label(walk.say("Birth certificate")).check()
        walk.press("Send application", "button")
        person.arrive(f"{demo.town}/urkunde/fertig")
        person.look("town-receipt-guest")
        for name, origin in (("town", demo.town), ("postbox", demo.postbox), ("gate", demo.gate)):
            person.titles.clear()
            person.open(f"{origin}/nowhere", f"{name}-nowhere")
            assert person.page.locator("main a").count() >= 1
        person.check_nothing_happened()


@pytest.mark.parametrize("screen", [WIDE, NARROW], ids=str)
def test_the_legal_pages_stand_in_every_footer(screen: Screen, meet: Callable, demo: Demo, tmp_path: Path) -> None:
    """Imprint, privacy, accessibility, easy language and contact: open to all and not empty."""
    with meet(screen) as person:
        Walk(person, demo, tmp_path)
        links = person.page.get_by_role("contentinfo").get_by_role("link")
        addresses = links.evaluate_all("all => all.map(one => one.href)")
        assert len(addresses) == len(LEGAL)
        for page, address in zip(LEGAL, addresses, strict=True):
            assert person.page.goto(address).status == 200
            assert len(person.page.get_by_role("main").inner_text()) > 200
            person.look(f"legal-{page}")
        person.check_nothing_happened()


def test_the_keyboard_is_enough_and_the_focus_is_always_seen(meet: Callable, demo: Demo, tmp_path: Path) -> None:
    """From the skip link through the whole form by Tab: each stop is visible, none is a trap; Enter sends."""
    with meet(NARROW) as person:
        walk = Walk(person, demo, tmp_path)
        person.page.goto(f"{demo.town}/urkunde")
        person.page.keyboard.press("Tab")
        person.page.keyboard.press("Enter")
        assert person.page.evaluate("document.activeElement.id") == "main"
        stops = walk_by_tab(person.page)
        assert any("urkunde/anmelden" in stop for stop in stops)
        walk.enter_town()
        stops = walk_by_tab(person.page)
        assert sum("<input" in stop for stop in stops) >= 8
        person.page.get_by_label(walk.say("Birth certificate")).focus()
        person.page.keyboard.press("Space")
        person.page.keyboard.press("Enter")
        person.arrive(f"{demo.town}/urkunde/fertig")
        person.check_nothing_happened()


def walk_by_tab(page) -> list[str]:
    """Every stop of the Tab key until the page is left; each must be visible and show the focus."""
    stops: list[str] = []
    for _ in range(80):
        page.keyboard.press("Tab")
        stop = page.evaluate(FOCUS)
        if stop["body"] or stop["name"] in stops[:1]:
            return stops
        assert stop["seen"], stop["name"]
        assert stop["own"], f"no visible focus: {stop['name']}"
        stops.append(stop["name"])
    raise AssertionError("the Tab key never leaves the page")


def test_the_first_view_is_light(meet: Callable, demo: Demo, tmp_path: Path) -> None:
    """With an empty cache the citizen's first page, its stylesheets and fonts weigh less than 250 kB."""
    with meet(WIDE) as person:
        bodies: dict[str, int] = {}
        person.page.on("response", lambda answer: bodies.update({answer.url: len(answer.body())}))
        person.page.goto(f"{demo.postbox}/", wait_until="networkidle")
        assert len(bodies) >= 5
        assert sum(bodies.values()) < FIRST_VIEW
        person.check_nothing_happened()
