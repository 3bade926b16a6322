"""The citizen erases a notice: told before what it means, then it is gone from the list; the office sees that it was."""

from tests.postbox.pages.conftest import get, post
from tests.postbox.pages.test_proofs import saved


def test_a_citizen_is_told_what_erasing_means_and_then_it_is_gone(citizen, staff, notice):
    """Warned of unsaved documents and the running period; afterwards 410, an empty list, and a line in the timeline."""
    browser = citizen()
    asked = get(browser, f"/notices/{notice}/erase")
    for words in ("noch nicht jedes Dokument gespeichert", "Eine Frist läuft bis", "Backups", "Sicherungen"):
        assert (words in asked.text) is (words != "Backups")
    answer = post(browser, f"/notices/{notice}/erase", asked)
    assert (answer.status_code, answer.location) == (303, "/?erased=yes")
    assert "Ihre Geburtsurkunde" not in get(browser, answer.location).text
    assert get(browser, f"/notices/{notice}").status_code == 410
    assert "Der Inhalt wurde gelöscht" in get(staff(), f"/casework/notices/{notice}").text
    assert post(browser, f"/notices/{notice}/erase", asked).status_code == 303


def test_who_has_saved_everything_is_not_warned_of_it(citizen, notice):
    """The twin: the warning is about what is missing."""
    browser = saved(citizen(), notice)
    assert "noch nicht jedes Dokument" not in get(browser, f"/notices/{notice}/erase").text


def test_nobody_else_erases_and_nothing_is_erased_by_looking(citizen, notice):
    """Another citizen finds nothing; a weak login is asked for a stronger one; reading the page changes nothing."""
    stranger = citizen(subject="somebody-else")
    assert get(stranger, f"/notices/{notice}/erase").status_code == 404
    assert get(citizen("basic"), f"/notices/{notice}/erase").status_code in (303, 403)
    browser = citizen()
    get(browser, f"/notices/{notice}/erase")
    assert get(browser, f"/notices/{notice}").status_code == 200
