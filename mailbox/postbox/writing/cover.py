"""The cover sheet of a printed copy: it says where paper can be checked, and lies beside a document it never alters."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, Final

from postbox.law.words import day_text
from postbox.writing.typeset import LANGUAGE, compiled
from postbox.writing.verification import Check

_WORDS: Final = {
    "title": "Deckblatt zum Ausdruck",
    "intro": "Dieses Blatt gehört zum Ausdruck eines Dokuments, das in einem digitalen Postfach bereitgestellt wurde.",
    "digest": "Prüfsumme der Datei (SHA-256)",
    "how": "Echtheit prüfen",
    "steps": (
        "Lassen Sie sich das Dokument als Datei geben. Ohne Datei geht es auch mit der Prüfsumme.",
        "Öffnen Sie die Adresse mit dem QR-Code, oder tippen Sie Adresse und Code ab.",
        "Die Antwort ist: gilt, zurückgezogen, ersetzt oder unbekannt. Vom Inhalt wird nichts gezeigt.",
    ),
    "limits_title": "Was dieses Blatt nicht beweist",
    "limits": (
        "Geprüft wird die Datei, nicht das Papier: Ob der Ausdruck unverändert ist, zeigt nur der Vergleich mit ihr."
    ),
}


@dataclass(frozen=True, kw_only=True)
class Copied:
    """A document that is printed; ``digest`` is its SHA-256, hexadecimal."""

    name: str
    digest: str
    check: Check


def cover_sheet(*, authority: str, title: str, available_on: date, documents: Sequence[Copied]) -> bytes:
    """The PDF, a page for each document. The same facts give the same bytes."""
    facts = {"Behörde": authority, "Bescheid": title, "Bereitgestellt am": day_text(available_on, LANGUAGE)}
    pages: list[dict[str, Any]] = [
        {
            "facts": [*facts.items(), ("Datei", one.name)],
            "digest": f"{one.digest[:32]}\n{one.digest[32:]}",
            "check": one.check.as_data(),
        }
        for one in documents
    ]
    data = {**_WORDS, "language": LANGUAGE, "authority": authority, "documents": pages}
    return compiled(_source(), data, available_on)


@cache
def _source() -> bytes:
    return (Path(__file__).parent / "cover.typ").read_bytes()
