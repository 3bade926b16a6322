"""Documents are what they claim: each hostile or broken file has its code, and a sound twin that is taken."""

import hashlib
import time
import zipfile
import zlib
from io import BytesIO

import pikepdf
import pytest

from postbox import sealed
from postbox.errors import Unacceptable
from postbox.intake import pdf as looking
from postbox.intake.accept import submit
from postbox.intake.pdf import inspect
from postbox.store import notices
from tests.postbox.conftest import NOON, caller, pdf, submission, upload


def looked(content: bytes) -> tuple[str, ...]:
    return inspect(BytesIO(content))


def archive() -> bytes:
    packed = BytesIO()
    with zipfile.ZipFile(packed, "w") as file:
        file.writestr("programm.exe", b"MZ")
    return packed.getvalue()


def hidden_archive() -> bytes:
    """An archive in a stream: its end lies near the end of the file, and unpackers find it there."""

    def change(document):
        document.Root.Padding = document.make_stream(archive())

    content = pdf(change=change)
    start = content.index(b"PK\x03\x04")
    # The directory's offset counts from the file's beginning, as a program that unpacks would need it.
    raw, moved = archive(), bytearray(content)
    at = content.index(b"PK\x05\x06") + 16
    moved[at : at + 4] = (start + int.from_bytes(raw[-6:-2], "little")).to_bytes(4, "little")
    return bytes(moved)


def bomb(times: int = 1) -> bytes:
    packed = zlib.compress(bytes(3 * 1024 * 1024), 9)
    for _ in range(times - 1):
        packed = zlib.compress(packed, 9)

    def change(document):
        for number in range(100):
            stream = pikepdf.Stream(document, packed)
            stream.Filter = pikepdf.Array([pikepdf.Name.FlateDecode] * times) if times > 1 else pikepdf.Name.FlateDecode
            document.Root[f"/Padding{number}"] = document.make_indirect(stream)

    return pdf(change=change)


def many_pages(document):
    for _ in range(looking._MOST_PAGES):
        document.pages.append(document.pages[0])


def huge_picture(width: int):
    def change(document):
        document.Root.Picture = document.make_stream(
            b"0", Type=pikepdf.Name.XObject, Subtype=pikepdf.Name.Image, Width=width, Height=10_000
        )

    return change


SOUND = {
    "plain": pdf(),
    "two-versions": pdf() + pdf()[-200:],
    "padded-end": pdf() + b"\r\n\0\n",
    "small-picture": pdf(change=huge_picture(1_000)),
    "letters-of-an-archive": pdf(text=b"PK and <html> as words"),
}


def acting(kind: str):
    """An action when the file is opened, or what else does something by itself."""

    def change(document):
        document.Root.OpenAction = pikepdf.Dictionary(S=pikepdf.Name(kind), N=3)

    return change


def with_file(document):
    document.attachments["a.txt"] = b"words"


def with_signature(document):
    document.Root.Padding = pikepdf.Dictionary(Type=pikepdf.Name.Sig, ByteRange=[0, 1, 2, 3])


def packed(change) -> bytes:
    """The same with its objects in object streams: no name of theirs stands in the file."""
    with pikepdf.open(BytesIO(pdf(change=change))) as document:
        out = BytesIO()
        document.save(out, object_stream_mode=pikepdf.ObjectStreamMode.generate)
    return out.getvalue()


def escaped(content: bytes, *names: bytes) -> bytes:
    """Names written another way (ISO 32000-1, 7.3.5): one letter as # and two digits. Offsets are mended by readers."""
    for name in names:
        assert name in content
        content = content.replace(name, name[:3] + b"#%02X" % name[3] + name[4:])
    return content


def form_of(name: str):
    """A form; an XFA one has its XML beside."""

    def change(document):
        document.Root.AcroForm = pikepdf.Dictionary({"/Fields": pikepdf.Array(), name: pikepdf.String("<xdp/>")})

    return change


REACHING_OUT = {
    "submit": {"/S": "/SubmitForm", "/F": "https://elsewhere.example/"},
    "remote": {"/S": "/GoToR", "/F": "\\\\elsewhere.example\\share\\a.pdf"},
    "address": {"/S": "/URI", "/URI": "https://elsewhere.example/"},
}


def reaching(name: str, place: str):
    """An action that leads elsewhere: on opening, on an event of a page, after another action, or when pressed."""
    said = REACHING_OUT[name]

    def change(document):
        action = document.make_indirect(pikepdf.Dictionary({**said, "/S": pikepdf.Name(said["/S"])}))
        link = pikepdf.Dictionary(Type=pikepdf.Name.Annot, Subtype=pikepdf.Name.Link, Rect=[0, 0, 9, 9], A=action)
        if place == "opening":
            document.Root.OpenAction = action
        elif place == "event":
            document.pages[0].AA = pikepdf.Dictionary(O=action)
        elif place == "after":
            document.Root.OpenAction = pikepdf.Dictionary(S=pikepdf.Name.GoTo, Next=pikepdf.Array([action]))
        else:
            document.pages[0].Annots = pikepdf.Array([document.make_indirect(link)])

    return change


def circle(document):
    """An action that follows itself: decided, not walked for ever."""
    action = document.make_indirect(pikepdf.Dictionary(S=pikepdf.Name.GoTo))
    action.Next = action
    document.Root.OpenAction = action


ENCRYPTED = (
    b"trailer << /Encrypt << /Filter /Standard /V 1 /R 2 /O (" + b"o" * 32 + b") /U (" + b"u" * 32 + b") /P -4 >> "
)
NAMED = {
    "script": (pdf(change=acting("/JavaScript")), b"/JavaScript", "pdf-javascript"),
    "launch": (pdf(change=acting("/Launch")), b"/Launch", "pdf-launch"),
    "import": (pdf(change=acting("/ImportData")), b"/ImportData", "pdf-launch"),
    "rendition": (pdf(change=acting("/Rendition")), b"/Rendition", "pdf-javascript"),
    "embedded-go-to": (pdf(change=acting("/GoToE")), b"/GoToE", "pdf-embedded-files"),
    "files": (pdf(change=with_file), b"/EmbeddedFiles", "pdf-embedded-files"),
    "xfa": (pdf(change=form_of("/XFA")), b"/XFA", "pdf-xfa"),
    "encrypted": (pdf().replace(b"trailer << ", ENCRYPTED), b"/Encrypt", "pdf-encrypted"),
}
WRONG = {
    "archive-behind": (pdf() + archive(), "pdf-polyglot"),
    "archive-inside": (hidden_archive(), "pdf-polyglot"),
    "page-behind": (pdf() + b"<html><script>alert(1)</script>", "pdf-polyglot"),
    "page-in-front": (pdf().replace(b"\n", b"\n%<html><script>\n", 1), "pdf-polyglot"),
    "cut": (pdf()[:-60], "pdf-truncated"),
    "cut-in-an-update": (pdf() + b"9 0 obj <</Type /Page>> endo", "pdf-truncated"),
    "bomb": (bomb(), "pdf-bomb"),
    "packed-twice": (bomb(2), "pdf-bomb"),
    "huge-picture": (pdf(change=huge_picture(1_000_000)), "pdf-bomb"),
    "many-pages": (pdf(change=many_pages), "pdf-too-many-pages"),
    "nothing": (b"%PDF-1.7\n%%EOF", "pdf-unreadable"),
}


@pytest.mark.parametrize("name", SOUND)
def test_what_only_looks_odd_is_taken(name):
    """The positive twins."""
    assert looked(SOUND[name]) == ()


@pytest.mark.parametrize("name", WRONG)
def test_each_hostile_file_has_its_code(name):
    """Refused with a stable code, within a second."""
    content, code = WRONG[name]
    began = time.process_time()
    assert looked(content) == (code,)
    assert time.process_time() - began < 3
    assert code in looking.SENTENCES


@pytest.mark.parametrize("name", NAMED)
def test_a_name_is_a_name_however_it_is_written(name):
    """What a file does is seen with its names as they are, escaped, and packed in an object stream."""
    content, word, code = NAMED[name]
    assert looked(content) == (code,)
    assert looked(escaped(content, word)) == (code,)
    assert looked(pdf(change=acting("/GoTo"))) == ()


@pytest.mark.parametrize("name", REACHING_OUT)
@pytest.mark.parametrize("place", ["opening", "event", "after", "pressed"])
def test_nothing_reaches_out_by_itself(name, place):
    """A link may be pressed; nothing is sent or fetched because somebody opened the document."""
    assert looked(pdf(change=reaching(name, place))) == (() if place == "pressed" else ("pdf-reaches-out",))
    assert looked(packed(reaching(name, place))) == (() if place == "pressed" else ("pdf-reaches-out",))


def test_forms_and_circles():
    """An ordinary form is taken; actions that follow each other in a circle are not walked for ever."""
    assert looked(pdf(change=form_of("/DA"))) == ()
    assert looked(pdf(change=circle)) == ("pdf-too-complex",)


def test_a_signature_cannot_hide():
    """In an object stream nobody finds it by its name, and none there can be valid; in the open it is judged."""
    assert looked(packed(with_signature)) == ("pdf-signature-hidden",)
    assert looked(packed(acting("/JavaScript"))) == ("pdf-javascript",)
    assert looked(packed(acting("/GoTo"))) == ()
    assert looked(pdf(change=with_signature)) == ()
    assert looked(escaped(pdf(change=with_signature), b"/ByteRange")) == ()


@pytest.mark.parametrize("back", [b"startxref\n%d\n", b"startxref\n0\n", b"startxref\n99999999\n"])
def test_tables_that_lead_in_circles_end(back):
    """An xref whose /Prev is itself, nowhere or behind the end: decided at once, either way."""
    content = pdf()
    at = content.rindex(b"startxref")
    table = content.index(b"xref\n")
    looping = content[:at].replace(b"trailer <<", b"trailer << /Prev %d" % table, 1)
    ending = back % table if b"%d" in back else back
    began = time.process_time()
    looked(looping + ending + b"%%EOF\n")
    assert time.process_time() - began < 3


DATA = {
    "data.json": (b'{"gebuehr": 12}', "application/json"),
    "data.xml": (b"<bescheid><gebuehr>12</gebuehr></bescheid>", "application/xml"),
}


@pytest.mark.parametrize("name", DATA)
def test_a_companion_for_machines_is_taken_and_labelled(box, recipient, name):
    """Main, translation and data, each with its role, type and language."""
    content, kind = DATA[name]
    said = [{"role": "main"}, {"role": "translation", "language": "uk"}, {"role": "data"}]
    uploads = (upload(), upload(name="переклад.pdf"), upload(content, name, kind))
    accepted = submit(box, submission(recipient, *uploads, documents=said), caller(), NOON)
    with box.database.read() as connection:
        row = notices.find(connection, accepted.notice)
        parts = notices.documents_of(connection, accepted.notice)
    words = [sealed.open_words(sealed.key_of(box, row), part) for part in parts]
    assert [one["role"] for one in words] == ["main", "translation", "data"]
    assert [one["language"] for one in words] == ["", "uk", ""]
    assert [part["media_type"] for part in parts] == ["application/pdf", "application/pdf", kind]


BAD = [
    ((b"{broken", "d.json", "application/json"), {"role": "data"}, "data-malformed"),
    ((b"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>", "d.xml", "application/xml"), {"role": "data"}, "data-malformed"),
    ((b"<html/>", "d.xml", "application/xml"), {"role": "data"}, "data-malformed"),
    ((b'{"a": 1}', "d.xml", "application/xml"), {"role": "data"}, "data-malformed"),
    ((b'{"a": 1}', "d.exe", "application/json"), {"role": "data"}, "name-malformed"),
    ((b'["' + b"x" * 5 * 1024 * 1024 + b'"]', "d.json", "application/json"), {"role": "data"}, "data-too-large"),
    ((pdf(), "d.pdf", "application/pdf"), {"role": "data"}, "data-malformed"),
    ((pdf(), "d.pdf", "application/pdf"), {"role": "main"}, "role-unknown"),
    ((pdf(), "d.pdf", "application/pdf"), {"role": "translation"}, "language-malformed"),
    ((pdf(), "d.pdf", "application/pdf"), {"role": "translation", "language": "de"}, "translation-language"),
    ((pdf(), "d.pdf", "application/pdf"), {"sha256": "0" * 64}, "digest-differs"),
    ((b'{"a": 1}', "d.json", "application/json"), {}, "not-a-pdf"),
]


@pytest.mark.parametrize(("file", "said", "code"), BAD, ids=[f"{code}{n}" for n, (_, _, code) in enumerate(BAD)])
def test_a_companion_that_is_not_what_it_says_is_refused(box, recipient, file, said, code):
    """By content, name, role, language and digest."""
    object.__setattr__(box.settings, "max_document_bytes", 10 * 1024 * 1024)
    with pytest.raises(Unacceptable) as refused:
        submit(box, submission(recipient, upload(), upload(*file), documents=[{}, said]), caller(), NOON)
    assert code in {one.code for one in refused.value.problems}


def test_a_digest_of_each_document_is_compared(box, recipient):
    """The twin: announced and come alike."""
    second = pdf(b"Anlage")
    said = [{}, {"sha256": hashlib.sha256(second).hexdigest()}]
    assert submit(box, submission(recipient, upload(), upload(second), documents=said), caller(), NOON).notice
