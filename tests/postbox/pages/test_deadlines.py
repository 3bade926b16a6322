"""The public calculator's page: asked by its address, answered in words, faults at the field they stand in."""

import re
from urllib.parse import urlencode

import pytest

from tests.postbox.pages.conftest import get

CASE = {"channel": "zbp", "procedural_law": "VwVfG", "authority_land": "BE", "available_at": "2026-12-22"}


def ask(pages, **changes):
    given = {name: text for name, text in (CASE | changes).items() if text}
    return get(pages.test_client(), f"/deadlines?{urlencode(given)}")


def test_the_answer_shows_both_readings_and_why(pages):
    """Boxing Day: announced on Saturday or Monday, safe until the early end, final after the late one."""
    page = ask(pages, recipient_land="BE")
    assert page.status_code == 200
    for words in ("26. Dezember 2026", "28. Dezember 2026", "26. Januar 2027", "29. Januar 2027", "umstritten"):
        assert words in page.text
    assert "§ 9 Abs. 1 Satz 4 OZG" in page.text
    assert '<option value="zbp" selected>' in page.text


def test_the_empty_form_needs_no_login_and_changes_nothing(pages):
    """Anybody may ask; the language switch alone asks nothing."""
    page = get(pages.test_client(), "/deadlines?lang=en")
    assert page.status_code == 200
    assert "Compute dates" in page.text
    assert 'role="alert"' not in page.text


@pytest.mark.parametrize(
    ("changes", "field", "words"),
    [
        ({"channel": ""}, "channel", "Wählen Sie, wie der Bescheid hinausging."),
        ({"procedural_law": ""}, "procedural_law", "Wählen Sie das Verfahrensrecht."),
        ({"authority_land": ""}, "authority_land", "Wählen Sie das Land der Behörde."),
        ({"available_at": "22.12.2026"}, "available_at", "Schreiben Sie einen Tag wie 2026-11-23."),
        ({"available_at": ""}, "available_at", "Der Tag fehlt"),
        ({"channel": "post"}, "sent_at", "Der Tag fehlt"),
        ({"procedural_law": "AO"}, "issued_on", "Tag des Erlasses gebraucht"),
        ({"authority_land": "SH", "channel": "own"}, "channel", "keine Regel hinterlegt"),
    ],
)
def test_a_fault_is_told_at_its_field(pages, changes, field, words):
    """The summary leads there, what was typed stays, and the title says that something is wrong."""
    page = ask(pages, **changes)
    assert page.status_code == 422
    assert re.search(rf'<a class="kern-link" href="#{field}">[^<]*{re.escape(words)}', page.text)
    assert "<title>Fehler:" in page.text
    assert ask(pages).status_code == 200


def test_what_is_posted_never_comes_back_as_markup(pages):
    """The address is anybody's invention."""
    page = ask(pages, available_at='"><script>alert(1)</script>')
    assert page.status_code == 422
    assert "<script>alert" not in page.text
