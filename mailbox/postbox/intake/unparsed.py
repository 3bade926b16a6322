"""What a PDF's bytes say before any parser reads them: whole, nothing but a PDF, and safe to open."""

import io
import re
import zipfile
from typing import Final

from postbox.intake.filters import Allowance, TooMuch, inflate_at
from postbox.pdf_names import written

MOST_UNPACKED: Final = 1024 * 1024 * 1024  # bytes of everything in the file together
_END: Final = b"%%EOF"
_EDGE: Final = 1024  # ISO 32000-1, annex H: readers look this far for header and end
_MARKUP: Final = (b"<html", b"<!doctype", b"<script", b"<?xml", b"<svg")
_STREAM: Final = re.compile(rb"(?<!end)stream[ \t]*(?:\r\n|\n|\r)?")
_BETWEEN: Final = rb"(?:[\0\t\n\f\r ]|%[^\r\n]*[\r\n])*"
_NAME: Final = rb"/[^][/<>(){}%\0\t\n\f\r ]+(?=[][/<>(){}%\0\t\n\f\r ])"
_REFERENCE: Final = rb"[0-9]+%s[0-9]+%sR" % (_BETWEEN, _BETWEEN)
# A stream's filters (7.3.8.2, table 5), alone or after others in a list: one that stands in another object, or LZW.
_ELSEWHERE_OR_LZW: Final = re.compile(
    written("/Filter").pattern
    + rb"(?=[\0\t\n\f\r %/\[])"
    + _BETWEEN
    + rb"(?:\[(?:%s%s)*%s)?" % (_BETWEEN, _NAME, _BETWEEN)
    + rb"(?:%s|%s)" % (_REFERENCE, written("/LZW").pattern)
)


def shape_fault(content: bytes) -> str:
    """The code of what is wrong with the file as bytes, or empty."""
    end = content.rfind(_END)
    behind = content[end + len(_END) :].strip(b"\0\t\n\f\r ") if end >= 0 else b""
    # What was cut in an update leaves the end of the version before it, and objects that have none.
    if end < 0 or b" obj" in behind[:_EDGE]:
        return "pdf-truncated"
    # A file that is also an archive or a page is shown as that by somebody else's software.
    front = content[:_EDGE].lower()
    if behind or any(word in front[: _before_objects(front)] for word in _MARKUP) or _is_archive(content):
        return "pdf-polyglot"
    return _opening_fault(content)


def _opening_fault(content: bytes) -> str:
    """Whether opening it costs too much: parsers unpack cross-reference and object streams before anybody asks."""
    if not any(written(name).search(content) for name in ("/XRef", "/ObjStm")):
        return ""
    # qpdf undoes LZW without any bound. Who packs objects in streams (since 2003) uses Flate.
    if _ELSEWHERE_OR_LZW.search(content):
        return "pdf-structure-odd"
    allowed = Allowance(MOST_UNPACKED)
    try:
        for found in _STREAM.finditer(content):
            inflate_at(content, found.end(), allowed)
    except TooMuch:
        return "pdf-bomb"
    return ""


def _before_objects(front: bytes) -> int:
    first = front.find(b" obj")
    return first if first >= 0 else len(front)


def _is_archive(content: bytes) -> bool:
    # The end of an archive may lie 64 KiB before the end of a file (APPNOTE 4.3.16); most PDFs stop at the first look.
    return b"PK\x05\x06" in content[-(64 * 1024 + 22) :] and zipfile.is_zipfile(io.BytesIO(content))
