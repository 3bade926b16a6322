"""What a document must be: a PDF that can be read by anyone, carries nothing else and does nothing by itself.

The bytes are only looked at, never changed: what is delivered is what came.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, BinaryIO, Final

import pikepdf

from postbox.intake.submission import Problems, Upload
from postbox.seals.verdict import Verdict

PDF: Final = "application/pdf"
_MAGIC: Final = b"%PDF-"
_READ_BYTES: Final = 64 * 1024
_MOST_OBJECTS: Final = 200_000
_MOST_DEPTH: Final = 60
_LONGEST_NAME: Final = 150
# Process-wide in qpdf, hence once at import: a small file must not unpack into all our memory.
pikepdf.settings.set_qpdf_limits(
    flate_max_memory=128 * 1024 * 1024,
    run_length_max_memory=128 * 1024 * 1024,
    png_max_memory=128 * 1024 * 1024,
    tiff_max_memory=128 * 1024 * 1024,
    parser_max_container_size=1_000_000,
    doc_max_warnings=1000,
)
# ISO 32000-1: 12.6.4.16 JavaScript, 12.6.4.5 Launch, 12.6.4.4 embedded go-to, 12.6.4.15 rendition, 7.11.4 files
_ACTIONS: Final = {
    "/JavaScript": "pdf-javascript",
    "/Launch": "pdf-launch",
    "/GoToE": "pdf-embedded-files",
    "/ImportData": "pdf-launch",
    "/Rendition": "pdf-javascript",
}
_KEYS: Final = {"/JS": "pdf-javascript", "/EmbeddedFiles": "pdf-embedded-files", "/EF": "pdf-embedded-files"}
_SENTENCES: Final = {
    "pdf-javascript": "The PDF contains JavaScript.",
    "pdf-launch": "The PDF contains an action that starts a program or reads a file.",
    "pdf-embedded-files": "The PDF carries other files inside.",
    "pdf-encrypted": "The PDF is encrypted; the recipient could not read it.",
    "pdf-unreadable": "The PDF is damaged and cannot be read.",
    "pdf-too-complex": "The PDF has more objects than are looked through.",
}


@dataclass(frozen=True, kw_only=True)
class Measured:
    """An upload whose bytes were counted."""

    upload: Upload
    size: int
    digest: bytes  # SHA-256
    sealed: bool = False  # by us, because the sender asked
    verdicts: tuple[Verdict, ...] = ()  # on the signatures it carries


def measure(upload: Upload) -> Measured:
    """Count and hash an upload, whatever it is."""
    upload.content.seek(0)
    digest, size = hashlib.sha256(), 0
    while piece := upload.content.read(_READ_BYTES):
        digest.update(piece)
        size += len(piece)
    return Measured(upload=upload, size=size, digest=digest.digest())


def check_document(document: Measured, pointer: str, problems: Problems) -> None:
    """Note everything wrong with a document: name, type and what is inside."""
    check_name(document.upload.name, pointer, problems)
    document.upload.content.seek(0)
    magic = document.upload.content.read(len(_MAGIC))
    # Content decides, not what the sender says; and what the sender says must not contradict it.
    if document.upload.media_type != PDF or magic != _MAGIC:
        problems.add("not-a-pdf", pointer, "Only PDF documents are taken (application/pdf).")
        return
    for code in inspect(document.upload.content):
        problems.add(code, pointer, _SENTENCES[code])


def check_name(name: str, pointer: str, problems: Problems) -> None:
    """A name that is safe on every disk: printable, no path, ends in .pdf."""
    bad = set('/\\:*?"<>|') & set(name) or name.startswith(".") or not name.isprintable()
    if not name or bad or len(name) > _LONGEST_NAME or not name.lower().endswith(".pdf"):
        sentence = f"A document's name ends in .pdf, has at most {_LONGEST_NAME} characters and none of a path."
        problems.add("name-malformed", pointer, sentence)


def inspect(content: BinaryIO) -> tuple[str, ...]:
    """The codes of what makes a PDF unacceptable, in order; empty where it is fine."""
    content.seek(0)
    try:
        with pikepdf.open(content, suppress_warnings=True) as pdf:
            return _inspect(pdf)
    except pikepdf.PasswordError:
        return ("pdf-encrypted",)
    except (pikepdf.PdfError, pikepdf.PikepdfError, ValueError, RecursionError):
        return ("pdf-unreadable",)


def _inspect(pdf: pikepdf.Pdf) -> tuple[str, ...]:
    if pdf.is_encrypted:
        return ("pdf-encrypted",)
    if len(pdf.pages) == 0:
        return ("pdf-unreadable",)
    if len(pdf.objects) > _MOST_OBJECTS:
        return ("pdf-too-complex",)
    found: set[str] = set()
    for thing in pdf.objects:
        _look(thing, found, depth=0)
    return tuple(sorted(found))


def _look(thing: Any, found: set[str], *, depth: int) -> None:
    """Direct objects nest; indirect ones come by themselves, so references are not followed."""
    if depth > _MOST_DEPTH:
        found.add("pdf-too-complex")
    elif isinstance(thing, pikepdf.Dictionary | pikepdf.Stream):
        entries = dict(thing.items()) if isinstance(thing, pikepdf.Dictionary) else dict(thing.stream_dict.items())
        found.update(code for key, code in _KEYS.items() if key in entries)
        found.update(_action(entries.get("/S")))
        _look_into(entries.values(), found, depth)
    elif isinstance(thing, pikepdf.Array):
        _look_into(list(thing), found, depth)


def _look_into(things: Iterable[Any], found: set[str], depth: int) -> None:
    for thing in things:
        if isinstance(thing, pikepdf.Object) and not thing.is_indirect:
            _look(thing, found, depth=depth + 1)


def _action(kind: Any) -> tuple[str, ...]:
    code = _ACTIONS.get(str(kind)) if isinstance(kind, pikepdf.Name) else None
    return (code,) if code else ()
