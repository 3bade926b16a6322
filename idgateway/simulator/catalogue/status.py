"""Table of answers whose status is no plain success, or contradicts what the answer carries.

Sources: SAML Core 3.2.2; BundID interface description 9.2, 9.5 and 9.7.
"""

import json
from typing import Any

from lxml import etree

from idgateway.simulator.catalogue.breakage import Broken
from idgateway.simulator.catalogue.changes import Edit, at, double, drop, empty, on_response, setting
from idgateway.simulator.names import (
    AKDB,
    AUTHN_FAILED,
    NO_AUTHN_CONTEXT,
    NS,
    REQUEST_DENIED,
    REQUESTER,
    SAMLP,
    STATUS,
    SUCCESS,
)
from idgateway.simulator.outcomes import OUTCOMES
from idgateway.simulator.tree import Element, child

_STATUS, _CODE = "samlp:Status", "samlp:Status/samlp:StatusCode"
_ONLY = "an assertion counts only under plain success (SAML Core 3.2.2.2)"
_THERE = "exactly one status with a known code (SAML Core 3.2.2)"


def _saying(*codes: str) -> Edit:
    """Nested status codes instead of success; the assertion stays."""

    def change(response: Element) -> None:
        code = response.find(_CODE, NS)
        code.set("Value", codes[0])
        for value in codes[1:]:
            code = child(code, SAMLP, "StatusCode", Value=value)

    return change


def _alone(*codes: str) -> Edit:
    """Nested status codes, and no assertion."""

    def change(response: Element) -> None:
        _saying(*codes)(response)
        drop(response.find("saml:EncryptedAssertion", NS))

    return change


def _missing_attributes(response: Element) -> None:
    _alone(REQUESTER, REQUEST_DENIED)(response)
    detail = child(response.find(_STATUS, NS), SAMLP, "StatusDetail")
    told = {"code": "IDP_REQUIRED_ATTRIBUTES_MISSING", "message": "Missing required attributes: urn:oid:2.5.4.42"}
    inner = etree.SubElement(detail, etree.QName(AKDB, "StatusDetail"), nsmap={"akdb": AKDB})
    inner.text = json.dumps({"version": "1.0", "errors": [told]})


def _nonsense_detail(response: Element) -> None:
    _alone(REQUESTER, REQUEST_DENIED)(response)
    detail = child(response.find(_STATUS, NS), SAMLP, "StatusDetail")
    inner = etree.SubElement(detail, etree.QName(AKDB, "StatusDetail"), nsmap={"akdb": AKDB})
    inner.text = "[" * 5000


def _script_message(response: Element) -> None:
    _alone(REQUESTER, AUTHN_FAILED)(response)
    child(response.find(_STATUS, NS), SAMLP, "StatusMessage").text = "<script>alert(1)</script>"


def _entry(name: str, german: str, english: str, edit: Edit, rule: str = _ONLY, **bites: Any) -> Broken:
    return Broken(name=f"status-{name}", title=(german, english), rule=rule, envelope=on_response(edit), **bites)


def _ended(name: str) -> Broken:
    """An end of the stand-in's own table, as a broken answer: no login may come of it."""
    outcome = OUTCOMES[name]
    return _entry(name, *outcome.title, _alone(*outcome.codes), "an honest no: shown as such, no login")


ENTRIES = (
    _entry("empty", "Status ohne Code", "status without a code", at(_STATUS, empty), _THERE),
    _entry("missing", "ohne Status", "no status", at(_STATUS, drop), _THERE),
    _entry("twice", "zwei Status", "two statuses", at(_STATUS, double), _THERE),
    _entry("code-empty", "Statuscode leer", "status code empty", at(_CODE, setting("Value", "")), _THERE),
    _entry("code-unknown", "Statuscode unbekannt", "status code unknown", _saying(STATUS + "Splendid"), _THERE),
    _entry(
        "code-lower-case", "„success“ klein geschrieben", "“success” in lower case", _saying(SUCCESS.lower()), _THERE
    ),
    _entry(
        "failed-with-assertion",
        "Fehler, und doch eine Aussage",
        "failure, and an assertion nevertheless",
        _saying(REQUESTER, AUTHN_FAILED),
    ),
    _entry(
        "denied-with-assertion",
        "abgelehnt, und doch eine Aussage",
        "denied, and an assertion nevertheless",
        _saying(REQUESTER, REQUEST_DENIED),
    ),
    _entry(
        "success-inside-failure", "Erfolg unter einem Fehler", "success below a failure", _saying(REQUESTER, SUCCESS)
    ),
    _entry(
        "success-with-reservation",
        "Fehler unter einem Erfolg",
        "failure below a success",
        _saying(SUCCESS, AUTHN_FAILED),
    ),
    _entry(
        "success-without-assertion",
        "Erfolg ohne Aussage",
        "success without an assertion",
        _alone(SUCCESS),
        "success carries one assertion",
    ),
    _entry(
        "cancelled",
        "abgebrochen",
        "cancelled",
        _alone(REQUESTER, AUTHN_FAILED),
        "an honest no: shown as cancelled, no login (BundID 9.5)",
    ),
    _entry(
        "technical-error",
        "technischer Fehler",
        "technical error",
        _alone(REQUESTER, NO_AUTHN_CONTEXT),
        "an honest no: shown as such, no login",
    ),
    _entry(
        "responder",
        "Störung beim Anbieter",
        "failure of the provider",
        _alone(STATUS + "Responder"),
        "an honest no: shown as such, no login",
    ),
    _entry(
        "attributes-missing",
        "Pflichtangabe fehlt",
        "required value missing",
        _missing_attributes,
        "an honest no, its cause in StatusDetail (BundID 9.7)",
    ),
    _ended("eid-failed"),
    _ended("timeout"),
    _ended("level-not-reached"),
    _ended("unsupported"),
    _ended("no-passive"),
    _entry(
        "detail-nonsense",
        "StatusDetail ist unlesbar",
        "StatusDetail is unreadable",
        _nonsense_detail,
        "an honest no; its JSON may be anything",
    ),
    _entry(
        "message-script",
        "StatusMessage enthält ein Skript",
        "StatusMessage holds a script",
        _script_message,
        "an honest no; its words are never shown as markup",
    ),
)
