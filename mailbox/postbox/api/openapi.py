"""The description of ``/v1`` (OpenAPI 3.1), written by hand. Data; a test holds it against the routes."""

from typing import Any

from postbox.delivery.life import Status
from postbox.delivery.retain import LEGAL_HOLD_REASONS
from postbox.delivery.withdraw import HOLD_REASONS, WITHDRAWAL_REASONS
from postbox.intake.documents import JSON, PDF, XML, Role
from postbox.intake.wellformed import MOST_DOCUMENTS, WAIVERS
from postbox.law import calculator
from postbox.levels import LEVELS
from postbox.proof.states import EvidenceState
from postbox.seals.port import Level
from postbox.seals.requirement import LEGAL_BASES, Form
from postbox.seals.verdict import Indication, Kind, Qualified
from postbox.writing.typeset import LONGEST_BODY, LONGEST_LINE, MOST_LINES, TEMPLATES

_PROBLEM = {"$ref": "#/components/responses/Problem"}


def document(public_url: str, issuer: str) -> dict[str, Any]:
    """The whole description, for this installation's addresses."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Postbox",
            "version": "1",
            "description": "Hand notices over for delivery to a citizen's digital postbox, with evidence.",
            "license": {"name": "EUPL-1.2", "identifier": "EUPL-1.2"},
        },
        "servers": [{"url": public_url}],
        "security": [{"gate": ["notices:write"]}],
        "paths": {
            "/v1/recipients": {"post": _recipients()},
            "/v1/notices": {"post": _notices()},
            "/v1/notices/{notice}": {"get": _get("How a notice stands", "Notice")},
            "/v1/notices/{notice}/withdraw": {"post": _step("Withdraw it; it stays, marked", *WITHDRAWAL_REASONS)},
            "/v1/notices/{notice}/hold": {"post": _step("Stop it before it is available", *HOLD_REASONS)},
            "/v1/notices/{notice}/release": {"post": _step("Let a held notice go on")},
            "/v1/notices/{notice}/legal-hold": _legal_hold(),
            "/v1/notices/{notice}/events": {"get": _get("What has happened to a notice", "Events")},
            "/v1/notices/{notice}/bundle": {"get": _file("The proof bundle", "application/zip")},
            "/v1/notices/{notice}/summary": {"get": _file("The proof in words", "application/pdf")},
            "/v1/deadlines/preview": {"post": _deadlines()},
        },
        "components": {
            "securitySchemes": {"gate": _security(issuer)},
            "schemas": {
                "NewNotice": _new_notice(),
                "Notice": {"type": "object", "required": ["notice", "status"], "properties": _notice()},
                "Events": {"type": "object", "properties": {"events": {"type": "array", "items": {"type": "object"}}}},
                "Problem": _problem(),
            },
            "responses": {
                "Problem": {
                    "description": "Refused, with a stable code (RFC 9457)",
                    "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
                }
            },
        },
    }


def _recipients() -> dict[str, Any]:
    case = _object({"reference": _text(200), "service": _text(200), "applicant": _text(200)}, "reference", "service")
    body = _object({"postbox_address": _text(8192), "case": case}, "postbox_address")
    answer = _object({"recipient": _text(40), "case_reference": {"type": ["string", "null"]}}, "recipient")
    known = {"description": "This address was exchanged before", "content": _json(answer)}
    return {
        "summary": "Exchange a delivery address for a recipient reference",
        "security": [{"gate": ["recipients:write"]}],
        "requestBody": {"required": True, "content": _json(body)},
        "responses": {
            "201": {"description": "A new reference", "content": _json(answer)},
            "200": known,
            "default": _PROBLEM,
        },
    }


def _notices() -> dict[str, Any]:
    documents = {"type": "array", "maxItems": MOST_DOCUMENTS, "items": {}}
    parts = _object(
        {
            "notice": {"$ref": "#/components/schemas/NewNotice"},
            "document": documents,
        },
        "notice",
    )
    encoding = {"notice": {"contentType": "application/json"}, "document": {"contentType": f"{PDF}, {JSON}, {XML}"}}
    answer = _object(
        {"notice": _text(40), "accepted_at": _instant(), "receipt": {"type": "string"}}, "notice", "receipt"
    )
    key = {"name": "Idempotency-Key", "in": "header", "required": True, "schema": _text(200)}
    return {
        "summary": "Hand a notice over; answered when it is stored durably",
        "parameters": [key],
        "requestBody": {"required": True, "content": {"multipart/form-data": {"schema": parts, "encoding": encoding}}},
        "responses": {"201": {"description": "Accepted, with receipt", "content": _json(answer)}, "default": _PROBLEM},
    }


def _step(summary: str, *reasons: str) -> dict[str, Any]:
    answer = {"description": "How it stands now", "content": _json({"$ref": "#/components/schemas/Notice"})}
    described = {"summary": summary, "parameters": [_notice_id()], "responses": {"200": answer, "default": _PROBLEM}}
    if not reasons:
        return described
    body = _object({"reason": {"enum": list(reasons)}}, "reason")
    return {**described, "requestBody": {"required": True, "content": _json(body)}}


def _legal_hold() -> dict[str, Any]:
    return {
        "put": _step("Keep it beyond its time", *LEGAL_HOLD_REASONS),
        "delete": _step("Let its time run again", *LEGAL_HOLD_REASONS),
    }


def _get(summary: str, schema: str) -> dict[str, Any]:
    found = {"description": "Found", "content": _json({"$ref": f"#/components/schemas/{schema}"})}
    return {"summary": summary, "parameters": [_notice_id()], "responses": {"200": found, "default": _PROBLEM}}


def _file(what: str, media_type: str) -> dict[str, Any]:
    found = {"description": what, "content": {media_type: {}}}
    summary = "The proof, verifiable without this service"
    return {"summary": summary, "parameters": [_notice_id()], "responses": {"200": found, "default": _PROBLEM}}


def _deadlines() -> dict[str, Any]:
    days = {name: {"type": ["string", "null"], "format": "date"} for name in calculator.DAYS}
    answer = _object(
        {"announced": {"enum": ["yes", "no", "unproven"]}, **days, "disputed": {"type": "boolean"}}, "announced", *days
    )
    question = {
        "type": "object",
        "properties": {name: {} for name in calculator.MEMBERS},
        "additionalProperties": False,
    }
    return {
        "summary": "When an act counts as announced, and until when one may object; nothing is stored",
        "security": [],
        "requestBody": {"required": True, "content": _json({**question, "required": ["authority_land"]})},
        "responses": {"200": {"description": "Both readings", "content": _json(answer)}, "default": _PROBLEM},
    }


def _new_notice() -> dict[str, Any]:
    months = {"type": "integer", "minimum": 1, "maximum": 12}
    told = {"kind": _text(100), "office": _text(200), "seat": _text(200), "period_months": months}
    remedy = _object(told, *told)
    said = {
        "sha256": {"type": "string", "pattern": "^[0-9a-f]{64}$"},
        "role": {"enum": [role.value for role in Role], "description": "main stands first; data are JSON or XML"},
        "language": {"type": "string", "description": "Of a translation"},
    }
    members = {
        "recipient": {"type": "string", "description": "From POST /v1/recipients; or give postbox_address"},
        "postbox_address": _text(8192),
        "title": _text(200) | {"description": "Shown in the list: no personal data"},
        "summary": _text(1000),
        "language": {"type": "string", "default": "de"},
        "minimum_level": {"enum": list(LEVELS)},
        "procedural_law": {"type": "string", "examples": ["VwVfG", "AO", "SGB X", "VwZG"]},
        "publish_at": _instant() | {"description": "Not available before; at most 366 days ahead"},
        "replaces": {"type": "string", "description": "The notice this one takes the place of"},
        "renews": {"type": "string", "description": "The notice whose act this one announces again, byte for byte"},
        "issued_on": {"type": "string", "format": "date", "description": "Needed for AO: it decides which law counts"},
        "form": {"enum": [form.value for form in Form], "description": "What the law asks of the main document"},
        "form_basis": {
            "enum": [basis for bases in LEGAL_BASES.values() for basis in bases],
            "description": "The rule that asks for the form; needed unless form is none",
        },
        "seal": {"enum": [level.value for level in Level], "description": "Put the authority's seal on it first"},
        "responsible": _text(200) | {"description": "§ 37(3) VwVfG: head, deputy or agent; an act needs it"},
        "automated": {"type": "boolean", "description": "§ 37(5) VwVfG: made by automatic means, without a name"},
        "remedy": {"anyOf": [remedy, {"type": "null"}]},
        "remedy_waiver": {"enum": list(WAIVERS), "description": "Why there is no remedy"},
        "sender_reference": _text(200),
        "template": {"enum": list(TEMPLATES), "description": "Have the main document set here, instead of sending it"},
        "fields": _fields(),
        "documents": {"type": "array", "items": _object(said), "description": "In the order of the parts"},
    }
    return _object(members, "title", "minimum_level", "procedural_law", "form")


def _fields() -> dict[str, Any]:
    """Of a notice that is set here."""
    return _object(
        {
            "sender": _text(2 * LONGEST_LINE),
            "address": {"type": "array", "maxItems": MOST_LINES, "items": _text(LONGEST_LINE)},
            "reference": _text(LONGEST_LINE),
            "body": _text(LONGEST_BODY) | {"description": "Paragraphs with an empty line between them"},
        },
        "sender",
        "address",
        "body",
    )


def _notice() -> dict[str, Any]:
    instants = (
        "accepted_at", "publish_at", "held_at", "available_at", "notified_at", "retrieved_at", "closed_at",
        "withdrawn_at", "acknowledged_at", "refused_at", "unreadable_at", "legal_hold_at",
    )  # fmt: skip
    status = [status.value for status in Status]
    links = ("withdrawal_reason", "replaces", "replaced_by", "renews", "legal_hold_reason")
    return {
        "notice": _text(40),
        "recipient": _text(40),
        "status": {"enum": status},
        "evidence_status": {"enum": [state.value for state in EvidenceState]},
        **{name: {"type": ["string", "null"], "format": "date-time"} for name in instants},
        "contestable": {"type": ["string", "null"], "description": "A defect of the announcement"},
        "received_on": {"type": ["string", "null"], "format": "date", "description": "Day of the acknowledgement"},
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
            "document": _text(40),
            "indication": {"enum": [one.value for one in Indication]},
            "kind": {"enum": [one.value for one in Kind]},
            "qualified": {"enum": [one.value for one in Qualified]},
            **{name: {"type": "string"} for name in texts},
            **{name: {"type": ["string", "null"], "format": "date-time"} for name in times},
        },
    }


def _problem() -> dict[str, Any]:
    error = _object({"code": _text(60), "pointer": _text(200), "detail": _text(500)}, "code", "pointer")
    texts = ("type", "title", "code", "detail", "instance", "request_id")
    members: dict[str, Any] = {name: {"type": "string"} for name in texts}
    members |= {"status": {"type": "integer"}, "errors": {"type": "array", "items": error}}
    return _object(members, "type", "title", "status", "code")


def _security(issuer: str) -> dict[str, Any]:
    scopes = {"notices:write": "Send notices", "notices:read": "See notices", "recipients:write": "Register recipients"}
    flow = {"tokenUrl": f"{issuer}/token", "scopes": scopes}
    told = "As Bearer, or by DPoP (RFC 9449) where the token is bound to a key: a new proof for each request."
    return {"type": "oauth2", "description": told, "flows": {"clientCredentials": flow}}


def _notice_id() -> dict[str, Any]:
    return {"name": "notice", "in": "path", "required": True, "schema": _text(40)}


def _json(schema: dict[str, Any]) -> dict[str, Any]:
    return {"application/json": {"schema": schema}}


def _object(properties: dict[str, Any], *required: str) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(required)}


def _text(longest: int) -> dict[str, Any]:
    return {"type": "string", "maxLength": longest}


def _instant() -> dict[str, Any]:
    return {"type": "string", "format": "date-time"}
