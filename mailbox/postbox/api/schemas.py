"""The things that ``/v1`` speaks of, as JSON Schema. Data; the description of the API puts them together."""

from typing import Any

from postbox.delivery.life import Status
from postbox.intake.documents import Role
from postbox.intake.wellformed import WAIVERS
from postbox.levels import LEVELS
from postbox.proof.states import EvidenceState
from postbox.seals.port import Level
from postbox.seals.requirement import LEGAL_BASES, Form
from postbox.seals.verdict import Indication, Kind, Qualified
from postbox.writing.typeset import LONGEST_BODY, LONGEST_LINE, MOST_LINES, TEMPLATES


def new_notice() -> dict[str, Any]:
    """What ``POST /v1/notices`` takes as its JSON part."""
    months = {"type": "integer", "minimum": 1, "maximum": 12}
    told = {"kind": text_of(100), "office": text_of(200), "seat": text_of(200), "period_months": months}
    remedy = object_of(told, *told)
    said = {
        "sha256": {"type": "string", "pattern": "^[0-9a-f]{64}$"},
        "role": {"enum": [role.value for role in Role], "description": "main stands first; data are JSON or XML"},
        "language": {"type": "string", "description": "Of a translation"},
    }
    members = {
        "recipient": {"type": "string", "description": "From POST /v1/recipients; or give postbox_address"},
        "postbox_address": text_of(8192),
        "title": text_of(200) | {"description": "Shown in the list: no personal data"},
        "summary": text_of(1000),
        "language": {"type": "string", "default": "de"},
        "minimum_level": {"enum": list(LEVELS)},
        "procedural_law": {"type": "string", "examples": ["VwVfG", "AO", "SGB X", "VwZG"]},
        "publish_at": instant() | {"description": "Not available before; at most 366 days ahead"},
        "replaces": {"type": "string", "description": "The notice this one takes the place of"},
        "renews": {"type": "string", "description": "The notice whose act this one announces again, byte for byte"},
        "issued_on": {"type": "string", "format": "date", "description": "Needed for AO: it decides which law counts"},
        "form": {"enum": [form.value for form in Form], "description": "What the law asks of the main document"},
        "form_basis": {
            "enum": [basis for bases in LEGAL_BASES.values() for basis in bases],
            "description": "The rule that asks for the form; needed unless form is none",
        },
        "seal": {"enum": [level.value for level in Level], "description": "Put the authority's seal on it first"},
        "responsible": text_of(200) | {"description": "§ 37(3) VwVfG: head, deputy or agent; an act needs it"},
        "automated": {"type": "boolean", "description": "§ 37(5) VwVfG: made by automatic means, without a name"},
        "remedy": {"anyOf": [remedy, {"type": "null"}]},
        "remedy_waiver": {"enum": list(WAIVERS), "description": "Why there is no remedy"},
        "sender_reference": text_of(200),
        "template": {"enum": list(TEMPLATES), "description": "Have the main document set here, instead of sending it"},
        "fields": _fields(),
        "documents": {"type": "array", "items": object_of(said), "description": "In the order of the parts"},
    }
    return object_of(members, "title", "minimum_level", "procedural_law", "form")


def _fields() -> dict[str, Any]:
    """Of a notice that is set here."""
    return object_of(
        {
            "sender": text_of(2 * LONGEST_LINE),
            "address": address(),
            "reference": text_of(LONGEST_LINE),
            "body": text_of(LONGEST_BODY) | {"description": "Paragraphs with an empty line between them"},
        },
        "sender",
        "address",
        "body",
    )


def notice() -> dict[str, Any]:
    """The members of a notice as its authority sees it."""
    instants = (
        "accepted_at", "publish_at", "held_at", "available_at", "notified_at", "retrieved_at", "closed_at",
        "withdrawn_at", "acknowledged_at", "refused_at", "unreadable_at", "legal_hold_at", "letter_at",
        "printed_at", "returned_at",
    )  # fmt: skip
    status = [status.value for status in Status]
    links = ("withdrawal_reason", "replaces", "replaced_by", "renews", "legal_hold_reason")
    return {
        "notice": text_of(40),
        "recipient": text_of(40),
        "status": {"enum": status},
        "evidence_status": {"enum": [state.value for state in EvidenceState]},
        **{name: {"type": ["string", "null"], "format": "date-time"} for name in instants},
        "contestable": {"type": ["string", "null"], "description": "A defect of the announcement"},
        "received_on": {"type": ["string", "null"], "format": "date", "description": "Day of the acknowledgement"},
        "posted_on": {
            "type": ["string", "null"],
            "format": "date",
            "description": "Day on which its letter was posted",
        },
        **{name: {"type": ["string", "null"]} for name in links},
        "form": {"enum": [form.value for form in Form]},
        "signatures": {"type": "array", "items": _signature(), "description": "As judged when it was accepted"},
        "dates": {"type": ["object", "null"], "description": "Day of announcement and ends of periods, both readings"},
        "waiting": {"type": "array", "items": {"type": "object"}},
    }


def _signature() -> dict[str, Any]:
    """A verdict (ETSI EN 319 102-1), with the document it is on."""
    texts = ("subindication", "fault", "level", "signer", "issuer", "serial", "certificate")
    times = ("claimed_at", "timestamped_at", "judged_at")
    return {
        "type": "object",
        "properties": {
            "document": text_of(40),
            "indication": {"enum": [one.value for one in Indication]},
            "kind": {"enum": [one.value for one in Kind]},
            "qualified": {"enum": [one.value for one in Qualified]},
            **{name: {"type": "string"} for name in texts},
            **{name: {"type": ["string", "null"], "format": "date-time"} for name in times},
        },
    }


def problem() -> dict[str, Any]:
    """A problem document (RFC 9457)."""
    error = object_of({"code": text_of(60), "pointer": text_of(200), "detail": text_of(500)}, "code", "pointer")
    texts = ("type", "title", "code", "detail", "instance", "request_id")
    members: dict[str, Any] = {name: {"type": "string"} for name in texts}
    members |= {"status": {"type": "integer"}, "errors": {"type": "array", "items": error}}
    return object_of(members, "type", "title", "status", "code")


def address() -> dict[str, Any]:
    """The lines of a postal address, for an envelope's window (DIN 5008)."""
    return {"type": "array", "minItems": 1, "maxItems": MOST_LINES, "items": text_of(LONGEST_LINE)}


def object_of(properties: dict[str, Any], *required: str) -> dict[str, Any]:
    """An object; every member of ``required`` has to be there."""
    return {"type": "object", "properties": properties, "required": list(required)}


def text_of(longest: int) -> dict[str, Any]:
    """A text of so many characters at most."""
    return {"type": "string", "maxLength": longest}


def instant() -> dict[str, Any]:
    """An instant with its zone."""
    return {"type": "string", "format": "date-time"}
