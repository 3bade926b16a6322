"""What people do on the pages besides reading: acknowledge, refuse, report, hold, release, schedule, renew, replace."""

import dataclasses
import re
from io import BytesIO

import pytest

from postbox.delivery.jobs import run_due
from postbox.delivery.life import Status
from postbox.delivery.status import standing
from postbox.intake.accept import submit
from postbox.pages.views import SENTENCES, STATES
from postbox.proof.events import EventType
from postbox.proof.happenings import HAPPENINGS
from tests.postbox.conftest import BENSHEIM, VIERNHEIM, caller, pdf, submission, upload
from tests.postbox.delivery.test_declarations import fetch
from tests.postbox.pages.conftest import get, happened, post
from tests.postbox.pages.test_casework import compose


@pytest.fixture
def served(box, recipient, clock):
    """A notice that is served formally and lies available."""
    demo = dataclasses.replace(
        box, settings=dataclasses.replace(box.settings, demo=True)
    )  # without a qualified signature
    notice = submit(demo, submission(recipient, procedural_law="VwZG"), caller(), clock()).notice
    run_due(box, clock())
    return notice


def test_a_citizen_acknowledges_receipt_and_the_office_sees_it(citizen, staff, served, box, clock):
    """First saved, then acknowledged with the day; a day to come is refused on the page; twice is once."""
    browser = citizen()
    page = get(browser, f"/notices/{served}")
    assert "Speichern Sie zuerst das Dokument" in page.text
    fetch(box, served, clock)
    page = get(browser, f"/notices/{served}")
    wrong = post(browser, f"/notices/{served}/acknowledgement", page, {"received_on": "2026-11-24"})
    assert "zwischen der Bereitstellung und heute" in get(browser, wrong.location).text
    assert standing(box, VIERNHEIM, served).row["acknowledged_at"] is None
    for _ in range(2):
        answer = post(browser, f"/notices/{served}/acknowledgement", page, {"received_on": "2026-11-23"})
    assert answer.status_code == 303
    assert "Sie haben den Empfang zum 23. November 2026 bestätigt." in get(browser, f"/notices/{served}").text
    assert happened(box, served).count(EventType.ACKNOWLEDGED) == 1
    assert "zugestellt, Empfang bestätigt" in get(staff(), f"/casework/notices/{served}").text


def test_a_refusal_becomes_a_task(citizen, staff, served, recipient):
    """The case asks to act, the notice says why; a withdrawn notice asks no more."""
    browser = citizen()
    assert post(browser, f"/notices/{served}/refusal", get(browser, f"/notices/{served}")).status_code == 303
    assert "Sie haben das Empfangsbekenntnis am" in get(browser, f"/notices/{served}").text
    desk = staff()
    assert "bitte handeln" in get(desk, "/casework/").text
    page = get(desk, f"/casework/notices/{served}")
    assert "Auf diesem Weg ist er nicht zugestellt" in page.text
    post(desk, f"/casework/notices/{served}/withdraw", page, {"reason": "superseded"})
    assert "bitte handeln" not in get(desk, "/casework/").text


def test_who_cannot_open_it_tells_the_office_which_then_acts(citizen, staff, notice, box):
    """§ 3a(4) VwVfG: one press, one event, one task; the page says what happens next."""
    browser = citizen()
    page = get(browser, f"/notices/{notice}")
    assert "/acknowledgement" not in page.text
    for _ in range(2):
        assert post(browser, f"/notices/{notice}/unreadable", page).status_code == 303
    assert happened(box, notice).count(EventType.UNREADABLE) == 1
    assert "in einem anderen Format oder auf Papier" in get(browser, f"/notices/{notice}").text
    assert "bitte handeln" in get(staff(), "/casework/").text
    assert "§ 3a Abs. 4 VwVfG" in get(staff(), f"/casework/notices/{notice}").text


def test_a_caseworker_sends_a_letter_posts_it_and_takes_it_back(citizen, staff, notice, box, clock):
    """Order, print job, posting, return: each on the page with its dates; what is wrong is told at its field."""
    browser, desk, at = citizen(), staff(), f"/casework/notices/{notice}"
    post(browser, f"/notices/{notice}/unreadable", get(browser, f"/notices/{notice}"))
    page = get(desk, at)
    assert '<option value="cannot-open" selected>' in page.text
    wrong = post(desk, f"{at}/letter", page, {"reason": "cannot-open", "address": "\n".join("abcdefg")})
    assert (wrong.status_code, wrong.text.count("in einer bis sechs Zeilen") >= 2) == (422, True)
    assert "<title>Fehler:" in wrong.text
    assert "a\nb\nc" in wrong.text  # what was typed stays
    abroad = post(desk, f"{at}/letter", page, {"reason": "cannot-open", "address": "Erika"})
    assert (abroad.status_code, "Nur dort zählen die Tage der Post" in abroad.text) == (422, True)
    ordered = {"reason": "cannot-open", "address": "Erika Mustermann\n\n51147 Köln", "inland": "yes"}
    assert [post(desk, f"{at}/letter", page, ordered).status_code for _ in range(2)] == [303, 303]
    run_due(box, clock())
    page = get(desk, at)
    assert "liegt bereit seit" in page.text
    assert "Bitte prüfen" not in page.text
    assert happened(box, notice).count(EventType.LETTER_ORDERED) == 1
    for day, said in (("2026-11-24", "zwischen dem Tag der Anordnung und heute"), ("x", "den Tag an, an dem")):
        wrong = post(desk, f"{at}/posting", page, {"posted_on": day})
        assert (wrong.status_code, said in wrong.text) == (422, True)
    assert post(desk, f"{at}/posting", page, {"posted_on": "2026-11-23"}).status_code == 303
    page = get(desk, at)
    assert "als Brief zur Post gegeben" in page.text
    assert "am Montag, 23. November 2026 zur Post gegeben" in page.text
    assert "Die Behörde hielt fest, dass der Brief zur Post gegeben wurde" in get(browser, f"/notices/{notice}").text
    assert post(desk, f"{at}/return-letter", page, {"reason": "moved"}).status_code == 303
    page = get(desk, at)
    assert "Der Brief kam am" in page.text
    assert f"{at}/letter" in page.text
    stranger = staff(BENSHEIM)
    assert post(stranger, f"{at}/letter", get(stranger, "/casework/"), ordered).status_code == 404


def test_where_nobody_prints_no_letter_is_offered(app, staff, notice):
    """No form, and no way around it."""
    running = app.extensions["postbox"]
    app.extensions["postbox"] = dataclasses.replace(running, paper=None)
    assert f"/casework/notices/{notice}/letter" not in get(staff(), f"/casework/notices/{notice}").text
    app.extensions["postbox"] = running
    assert f"/casework/notices/{notice}/letter" in get(staff(), f"/casework/notices/{notice}").text


def test_a_caseworker_plans_holds_and_releases(staff, recipient, box, clock):
    """Planned for ten past twelve in Berlin, held with a reason, available only when released."""
    desk = staff()
    preview = compose(desk, recipient, publish_at="2026-11-23T12:10").location
    assert "nicht vor 23. November 2026" in get(desk, preview).text
    sent = post(desk, preview + "/send", get(desk, preview)).location.partition("?")[0]
    notice = sent.rpartition("/")[2]
    run_due(box, clock())
    post(desk, f"{sent}/hold", get(desk, sent), {"reason": "sender-request"})
    run_due(box, clock.forward(minutes=15))
    assert standing(box, VIERNHEIM, notice).row["available_at"] is None
    assert "angehalten" in get(desk, sent).text
    post(desk, f"{sent}/release", get(desk, sent))
    run_due(box, clock())
    assert standing(box, VIERNHEIM, notice).row["available_at"] == clock()
    assert post(desk, f"{sent}/dance", get(desk, sent)).status_code == 404
    stranger = staff(BENSHEIM)
    assert post(stranger, f"{sent}/hold", get(stranger, "/casework/")).status_code == 404


def test_a_caseworker_announces_again_and_replaces(staff, citizen, notice, recipient, box):
    """The renewal carries the same document and is one however often it is pressed; the replacement is linked."""
    desk = staff()
    page = get(desk, f"/casework/notices/{notice}")
    seen = {post(desk, f"/casework/notices/{notice}/renew", page).location for _ in range(2)}
    assert len(seen) == 1
    again = seen.pop().rpartition("/")[2]
    assert standing(box, VIERNHEIM, again).row["renews"] == notice
    form = get(desk, f"/casework/cases/{recipient}?replaces={notice}")
    assert re.search(rf'<option value="{notice}" selected>', form.text)
    preview = compose(desk, recipient, replaces=notice).location
    post(desk, preview + "/send", get(desk, preview))
    run_due(box, box.clock())
    assert "ersetzt" in get(citizen(), "/").text
    refused = compose(desk, recipient, replaces=notice).location
    answer = post(desk, refused + "/send", get(desk, refused))
    assert (answer.status_code, "hat schon ein anderer ersetzt" in answer.text) == (422, True)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"procedural_law": "AO"}, "Das Steuerrecht braucht den Tag des Erlasses"),
        ({"procedural_law": "AO", "issued_on": "2026-11-24"}, "Das Steuerrecht braucht den Tag des Erlasses"),
        ({"procedural_law": "ZPO"}, "Bitte wählen Sie das Verfahren"),
        ({"publish_at": "tomorrow"}, "Bitte geben Sie Tag und Uhrzeit an"),
    ],
)
def test_what_does_not_fit_the_law_is_said_at_its_field(staff, recipient, changes, said):
    """The form comes back with a sentence; with the law's facts it leads on."""
    refused = compose(staff(), recipient, **changes)
    assert (refused.status_code, said in refused.text) == (422, True)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"procedural_law": "AO", "issued_on": "2026-11-20"}, "§\u00a0122a Abs. 4 AO"),
        ({"procedural_law": "SGB X"}, "Eine Benachrichtigung ist nicht belegt"),
        ({"procedural_law": "VwZG"}, "Der Tag hängt davon ab"),
    ],
)
def test_the_preview_follows_the_procedure(staff, recipient, changes, said):
    """Tax law by its day of issue, social law by the notification, formal service by the acknowledgement."""
    desk = staff()
    assert said in get(desk, compose(desk, recipient, **changes).location).text


def test_a_third_party_asks_with_code_and_document(pages, citizen, box, recipient, clock):
    """The code from the citizen's page with the file or its digest: it stands; any other pair: nothing can be said."""
    document = pdf()
    notice = submit(box, submission(recipient, upload(document)), caller(), clock()).notice
    run_due(box, clock())
    shown = get(citizen(), f"/notices/{notice}").text
    code = re.search(r"(?:[0-9A-Z]{5}-){5}[0-9A-Z]", shown)[0]
    stranger = pages.test_client()
    form = get(stranger, "/verify/document")

    def ask(**data):
        return post(stranger, "/verify/document", form, data)

    valid = ask(code=code, document=(BytesIO(document), "a.pdf", "application/pdf"))
    assert "zugestellt, und es gilt noch" in valid.text
    for secret in ("Geburtsurkunde", "Erika", "Viernheim –", notice):
        assert secret not in valid.text
    import hashlib

    assert "und es gilt noch" in ask(code=code.lower(), sha256=hashlib.sha256(document).hexdigest()).text
    wrong_document = ask(code=code, document=(BytesIO(b"x"), "a.pdf", "application/pdf"))
    wrong_code = ask(code="0" * 26, document=(BytesIO(document), "a.pdf", "application/pdf"))
    strip = re.compile(r'value="[^"]*"|nonce="[^"]*"')
    assert strip.sub("", wrong_document.text) == strip.sub("", wrong_code.text)
    assert "lässt sich nichts sagen" in wrong_code.text
    missing = ask(code="short")
    assert (missing.status_code, missing.text.count("kern-error") >= 2) == (422, True)


def test_only_the_demo_travels_in_time_and_nothing_is_recorded(app, citizen, notice, box):
    """The day before, the day itself with its paragraph, the day when all is over; elsewhere the day is today."""
    browser = citizen()
    assert "Zeitreise" not in get(browser, f"/notices/{notice}?today=2026-11-27").text
    running = app.extensions["postbox"]
    settings = dataclasses.replace(running.settings, demo=True)
    app.extensions["postbox"] = dataclasses.replace(running, settings=settings)
    before = happened(box, notice)
    for day, said in (
        ("", "Heute, am 23. November 2026: Der Bescheid gilt noch nicht als bekannt gegeben."),
        ("?today=2026-11-26", "Wäre heute der 26. November 2026: Der Bescheid gilt noch nicht als bekannt gegeben."),
        ("?today=2026-11-27", "Wäre heute der 27. November 2026: Der Bescheid gilt als bekannt gegeben."),
        ("?today=2026-12-29", "nach jeder Lesart abgelaufen"),
        ("?today=gestern", "Heute, am 23. November 2026"),
    ):
        page = get(browser, f"/notices/{notice}{day}").text
        assert said in page
        assert "§\u00a09 Abs. 1 Satz 4 OZG" in page
    assert happened(box, notice) == before


def test_everything_that_can_happen_has_its_words():
    """On the pages, in the proof's summary, and as a state: nothing is left to a traceback."""
    assert set(SENTENCES) == set(HAPPENINGS) == set(EventType)
    assert set(STATES) == set(Status)
