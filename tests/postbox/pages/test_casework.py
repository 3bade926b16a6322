"""The caseworker's pages: cases, form, preview, sending, and whose they are."""

import re
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from threading import Barrier

import pytest

from postbox.delivery.jobs import run_due
from postbox.pages import sessions
from tests.postbox.conftest import BENSHEIM, NOON, VIERNHEIM, pdf
from tests.postbox.pages.conftest import get, post


def compose(browser, recipient, document=None, **changes):
    page = get(browser, f"/casework/cases/{recipient}")
    fields = {
        "title": "Ihre Geburtsurkunde", "summary": "Die Urkunde liegt bei.", "minimum_level": "substantial",
        "remedy": "objection", "office": "Stadt Viernheim", "seat": "Kettelerstraße 3",
        "responsible": "Sabine Beispiel", "form": "none", "procedural_law": "VwVfG", **changes,
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
    assert get(browser, first.location.partition("?")[0] + "/summary").data.startswith(b"%PDF-")


def test_presses_at_the_same_moment_all_lead_to_the_one_notice(staff, recipient):
    """A browser shows what the last press brings: it waits for the first, and is never told of a conflict."""
    address, together = compose(staff(), recipient).location, Barrier(6)

    def press(browser):
        preview = get(browser, address)
        together.wait()
        return post(browser, address + "/send", preview)

    with ThreadPoolExecutor(6) as hands:
        answers = list(hands.map(press, [staff() for _ in range(6)]))
    assert {answer.status_code for answer in answers} == {303}
    assert len({answer.location for answer in answers}) == 1


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"title": ""}, "einen Titel"),
        ({"office": ""}, "füllen Sie dies aus"),
        ({"document": b""}, "als PDF aus"),
        ({"document": b"<html>"}, "Das ist kein PDF"),
        ({"title": "x" * 201}, "auf 200 Zeichen"),
        ({"responsible": ""}, "wer verantwortlich ist"),
        ({"form": "qseal"}, "weder Siegel noch Signatur"),
        ({"form": "seal"}, "welche Form das Gesetz verlangt"),  # there is no seal here
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


def test_a_pdf_that_is_too_large_is_told_before_the_preview(box):
    """Not after everything was typed and sent; one byte less is fine."""
    from postbox.pages.casework.drafts import Fields
    from postbox.pages.casework.form import check_form

    fields = Fields(
        title="t", summary="", minimum_level="high", remedy="none", office="", seat="", document_name="a.pdf"
    )
    document, most = pdf(), box.settings.max_document_bytes
    case = {"authority": VIERNHEIM, "postal_address": None}
    assert check_form(box, fields, document + bytes(most), case) == {"document": "document-too-large"}
    assert check_form(box, fields, document, case) == {}


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


def test_in_the_demo_the_authoritys_seal_is_put_on_and_marked_everywhere(demo_staff, recipient, clock):
    """Preselected where there is a seal; preview, caseworker's and citizen's page say what it is worth."""
    browser, box, citizen = demo_staff
    assert '<option value="seal" selected>' in get(browser, f"/casework/cases/{recipient}").text
    answer = compose(browser, recipient, form="seal")
    preview = get(browser, answer.location)
    assert "Beim Senden wird das Siegel der Behörde angebracht (Demo-Siegel, nicht qualifiziert)" in preview.text
    sent = post(browser, answer.location + "/send", preview)
    run_due(box, clock())
    marked = "Gesiegelt von Stadt Viernheim – Siegel aus dem Schlüsselspeicher, nicht qualifiziert. Das bedeutet nur"
    followed = get(browser, sent.location).text
    notice = sent.location.rpartition("/")[2].partition("?")[0]
    read = get(citizen, f"/notices/{notice}").text
    for page in (followed, read):
        assert marked in page
        assert "Demo-Siegel, nicht qualifiziert" in page
        assert "TOTAL-PASSED" in page
    assert "Sabine Beispiel" in read


def test_a_notice_is_written_in_the_page_looked_at_and_sent(staff, recipient, box, clock, citizen):
    """Without any PDF: set as an accessible letter, shown before it is sent, and sent as it was shown."""
    browser = staff()
    text = {"body": "Sehr geehrte Frau Mustermann,\n\nIhre Urkunde liegt bei.", "address": "Erika Mustermann\nWeg 1"}
    answer = compose(browser, recipient, document=b"", **text)
    assert answer.status_code == 303
    preview = get(browser, answer.location)
    shown = get(browser, answer.location + "/document")
    assert shown.data.startswith(b"%PDF-")
    assert shown.headers["Content-Disposition"].startswith("attachment")
    sent = post(browser, answer.location + "/send", preview)
    assert sent.status_code == 303
    run_due(box, clock())
    assert "Bescheid.pdf" in get(citizen(), sent.location.replace("/casework", "").partition("?")[0]).text
    refused = compose(browser, recipient, document=b"", body="Text", address="")
    assert (refused.status_code, "höchstens sechs Zeilen" in refused.text) == (422, True)
