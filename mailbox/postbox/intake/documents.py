"""What a document must be: a PDF for people, or a companion for machines; its content decides, not its name.

The first one is the act. Translations and machine-readable data are companions: labelled, and never the act itself.
"""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import BinaryIO, Final

from lxml import etree

from postbox.intake import pdf
from postbox.intake.submission import Problems, Upload
from postbox.seals.verdict import Verdict

PDF: Final = "application/pdf"
JSON: Final = "application/json"
XML: Final = "application/xml"
_SUFFIXES: Final = {PDF: ".pdf", JSON: ".json", XML: ".xml"}
_READ_BYTES: Final = 64 * 1024
_LONGEST_NAME: Final = 150
_LARGEST_DATA: Final = 5 * 1024 * 1024


class Role(StrEnum):
    """What a document is to the notice."""

    MAIN = "main"
    ADDITIONAL = "additional"
    TRANSLATION = "translation"  # for reading; what counts is the main document
    DATA = "data"  # the same for machines


TYPES: Final = {
    Role.MAIN: (PDF,),
    Role.ADDITIONAL: (PDF,),
    Role.TRANSLATION: (PDF,),
    Role.DATA: (JSON, XML),
}


@dataclass(frozen=True, kw_only=True)
class Declared:
    """What the sender says of a document. ``language`` stands with a translation; ``sha256`` in hexadecimal."""

    role: Role
    language: str = ""
    sha256: str | None = None


@dataclass(frozen=True, kw_only=True)
class Measured:
    """An upload whose bytes were counted."""

    upload: Upload
    size: int
    digest: bytes  # SHA-256
    declared: Declared = Declared(role=Role.MAIN)
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


def pieces(document: Measured) -> Iterator[bytes]:
    """The bytes from their beginning, piece by piece."""
    document.upload.content.seek(0)
    while piece := document.upload.content.read(_READ_BYTES):
        yield piece


def check_document(document: Measured, pointer: str, problems: Problems) -> None:
    """Note everything wrong with a document: name, type and what is inside."""
    kind, allowed = document.upload.media_type, TYPES[document.declared.role]
    # Content decides, not what the sender says; and what the sender says must not contradict it.
    if kind not in allowed or kind != _kind_of(document.upload.content):
        code = "not-a-pdf" if allowed == (PDF,) else "data-malformed"
        problems.add(code, pointer, f"This document must be, and be sent as, {' or '.join(allowed)}.")
        return
    check_name(document.upload.name, _SUFFIXES[kind], pointer, problems)
    if kind == PDF:
        for found in pdf.inspect(document.upload.content):
            problems.add(found, pointer, pdf.SENTENCES[found])
    elif document.size > _LARGEST_DATA:
        problems.add("data-too-large", pointer, f"Machine-readable data have at most {_LARGEST_DATA} bytes.")


def check_name(name: str, suffix: str, pointer: str, problems: Problems) -> None:
    """A name that is safe on every disk: printable, no path, with the suffix of its type."""
    bad = set('/\\:*?"<>|') & set(name) or name.startswith(".") or not name.isprintable()
    if not name or bad or len(name) > _LONGEST_NAME or not name.lower().endswith(suffix):
        sentence = f"This document's name ends in {suffix}, has at most {_LONGEST_NAME} characters and none of a path."
        problems.add("name-malformed", pointer, sentence)


def _kind_of(content: BinaryIO) -> str:
    """The media type that the bytes are, or empty."""
    content.seek(0)
    data = content.read(_LARGEST_DATA + 1)
    if data.startswith(pdf.MAGIC):
        return PDF
    if data.lstrip()[:1] in (b"{", b"["):
        return JSON if _is_json(data) else ""
    return XML if data.lstrip()[:1] == b"<" and _is_xml(data) else ""


def _is_json(data: bytes) -> bool:
    try:
        json.loads(data)
    except (ValueError, RecursionError):
        return len(data) > _LARGEST_DATA  # cut by us; too large is told by itself
    return True


def _is_xml(data: bytes) -> bool:
    """Well-formed, and without a document type: entities are how XML harms its readers."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(data, parser)
    except etree.XMLSyntaxError:
        return len(data) > _LARGEST_DATA
    return root.getroottree().docinfo.doctype == "" and etree.QName(root).localname.lower() not in ("html", "svg")
