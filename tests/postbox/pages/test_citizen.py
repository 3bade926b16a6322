"""The citizen's pages: who sees what, at which level, and what is recorded."""

import re

import pytest

from postbox.delivery.jobs import run_due
from postbox.intake.accept import submit
from postbox.intake.recipients import open_mailbox
from postbox.pages import sessions
from postbox.pages.doors import HINT
from postbox.proof.events import EventType
from tests.http import forms_of
from tests.postbox.conftest import NOON, caller, pdf, submission, upload
from tests.postbox.pages.conftest import BASE, ERIKA, get, happened, post


def test_without_a_session_the_list_is_a_way_to_log_in(pages, notice):
    """Nobody sees a title without logging in, and nobody meets a dead end."""
    page = get(pages.test_client(), "/")
    assert page.status_code == 200
    assert "Ihre Geburtsurkunde" not in page.text
    assert 'href="/login?level=high' in page.text


def test_a_login_of_the_needed_level_opens_the_notice(citizen, notice):
    """The page tells the deadline and offers the document."""
    browser = citizen("substantial")
    assert f"/notices/{notice}" in get(browser, "/").text
    page = get(browser, f"/notices/{notice}")
    assert page.status_code == 200
    assert "spätestens am 28. Dezember 2026" in page.text
    assert "Bescheid.pdf speichern" in page.text


def test_a_login_below_the_level_sees_a_locked_row_with_a_way_in(citizen, notice):
    """The row is locked with its reason; asking for the notice leads to the stronger login, showing nothing."""
    browser = citizen("basic")
    listed = get(browser, "/").text
    assert f'href="/notices/{notice}"' not in listed
    assert "level=substantial" in listed
    answer = get(browser, f"/notices/{notice}")
    assert answer.status_code == 303
    assert answer.location.startswith("/login?level=substantial")
    assert "Bescheid" not in answer.text


def test_the_remedy_is_called_as_the_authority_called_it(citizen, recipient, box, clock):
    """An action is no objection: the citizen must not turn to a court with the wrong word."""
    remedy = {"kind": "Klage", "office": "Verwaltungsgericht Darmstadt", "seat": "Darmstadt", "period_months": 1}
    accepted = submit(box, submission(recipient, upload(pdf()), remedy=remedy), caller(), clock())
    run_due(box, clock())
    page = get(citizen(), f"/notices/{accepted.notice}").text
    assert "Klage innerhalb eines Monats nach Bekanntgabe bei: Verwaltungsgericht Darmstadt" in page
    assert "Bis wann Sie handeln können" in page
    assert "Widersprechen" not in page


def test_somebody_elses_notice_looks_like_one_that_never_was(citizen, notice):
    """Another citizen gets the same page as for a notice that does not exist."""
    browser = citizen(subject="somebody-else")
    other, none = get(browser, f"/notices/{notice}"), get(browser, "/notices/ntc_none")
    assert (other.status_code, none.status_code) == (404, 404)
    numbers = re.compile(r"[0-9a-f]{16}|lang=[^\"]*|/notices/\w+")
    assert numbers.sub("", other.text) == numbers.sub("", none.text)


def test_saving_hands_over_the_original_bytes_and_records_it(citizen, notice, box):
    """Offered before the first byte, handed over after the last; the file is an attachment and never rendered."""
    browser = citizen()
    page = get(browser, f"/notices/{notice}")
    path = re.search(r'action="(/notices/[^"]+/documents/[^"]+)"', page.text)[1]
    ticket = post(browser, path, page)
    assert ticket.status_code == 303
    assert EventType.HANDOVER_OFFERED not in happened(box, notice)
    saved = get(browser, ticket.location)
    assert saved.data == pdf()
    assert saved.headers["Content-Disposition"] == "attachment; filename=Bescheid.pdf"
    assert saved.headers["Content-Security-Policy"].startswith("sandbox")
    saved.close()
    assert happened(box, notice)[-2:] == [EventType.HANDOVER_OFFERED, EventType.CONTENT_HANDOVER]


def test_looking_ahead_is_no_retrieval(citizen, notice, box):
    """HEAD on a ticket is refused and leaves no evidence."""
    browser = citizen()
    page = get(browser, f"/notices/{notice}")
    path = re.search(r'action="(/notices/[^"]+/documents/[^"]+)"', page.text)[1]
    ticket = post(browser, path, page)
    assert browser.head(ticket.location, base_url=BASE).status_code == 405
    assert EventType.HANDOVER_OFFERED not in happened(box, notice)


def test_a_ticket_is_of_use_to_its_session_alone(citizen, notice):
    """The same person in another session cannot use it."""
    browser = citizen()
    page = get(browser, f"/notices/{notice}")
    path = re.search(r'action="(/notices/[^"]+/documents/[^"]+)"', page.text)[1]
    ticket = post(browser, path, page).location
    assert get(citizen(), ticket).status_code == 404
    assert get(browser, ticket).status_code == 200


def test_a_form_without_its_token_is_refused(citizen, notice):
    """A cross-site form saves nothing; the page's own form does."""
    browser = citizen()
    page = get(browser, f"/notices/{notice}")
    path = re.search(r'action="(/notices/[^"]+/documents/[^"]+)"', page.text)[1]
    assert browser.post(path, base_url=BASE).status_code == 403
    assert post(browser, path, page).status_code == 303


def test_a_session_ends_with_its_ceilings(citizen, notice, clock):
    """Level high ends after five idle minutes, and after half an hour in any case."""
    browser = citizen("high")
    clock.forward(minutes=4)
    assert get(browser, f"/notices/{notice}").status_code == 200
    clock.forward(minutes=6)
    gone = get(browser, f"/notices/{notice}")
    assert gone.status_code == 303
    assert "next=/notices/" in gone.location


def test_a_form_sent_below_the_level_leads_back_to_its_page(citizen, notice):
    """Who logged in again with less is asked for more, and then returns to the notice, not to the form's address."""
    strong = citizen("high")
    page = get(strong, f"/notices/{notice}")
    path = re.search(r'action="(/notices/[^"]+/documents/[^"]+)"', page.text)[1]
    handle = citizen("basic").get_cookie("__Host-postbox", domain="postbox.test").value
    strong.set_cookie("__Host-postbox", handle, domain="postbox.test", secure=True)
    assert post(strong, path, page).location == f"/login?level=substantial&next=/notices/{notice}"


def test_logging_out_ends_the_session_on_the_server(citizen, notice):
    """The old cookie opens nothing any more."""
    browser = citizen()
    page = get(browser, "/")
    handle = browser.get_cookie("__Host-postbox", domain="postbox.test").value
    assert post(browser, "/logout", page).status_code == 303
    browser.set_cookie("__Host-postbox", handle, domain="postbox.test", secure=True)
    assert get(browser, f"/notices/{notice}").status_code == 303


def test_logging_out_ends_the_login_at_the_gate_too(citizen, pages, box):
    """The session here ends first; then a form posts the ID token to the gate, which may be told the way back."""
    mailbox = open_mailbox(box, ERIKA, NOON)
    claims = {HINT: "the.id.token"}
    handle = sessions.begin(
        box.database, box.keyring, kind="citizen", mailbox=mailbox, level="high", claims=claims, now=NOON
    )
    browser = pages.test_client()
    browser.set_cookie("__Host-postbox", handle, domain="postbox.test", secure=True)
    page = get(browser, "/")
    client = pages.extensions["postbox-doors"]["citizen"].client
    client._metadata, client._fetched_at = {"end_session_endpoint": "https://gate.test/logout"}, NOON
    answer = post(browser, "/logout", page)
    (form,) = (form for form in forms_of(answer.text) if form["action"] == "https://gate.test/logout")
    assert form["method"] == "post"
    assert form["fields"]["id_token_hint"] == "the.id.token"
    assert form["fields"]["post_logout_redirect_uri"] == "https://postbox.test/start?ended=yes"
    assert "form-action 'self' https://gate.test;" in answer.headers["Content-Security-Policy"]
    browser.set_cookie("__Host-postbox", handle, domain="postbox.test", secure=True)
    assert "Abmelden" in page.text
    assert "Abmelden" not in get(browser, "/").text


def test_logging_out_needs_no_gate(citizen, pages):
    """A gate that does not answer keeps nobody logged in here."""
    browser = citizen()
    page = get(browser, "/")
    assert post(browser, "/logout", page).location == "/start?ended=yes"


@pytest.mark.parametrize("path", ["//evil.example", "https://evil.example", "/\\evil.example", "javascript:alert(1)"])
def test_only_local_paths_are_remembered(pages, path):
    """No login leads away from here; an honest path is kept."""
    from postbox.pages.doors import local_path

    assert local_path(path) == ""
    assert local_path("/notices/ntc_1?a=b") == "/notices/ntc_1?a=b"
