"""Pages dressed as in production, and browsers of people who are logged in."""

import dataclasses
import re

import pytest

from keys.keyring import Keyring, Purpose
from keys.minting import Owner, mint
from postbox.app import create_app
from postbox.delivery.jobs import run_due
from postbox.intake.accept import submit
from postbox.intake.recipients import open_mailbox
from postbox.pages import sessions
from postbox.store import events
from postbox.web import EXTENSION
from runtime.shell import dress
from tests.postbox.conftest import NOON, VIERNHEIM, caller, pdf, submission, upload

ERIKA = "sector-sub-of-erika"
BASE = "https://postbox.test"


@pytest.fixture
def pages(app):
    """The postbox's application, dressed as in production."""
    return dress(app, title="Postfach – Viernheim")


@pytest.fixture
def citizen(pages, box):
    """Makes a browser of a citizen who is logged in at a level."""

    def log_in(level="substantial", subject=ERIKA):
        mailbox = open_mailbox(box, subject, NOON)
        handle = sessions.begin(
            box.database, box.keyring, kind="citizen", mailbox=mailbox, level=level, claims={}, now=NOON
        )
        browser = pages.test_client()
        browser.set_cookie("__Host-postbox", handle, domain="postbox.test", secure=True)
        return browser

    return log_in


@pytest.fixture
def staff(pages, box):
    """Makes a browser of a caseworker who is logged in."""

    def log_in(*authorities):
        claims = {"subject": "staff-1", "name": "Frau Beispiel", "authorities": list(authorities or (VIERNHEIM,))}
        handle = sessions.begin(
            box.database, box.keyring, kind="staff", mailbox=None, level="substantial", claims=claims, now=NOON
        )
        browser = pages.test_client()
        browser.set_cookie("__Host-casework", handle, domain="postbox.test", secure=True)
        return browser

    return log_in


@pytest.fixture
def notice(box, recipient, clock):
    """A notice that lies available in Erika's postbox and needs the level substantial."""
    accepted = submit(box, submission(recipient, upload(pdf())), caller(), clock())
    run_due(box, clock())
    return accepted.notice


def get(browser, path, **options):
    return browser.get(path, base_url=BASE, **options)


def token_of(page):
    return re.search(r'name="csrf" value="([^"]+)"', page.text)[1]


def post(browser, path, page, data=None, **options):
    return browser.post(path, base_url=BASE, data={"csrf": token_of(page), **(data or {})}, **options)


def happened(box, notice_id):
    with box.database.read() as connection:
        return [one.event.type for one in events.of_notice(connection, notice_id)]


@pytest.fixture
def demo_staff(settings, postbox_database, keyring, clock):
    """A postbox of the demo, which seals for Viernheim: a caseworker's browser, its use cases, and Erika's browser."""
    seal = mint(Purpose.DOCUMENT_SEALING, NOON, owner=Owner(ars=VIERNHEIM, name="Stadt Viernheim"))
    ring = Keyring([*keyring, seal])
    settings = dataclasses.replace(settings, demo=True)
    dressed = dress(create_app(settings, postbox_database, ring, clock=clock), title="Postfach – Demo", demo=True)
    box = dressed.extensions[EXTENSION]
    browsers = []
    claims = {"subject": "staff-1", "name": "Frau Beispiel", "authorities": [VIERNHEIM]}
    for kind, mailbox, known in (("staff", None, claims), ("citizen", open_mailbox(box, ERIKA, NOON), {})):
        handle = sessions.begin(
            box.database, ring, kind=kind, mailbox=mailbox, level="substantial", claims=known, now=NOON
        )
        browser = dressed.test_client()
        cookie = "__Host-casework" if kind == "staff" else "__Host-postbox"
        browser.set_cookie(cookie, handle, domain="postbox.test", secure=True)
        browsers.append(browser)
    return browsers[0], box, browsers[1]
