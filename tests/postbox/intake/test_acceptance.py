"""Acceptance: three stages, every refusal leaves nothing behind, every acceptance is durable and sealed."""

import dataclasses
import hashlib
from io import BytesIO

import pikepdf
import pytest
from sqlalchemy import func, select

from postbox import sealed
from postbox.errors import (
    IdempotencyMissing,
    NotAllowed,
    NotFound,
    StorageFailed,
    TooLarge,
    Unacceptable,
    UnknownRecipient,
)
from postbox.intake.accept import submit
from postbox.intake.submission import Submission
from postbox.store import tables
from postbox.store.objects import FileObjects
from tests.postbox.conftest import BENSHEIM, NOON, REMEDY, SECRET_WORDS, caller, content, pdf, submission, upload


def rows_in(box, table) -> int:
    with box.database.read() as connection:
        return connection.execute(select(func.count()).select_from(table)).scalar_one()


def nothing_left(box) -> bool:
    """No row of a refused notice, no claimed key, no object."""
    kept = (tables.notices, tables.documents, tables.events, tables.outbox, tables.idempotency)
    return not any(rows_in(box, table) for table in kept) and not list(box.settings.objects_directory.rglob("obj_*"))


def codes_of(error: Unacceptable) -> set[str]:
    return {problem.code for problem in error.problems}


def test_an_accepted_notice_is_stored_with_its_event_its_job_and_its_answer(box, recipient):
    """One transaction leaves notice, document, event, receipt, outbox row and idempotent answer."""
    submit(box, submission(recipient), caller(), NOON)
    kept = (tables.notices, tables.documents, tables.events, tables.receipts, tables.outbox, tables.idempotency)
    assert [rows_in(box, table) for table in kept] == [1] * 6


def test_a_token_without_the_scope_may_not_send(box, recipient):
    """Stage one stops before anything is looked at."""
    with pytest.raises(NotAllowed) as refused:
        submit(box, submission(recipient), caller(scopes=frozenset({"notices:read"})), NOON)
    assert refused.value.code == "insufficient-scope"
    assert nothing_left(box)


def test_an_authority_we_do_not_serve_is_not_found(box, recipient):
    """A token for a town that is not configured here sends nothing."""
    with pytest.raises(NotFound):
        submit(box, submission(recipient), caller(authority="000000000000"), NOON)
    assert nothing_left(box)


@pytest.mark.parametrize("key", [None, "", "ä", "x" * 201, "a\nb"])
def test_an_idempotency_key_is_needed(box, recipient, key):
    """Without a proper key a repeated request would be a second notice."""
    with pytest.raises(IdempotencyMissing):
        submit(box, submission(recipient, key=key), caller(), NOON)
    assert nothing_left(box)


WRONG = [
    ({"title": ""}, "member-missing", "/title"),
    ({"title": "two\nlines"}, "text-malformed", "/title"),
    ({"title": "x" * 201}, "text-malformed", "/title"),
    ({"title": 7}, "text-malformed", "/title"),
    ({"title": "\ud800"}, "text-malformed", "/title"),
    ({"summary": "x" * 1001}, "text-malformed", "/summary"),
    ({"language": "german"}, "language-malformed", "/language"),
    ({"minimum_level": "medium"}, "minimum-level-unknown", "/minimum_level"),
    ({"minimum_level": ["high"]}, "minimum-level-unknown", "/minimum_level"),
    ({"procedural_law": "AktG"}, "no-rule", "/procedural_law"),
    ({"procedural_law": "AO"}, "issued-on-missing", "/issued_on"),
    ({"procedural_law": "AO", "issued_on": "23.11.2026"}, "issued-on-malformed", "/issued_on"),
    ({"procedural_law": "AO", "issued_on": "2026-11-24"}, "issued-on-future", "/issued_on"),
    ({"issued_on": 20261123}, "issued-on-malformed", "/issued_on"),
    ({"form": "seal"}, "form-unknown", "/form"),
    ({"form": "qseal"}, "form-basis-unknown", "/form_basis"),
    ({"form_basis": "§ 9a(6) OZG"}, "form-basis-unknown", "/form_basis"),
    ({"form": "qes", "form_basis": "§ 9a(6) OZG"}, "form-basis-unknown", "/form_basis"),
    ({"form": "qseal", "form_basis": "§ 9a(6) OZG"}, "form-unsigned", "/form"),
    ({"seal": "B-X"}, "seal-unknown", "/seal"),
    ({"seal": "B-B"}, "seal-not-offered", "/seal"),
    ({"responsible": None}, "responsible-missing", "/responsible"),
    ({"responsible": 7}, "text-malformed", "/responsible"),
    ({"automated": "yes"}, "automated-malformed", "/automated"),
    ({"remedy": None}, "remedy-missing", "/remedy"),
    ({"remedy": {"kind": "Widerspruch"}}, "member-missing", "/remedy/office"),
    ({"remedy": {**REMEDY, "period_months": 0}}, "period-malformed", "/remedy/period_months"),
    ({"remedy": {**REMEDY, "period_months": True}}, "period-malformed", "/remedy/period_months"),
    ({"remedy": {**REMEDY, "more": 1}}, "remedy-malformed", "/remedy"),
    ({"remedy_waiver": "information-omitted"}, "remedy-and-waiver", "/remedy_waiver"),
    ({"recipient": "rcp_short"}, "recipient-malformed", "/recipient"),
    ({"postbox_address": "both"}, "recipient-needed", "/recipient"),
    ({"priority": "high"}, "unknown-member", "/priority"),
    ({"documents": [{"sha256": "00"}]}, "document-malformed", "/documents/0"),
    ({"documents": "none"}, "documents-malformed", "/documents"),
    ({"documents": [{}, {}]}, "documents-differ", "/documents"),
    ({"documents": [{"sha256": "0" * 64}]}, "digest-differs", "/documents/0/sha256"),
]


@pytest.mark.parametrize(
    ("change", "code", "pointer"), WRONG, ids=[f"{code}{n}" for n, (_, code, _) in enumerate(WRONG)]
)
def test_each_fault_of_a_notice_is_named_with_its_place(box, recipient, change, code, pointer):
    """A fault in the JSON is told by code and pointer, and nothing is kept."""
    with pytest.raises(Unacceptable) as refused:
        submit(box, submission(recipient, **change), caller(), NOON)
    assert (code, pointer) in {(problem.code, problem.pointer) for problem in refused.value.problems}
    assert nothing_left(box)


def test_all_faults_of_a_stage_are_told_at_once(box, recipient):
    """Nobody has to send a notice five times to learn of five faults."""
    wrong = submission(recipient, title="", minimum_level="medium", language="x", remedy={"kind": "Widerspruch"})
    with pytest.raises(Unacceptable) as refused:
        submit(box, wrong, caller(), NOON)
    pointers = {problem.pointer for problem in refused.value.problems}
    assert {"/title", "/minimum_level", "/language", "/remedy/office", "/remedy/seat"} <= pointers


def test_a_notice_may_say_why_it_names_no_remedy(box, recipient):
    """A waiver with a known reason stands for a remedy."""
    sent = submission(recipient, remedy=None, remedy_waiver="no-administrative-act")
    assert submit(box, sent, caller(), NOON).notice


def test_an_announced_digest_that_fits_is_taken(box, recipient):
    """The twin of the differing digest."""
    document = pdf()
    announced = [{"sha256": hashlib.sha256(document).hexdigest()}]
    assert submit(box, submission(recipient, upload(document), documents=announced), caller(), NOON).notice


def test_a_recipient_of_another_authority_is_unknown(box, recipient):
    """Bensheim cannot send to Viernheim's reference and does not learn that it exists."""
    with pytest.raises(UnknownRecipient) as refused:
        submit(box, submission(recipient), caller(authority=BENSHEIM), NOON)
    with pytest.raises(UnknownRecipient) as unknown:
        submit(box, submission("rcp_" + "0" * 26), caller(authority=BENSHEIM), NOON)
    assert str(refused.value) == str(unknown.value)
    assert nothing_left(box)


def javascript(document):
    document.Root.OpenAction = pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS="app.alert(1)")


def launch(document):
    document.pages[0].AA = pikepdf.Dictionary(O=pikepdf.Dictionary(S=pikepdf.Name.Launch, F="calc.exe"))


def attachment(document):
    document.attachments["more.txt"] = pikepdf.AttachedFileSpec(document, b"inside")


def encrypted() -> bytes:
    buffer = BytesIO()
    with pikepdf.new() as document:
        document.add_blank_page()
        document.save(buffer, encryption=pikepdf.Encryption(owner="o", user=""))
    return buffer.getvalue()


def locked() -> bytes:
    buffer = BytesIO()
    with pikepdf.new() as document:
        document.add_blank_page()
        document.save(buffer, encryption=pikepdf.Encryption(owner="o", user="secret"))
    return buffer.getvalue()


BAD_DOCUMENTS = [
    (lambda: upload(b"plain text"), "not-a-pdf"),
    (lambda: upload(b"MZ" + pdf()), "not-a-pdf"),
    (lambda: upload(media_type="text/html"), "not-a-pdf"),
    (lambda: upload(b"%PDF-1.7\nnothing behind it"), "pdf-truncated"),
    (lambda: upload(pdf(change=javascript)), "pdf-javascript"),
    (lambda: upload(pdf(change=launch)), "pdf-launch"),
    (lambda: upload(pdf(change=attachment)), "pdf-embedded-files"),
    (lambda: upload(encrypted()), "pdf-encrypted"),
    (lambda: upload(locked()), "pdf-encrypted"),
    (lambda: upload(name="../Bescheid.pdf"), "name-malformed"),
    (lambda: upload(name="Bescheid.exe"), "name-malformed"),
    (lambda: upload(name=""), "name-malformed"),
]


@pytest.mark.parametrize(
    ("make", "code"), BAD_DOCUMENTS, ids=[f"{code}{n}" for n, (_, code) in enumerate(BAD_DOCUMENTS)]
)
def test_a_document_that_is_no_plain_pdf_is_refused(box, recipient, make, code):
    """What is encrypted, acts by itself, carries files or is no PDF is named and not kept."""
    with pytest.raises(Unacceptable) as refused:
        submit(box, submission(recipient, upload(), make()), caller(), NOON)
    assert {(problem.code, problem.pointer) for problem in refused.value.problems} == {(code, "/documents/1")}
    assert nothing_left(box)


def test_a_notice_without_document_is_refused(box, recipient):
    """There is exactly one way to send nothing: not at all."""
    empty = Submission(content=content(recipient), uploads=(), idempotency_key="k")
    with pytest.raises(Unacceptable) as refused:
        submit(box, empty, caller(), NOON)
    assert codes_of(refused.value) == {"documents-number"}


def test_a_document_up_to_the_cap_is_taken_and_one_above_it_is_too_large(box, recipient):
    """The cap is the last size that passes."""
    document = pdf(pad=100_000)
    exact = dataclasses.replace(box, settings=dataclasses.replace(box.settings, max_document_bytes=len(document)))
    tighter = dataclasses.replace(box, settings=dataclasses.replace(box.settings, max_document_bytes=len(document) - 1))
    with pytest.raises(TooLarge):
        submit(tighter, submission(recipient, upload(document)), caller(), NOON)
    assert nothing_left(box)
    assert submit(exact, submission(recipient, upload(document)), caller(), NOON).notice


class LyingObjects(FileObjects):
    """A disk that gives back one wrong byte of each object after the first ``honest`` ones."""

    def __init__(self, directory, honest=0):
        super().__init__(directory)
        self.honest = honest

    def read(self, name):
        self.honest -= 1
        data = bytearray(b"".join(super().read(name)))
        data[-1] ^= self.honest < 0
        yield bytes(data)


@pytest.mark.parametrize("honest", [0, 1])
def test_what_cannot_be_read_back_as_it_came_is_not_accepted(box, recipient, honest):
    """A disk that lies about any document is found out before anything is acknowledged, and nothing stays."""
    liar = dataclasses.replace(box, objects=LyingObjects(box.settings.objects_directory, honest))
    with pytest.raises(StorageFailed):
        submit(liar, submission(recipient, upload(), upload()), caller(), NOON)
    assert nothing_left(box)
    assert submit(box, submission(recipient, upload(), upload()), caller(), NOON).notice


def test_what_was_stored_is_compared_with_what_came(box):
    """An intact seal is not enough: the plaintext must be the one that was measured."""
    data_key, _ = sealed.new_key(box, "ntc_x", NOON)
    document = pdf()
    digest = hashlib.sha256(document).digest()
    with pytest.raises(StorageFailed):
        sealed.store_document(box, data_key, "doc_x", BytesIO(document[:-1]), digest)
    assert sealed.store_document(box, data_key, "doc_x", BytesIO(document), digest)


def test_nothing_readable_lies_on_the_disk(box, recipient):
    """Title, summary, name of file, applicant, mail address and content are nowhere in files or rows."""
    submit(box, submission(recipient), caller(), NOON)
    secrets = [SECRET_WORDS, b"Geburtsurkunde", b"Urkundenanforderung", b"Bescheid", b"Erika", b"erika@", b"sector-sub"]
    secrets.remove(b"Urkundenanforderung")  # the service's name, stored on purpose
    lying = b"".join(path.read_bytes() for path in box.settings.objects_directory.parent.rglob("*") if path.is_file())
    with box.database.read() as connection:
        for table in tables.metadata.sorted_tables:
            lying += repr(connection.execute(select(table)).all()).encode()
    assert b"U-2026-0815" in lying  # the probe itself sees what is stored in the clear
    assert [secret for secret in secrets if secret in lying] == []
