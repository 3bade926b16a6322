"""A notice that comes as template and fields instead of a PDF: what the fields hold, and the document it becomes."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from io import BytesIO
from typing import Any

from postbox.intake.documents import PDF, Measured, measure
from postbox.intake.members import text
from postbox.intake.submission import Problems, Upload
from postbox.writing.typeset import LONGEST_BODY, LONGEST_LINE, MOST_LINES, TEMPLATES, Letter, fits_window, typeset
from postbox.writing.verification import Check

NAME = "Bescheid.pdf"
_MEMBERS = {"sender", "address", "reference", "body"}


@dataclass(frozen=True, kw_only=True)
class Written:
    """What the sender wants to have set."""

    template: str
    sender: str = field(repr=False)
    address: tuple[str, ...] = field(repr=False)
    reference: str = field(repr=False)
    body: str = field(repr=False)


def read_written(content: Mapping[str, Any], problems: Problems) -> Written | None:
    """Template and fields, or None where the documents come as they are."""
    template, fields = content.get("template"), content.get("fields")
    if template is None and fields is None:
        return None
    if template not in TEMPLATES:
        problems.add("template-unknown", "/template", f"template is one of {', '.join(TEMPLATES)}.")
        return None
    if not isinstance(fields, dict) or set(fields) - _MEMBERS:
        problems.add("fields-malformed", "/fields", f"fields is an object of {', '.join(sorted(_MEMBERS))}.")
        return None
    return Written(
        template=template,
        sender=text(fields, "sender", problems, longest=2 * LONGEST_LINE, under="/fields"),
        address=_address(fields, problems),
        reference=text(fields, "reference", problems, longest=LONGEST_LINE, needed=False, under="/fields"),
        body=text(fields, "body", problems, longest=LONGEST_BODY, lines=True, under="/fields"),
    )


def set_main(written: Written, *, frame: Mapping[str, Any], day: date, check: Check) -> Measured:
    """The main document with ``check`` on it; ``frame`` holds title, authority, responsible and remedy."""
    letter = Letter(
        template=written.template,
        sender=written.sender,
        address=written.address,
        reference=written.reference,
        body=written.body,
        day=day,
        check=check,
        **frame,
    )
    return measure(Upload(name=NAME, media_type=PDF, content=BytesIO(typeset(letter)), code=check.code))


def _address(fields: Mapping[str, Any], problems: Problems) -> tuple[str, ...]:
    lines = fields.get("address")
    if not isinstance(lines, list) or not fits_window(lines):
        told = f"address is 1 to {MOST_LINES} printable lines of at most {LONGEST_LINE} characters (DIN 5008)."
        problems.add("address-malformed", "/fields/address", told)
        return ()
    return tuple(lines)
