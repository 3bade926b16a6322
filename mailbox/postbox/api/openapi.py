"""The description of ``/v1`` (OpenAPI 3.1), written by hand. Data; a test holds it against the routes."""

from typing import Any

from postbox.api.schemas import address, instant, new_notice, notice, object_of, problem, text_of
from postbox.delivery.letters import LETTER_REASONS, RETURN_REASONS
from postbox.delivery.retain import LEGAL_HOLD_REASONS
from postbox.delivery.withdraw import HOLD_REASONS, WITHDRAWAL_REASONS
from postbox.intake.documents import JSON, PDF, XML
from postbox.intake.wellformed import MOST_DOCUMENTS
from postbox.law import calculator

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
        "paths": _paths(),
        "components": {
            "securitySchemes": {"gate": _security(issuer)},
            "schemas": {
                "NewNotice": new_notice(),
                "Notice": {"type": "object", "required": ["notice", "status"], "properties": notice()},
                "Events": {"type": "object", "properties": {"events": {"type": "array", "items": {"type": "object"}}}},
                "Problem": problem(),
            },
            "responses": {
                "Problem": {
                    "description": "Refused, with a stable code (RFC 9457)",
                    "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
                }
            },
        },
    }


def _paths() -> dict[str, Any]:
    return {
        "/v1/recipients": {"post": _recipients()},
        "/v1/notices": {"post": _notices()},
        "/v1/notices/{notice}": {"get": _get("How a notice stands", "Notice")},
        "/v1/notices/{notice}/withdraw": {"post": _step("Withdraw it; it stays, marked", *WITHDRAWAL_REASONS)},
        "/v1/notices/{notice}/hold": {"post": _step("Stop it before it is available", *HOLD_REASONS)},
        "/v1/notices/{notice}/release": {"post": _step("Let a held notice go on")},
        "/v1/notices/{notice}/letter": {"post": _letter()},
        "/v1/notices/{notice}/letter/posting": {"post": _posting()},
        "/v1/notices/{notice}/letter/return": {"post": _step("Say that the letter came back", *RETURN_REASONS)},
        "/v1/notices/{notice}/legal-hold": _legal_hold(),
        "/v1/notices/{notice}/events": {"get": _get("What has happened to a notice", "Events")},
        "/v1/notices/{notice}/bundle": {"get": _file("The proof bundle", "application/zip")},
        "/v1/notices/{notice}/summary": {"get": _file("The proof in words", "application/pdf")},
        "/v1/deadlines/preview": {"post": _deadlines()},
    }


def _recipients() -> dict[str, Any]:
    case = object_of(
        {"reference": text_of(200), "service": text_of(200), "applicant": text_of(200)}, "reference", "service"
    )
    postal = address() | {"description": "Who has no postbox: everything goes there as a letter"}
    body = object_of({"postbox_address": text_of(8192), "postal_address": postal, "inland": _inland(), "case": case})
    body["oneOf"] = [{"required": ["postbox_address"]}, {"required": ["postal_address", "inland"]}]
    answer = object_of({"recipient": text_of(40), "case_reference": {"type": ["string", "null"]}}, "recipient")
    known = {"description": "This address was exchanged before", "content": _json(answer)}
    return {
        "summary": "Exchange a delivery address, or a postal one, for a recipient reference",
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
    parts = object_of(
        {
            "notice": {"$ref": "#/components/schemas/NewNotice"},
            "document": documents,
        },
        "notice",
    )
    encoding = {"notice": {"contentType": "application/json"}, "document": {"contentType": f"{PDF}, {JSON}, {XML}"}}
    answer = object_of(
        {"notice": text_of(40), "accepted_at": instant(), "receipt": {"type": "string"}}, "notice", "receipt"
    )
    key = {"name": "Idempotency-Key", "in": "header", "required": True, "schema": text_of(200)}
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
    body = object_of({"reason": {"enum": list(reasons)}}, "reason")
    return {**described, "requestBody": {"required": True, "content": _json(body)}}


def _letter() -> dict[str, Any]:
    body = object_of(
        {"reason": {"enum": list(LETTER_REASONS)}, "address": address(), "inland": _inland()},
        "reason",
        "address",
        "inland",
    )
    described = _step("Send it as a letter, too: a print job for the authority's print room")
    return {**described, "requestBody": {"required": True, "content": _json(body)}}


def _inland() -> dict[str, Any]:
    return {"const": True, "description": "The address lies inland: the days of the post count there only"}


def _posting() -> dict[str, Any]:
    body = object_of({"posted_on": {"type": "string", "format": "date"}}, "posted_on")
    described = _step("Say on which day the letter was posted: from then on the law of the post counts")
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
    answer = object_of(
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


def _security(issuer: str) -> dict[str, Any]:
    scopes = {"notices:write": "Send notices", "notices:read": "See notices", "recipients:write": "Register recipients"}
    flow = {"tokenUrl": f"{issuer}/token", "scopes": scopes}
    told = "As Bearer, or by DPoP (RFC 9449) where the token is bound to a key: a new proof for each request."
    return {"type": "oauth2", "description": told, "flows": {"clientCredentials": flow}}


def _notice_id() -> dict[str, Any]:
    return {"name": "notice", "in": "path", "required": True, "schema": text_of(40)}


def _json(schema: dict[str, Any]) -> dict[str, Any]:
    return {"application/json": {"schema": schema}}
