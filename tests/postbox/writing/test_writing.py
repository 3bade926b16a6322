"""Notices from a template: tagged, in their language, with a window; what stands in a field is never run."""

import time
from datetime import date
from io import BytesIO

import pikepdf
import pytest

from postbox import sealed
from postbox.errors import Unacceptable
from postbox.intake.accept import submit
from postbox.intake.pdf import inspect
from postbox.intake.submission import Submission
from postbox.store import events, notices
from postbox.writing.typeset import Letter, remedy_paragraph, template_hash, typeset
from postbox.writing.verification import Check
from tests.postbox.conftest import NOON, caller, content, upload

FIELDS = {
    "sender": "Stadt Viernheim · Kettelerstraße 3 · 68519 Viernheim",
    "address": ["Frau", "Erika Mustermann", "Heidestraße 17", "51147 Köln"],
    "reference": "U-2026-0815",
    "body": "Sehr geehrte Frau Mustermann,\n\nIhrem Antrag wird entsprochen.",
}


def letter(**changes) -> Letter:
    known = {
        "template": "notice", "title": "Ihre Geburtsurkunde", "authority": "Stadt Viernheim",
        "sender": FIELDS["sender"], "address": tuple(FIELDS["address"]), "reference": "U-1", "day": date(2026, 11, 23),
        "body": FIELDS["body"], "responsible": "Sabine Beispiel",
        "remedy": remedy_paragraph("Widerspruch", "Stadt Viernheim", "Kettelerstraße 3", 1),
        "check": Check(public_url="https://postbox.test", code="0" * 26),
    }  # fmt: skip
    return Letter(**{**known, **changes})


def test_the_pdf_is_accessible_and_says_so():
    """Tagged, with title and language; PDF/UA-1 and PDF/A-3a in its metadata; nothing that the intake refuses."""
    made = typeset(letter())
    with pikepdf.open(BytesIO(made)) as document:
        root = document.Root
        assert (str(root.Lang), bool(root.MarkInfo.Marked)) == ("de-DE", True)
        assert "/StructTreeRoot" in root
        assert bool(root.ViewerPreferences.DisplayDocTitle)
        told = bytes(root.Metadata.read_bytes()).decode()
        assert "Ihre Geburtsurkunde" in told
        assert "<pdfuaid:part>1</pdfuaid:part>" in told
        assert "<pdfaid:part>3</pdfaid:part>" in told
        assert "<pdfaid:conformance>A</pdfaid:conformance>" in told
    assert inspect(BytesIO(made)) == ()


def test_the_same_letter_gives_the_same_bytes_and_another_gives_others():
    """What was previewed is what is sent."""
    made = typeset(letter())
    time.sleep(1.1)  # a PDF may hold the second in which it was made
    assert made == typeset(letter())
    assert typeset(letter()) != typeset(letter(title="Anderer Titel"))


@pytest.mark.parametrize(
    "evil",
    [
        '#panic("run")',
        '#read("/etc/passwd")',
        '#import "@preview/x:1.0.0": *',
        "$ x $ *b* _i_ `c` <l> @r",
        '"]) #panic()',
        "\\u{41} // x",
    ],
)
def test_what_stands_in_a_field_is_shown_and_never_run(evil):
    """Markup, code, imports and file access are letters like any other."""
    made = typeset(letter(body=evil, title=evil, address=(evil,), responsible=evil, sender=evil, remedy=evil))
    with pikepdf.open(BytesIO(made)) as document:
        assert document.docinfo["/Title"] == evil


def written(recipient, key="k", **changes) -> Submission:
    fields = {**FIELDS, **changes.pop("fields", {})}
    wanted = content(recipient, **{"template": "notice", **changes})
    return Submission(content={**wanted, "fields": fields}, uploads=changes.pop("uploads", ()), idempotency_key=key)


def test_a_notice_is_handed_over_as_template_and_fields(box, recipient):
    """The document is made here; evidence keeps which template; the remedy is the structured one; again is the same."""
    first = submit(box, written(recipient), caller(), NOON)
    assert submit(box, written(recipient), caller(), NOON).notice == first.notice
    with box.database.read() as connection:
        row = notices.find(connection, first.notice)
        (part,) = notices.documents_of(connection, first.notice)
        (event,) = events.of_notice(connection, first.notice)
    assert event.event.payload["template"] == {"name": "notice", "sha256": template_hash("notice")}
    key = sealed.key_of(box, row)
    assert sealed.open_words(key, part)["name"] == "Bescheid.pdf"
    made = b"".join(sealed.open_document(box, key, part["id"], part["object_name"]))
    with pikepdf.open(BytesIO(made)) as document:
        assert document.docinfo["/Title"] == "Ihre Geburtsurkunde"


WRONG = [
    ({"template": "other"}, "template-unknown", "/template"),
    ({"fields": {"body": ""}}, "member-missing", "/fields/body"),
    ({"fields": {"source": "#x"}}, "fields-malformed", "/fields"),
    ({"fields": {"address": []}}, "address-malformed", "/fields/address"),
    ({"fields": {"address": ["x"] * 7}}, "address-malformed", "/fields/address"),
    ({"fields": {"address": ["a\nb"]}}, "address-malformed", "/fields/address"),
    ({"fields": {"body": "x" * 20_001}}, "text-malformed", "/fields/body"),
]


@pytest.mark.parametrize(
    ("changes", "code", "pointer"), WRONG, ids=[f"{code}{n}" for n, (_, code, _) in enumerate(WRONG)]
)
def test_what_cannot_be_set_is_named(box, recipient, changes, code, pointer):
    """By code and pointer, like everything else in the JSON."""
    sent = written(recipient, **{"fields": {}, **changes})
    with pytest.raises(Unacceptable) as refused:
        submit(box, sent, caller(), NOON)
    assert (code, pointer) in {(one.code, one.pointer) for one in refused.value.problems}


def test_annexes_come_beside_the_written_notice(box, recipient):
    """The made document is the main one; what was sent stands behind it."""
    sent = written(recipient)
    sent = Submission(content=sent.content, uploads=(upload(name="Anlage.pdf"),), idempotency_key="k")
    accepted = submit(box, sent, caller(), NOON)
    with box.database.read() as connection:
        row = notices.find(connection, accepted.notice)
        parts = notices.documents_of(connection, accepted.notice)
    names = [sealed.open_words(sealed.key_of(box, row), part)["name"] for part in parts]
    assert names == ["Bescheid.pdf", "Anlage.pdf"]
