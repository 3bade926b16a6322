"""One login at the service, as far as a test needs it: begin, have the stand-in answer, deliver, try the door."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from idgateway.sp_check.browser import Browser, Network, joined, submitted
from idgateway.sp_check.errors import CheckVoid, TargetRefused
from idgateway.sp_check.evidence import Sent, Stop, Trace, shown
from idgateway.sp_check.forms import Page, read_page
from idgateway.sp_check.standin import Reply, StandIn

_EXCHANGE = "Load the stand-in's metadata into the service, and the service's into the stand-in."


@dataclass(frozen=True, kw_only=True)
class Begun:
    """A browser that stands before the stand-in, with the service's request in its hands."""

    browser: Browser
    request: Sent
    press_after: str = ""  # words of a link or button on a page that the service shows after a login


@dataclass(frozen=True, kw_only=True)
class Service:
    """The service under test: where its login begins, what to press there, and the stand-in it trusts."""

    url: str
    press: str  # words of a link or button on the first page; empty where the address itself begins the login
    stand_in: StandIn
    network: Network
    press_after: str = ""  # the same for a page that comes after the login and before its use: a consent, a notice

    def knock(self) -> None:
        """See whether anything answers at the service's address. Raises CheckVoid."""
        with closing(Browser(self.network, self.stand_in.takes)) as browser:
            stop = browser.open(self.url)
        if stop.broke:
            raise CheckVoid(f"Nothing answers at {shown(self.url)}: {stop.broke}.", "Is the service running?")

    @contextmanager
    def begin(self) -> Iterator[Begun]:
        """Begin a login in a fresh browser. Raises CheckVoid where it does not reach the stand-in."""
        with closing(Browser(self.network, self.stand_in.takes)) as browser:
            stop = browser.open(self.url)
            if stop.handed is None and self.press:
                stop = self._pressed(browser, stop)
            if stop.handed is None:
                raise CheckVoid(*self._lost(stop))
            yield Begun(browser=browser, request=stop.handed, press_after=self.press_after)

    def stranger(self, door: str) -> Trace:
        """What somebody without a login gets at an address."""
        with closing(Browser(self.network, self.stand_in.takes)) as browser:
            stop = browser.open(door)
        return Trace(stop=stop, door=stop)

    def _pressed(self, browser: Browser, stop: Stop) -> Stop:
        page = read_page(stop.text)
        step = _step(stop.url, page, self.press)
        if step is None:
            there = ", ".join(f"“{word}”" for word in page.words[:12]) or "nothing"
            raise CheckVoid(f"There is no “{self.press}” on {stop.shown} to press; there is {there}.")
        return browser.go(step, initiator=stop.url)

    def _lost(self, stop: Stop) -> tuple[str, str]:
        where = f"{stop.shown} (status {stop.status}, “{stop.title}”)" if not stop.broke else stop.shown
        if stop.broke:
            return f"The login does not begin: {stop.broke}.", "Is the service running?"
        if stop.led_to:
            try:
                self.network.admit(urlsplit(stop.led_to).hostname or "")
            except TargetRefused as error:
                return f"The login leads to {stop.shown}. {error.cause}", error.cure or _EXCHANGE
        if stop.status >= 400:  # noqa: PLR2004 - RFC 9110 15.5
            return f"The login does not begin: the service answers with an error at {where}.", "Try it in a browser."
        if read_page(stop.text).sends_itself:
            return f"The login was sent to {where} and not to the stand-in.", _EXCHANGE
        words = ", ".join(f"“{word}”" for word in read_page(stop.text).words[:12])
        cure = (
            f"Name what to press there with --press: {words}." if words else "Give the address that begins the login."
        )
        return f"The login ends at {where} and never reaches the stand-in at {self.stand_in.base}.", cure


def deliver(begun: Begun, reply: Reply, door: str) -> Trace:
    """Post an answer from the stand-in's page, follow it, and try the protected page (where one is known)."""
    before = begun.browser.cookies()
    sent = Sent(method="POST" if reply.fields else "GET", url=reply.url, fields=reply.fields)
    stop = begun.browser.go(sent, initiator=begun.request.url)
    step = _step(stop.url, read_page(stop.text), begun.press_after) if begun.press_after else None
    if step is not None:
        before_it, stop = stop, begun.browser.go(step, initiator=stop.url)
        stop = replace(stop, statuses=(*before_it.statuses, *stop.statuses), first_seconds=before_it.first_seconds)
    after = begun.browser.cookies()
    changed = frozenset(key[2] for key, value in after.items() if before.get(key) != value and value)
    return Trace(stop=stop, cookies=changed, door=begun.browser.open(door) if door else None)


def from_another(begun: Begun, thief: Begun) -> Begun:
    """The first one's login in the other one's browser."""
    return replace(begun, browser=thief.browser)


def _step(url: str, page: Page, words: str) -> Sent | None:
    """What pressing a link or button of these words sends."""
    wanted = words.casefold()
    for href, said in page.links:
        if wanted in said.casefold() and href:
            return Sent(method="GET", url=joined(url, href), fields=())
    for form in page.forms:
        for name, value, said in form.buttons:
            if wanted in (said or value).casefold():
                pressed = [(name, value)] if name else []
                return submitted(url, form.action, form.method, [*form.fields, *pressed])
    return None
