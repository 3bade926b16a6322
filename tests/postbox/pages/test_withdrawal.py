"""A withdrawal on the pages: the caseworker gives a reason, the citizen is told and still sees what was there."""

from postbox.delivery.jobs import run_due
from postbox.intake.accept import submit
from tests.postbox.conftest import BENSHEIM, caller, pdf, submission, upload
from tests.postbox.pages.conftest import get, post


def test_a_caseworker_withdraws_and_the_citizen_reads_why(staff, citizen, notice):
    """The reason is a sentence on the citizen's page; the document can still be saved; the list marks it."""
    browser = staff()
    page = get(browser, f"/casework/notices/{notice}")
    answer = post(browser, f"/casework/notices/{notice}/withdraw", page, {"reason": "wrong-content"})
    assert (answer.status_code, answer.location) == (303, f"/casework/notices/{notice}")
    followed = get(browser, answer.location).text
    assert "zurückgezogen" in followed
    assert "/withdraw" not in followed
    reader = citizen()
    shown = get(reader, f"/notices/{notice}").text
    assert "Der Inhalt war falsch." in shown
    assert "/documents/" in shown
    assert "zurückgezogen" in get(reader, "/").text


def test_pressing_twice_withdraws_once(staff, notice):
    """The second press shows the same page; the timeline has one line."""
    browser = staff()
    page = get(browser, f"/casework/notices/{notice}")
    for _ in range(2):
        assert post(browser, f"/casework/notices/{notice}/withdraw", page, {"reason": "superseded"}).status_code == 303
    assert get(browser, f"/casework/notices/{notice}").text.count("Die Behörde zog ihn zurück") == 1


def test_nobody_withdraws_without_a_reason_or_for_another_town(staff, notice):
    """An invented reason is refused; another town's caseworker finds nothing; the notice stays as it is."""
    browser = staff()
    page = get(browser, f"/casework/notices/{notice}")
    assert post(browser, f"/casework/notices/{notice}/withdraw", page, {"reason": "x"}).status_code == 422
    stranger = staff(BENSHEIM)
    assert post(stranger, f"/casework/notices/{notice}/withdraw", get(stranger, "/casework/")).status_code == 404
    assert "zurückgezogen am" not in get(browser, f"/casework/notices/{notice}").text


def test_a_replacement_is_linked_both_ways_once_it_can_be_seen(citizen, notice, box, recipient, clock):
    """The old notice leads to the new one as soon as that is available, and back."""
    new = submit(box, submission(recipient, upload(pdf(b"new")), key="new", replaces=notice), caller(), clock()).notice
    reader = citizen()
    assert f"/notices/{new}" not in get(reader, f"/notices/{notice}").text
    run_due(box, clock())
    assert f"/notices/{new}" in get(reader, f"/notices/{notice}").text
    assert f"/notices/{notice}" in get(reader, f"/notices/{new}").text
    assert "ersetzt" in get(reader, "/").text
