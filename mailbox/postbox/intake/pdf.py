"""Looking into a PDF: it must be readable by anyone, be nothing else besides, carry nothing and do nothing by itself.

The bytes are only looked at, never changed. Everything here is bounded: objects, depth, what a stream unpacks into.
"""

import io
import zipfile
import zlib
from collections.abc import Iterable
from typing import Any, BinaryIO, Final

import pikepdf

MAGIC: Final = b"%PDF-"
_END: Final = b"%%EOF"
_EDGE: Final = 1024  # ISO 32000-1, annex H: readers look this far for header and end
_MOST_OBJECTS: Final = 200_000
_MOST_PAGES: Final = 2_000
_MOST_DEPTH: Final = 60
_MOST_UNPACKED: Final = 256 * 1024 * 1024  # all streams but pictures together
_MOST_PIXELS: Final = 200_000_000
_PIECE: Final = 1024 * 1024
_MARKUP: Final = (b"<html", b"<!doctype", b"<script", b"<?xml", b"<svg")
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
SENTENCES: Final = {
    "pdf-javascript": "The PDF contains JavaScript.",
    "pdf-launch": "The PDF contains an action that starts a program or reads a file.",
    "pdf-embedded-files": "The PDF carries other files inside.",
    "pdf-encrypted": "The PDF is encrypted; the recipient could not read it.",
    "pdf-unreadable": "The PDF is damaged and cannot be read.",
    "pdf-too-complex": "The PDF has more objects than are looked through.",
    "pdf-too-many-pages": f"The PDF has more than {_MOST_PAGES} pages: send it in parts.",
    "pdf-truncated": "The PDF ends too early; send the whole file.",
    "pdf-polyglot": "The file is a PDF and something else at once; print it to PDF again.",
    "pdf-bomb": "The PDF unpacks into more than anybody's reader can hold; print it to PDF again.",
}


def inspect(content: BinaryIO) -> tuple[str, ...]:
    """The codes of what makes a PDF unacceptable, in order; empty where it is fine."""
    content.seek(0)
    if code := _shape(content.read()):
        return (code,)
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
    if len(pdf.pages) > _MOST_PAGES:
        return ("pdf-too-many-pages",)
    if len(pdf.objects) > _MOST_OBJECTS:
        return ("pdf-too-complex",)
    found: set[str] = set()
    left = _MOST_UNPACKED
    for thing in pdf.objects:
        _look(thing, found, depth=0)
        if isinstance(thing, pikepdf.Stream):
            left -= _unpacked(thing, left)
            if left < 0:
                return ("pdf-bomb",)
    return tuple(sorted(found))


def _shape(content: bytes) -> str:
    """What the bytes say before any parser reads them: whole, and nothing but a PDF; the code of what is wrong."""
    end = content.rfind(_END)
    behind = content[end + len(_END) :].strip(b"\0\t\n\f\r ") if end >= 0 else b""
    # What was cut in an update leaves the end of the version before it, and objects that have none.
    if end < 0 or b" obj" in behind[:_EDGE]:
        return "pdf-truncated"
    # A file that is also an archive or a page is shown as that by somebody else's software.
    front = content[:_EDGE].lower()
    if behind or any(word in front[: _before_objects(front)] for word in _MARKUP) or _is_archive(content):
        return "pdf-polyglot"
    return ""


def _before_objects(front: bytes) -> int:
    first = front.find(b" obj")
    return first if first >= 0 else len(front)


def _is_archive(content: bytes) -> bool:
    # The end of an archive may lie 64 KiB before the end of a file (APPNOTE 4.3.16); most PDFs stop at the first look.
    return b"PK\x05\x06" in content[-(64 * 1024 + 22) :] and zipfile.is_zipfile(io.BytesIO(content))


def _unpacked(stream: pikepdf.Stream, left: int) -> int:
    """How many bytes a stream unpacks into, no more than a little over ``left``; a picture counts by its size."""
    entries = stream.stream_dict
    if entries.get("/Subtype") == "/Image":
        return 0 if _pixels(entries) <= _MOST_PIXELS else left + 1
    filters = entries.get("/Filter")
    names = list(map(str, filters)) if isinstance(filters, pikepdf.Array) else [str(filters)]
    # Packed twice is packed to deceive; other filters than this one do not multiply.
    if names.count("/FlateDecode") > 1:
        return left + 1
    return _inflated(stream.read_raw_bytes(), left) if names[0] == "/FlateDecode" else 0


def _inflated(raw: bytes, left: int) -> int:
    packed, total = zlib.decompressobj(), 0
    try:
        while raw and total <= left:
            total += len(packed.decompress(raw, _PIECE))
            raw = packed.unconsumed_tail
    except zlib.error:
        pass  # broken streams are the reader's business, not a bomb
    return total


def _pixels(entries: Any) -> int:
    try:
        return int(entries.get("/Width", 0)) * int(entries.get("/Height", 0))
    except (TypeError, ValueError):
        return 0


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
