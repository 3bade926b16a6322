"""From paper back to the postbox: the QR code on template prints and cover sheets is read by a camera's decoder."""

import hashlib
import time
from datetime import date
from io import BytesIO

import pikepdf
import pypdfium2
import pytest
import zxingcpp

from postbox import sealed
from postbox.delivery import evidence
from postbox.delivery.inquire import Validity, inquire
from postbox.delivery.jobs import run_due
from postbox.delivery.printed import cover_of
from postbox.delivery.withdraw import withdraw
from postbox.errors import NotNow
from postbox.intake.accept import submit
from postbox.intake.pdf import inspect
from postbox.proof.canonical import read_json
from postbox.proof.unpack import unpack
from postbox.store import notices
from postbox.writing.cover import Copied, cover_sheet
from postbox.writing.typeset import typeset
from postbox.writing.verification import Check
from tests.postbox.conftest import NOON, URL, caller, content, pdf, submission, upload
from tests.postbox.writing.test_writing import letter, written

CODE = "7k3mzq2abc0123456789defghj"
CHECK = Check(public_url="https://postfach.viernheim.example", code=CODE)
LINK = f"https://postfach.viernheim.example/verify/document#{CODE}"


def scanned(document: bytes) -> list[list[str]]:
    """What a camera reads on each page, as printed with 150 dots per inch."""
    with pypdfium2.PdfDocument(document) as opened:
        pages = [page.render(scale=150 / 72).to_pil() for page in opened]
    return [[found.text for found in zxingcpp.read_barcodes(page)] for page in pages]


def text_of(document: bytes) -> str:
    with pypdfium2.PdfDocument(document) as opened:
        return "\n".join(page.get_textpage().get_text_range() for page in opened)


def sheet(**changes) -> bytes:
    copied = Copied(name="Bescheid.pdf", digest="ab" * 32, check=CHECK)
    known = {"authority": "Stadt Viernheim", "title": "Ihre Urkunde", "available_on": date(2026, 11, 23)}
    return cover_sheet(**{**known, "documents": [copied], **changes})


@pytest.mark.parametrize("made", [typeset(letter(check=CHECK)), sheet()], ids=["template", "cover"])
def test_a_camera_reads_address_and_code_and_people_read_them_beside_it(made):
    """The code behind the #, which no browser sends; the same as text, for those without a camera."""
    assert scanned(made) == [[LINK]]
    assert "https://postfach.viernheim.example/verify/document" in text_of(made)
    assert "7K3MZ-Q2ABC-01234-56789-DEFGH-J" in text_of(made)


def test_the_cover_sheet_is_accessible_and_has_a_page_for_each_document():
    """Tagged, with an alternative text for the picture; the same facts, the same bytes; markup in a field is text."""
    second = Copied(name="#panic()", digest="cd" * 32, check=Check(public_url=URL, code="0" * 26))
    made = sheet(documents=[Copied(name="Bescheid.pdf", digest="ab" * 32, check=CHECK), second])
    time.sleep(1.1)  # a PDF may hold the second in which it was made
    assert made == sheet(documents=[Copied(name="Bescheid.pdf", digest="ab" * 32, check=CHECK), second])
    assert scanned(made) == [[LINK], [f"{URL}/verify/document#{'0' * 26}"]]
    assert "#panic()" in text_of(made)
    assert inspect(BytesIO(made)) == ()
    with pikepdf.open(BytesIO(made)) as document:
        told = bytes(document.Root.Metadata.read_bytes()).decode()
        figures = [str(one.Alt) for one in document.objects if isinstance(one, pikepdf.Dictionary) and "/Alt" in one]
    assert "<pdfuaid:part>1</pdfuaid:part>" in told
    assert len(figures) == 2
    assert all("QR-Code" in alternative for alternative in figures)


def stored(box, notice):
    """The notice's row, and its documents as code and bytes."""
    with box.database.read() as connection:
        row = notices.find(connection, notice)
        parts = notices.documents_of(connection, notice)
    key = sealed.key_of(box, row)
    codes = [sealed.open_words(key, part)["code"] for part in parts]
    return row, codes, [b"".join(sealed.open_document(box, key, part["id"], part["object_name"])) for part in parts]


def test_what_is_printed_in_a_written_notice_is_the_code_it_is_found_by(box, recipient, clock):
    """The QR code of the document that was set here leads to it; the cover sheet carries the same one."""
    notice = submit(box, written(recipient), caller(), NOON).notice
    with pytest.raises(NotNow) as early:
        cover_of(box, stored(box, notice)[0])
    assert early.value.code == "not-available"
    run_due(box, clock())
    row, (code,), (made,) = stored(box, notice)
    assert scanned(made) == scanned(cover_of(box, row)) == [[f"{URL}/verify/document#{code}"]]
    assert inquire(box, code, hashlib.sha256(made).digest()) is Validity.VALID
    assert hashlib.sha256(made).hexdigest() in text_of(cover_of(box, row)).replace("\r\n", "")


def test_a_signed_document_stays_as_it_is_and_its_sheet_lies_beside_it(box, recipient, clock):
    """Each of the sender's own documents gets a page, and keeps its bytes."""
    sent = submission(recipient, upload(), upload(pdf(b"Anlage"), name="Anlage.pdf"))
    notice = submit(box, sent, caller(), NOON).notice
    run_due(box, clock())
    row, codes, documents = stored(box, notice)
    assert documents == [pdf(), pdf(b"Anlage")]
    assert scanned(cover_of(box, row)) == [[f"{URL}/verify/document#{code}"] for code in codes]


def test_bundle_and_summary_hold_the_codes(box, recipient, clock):
    """For the parties, to give away with a document: in a member of its own, and in words."""
    notice = submit(box, submission(recipient, upload()), caller(), NOON).notice
    run_due(box, clock())
    row, (code,), _ = stored(box, notice)
    members = unpack(evidence.bundle(box, row, clock()))
    told = read_json(members["codes.json"])
    assert (told["inquiry"], list(told["codes"].values())) == (f"{URL}/verify/document", [code])
    grouped = "-".join(code[at : at + 5] for at in range(0, 26, 5)).upper()
    for summary in (members["Zusammenfassung.pdf"], evidence.summary_of(box, row, clock())):
        assert text_of(summary).count(grouped) == 2  # German and English
        assert f"{URL}/verify/document" in text_of(summary)


def test_a_renewed_notice_is_still_found_by_the_code_printed_in_it(box, recipient, clock):
    """The same bytes carry the first code: it follows to the newest announcement that is available."""
    first = submit(box, written(recipient), caller(), NOON).notice
    run_due(box, clock())
    _, (code,), (made,) = stored(box, first)
    said = content(recipient, renews=first)
    again = submission(None, upload(made), key="again")
    again = type(again)(content=said, uploads=again.uploads, idempotency_key="again")
    renewal = submit(box, again, caller(), clock()).notice
    digest = hashlib.sha256(made).digest()
    assert inquire(box, code, digest) is Validity.VALID  # the renewal is not visible yet
    with box.database.write() as connection:  # § 41(2a) VwVfG: the first one was not retrieved in time
        notices.change(connection, first, closed_at=clock())
    assert inquire(box, code, digest) is Validity.UNKNOWN
    run_due(box, clock())
    assert inquire(box, code, digest) is Validity.VALID
    withdraw(box, caller(), renewal, "wrong-content")
    assert inquire(box, code, digest) is Validity.WITHDRAWN
    assert inquire(box, code, bytes(32)) is Validity.UNKNOWN
