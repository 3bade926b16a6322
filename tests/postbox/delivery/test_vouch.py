"""A third party with code and document learns whether it stands; with less, nothing."""

import hashlib

import pytest
from sqlalchemy import text

from postbox import sealed
from postbox.delivery.erase import erase
from postbox.delivery.handover import Reader
from postbox.delivery.jobs import run_due
from postbox.delivery.status import standing
from postbox.delivery.vouch import Genuine, Vouched, standing_of, vouch
from postbox.delivery.withdraw import withdraw
from postbox.identifiers import new_code, read_code
from postbox.intake.accept import submit
from postbox.store import notices
from tests.postbox.conftest import VIERNHEIM, caller, pdf, submission

FILE = hashlib.sha256(pdf()).digest()
UNKNOWN = Vouched(genuine=Genuine.UNKNOWN)


@pytest.fixture
def sent(box, recipient, clock):
    """Send a notice and make it available; its id."""

    def send(*, available=True, key="key-1", **changes):
        notice = submit(box, submission(recipient, key=key, **changes), caller(), clock()).notice
        if available:
            run_due(box, clock())
        return notice

    return send


def code_of(box, notice):
    with box.database.read() as connection:
        row, (document,) = notices.find(connection, notice), notices.documents_of(connection, notice)
    return sealed.open_words(sealed.key_of(box, row), document)["code"]


def test_code_and_file_together_are_told_who_sent_it(box, sent):
    """However the code was typed; the file's digest is compared, its content is nowhere in the answer."""
    code = code_of(box, sent())
    for typed in (code, code.upper(), code.replace("-", ""), f" {code.replace('-', ' ')} "):
        assert vouch(box, typed, FILE) == Vouched(genuine=Genuine.VALID, authority="Stadt Viernheim")


def test_one_without_the_other_is_told_nothing(box, sent):
    """An unknown code, a malformed one and another file are the same from outside."""
    code = code_of(box, sent())
    assert vouch(box, code, hashlib.sha256(pdf(b"another")).digest()) == UNKNOWN
    assert vouch(box, new_code(), FILE) == UNKNOWN
    for malformed in ("", "x", code[:-1], code + "0", "é" * 26):
        assert vouch(box, malformed, FILE) == UNKNOWN
    assert vouch(box, code, FILE).genuine is Genuine.VALID


def test_what_was_not_yet_made_available_is_unknown(box, sent, clock):
    """A code that leaks from the sender's side says nothing before the recipient has it."""
    code = code_of(box, sent(available=False))
    assert vouch(box, code, FILE) == UNKNOWN
    run_due(box, clock())
    assert vouch(box, code, FILE).genuine is Genuine.VALID


def test_withdrawn_and_replaced_are_told(box, sent):
    """Both remain genuine, and neither is called valid."""
    first = sent()
    second = sent(key="key-2", replaces=first)
    assert vouch(box, code_of(box, first), FILE) == Vouched(genuine=Genuine.REPLACED, authority="Stadt Viernheim")
    assert vouch(box, code_of(box, second), FILE).genuine is Genuine.VALID
    withdraw(box, caller(), second, "wrong-content")
    assert vouch(box, code_of(box, second), FILE) == Vouched(genuine=Genuine.WITHDRAWN, authority="Stadt Viernheim")


def test_erasing_takes_the_code_too(box, sent):
    """Nobody can have a guess confirmed by what is left."""
    notice = sent()
    code, row = code_of(box, notice), standing(box, VIERNHEIM, notice).row
    assert vouch(box, code, FILE).genuine is Genuine.VALID
    erase(box, notice, Reader(mailbox=row["mailbox"], session_hash=b"s" * 32, level="high"))
    assert vouch(box, code, FILE) == UNKNOWN
    with box.database.read() as connection:
        assert connection.execute(text("SELECT code_hash FROM documents")).scalars().all() == [None]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, Genuine.VALID),
        ({"available_at": None}, Genuine.UNKNOWN),
        ({"closed_at": "then"}, Genuine.UNKNOWN),
        ({"replaced_by": "ntc_other"}, Genuine.REPLACED),
        ({"withdrawn_at": "then"}, Genuine.WITHDRAWN),
        ({"withdrawn_at": "then", "replaced_by": "ntc_other"}, Genuine.WITHDRAWN),
    ],
)
def test_the_row_decides(changes, expected):
    """A withdrawal weighs more than a replacement; what lapsed unread was never announced."""
    row = {"available_at": "then", "closed_at": None, "withdrawn_at": None, "replaced_by": None}
    assert standing_of({**row, **changes}) is expected


def test_codes_have_130_bits_and_read_back():
    """26 of 32 letters; two codes are never the same."""
    codes = {new_code() for _ in range(200)}
    assert len(codes) == 200
    assert all(read_code(code) == code and len(code.replace("-", "")) == 26 for code in codes)
