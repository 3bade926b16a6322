"""The story's acts as one person does them, click by click; the tests put them in order."""

import re
import time
from collections.abc import Callable
from pathlib import Path

from tests.flows.browser import Visitor
from tests.flows.conftest import Demo
from tests.flows.words import german

TITLE = "Geburtsurkunde ausgestellt"
CARD, PASSWORD = "Online ID card", "User name and password"
ERIKA, ERIKA_BY_PASSWORD = "identity card, every value", "the same account as with the card"


class Walk:
    """The story's acts, for one person at one screen. Words are given in English and read in the screen's language."""

    def __init__(self, person: Visitor, demo: Demo, folder: Path) -> None:
        """Begin with the language chosen, once for all applications of this host."""
        self.person, self.demo, self.folder = person, demo, folder
        self.page = person.page
        self.page.goto(f"{demo.town}/urkunde?lang={person.screen.language}")

    def say(self, text: str) -> str:
        """A text of the pages in this person's language."""
        return text if self.person.screen.language == "en" else german(text)

    def press(self, text: str, role: str = "link", *, exact: bool = False) -> None:
        """Press a link or button by its English text."""
        self.person.press(self.say(text), role, exact=exact)

    def log_in(self, means: str, note: str, home: str, *, look: bool = False) -> None:
        """From the gate's page through the stand-in: means, person, consent, and back to ``home``."""
        self.go_through(means, note, look=look)
        self.agree(home)

    def agree(self, home: str) -> None:
        """Past the gate's page before data go, where it comes, and on to ``home``."""
        gate = f"{self.demo.gate}/continue/"
        self.person.wait_for(home, gate)
        if self.page.url.startswith(gate):  # the page before data go: the first time, or when more is asked for
            self.person.look("gate-consent")
            self.press("Continue to the service", "button")
        self.person.arrive(home)

    def go_through(self, means: str, note: str, *, look: bool = False) -> None:
        """From the gate's page through the stand-in to wherever that leads."""
        self._leave_the_gate(look=look)
        for name, text, role in (("means", means, "link"), ("persons", note, "button")):
            self._look(f"standin-{name}", look=look)
            self.press(text, role, exact=role == "link")
        self.person.arrive(f"{self.demo.stand_in}/login/")
        self._look("standin-data", look=look)
        self.press("I agree, transfer the data", "button")
        self._leave_the_stand_in(look=look)

    def _leave_the_gate(self, *, look: bool) -> None:
        if not self.person.screen.scripts:
            self._look("gate-handover", look=look, leaves_by_itself=True)
            self.press("Continue to BundID", "button")
        self.person.arrive(f"{self.demo.stand_in}/login/")

    def _leave_the_stand_in(self, *, look: bool = False) -> None:
        """Let the stand-in's last page lead back; without JavaScript by its button."""
        if not self.person.screen.scripts:
            self._look("standin-send", look=look, leaves_by_itself=True)
            self.press("Continue to the service", "button")

    def _look(self, name: str, *, look: bool, leaves_by_itself: bool = False) -> None:
        if look:
            self.person.look(name, leaves_by_itself=leaves_by_itself)

    def save(self, press: Callable[[], None], name: str) -> bytes:
        """Press something that gives a file, keep it under a name, and return its bytes."""
        with self.page.expect_download() as waiting:
            press()
        waiting.value.save_as(self.folder / name)
        return (self.folder / name).read_bytes()

    def enter_town(self, *, look: bool = False) -> None:
        """The citizen logs in to the online service."""
        self.page.goto(f"{self.demo.town}/urkunde")
        self._look("town-start", look=look)
        self.press("Log in with BundID")
        self.log_in(CARD, ERIKA, f"{self.demo.town}/urkunde/antrag", look=look)
        self._look("town-form", look=look)

    def order(self) -> str:
        """The citizen orders a certificate: login, form with verified values, receipt. Returns the case number."""
        self.person.open(f"{self.demo.town}/", "board")
        self.enter_town(look=True)
        name = self.page.get_by_label(self.say("Family name, verified"))
        assert name.input_value() == "MUSTERMANN"
        assert name.get_attribute("readonly") is not None
        self.page.get_by_label(self.say("In my digital postbox")).check()
        self.press("Send application", "button")
        self.person.look("town-form-errors")
        assert self.page.evaluate("document.activeElement.id") == "errors", "the error summary has the focus"
        self.page.get_by_label(self.say("Birth certificate")).check()
        self.press("Send application", "button")
        self.person.arrive(f"{self.demo.town}/urkunde/fertig")
        self.person.look("town-receipt")
        return self.case_number()

    def case_number(self) -> str:
        """The case number on the receipt."""
        return re.search(r"\bURK-[\w-]+", self.person.shown()).group()

    def fetch_sample(self) -> bytes:
        """The certificate that the registry office has issued."""
        return self.save(lambda: self.press("Save the sample certificate (PDF)"), "urkunde.pdf")

    def enter_casework(self, *, look: bool = True) -> None:
        """The caseworker logs in by the staff account."""
        self.page.goto(f"{self.demo.postbox}/casework")
        self._look("casework-start", look=look)
        self.press("Log in with the staff account")
        self.person.arrive(f"{self.demo.stand_in}/staff/people/")
        self._look("standin-staff", look=look)
        self.page.get_by_role("button", name="Frau Beispiel").click()
        self.person.arrive(f"{self.demo.postbox}/casework")
        self._look("casework-cases", look=look)

    def send_notice(self, case: str) -> None:
        """The caseworker answers the case: form, preview with dates, send."""
        self.person.press(case)
        self.person.look("casework-case")
        self.press("Preview", "button")
        self.person.look("casework-case-errors")
        self.compose()
        self.press("Preview", "button")
        self.person.look("casework-preview")
        assert re.search(r"\b20\d\d\b", self.page.locator(".postbox-deadline").inner_text())
        self.page.get_by_role("button", name=self.say("Send the notice")).dblclick()
        self.person.arrive(f"{self.demo.postbox}/casework/notices/")
        self.page.go_back()
        self.press("Send the notice", "button")
        self.person.arrive(f"{self.demo.postbox}/casework/notices/")
        self.await_proof()
        self.person.look("casework-notice")
        self.page.goto(f"{self.demo.postbox}/casework")
        self.person.press(case)
        self.person.arrive(f"{self.demo.postbox}/casework/cases/")
        assert self.page.get_by_role("link", name=TITLE).count() == 1, (
            "two presses on send, and a third after going back, made one notice"
        )
        self.person.look("casework-case-answered")

    def compose(self) -> None:
        """Fill the form for a notice."""
        self.page.get_by_label(self.say("Title the citizen sees")).fill(TITLE)
        self.page.get_by_label(self.say("In short, in plain words (optional)")).fill("Ihre Urkunde liegt bei.")
        self.page.get_by_label(self.say("The notice as PDF")).set_input_files(self.folder / "urkunde.pdf")
        self.page.get_by_label(self.say("Objection within one month, at the authority named below")).check()
        self.page.get_by_label(self.say("Its address")).fill("Kettelerstraße 3, 68519 Viernheim")

    def await_proof(self) -> None:
        """Reload until the notice is available; the worker needs a moment."""
        self.reload_until(lambda: self.page.get_by_role("link", name=self.say("Download the proof (ZIP)")).count())

    def reload_until(self, ready: Callable[[], object]) -> None:
        """Reload the page until it shows what is awaited, at most fifteen seconds."""
        end = time.monotonic() + 15
        while self.page.reload() and not ready():
            assert time.monotonic() < end, self.person.shown()
            time.sleep(0.3)

    def read_mail(self, before: int) -> None:
        """The newest e-mail says that something has arrived, never what; its link leads to the postbox."""
        self.page.goto(f"{self.demo.town}/mail")
        self.reload_until(lambda: self.page.locator("tbody tr").count() > before)
        self.person.look("mails")
        self.page.locator("tbody a").first.click()
        self.person.look("mail")
        text = self.page.locator(".board-mail").inner_text()
        assert not {word for word in ("Mustermann", TITLE, "URK-", "Urkunde") if word.lower() in text.lower()}
        self.page.locator(".board-mail a").first.click()

    def enter_postbox(self, *, means: str = CARD, note: str = ERIKA) -> None:
        """The citizen logs in to the postbox from its start page."""
        self.page.goto(f"{self.demo.postbox}/")
        self.press("Log in with another method")
        self.log_in(means, note, f"{self.demo.postbox}/")

    def open_postbox(self) -> None:
        """First too weak: the row is locked and says why. Then with the identity card: the notice."""
        self.person.look("postbox-start")
        self.press("Log in with another method")
        self.log_in(PASSWORD, ERIKA_BY_PASSWORD, f"{self.demo.postbox}/")
        self.person.look("postbox-locked")
        row = self.page.locator("article").first
        assert TITLE in row.inner_text()
        assert row.get_by_role("link", name=TITLE).count() == 0, "a locked row leads nowhere but to the login"
        sentence = self.say("This notice needs a login of level %(level)s.").split("%")[0]
        assert sentence in row.inner_text()
        row.get_by_role("link").first.click()
        self.log_in(CARD, ERIKA, f"{self.demo.postbox}/notices/")
        self.person.look("postbox-notice")

    def keep(self, sent: bytes) -> Path:
        """The citizen saves the PDF, what was sent with the authority's seal behind it, and the proof; the log shows it."""
        document = self.save(lambda: self.press("Save", "button"), "gespeichert.pdf")
        assert document.startswith(sent)
        assert b"/ETSI.CAdES.detached" in document[len(sent) :]
        self.reload_until(lambda: self.say("The document was transmitted completely") in self.person.shown())
        self.save(lambda: self.press("Download the proof (ZIP)"), "nachweis.zip")
        self.page.goto(f"{self.demo.postbox}/")
        self.person.look("postbox-list")
        return self.folder / "nachweis.zip"

    def prove(self, bundle: Path) -> Path:
        """The page for checking turns green; after one flipped byte it turns red. Returns the flipped bundle."""
        self.person.open(f"{self.demo.postbox}/verify", "verify")
        self.check(bundle)
        self.person.look("verify-green")
        assert self.say("The proof is genuine and unchanged.") in self.person.shown()
        self.person.open(f"{self.demo.town}/kippen", "flip")
        self.page.get_by_label(self.say("Proof bundle")).set_input_files(bundle)
        self.save(lambda: self.press("Flip one byte and save the copy", "button"), "gekippt.zip")
        self.page.goto(f"{self.demo.postbox}/verify")
        self.check(self.folder / "gekippt.zip")
        self.person.look("verify-red")
        assert self.say("The proof does not hold.") in self.person.shown()
        return self.folder / "gekippt.zip"

    def check(self, bundle: Path) -> None:
        """Hand a bundle in at the page for checking."""
        self.page.get_by_label(self.say("Proof (ZIP)")).set_input_files(bundle)
        self.press("Check", "button")
