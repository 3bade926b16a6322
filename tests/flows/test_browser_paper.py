"""From paper to the answer: a printed notice's QR code is scanned, its address opened on a phone, the file asked about."""

import re
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.flows.acts import Acts, case_number, link
from tests.flows.browser import Screen
from tests.flows.conftest import Demo
from tests.flows.test_story import open_at_the_needed_level
from tests.flows.walk import TITLE, Walk
from tests.flows.words import german
from tests.postbox.writing.test_paper import scanned, text_of

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser"), pytest.mark.timeout(180)]
SCREENS = [Screen(width=360), Screen(scripts=False, width=320, language="en", dark=True)]


@pytest.fixture(scope="module")
def papers(demo: Demo) -> tuple[bytes, bytes]:
    """A notice that was written in the caseworker's page and sealed, and its cover sheet, as the citizen saves them."""
    citizen, staff = Acts(demo=demo), Acts(demo=demo)
    case = case_number(citizen.order(channel="postbox"))
    cases = staff.enter_casework()
    page = staff.get(demo.postbox + re.search(rf'href="([^"]+)">{case}', cases.text)[1])
    fields = {
        "title": "Bescheid auf Papier", "body": "Ihrem Antrag wird entsprochen.", "address": "Erika Mustermann\n51147 Köln",
        "form": "seal", "minimum_level": "substantial", "procedural_law": "VwVfG", "remedy": "objection",
        "seat": "Kettelerstraße 3, 68519 Viernheim",
    }  # fmt: skip
    sent = staff.send(staff.send(page, "/preview", fields), "/send", {})
    staff.await_page(sent.url, lambda shown: "/proof" in shown.text)
    notice = open_at_the_needed_level(citizen)
    return citizen.send(notice, "/documents/", {}).content, citizen.get(link(notice, "/cover")).content


@pytest.mark.parametrize("screen", [Screen(width=360), Screen(scripts=False, language="en")], ids=str)
def test_a_caseworker_sends_a_letter(meet: Callable, demo: Demo, tmp_path: Path, screen: Screen) -> None:
    """Ordered with an address, printed into the print room's folder, posted today: every page of it is sound."""
    with meet(screen) as person:
        walk = Walk(person, demo, tmp_path)
        person.expected_failures = 3  # the forms sent with mistakes on purpose
        case = walk.order()
        walk.fetch_sample()
        walk.enter_casework(look=False)
        walk.send_notice(case)
        person.press(TITLE)
        person.page.locator("summary", has_text=walk.say("Send it as a letter, too")).click()
        walk.press("Order the letter", "button")
        person.look("casework-letter-errors")
        person.page.get_by_label(walk.say("Address for the envelope's window")).fill("Erika Mustermann\n51147 Köln")
        person.page.get_by_label(walk.say("The address lies in Germany")).check()
        walk.press("Order the letter", "button")
        end = time.monotonic() + 20
        while walk.say("Record the posting") not in person.shown():
            assert time.monotonic() < end, person.shown()
            time.sleep(0.2)
            person.page.reload()
        person.titles.clear()  # the same page, further on
        notice = person.page.url.rpartition("/")[2].partition("#")[0]
        (job,) = (demo.data / "data/letters").glob(f"*-{notice}")
        assert (job / "2-Dokument.pdf").read_bytes().startswith(b"%PDF-")
        assert "51147 Köln" in text_of((job / "1-Anschreiben.pdf").read_bytes())
        person.look("casework-letter-ready")
        walk.press("Record the posting", "button")
        person.titles.clear()
        person.look("casework-letter-posted")
        assert walk.say("posted as a letter") in person.shown()
        person.check_nothing_happened()


@pytest.mark.parametrize("screen", SCREENS, ids=str)
def test_a_printed_notice_is_checked_on_a_phone(
    meet: Callable, demo: Demo, papers: tuple[bytes, bytes], tmp_path: Path, screen: Screen
) -> None:
    """Scripts fill the code in and take it from the address; without them it is typed. It stands in no log."""
    notice, cover = papers
    (address,) = scanned(notice)[-1]
    assert scanned(cover) == [[address]]
    link, _, code = address.partition("#")
    assert link == f"{demo.postbox}/verify/document"
    grouped = "-".join(code[at : at + 5] for at in range(0, 26, 5)).upper()
    assert grouped in text_of(notice)
    with meet(screen) as person:

        def say(text: str) -> str:
            return text if screen.language == "en" else german(text)

        def ask(content: bytes) -> str:
            file = tmp_path / "Bescheid.pdf"
            file.write_bytes(content)
            if not screen.scripts:
                person.page.get_by_label(say("Code"), exact=False).first.fill(grouped)
            person.page.get_by_label(say("Document (PDF)")).set_input_files(file)
            person.press(say("Check"), "button")
            return person.shown()

        person.page.goto(f"{link}?lang={screen.language}")
        person.page.goto("about:blank")  # as when a camera opens it: the fragment comes with a fresh page
        person.open(address, "inquiry")
        if screen.scripts:
            assert person.page.get_by_label(say("Code"), exact=False).first.input_value() == code
            assert person.page.url == link
        assert say("This document was delivered here, and it still stands.") in ask(notice)
        person.look("inquiry-answer")
        assert say("Nothing can be said about this document.") in ask(cover)
        person.check_nothing_happened()
    logs = b"".join(path.read_bytes() for path in (demo.data.parent / f"{demo.data.name}.log", demo.data / "log.jsonl"))
    assert b"notice-accepted" in logs
    assert code.encode() not in logs
    assert grouped.encode() not in logs
