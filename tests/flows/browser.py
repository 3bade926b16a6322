"""Chromium as a person uses it, and a close look at every page it shows.

A ``Visitor`` is one person at one screen, in one browser context: the gate, the postbox and the town share its cookies,
for cookies ignore ports. ``look`` judges the page that is shown and takes its picture; complaints are collected, so that
one run names them all. With JavaScript switched off axe-core cannot run in the page; pages that leave by themselves when
scripts run are then scanned as a copy, in a browser that has scripts but is told by the policy to run none of the page's.
"""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import cache, partial
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Error

AXE = Path(__file__).parents[1] / "peers/node_modules/axe-core/axe.min.js"
PROGRAMS = ("chromium", "chromium-browser", "google-chrome")
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
RULES = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa")
PATIENCE = 15_000  # milliseconds
# Runs in the page; answers one line per violation, and how many rules found something to judge: none is no pass.
SCAN = """async (only) => {
  const found = await axe.run(document, {runOnly: only, resultTypes: ["violations"]});
  return {judged: found.passes.length, violations: found.violations.map(v =>
    `${v.id}: ${v.help}: ` + v.nodes.map(n => n.target.join(" ") + " " + n.html.slice(0, 160)).join(" | "))};
}"""
# The same questions for every page, asked of the tree the browser built.
SHAPE = """() => ({
  title: document.title,
  language: document.documentElement.lang,
  width: document.scrollingElement.scrollWidth,
  h1: document.querySelectorAll("h1").length,
  main: document.querySelectorAll("main, [role=main]").length,
  ...Object.fromEntries([["banner", "header"], ["contentinfo", "footer"]].map(([role, tag]) => [role,
    [...document.querySelectorAll(`${tag}, [role=${role}]`)].filter(e =>
      !e.parentElement.closest("main, article, section, aside, nav")).length])),
  first: (document.querySelector("a[href], button, input, select, textarea, summary") || {}).hash || "",
  ids: [...document.querySelectorAll("[id]")].map(e => e.id),
  wide: [...document.querySelectorAll("body *")].filter(e =>
    e.getBoundingClientRect().right > innerWidth + 1 && e.getBoundingClientRect().width > 0 &&
    !e.closest(".shell-skip, .skip, pre")).slice(0, 5).map(e => e.outerHTML.slice(0, 120)),
})"""


def found_programs() -> tuple[str, str]:
    """Chromium's path and axe-core's source; skips with the reason when one is missing, fails with ``CI=true``."""
    program = next((path for name in PROGRAMS if (path := shutil.which(name))), None)
    if program is None:
        absent("Chromium is not installed")
    if not AXE.is_file():
        absent("axe-core is not installed: run npm ci in tests/peers")
    return str(program), AXE.read_text(encoding="utf-8")


def absent(reason: str) -> None:
    """Skip, or fail where everything has to be there."""
    pytest.fail(reason) if os.environ.get("CI") == "true" else pytest.skip(reason)


@dataclass(frozen=True, kw_only=True)
class Screen:
    """How a person looks at the pages."""

    scripts: bool = True
    width: int = 1280
    language: str = "de"
    dark: bool = False

    def __str__(self) -> str:
        """A name for pictures and tests."""
        scripts = "js" if self.scripts else "nojs"
        return f"{scripts}-{self.width}-{self.language}{'-dark' if self.dark else ''}"


@dataclass(kw_only=True)
class Visitor:
    """One person at one screen."""

    page: Any
    screen: Screen
    origins: tuple[str, ...]
    pictures: tuple[Path, ...]
    axe: str = field(repr=False)
    mirror: Callable[[], Any] = field(repr=False)  # gives a page in a context of its own, for copies
    titles: dict[str, str] = field(default_factory=dict)
    complaints: list[str] = field(default_factory=list)
    expected_failures: int = 0  # answers of 400 and more that the story asks for; the console names each
    _errors: list[str] = field(default_factory=list)

    def open(self, url: str, name: str) -> None:
        """Go to an address and look."""
        self.page.goto(url)
        self.look(name)

    def look(self, name: str, *, leaves_by_itself: bool = False) -> None:
        """Judge the page that is shown now, and take its picture."""
        self.page.wait_for_load_state("load")
        shape = self.page.evaluate(SHAPE)
        for complaint in (*self._misshapen(shape), *self._title(shape["title"], name)):
            self.complaints.append(f"{name}: {complaint}")
        if self.screen.scripts:
            self._scan(self.page, name)
        elif leaves_by_itself:
            self._scan_copy(name)
        picture = self.page.screenshot(full_page=True)
        for folder in self.pictures:
            (folder / f"{name}--{self.screen}.png").write_bytes(picture)

    def press(self, text: str, role: str = "link", *, exact: bool = False) -> None:
        """Press what a person would press, by the words on it; a page it leads to is whole before anything is counted."""
        self.page.get_by_role(role, name=text, exact=exact).first.click()
        self.page.wait_for_load_state("load")

    def arrive(self, address: str) -> None:
        """Wait until the way, however many pages it leads over, ends at an address beginning like this."""
        self.wait_for(address)

    def wait_for(self, *addresses: str) -> None:
        """Wait until the address begins with one of these; a page that another one overtook is no end of the way."""
        for last in (False, True):
            try:
                self.page.wait_for_url(lambda url: url.startswith(addresses))
                return
            except Error as error:
                if last or "ERR_ABORTED" not in str(error):
                    raise

    def shown(self) -> str:
        """The text a person can read."""
        return str(self.page.locator("body").inner_text())

    def check_nothing_happened(self) -> None:
        """Fail with everything that was seen: complaints, console errors, foreign requests."""
        for message in self._errors:
            if self.expected_failures and "Failed to load resource" in message:
                self.expected_failures -= 1
            else:
                self.complaints.append(f"console: {message}")
        assert not self.complaints, "\n" + "\n".join(self.complaints)

    def listen(self) -> None:
        """Hear every request, every console message and every error of the context from now on."""
        context = self.page.context
        context.on("request", self._requested)
        context.on("console", self._said)
        context.on("weberror", lambda error: self._errors.append(f"script failed: {error.error}"))

    def _requested(self, request: Any) -> None:
        if not request.url.startswith((*(origin + "/" for origin in self.origins), "data:")):
            self.complaints.append(f"a request left for a foreign place: {request.url[:200]}")

    def _said(self, message: Any) -> None:
        if message.type in ("error", "warning"):
            self._errors.append(f"{message.text[:300]} at {self.page.url}")

    def _misshapen(self, shape: dict[str, Any]) -> Iterator[str]:
        if shape["width"] > self.screen.width:
            yield f"scrolls sideways: {shape['width']} px, because of {shape['wide']}"
        if shape["language"] != self.screen.language:
            yield f"lang is {shape['language']!r}"
        for part in ("h1", "main", "banner", "contentinfo"):
            if shape[part] != 1:
                yield f"{shape[part]} {part}"
        if shape["first"] != "#main":
            yield "the skip link is not the first stop"
        if len(shape["ids"]) != len(set(shape["ids"])):
            yield "an id stands twice"

    def _title(self, title: str, name: str) -> Iterator[str]:
        if not title.strip(" –·"):
            yield "no title"
        if (other := self.titles.setdefault(title, name)) != name:
            yield f"the title {title!r} is also that of {other}"

    def _scan(self, page: Any, name: str) -> None:
        page.evaluate(self.axe + ";0")
        self._judge(page, name, {"type": "tag", "values": list(RULES)})
        # Colours are judged in the other scheme, too.
        page.emulate_media(color_scheme="light" if self.screen.dark else "dark")
        self._judge(page, f"{name} in the other colours", {"type": "rule", "values": ["color-contrast"]})
        page.emulate_media(color_scheme="dark" if self.screen.dark else "light")

    def _judge(self, page: Any, name: str, only: dict[str, Any]) -> None:
        found = page.evaluate(SCAN, only)
        assert found["judged"] > 0, f"axe judged nothing on {name}"
        self.complaints += [f"{name}: axe: {violation}" for violation in found["violations"]]

    def _scan_copy(self, name: str) -> None:
        html, url = self.page.content(), self.page.url
        policy = {"content-type": "text/html; charset=utf-8", "content-security-policy": "script-src 'none'"}
        mirror = self.mirror()
        mirror.route(url, lambda route: route.fulfill(body=html, headers=policy))
        mirror.goto(url)
        self._scan(mirror, name)
        mirror.unroute(url)


@contextmanager
def visitor(
    chromium: Any, axe: str, screen: Screen, origins: tuple[str, ...], pictures: tuple[Path, ...]
) -> Iterator[Visitor]:
    """A person with a fresh browser context: no cookie, no history, one language and one screen."""
    options = {
        "viewport": {"width": screen.width, "height": 568 if screen.width < 640 else 900},
        "color_scheme": "dark" if screen.dark else "light",
        "locale": {"de": "de-DE", "en": "en-GB"}[screen.language],
        "reduced_motion": "reduce",  # scrolling has an end that a test can wait for
        "accept_downloads": True,
    }
    with ExitStack() as contexts:

        def page(*, scripts: bool) -> Any:
            context = chromium.new_context(java_script_enabled=scripts, **options)
            contexts.callback(context.close)
            context.set_default_timeout(PATIENCE)
            return context.new_page()

        person = Visitor(
            page=page(scripts=screen.scripts),
            screen=screen,
            origins=origins,
            pictures=pictures,
            axe=axe,
            mirror=cache(partial(page, scripts=True)),  # half a second of work, which most people never need
        )
        person.listen()
        yield person
