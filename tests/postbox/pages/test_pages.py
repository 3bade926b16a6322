"""The postbox's pages: who sees what, at which level, and what is recorded."""

import re
from dataclasses import replace
from io import BytesIO

import pytest

from postbox.delivery.jobs import run_due
from postbox.intake.accept import submit
from postbox.intake.recipients import open_mailbox
from postbox.pages import sessions
from postbox.proof.events import EventType
from postbox.proof.verify import verify
from postbox.store import events
from runtime.shell import dress
from tests.postbox.conftest import BENSHEIM, NOON, VIERNHEIM, caller, pdf, submission, upload

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


def test_a_form_sent_after_the_session_ended_leads_back_to_its_page(citizen, staff, notice, recipient, clock):
    """A login cannot repeat a form: the way back is the page where it stands, with a word about what happened."""
    reader, worker = citizen("high"), staff()
    page, case = get(reader, f"/notices/{notice}"), get(worker, f"/casework/cases/{recipient}")
    path = re.search(r'action="(/notices/[^"]+/documents/[^"]+)"', page.text)[1]
    ticket = post(reader, path, page).location
    clock.forward(minutes=31)
    gone = post(reader, path, page)
    assert gone.location == f"/start?next=/notices/{notice}&expired=yes"
    assert f"next=/notices/{notice}" in (shown := get(reader, gone.location).text)
    assert "Ihre Sitzung ist beendet" in shown
    assert get(reader, ticket).location == "/start", "a ticket dies with its session"
    gone = post(worker, f"/casework/cases/{recipient}/preview", case)
    assert gone.location == f"/casework/start?next=/casework/cases/{recipient}&expired=yes"
    assert "Ihre Sitzung ist beendet" in get(worker, gone.location).text


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


def saved(browser, notice):
    """The citizen saves the document; then the proof can be had."""
    page = get(browser, f"/notices/{notice}")
    path = re.search(r'action="(/notices/[^"]+/documents/[^"]+)"', page.text)[1]
    assert get(browser, post(browser, path, page).location).data
    return browser


def test_the_proof_is_no_way_round_the_retrieval(citizen, notice):
    """It holds the documents, so it is given only after their handover is on record."""
    browser = citizen()
    assert "/proof" not in get(browser, f"/notices/{notice}").text
    assert get(browser, f"/notices/{notice}/proof").status_code == 409
    saved(browser, notice)
    assert "/proof" in get(browser, f"/notices/{notice}").text
    assert get(browser, f"/notices/{notice}/proof").status_code == 200


def test_the_citizens_proof_verifies_and_a_flipped_byte_turns_it_red(citizen, notice, pages):
    """The bundle is checked on the public page: green as it is, red with one byte changed."""
    bundle = get(saved(citizen(), notice), f"/notices/{notice}/proof").data
    visitor = pages.test_client()
    for content, verdict in ((bundle, "echt und unverändert"), (_flipped(bundle), "trägt nicht")):
        page = get(visitor, "/verify")
        files = {"bundle": (BytesIO(content), "nachweis.zip")}
        assert verdict in post(visitor, "/verify", page, files).text


def _flipped(bundle: bytes) -> bytes:
    at = bundle.index(b"%PDF-") + 20
    return bundle[:at] + bytes([bundle[at] ^ 1]) + bundle[at + 1 :]


def test_the_page_for_checking_names_the_limit_that_holds(pages):
    """What it says may be handed in is what the application takes."""
    limit = pages.config["MAX_CONTENT_LENGTH"] // 1024 // 1024
    assert f"Höchstens {limit} MB" in get(pages.test_client(), "/verify").text


def test_the_anchors_are_public_and_complete(pages, citizen, notice, clock):
    """Whoever keeps the anchors can verify without us."""
    from postbox.proof.anchors import Anchors

    anchors = Anchors.from_json(get(pages.test_client(), "/anchors.json").data)
    bundle = get(saved(citizen(), notice), f"/notices/{notice}/proof").data
    assert verify(bundle, anchors, clock()).ok
    stranger = replace(anchors, issuer="https://elsewhere.example")
    assert not verify(bundle, stranger, clock()).ok


def compose(browser, recipient, document=None, **changes):
    page = get(browser, f"/casework/cases/{recipient}")
    fields = {
        "title": "Ihre Geburtsurkunde", "summary": "Die Urkunde liegt bei.", "minimum_level": "substantial",
        "remedy": "objection", "office": "Stadt Viernheim", "seat": "Kettelerstraße 3", **changes,
    }  # fmt: skip
    files = {"document": (BytesIO(pdf() if document is None else document), "Urkunde.pdf", "application/pdf")}
    return post(browser, f"/casework/cases/{recipient}/preview", page, {**fields, **files})


def test_a_caseworker_composes_previews_and_sends(staff, recipient, box, clock, citizen):
    """The preview tells the dates; sending twice sends once; the citizen gets it."""
    browser = staff()
    assert "U-2026-0815" in get(browser, "/casework/").text
    answer = compose(browser, recipient)
    assert answer.status_code == 303
    preview = get(browser, answer.location)
    assert "gilt er am 27. November 2026 als bekannt gegeben" in preview.text
    first = post(browser, answer.location + "/send", preview)
    again = post(browser, answer.location + "/send", preview)
    assert first.location == again.location
    run_due(box, clock())
    assert "Ihre Geburtsurkunde" in get(citizen(), "/").text
    followed = get(browser, first.location).text
    assert "wurde im Postfach bereitgestellt" in followed
    proof = get(browser, first.location.partition("?")[0] + "/proof")
    assert proof.data.startswith(b"PK")


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"title": ""}, "einen Titel"),
        ({"office": ""}, "füllen Sie dies aus"),
        ({"document": b""}, "als PDF aus"),
        ({"document": b"<html>"}, "Das ist kein PDF"),
        ({"title": "x" * 201}, "auf 200 Zeichen"),
    ],
)
def test_a_faulty_form_keeps_what_was_typed_and_says_what_is_wrong(staff, recipient, changes, sentence):
    """A summary leads to the field; nothing is lost; the title tells of the error."""
    answer = compose(staff(), recipient, **changes)
    assert answer.status_code == 422
    assert sentence in answer.text
    assert "<title>Fehler:" in answer.text
    assert "Kettelerstraße 3" in answer.text


def test_whether_a_period_starts_is_chosen_by_a_person(staff, recipient):
    """Nothing is preselected, and leaving it open is refused with the reason."""
    browser = staff()
    shown = get(browser, f"/casework/cases/{recipient}").text
    assert not re.search(r'name="remedy"[^>]* checked', shown)
    refused = compose(browser, recipient, remedy="")
    assert refused.status_code == 422
    assert "ob gegen dieses Schreiben Widerspruch möglich ist" in refused.text


def test_the_caseworkers_address_needs_no_redirect(pages):
    """A redirect to the same page with a slash would carry scheme and host as seen behind the proxy."""
    for path in ("/casework", "/casework/"):
        assert get(pages.test_client(), path).status_code == 200


def test_a_pdf_that_is_too_large_is_told_before_the_preview():
    """Not after everything was typed and sent; one byte less is fine."""
    from postbox.pages.casework.cases import check_form
    from postbox.pages.casework.drafts import Fields

    fields = Fields(
        title="t", summary="", minimum_level="high", remedy="none", office="", seat="", document_name="a.pdf"
    )
    document = pdf()
    assert check_form(fields, document, len(document) - 1) == {"document": "document-too-large"}
    assert check_form(fields, document, len(document)) == {}


def test_a_case_of_another_town_does_not_exist(staff, recipient):
    """Staff of Bensheim neither see nor open a case of Viernheim; staff of Viernheim do."""
    stranger = staff(BENSHEIM)
    assert "U-2026-0815" not in get(stranger, "/casework/").text
    assert get(stranger, f"/casework/cases/{recipient}").status_code == 404
    assert get(staff(), f"/casework/cases/{recipient}").status_code == 200


def test_another_caseworkers_draft_cannot_be_sent(staff, recipient, pages, box):
    """A draft belongs to its author."""
    location = compose(staff(), recipient).location
    claims = {"subject": "staff-2", "name": "Herr Muster", "authorities": [VIERNHEIM]}
    handle = sessions.begin(
        box.database, box.keyring, kind="staff", mailbox=None, level="substantial", claims=claims, now=NOON
    )
    other = pages.test_client()
    other.set_cookie("__Host-casework", handle, domain="postbox.test", secure=True)
    assert get(other, location).status_code == 404
    assert get(staff(), location).status_code == 200


def test_a_citizen_is_no_caseworker_and_a_caseworker_no_citizen(citizen, staff, recipient, notice):
    """One door's session opens nothing behind the other."""
    assert get(citizen(), f"/casework/cases/{recipient}").status_code == 303
    assert get(staff(), f"/notices/{notice}").status_code == 303


@pytest.mark.parametrize("path", ["//evil.example", "https://evil.example", "/\\evil.example", "javascript:alert(1)"])
def test_only_local_paths_are_remembered(pages, path):
    """No login leads away from here; an honest path is kept."""
    from postbox.pages.doors import local_path

    assert local_path(path) == ""
    assert local_path("/notices/ntc_1?a=b") == "/notices/ntc_1?a=b"
