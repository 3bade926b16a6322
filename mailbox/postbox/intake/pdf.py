"""Looking into a PDF: it must be readable by anyone, be nothing else besides, carry nothing and do nothing by itself.

The bytes are only looked at, never changed. Everything here is bounded: objects, depth, what a stream unpacks into.
"""

from collections.abc import Iterable
from typing import Any, BinaryIO, Final

import pikepdf

from postbox.intake.filters import Allowance, TooMuch, undo
from postbox.intake.unparsed import MOST_UNPACKED, shape_fault
from postbox.pdf_names import written

MAGIC: Final = b"%PDF-"
_MOST_OBJECTS: Final = 200_000
_MOST_PAGES: Final = 2_000
_MOST_DEPTH: Final = 60
_MOST_BUT_PICTURES: Final = 256 * 1024 * 1024  # bytes that all streams but pictures unpack into together
_MOST_PIXELS: Final = 200_000_000
_MOST_OF_A_PIXEL: Final = 8  # bytes: four colours of 16 bits
_SLACK: Final = 64 * 1024  # what writers leave behind a picture
_MOST_OF_A_TABLE: Final = 16 * 1024 * 1024  # bytes of an object or cross-reference stream
# Process-wide in qpdf, hence once at import: a small file must not unpack into all our memory. Only object and
# cross-reference streams are left for qpdf to unpack; they have one filter.
pikepdf.settings.set_qpdf_limits(
    max_stream_filters=1,
    flate_max_memory=_MOST_OF_A_TABLE,
    run_length_max_memory=_MOST_OF_A_TABLE,
    png_max_memory=_MOST_OF_A_TABLE,
    tiff_max_memory=_MOST_OF_A_TABLE,
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
_SIGNED: Final = "pdf-signature-hidden"
_KEYS: Final = {
    "/JS": "pdf-javascript",
    "/EmbeddedFiles": "pdf-embedded-files",
    "/EF": "pdf-embedded-files",
    "/ByteRange": _SIGNED,
    "/XFA": "pdf-xfa",
}
# 12.6.4.3 remote go-to, 12.6.4.7 URI, 12.7.5.2 submit-form: harmless where a person presses something, and only there.
_REACHING_OUT: Final = frozenset({"/GoToR", "/URI", "/SubmitForm"})
_MOST_ACTIONS: Final = 100  # in one chain
SENTENCES: Final = {
    "pdf-javascript": "The PDF contains JavaScript.",
    "pdf-launch": "The PDF contains an action that starts a program or reads a file.",
    "pdf-embedded-files": "The PDF carries other files inside.",
    "pdf-xfa": "The PDF is an XFA form, which shows other things in each reader; print it to PDF again.",
    "pdf-reaches-out": "The PDF sends data or opens an address or another file by itself; print it to PDF again.",
    "pdf-encrypted": "The PDF is encrypted; the recipient could not read it.",
    "pdf-unreadable": "The PDF is damaged and cannot be read.",
    "pdf-too-complex": "The PDF has more objects than are looked through.",
    "pdf-too-many-pages": f"The PDF has more than {_MOST_PAGES} pages: send it in parts.",
    "pdf-truncated": "The PDF ends too early; send the whole file.",
    "pdf-polyglot": "The file is a PDF and something else at once; print it to PDF again.",
    "pdf-bomb": "The PDF unpacks into more than a reader can hold or than is looked through; print it to PDF again.",
    "pdf-structure-odd": "The PDF packs its objects as no program of today does; print it to PDF again.",
    _SIGNED: "The PDF hides a signature where none can be valid; sign the finished file again.",
}


def inspect(content: BinaryIO) -> tuple[str, ...]:
    """The codes of what makes a PDF unacceptable, in order; empty where it is fine."""
    content.seek(0)
    raw = content.read()
    if code := shape_fault(raw):
        return (code,)
    content.seek(0)
    try:
        with pikepdf.open(content, suppress_warnings=True) as pdf:
            return _inspect(pdf, signed=written("/ByteRange").search(raw) is not None)
    except pikepdf.PasswordError:
        return ("pdf-encrypted",)
    except TooMuch:
        return ("pdf-bomb",)
    except (pikepdf.PdfError, pikepdf.PikepdfError, ValueError, RecursionError):
        return ("pdf-unreadable",)


def _inspect(pdf: pikepdf.Pdf, *, signed: bool) -> tuple[str, ...]:
    if pdf.is_encrypted:
        return ("pdf-encrypted",)
    if len(pdf.pages) == 0:
        return ("pdf-unreadable",)
    if len(pdf.pages) > _MOST_PAGES:
        return ("pdf-too-many-pages",)
    if len(pdf.objects) > _MOST_OBJECTS:
        return ("pdf-too-complex",)
    found: set[str] = set()
    everything = Allowance(MOST_UNPACKED)
    but_pictures = Allowance(_MOST_BUT_PICTURES, of=everything)
    for thing in pdf.objects:
        _look(thing, found, depth=0)
        if isinstance(thing, pikepdf.Stream):
            _unpack(thing, found, everything, but_pictures)
    # Whoever judges signatures looks for this name in the file: in an object stream it would stay unseen, and a
    # signature there cannot leave itself out of what it signs (12.8.1).
    return tuple(sorted(found - ({_SIGNED} if signed else set())))


def _unpack(stream: pikepdf.Stream, found: set[str], everything: Allowance, but_pictures: Allowance) -> None:
    """Undo a stream's filters as far as is allowed; a picture may have what its size says. Raises TooMuch."""
    entries = stream.stream_dict
    filters = _filters(entries)
    # 7.5.7, 7.5.8: readers take any filter here; another one than Flate hides from most of them what is inside.
    if _holds_objects(entries) and [name for name, _ in filters] not in ([], ["/FlateDecode"], ["/Fl"]):
        found.add("pdf-structure-odd")
    picture = entries.get("/Subtype") == "/Image"
    allowed = Allowance(_size(entries), of=everything) if picture else but_pictures
    for _ in undo(stream.read_raw_bytes(), filters, allowed):
        pass


def _holds_objects(entries: Any) -> bool:
    """By what readers need, too: some follow a table into a stream of any type."""
    return str(entries.get("/Type")) in ("/ObjStm", "/XRef") or {"/First", "/N"} <= set(entries.keys())


def _size(entries: Any) -> int:
    """The most bytes that a picture of this width and height can have. Raises TooMuch for one that is too large."""
    width, height = (_number(entries.get(name)) for name in ("/Width", "/Height"))
    if width * height > _MOST_PIXELS:
        raise TooMuch
    return width * height * _MOST_OF_A_PIXEL + height + _SLACK


def _filters(entries: Any) -> list[tuple[str, int]]:
    """Name and EarlyChange (7.4.4.3; 1 where nothing is said) of each filter, in order."""
    names, hints = entries.get("/Filter"), entries.get("/DecodeParms", entries.get("/DP"))
    listed = list(names) if isinstance(names, pikepdf.Array) else [names] if names is not None else []
    given = list(hints) if isinstance(hints, pikepdf.Array) else [hints]
    return [(str(name), _early(given[at] if at < len(given) else None)) for at, name in enumerate(listed)]


def _early(hint: Any) -> int:
    return 0 if isinstance(hint, pikepdf.Dictionary) and hint.get("/EarlyChange") == 0 else 1


def _number(value: Any) -> int:
    try:
        return max(0, int(value))
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
        found.update(_by_itself(entries))
        _look_into(entries.values(), found, depth)
    elif isinstance(thing, pikepdf.Array):
        _look_into(list(thing), found, depth)


def _look_into(things: Iterable[Any], found: set[str], depth: int) -> None:
    for thing in things:
        if isinstance(thing, pikepdf.Object) and not thing.is_indirect:
            _look(thing, found, depth=depth + 1)


def _by_itself(entries: dict[str, Any]) -> tuple[str, ...]:
    """Whether what happens on opening or another event (12.6.3), or an action after it, reaches out."""
    events = entries.get("/AA")
    waiting = [entries.get("/OpenAction"), *(events.values() if isinstance(events, pikepdf.Dictionary) else ())]
    for _ in range(_MOST_ACTIONS):
        if not waiting:
            return ()
        action = waiting.pop()
        if isinstance(action, pikepdf.Array):
            waiting += list(action)[:_MOST_ACTIONS]
        elif isinstance(action, pikepdf.Dictionary):
            if str(action.get("/S")) in _REACHING_OUT:
                return ("pdf-reaches-out",)
            waiting.append(action.get("/Next"))
    return ("pdf-too-complex",)


def _action(kind: Any) -> tuple[str, ...]:
    code = _ACTIONS.get(str(kind)) if isinstance(kind, pikepdf.Name) else None
    return (code,) if code else ()
