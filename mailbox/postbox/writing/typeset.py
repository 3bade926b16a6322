"""Setting a notice: Typst makes an accessible PDF (PDF/UA-1, PDF/A-3a) out of a template and data, never out of source.

Fields reach the template as JSON and are shown as text; the template reads no file and no network. A template is known
by the hash of its bytes, which evidence keeps: a template that changed is another one.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, Final, TypeGuard

import typst

from postbox.law.words import day_text
from postbox.writing.verification import Check

TEMPLATES: Final = ("notice",)
LONGEST_BODY: Final = 20_000
MOST_LINES: Final = 6  # DIN 5008: the address has six lines
LONGEST_LINE: Final = 60
STANDARDS: Final = ("ua-1", "a-3a")
_FOLDER: Final = Path(__file__).parent
LANGUAGE: Final = "de"  # § 23(1) VwVfG: the official language; a translation is a document of its own
_CLOSING: Final = "Mit freundlichen Grüßen"
_REMEDY: Final = "Rechtsbehelfsbelehrung"
_CHECK: Final = "Echtheit prüfen"
_CHECK_TEXT: Final = (
    "Wer das Dokument als Datei hat, erfährt unter dieser Adresse, ob es bereitgestellt wurde und noch gilt. "
    "Vom Inhalt wird nichts gezeigt."
)


@dataclass(frozen=True, kw_only=True)
class Letter:
    """What a template says; every text is shown as it is."""

    template: str
    title: str
    authority: str
    sender: str  # one line above the address, for the window
    address: tuple[str, ...]
    reference: str
    day: date
    body: str  # paragraphs with an empty line between them
    responsible: str
    remedy: str  # empty: none
    check: Check  # how a third party asks about it


def template_hash(template: str) -> str:
    """SHA-256 of a template's bytes, hexadecimal."""
    return hashlib.sha256(_source(template)).hexdigest()


def remedy_paragraph(kind: str, office: str, seat: str, months: int) -> str:
    """The information on legal remedies (§ 37(6) VwVfG) as it stands in a notice: what, until when, where."""
    period = "eines Monats" if months == 1 else f"von {months} Monaten"
    return (
        f"Gegen diesen Bescheid kann innerhalb {period} nach Bekanntgabe {kind} erhoben werden. "
        f"Der Rechtsbehelf ist einzulegen bei: {office}, {seat}."
    )


def fits_window(lines: object) -> TypeGuard[Sequence[str]]:
    """Whether these are lines of an address that an envelope's window shows (DIN 5008)."""
    return isinstance(lines, list | tuple) and 1 <= len(lines) <= MOST_LINES and all(map(_is_line, lines))


def _is_line(value: object) -> bool:
    return isinstance(value, str) and value.isprintable() and 0 < len(value) <= LONGEST_LINE


def typeset(letter: Letter) -> bytes:
    """The PDF. The same letter gives the same bytes."""
    info = (("Aktenzeichen", letter.reference), ("Datum", day_text(letter.day, LANGUAGE)))
    data: dict[str, Any] = {
        "title": letter.title,
        "authority": letter.authority,
        "language": LANGUAGE,
        "sender": letter.sender,
        "address": list(letter.address),
        "info": [list(pair) for pair in info if pair[1]],
        "body": _paragraphs(letter.body),
        "closing": _CLOSING,
        "responsible": letter.responsible,
        "remedy_title": _REMEDY,
        "remedy": _paragraphs(letter.remedy),
        "check": {"title": _CHECK, "text": _CHECK_TEXT, **letter.check.as_data()},
    }
    return compiled(_source(letter.template), data, letter.day)


def compiled(source: bytes, data: Mapping[str, Any], day: date) -> bytes:
    """The PDF of a template's source and its data (in ``sys.inputs.data``), accessible and fit for archives.

    ``day`` stands in it as the day of its making: the clock of this process would make other bytes of the same data.
    """
    made_on = {"year": day.year, "month": day.month, "day": day.day}
    made = typst.compile(
        source,
        format="pdf",
        sys_inputs={"data": json.dumps({**data, "made": made_on})},
        pdf_standards=list(STANDARDS),
        ignore_system_fonts=True,
    )
    return bytes(made)


def _paragraphs(text: str) -> list[str]:
    return [part.strip() for part in text.replace("\r\n", "\n").split("\n\n") if part.strip()]


@cache
def _source(template: str) -> bytes:
    if template not in TEMPLATES:
        raise KeyError(template)
    return (_FOLDER / f"{template}.typ").read_bytes()
