"""The proof on the pages: when it is given, and the public check."""

import hashlib
import re
import zipfile
from dataclasses import replace
from io import BytesIO

import pikepdf

from postbox.proof.verify import verify
from tests.postbox.pages.conftest import get, post


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


def test_the_proof_in_words_comes_with_the_proof_and_not_before(citizen, notice):
    """A PDF for the court file: with the same condition as the bundle, and inside it."""
    browser = citizen()
    assert get(browser, f"/notices/{notice}/summary").status_code == 409
    saved(browser, notice)
    assert f"/notices/{notice}/summary" in get(browser, f"/notices/{notice}").text
    alone = get(browser, f"/notices/{notice}/summary")
    assert alone.data.startswith(b"%PDF-")
    assert alone.headers["Content-Disposition"].startswith("attachment")
    with zipfile.ZipFile(BytesIO(get(browser, f"/notices/{notice}/proof").data)) as archive:
        within = archive.read("Zusammenfassung.pdf")
    with pikepdf.open(BytesIO(within)) as document:
        assert document.Root.Lang == "de-DE"
        metadata = str(document.open_metadata())
    assert "<pdfuaid:part>1</pdfuaid:part>" in metadata
    assert "<pdfaid:part>2</pdfaid:part>" in metadata
    assert "Nachweis in Worten" in metadata


def test_the_offline_page_is_handed_out_with_its_digest(pages):
    """Saved, never run in our origin; the page for checking names its SHA-256."""
    page = get(pages.test_client(), "/verify.html")
    assert hashlib.sha256(page.data).hexdigest() in get(pages.test_client(), "/verify").text.replace("<wbr>", "")
    assert page.headers["Content-Disposition"] == "attachment; filename=verify.html"
    assert page.headers["Content-Security-Policy"].startswith("sandbox")
