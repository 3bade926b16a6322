"""Pages dressed as in production, and browsers of people who are logged in."""

import re

import pytest

from postbox.delivery.jobs import run_due
from postbox.intake.accept import submit
from postbox.intake.recipients import open_mailbox
from postbox.pages import sessions
from postbox.store import events
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
