"""The summary for the court file: documents, events and the verifier's own report in words, as PDF/UA-1 and PDF/A-2a.

It says what ``verify`` says and nothing else; it is a companion of the evidence, never the evidence.
"""

import hashlib
import json
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any, Final, Literal

import typst

from postbox.identifiers import grouped
from postbox.law.calendar import BERLIN
from postbox.proof.bundle import BundleParts
from postbox.proof.happenings import HAPPENINGS
from postbox.proof.report import Report, Status

_STANDARDS: Final[list[Literal["ua-1", "a-2a"]]] = ["ua-1", "a-2a"]
_LANGUAGES: Final = ("de", "en")
_RESULTS: Final = {
    Status.OK: ("bewiesen", "proven"),
    Status.FAILED: ("gescheitert", "failed"),
    Status.NOT_PROVEN: ("nicht bewiesen", "not proven"),
}
_TITLES: Final = {
    "title": ("Nachweis in Worten", "The proof in words"),
    "documents": ("Dokumente", "Documents"),
    "events": ("Was geschehen ist", "What has happened"),
    "checks": ("Was geprüft wurde", "What was checked"),
}
_HEADERS: Final = {
    "documents_header": (("Name", "SHA-256, Code"), ("Name", "SHA-256, code")),
    "events_header": (("Zeit (Berlin)", "Ereignis"), ("Time (Berlin)", "Event")),
    "checks_header": (("Nr.", "Ergebnis", "Aussage"), ("No.", "Result", "Statement")),
}
_INTRO: Final = (
    (
        "Bescheid {notice} im Postfach {issuer}, Stand {at}.",
        "Dieses Blatt sagt, was das Prüfprogramm zum Beweispaket feststellt. Der Beweis ist das Paket selbst.",
        "Es lässt sich ohne den Betreiber und ohne Netz prüfen: idgateway verify, oder die Seite verify.html.",
    ),
    (
        "Notice {notice} in the postbox {issuer}, as of {at}.",
        "This sheet sums up what the verifier finds in the proof bundle. The evidence is the bundle itself.",
        "It can be checked without the operator and without a network: idgateway verify, or the page verify.html.",
    ),
)


_ASK: Final = (
    "Ob ein Dokument noch gilt, sagt {inquiry} jedem, der das Dokument und seinen Code hat.",
    "Whether a document still stands is told at {inquiry} to everybody who has it and its code.",
)


def summary(parts: BundleParts, report: Report, at: datetime) -> bytes:
    """The PDF, German and English; the same parts and moment give the same bytes. ``at`` is aware."""
    documents = [
        {
            "name": one.name,
            "digest": _in_two_lines(hashlib.sha256(one.content).hexdigest()),
            "code": grouped(one.code),
        }
        for one in parts.documents
    ]
    told = {
        "title": _TITLES["title"][0],
        "issuer": parts.issuer,
        "made": {name: getattr(at, name) for name in ("year", "month", "day", "hour", "minute", "second")},
        "documents": documents or [{"name": "–", "digest": "–", "code": ""}],
        **{language: _words(parts, report, at, side) for side, language in enumerate(_LANGUAGES)},
    }
    made: bytes = typst.compile(_template(), sys_inputs={"told": json.dumps(told)}, pdf_standards=[*_STANDARDS])
    return made


def _words(parts: BundleParts, report: Report, at: datetime, side: int) -> dict[str, Any]:
    values = {"notice": parts.notice_id, "issuer": parts.issuer, "at": _local(at)}
    return {
        **{name: texts[side] for name, texts in _TITLES.items()},
        **{name: texts[side] for name, texts in _HEADERS.items()},
        "ask": _ASK[side].format(inquiry=parts.inquiry) if any(one.code for one in parts.documents) else "",
        "intro": [line.format(**values) for line in _INTRO[side]],
        "events_rows": [[_local(event.at), HAPPENINGS[event.type][side]] for event in parts.events],
        "checks_rows": [
            [f"{step.number}.", _RESULTS[step.status][side], step.sentence(_LANGUAGES[side])] for step in report.steps
        ],
    }


def _in_two_lines(digest: str) -> str:
    return f"{digest[:32]}\n{digest[32:]}"


def _local(at: datetime) -> str:
    return f"{at.astimezone(BERLIN):%d.%m.%Y %H:%M:%S}"


@cache
def _template() -> bytes:
    return (Path(__file__).parent / "summary.typ").read_bytes()
