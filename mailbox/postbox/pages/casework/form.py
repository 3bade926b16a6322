"""The caseworker's form: what it asks for, what is wrong with it, and the notice it becomes."""

from datetime import datetime
from io import BytesIO
from typing import Any

from sqlalchemy import RowMapping

from postbox.context import Postbox
from postbox.errors import Unacceptable
from postbox.intake.documents import PDF, check_document, measure
from postbox.intake.submission import Problems, Upload
from postbox.intake.wellformed import NO_ACT
from postbox.law.calendar import legal_day
from postbox.levels import LEVELS
from postbox.pages.casework import procedure
from postbox.pages.casework.drafts import Draft, Fields
from postbox.seals.judge import judge
from postbox.seals.port import Level
from postbox.seals.requirement import LEGAL_BASES, Form, fault_of
from postbox.writing.typeset import MOST_LINES, TEMPLATES, Letter, remedy_paragraph, typeset
from postbox.writing.verification import Check

LONGEST_TITLE = 200  # as the API takes it
REMEDIES = ("objection", "none")
REMEDY_MONTHS = 1  # § 70(1) VwGO
SEAL_HERE = "seal"  # the postbox puts the authority's seal on it
FORMS = (SEAL_HERE, *Form)


def forms_offered(postbox: Postbox, authority: str, now: datetime) -> tuple[str, ...]:
    """What can be chosen: sealing here only where there is a seal of this authority; it then stands first."""
    return FORMS if postbox.sealer.levels(authority, now) else tuple(Form)


def check_form(postbox: Postbox, fields: Fields, document: bytes, case: RowMapping) -> dict[str, str]:
    """What is wrong with the form of a case, by field: a stable code that the page turns into a sentence."""
    wrong: dict[str, str] = {}
    if not fields.title.strip():
        wrong["title"] = "title-missing"
    elif len(fields.title) > LONGEST_TITLE or not fields.title.isprintable():
        wrong["title"] = "title-too-long"
    if fields.remedy == "objection":
        wrong |= {name: "text-missing" for name in ("office", "seat") if not getattr(fields, name).strip()}
        # § 37(3) VwVfG: an act shows who answers for it.
        wrong |= {} if fields.responsible.strip() else {"responsible": "responsible-missing"}
    if fields.remedy not in REMEDIES:
        wrong["remedy"] = "remedy-missing"  # chosen by a person: it decides whether a period starts
    if fields.minimum_level not in LEVELS:
        wrong["title"] = "form-broken"
    if fields.form not in forms_offered(postbox, case["authority"], postbox.clock()):
        wrong["form"] = "form-missing"
    wrong |= procedure.check_procedure(postbox, case, fields, postbox.clock())
    if code := _document_fault(fields, document, postbox.settings.max_document_bytes):
        wrong["document"] = code
    elif "form" not in wrong and (code := _form_fault(postbox, fields, document)):
        wrong["form"] = code
    return wrong


def written(postbox: Postbox, case: RowMapping, fields: Fields) -> bytes:
    """The notice set from the form, with its code; empty where something is missing that ``check_form`` then names."""
    lines = tuple(line.strip() for line in fields.address.splitlines() if line.strip())
    if not fields.title or not lines or len(lines) > MOST_LINES:
        return b""
    objection = fields.remedy == "objection"
    letter = Letter(
        template=TEMPLATES[0],
        title=fields.title,
        authority=postbox.authority(case["authority"]).name,
        sender=" · ".join(filter(None, (fields.office, fields.seat))),
        address=lines,
        reference=str(case["case_reference"]),
        day=legal_day(postbox.clock()),
        body=fields.body,
        responsible=fields.responsible,
        remedy=remedy_paragraph("Widerspruch", fields.office, fields.seat, REMEDY_MONTHS) if objection else "",
        check=Check(public_url=postbox.settings.public_url, code=fields.code),
    )
    return typeset(letter)


def content_of(draft: Draft, seal: Level = Level.B) -> dict[str, Any]:
    """The JSON object of the notice; ``seal`` is the level of a seal that is put on it here."""
    fields = draft.fields
    objection = fields.remedy == "objection"
    remedy = {"kind": "Widerspruch", "office": fields.office, "seat": fields.seat, "period_months": REMEDY_MONTHS}
    return {
        "recipient": draft.recipient,
        "title": fields.title.strip(),
        "summary": fields.summary.strip(),
        "language": "de",
        "minimum_level": fields.minimum_level,
        **procedure.members(fields),
        "responsible": fields.responsible.strip(),
        **_form(fields.form, seal),
        "remedy": remedy if objection else None,
        **({} if objection else {"remedy_waiver": NO_ACT}),
    }


def remedy_text(fields: Fields) -> str:
    """The information on legal remedies (§ 37(6) VwVfG) in the words of the notice."""
    if fields.remedy == "none":
        return ""
    return (
        "Gegen diesen Bescheid kann innerhalb eines Monats nach Bekanntgabe Widerspruch erhoben werden bei: "
        f"{fields.office}, {fields.seat}."
    )


def refused_fields(error: Unacceptable) -> dict[str, str]:
    """Which field of the form a refusal of the intake speaks about."""
    fields = {
        "/title": "title",
        "/summary": "summary",
        "/remedy/office": "office",
        "/remedy/seat": "seat",
        "/responsible": "responsible",
        "/form": "form",
        "/seal": "form",
        "/procedural_law": "procedural_law",
        "/issued_on": "issued_on",
        "/publish_at": "publish_at",
        "/replaces": "replaces",
    }
    return {fields.get(problem.pointer, "document"): problem.code for problem in error.problems}


def _form(chosen: str, seal: Level) -> dict[str, Any]:
    form = Form.QSEAL if chosen == SEAL_HERE else Form(chosen)
    basis = LEGAL_BASES[form][:1]
    sealed = {"seal": seal.value} if chosen == SEAL_HERE else {}
    return {"form": form.value, **({"form_basis": basis[0]} if basis else {}), **sealed}


def _document_fault(fields: Fields, document: bytes, most_bytes: int) -> str:
    """The code of the first thing wrong with the PDF, or empty. Its bytes decide, not what a browser calls them."""
    if not document:
        return "address-missing" if fields.body else "document-missing"
    if len(document) > most_bytes:
        return "document-too-large"
    problems = Problems()
    upload = Upload(name=fields.document_name, media_type=PDF, content=BytesIO(document))
    check_document(measure(upload), "/documents/0", problems)
    return problems.found[0].code if problems.found else ""


def _form_fault(postbox: Postbox, fields: Fields, document: bytes) -> str:
    """What the intake would say of the PDF's own seal or signature; told here, before the preview."""
    verdicts = judge(document, postbox.trust, postbox.clock())
    if fields.form == SEAL_HERE:
        return "seal-on-signed" if verdicts else ""
    return fault_of(Form(fields.form), verdicts, demo=postbox.settings.demo)
