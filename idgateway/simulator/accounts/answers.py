"""The answer of an account: persistent name, plain attribute names, XML inside some values; protected as its kind is.

Source of the forms: public integrations of Mein Unternehmenskonto and of Servicekonto Schleswig-Holstein.
"""

import base64
import secrets
from datetime import datetime, timedelta

from lxml import etree

from idgateway.simulator.accounts.keys import Keys
from idgateway.simulator.accounts.kinds import Kind
from idgateway.simulator.accounts.people import Holder, Parts
from idgateway.simulator.accounts.requests import Asked
from idgateway.simulator.names import (
    AUTHN_FAILED,
    BASIC_FORMAT,
    BEARER,
    PERSISTENT,
    RESPONDER,
    SAML,
    SAMLP,
    SUCCESS,
    XSD,
    XSI,
)
from idgateway.simulator.protection import Protection, encrypt, sign
from idgateway.simulator.tree import Element, child

VALIDITY = timedelta(minutes=5)
CANCELLED = "Der Anmeldevorgang wurde durch die Benutzerin oder den Benutzer abgebrochen."
_CONTEXT = "urn:oasis:names:tc:SAML:2.0:ac:classes:unspecified"


def answer(asked: Asked, holder: Holder | None, keys: Keys, entity_id: str, now: datetime) -> str:
    """The form field SAMLResponse: this holder's login, or for None that it was cancelled."""
    kind = asked.kind
    protection = Protection(
        signer=keys.signer, sign_response=kind.sign_response or holder is None, sign_assertion=kind.sign_assertion
    )
    response = _envelope(asked, entity_id, now, holder)
    if holder is not None:
        assertion = _assertion(asked, holder, keys, entity_id, now)
        if protection.sign_assertion:
            sign(assertion, protection)
        response.append(_sealed(assertion, asked, protection))
    if protection.sign_response:
        sign(response, protection)
    return base64.b64encode(etree.tostring(response, xml_declaration=True, encoding="UTF-8")).decode()


def _sealed(assertion: Element, asked: Asked, protection: Protection) -> Element:
    written = bytes(etree.tostring(assertion))
    if not asked.kind.encrypt or asked.provider.encryption is None:
        return etree.fromstring(written)
    return encrypt(written, asked.provider.encryption, protection)


def _envelope(asked: Asked, entity_id: str, now: datetime, holder: Holder | None) -> Element:
    response = etree.Element(etree.QName(SAMLP, "Response"), nsmap={"samlp": SAMLP, "saml": SAML, "xsd": XSD})
    values = {"ID": _identifier(), "Version": "2.0", "IssueInstant": _instant(now)}
    for name, value in {**values, "Destination": asked.acs_url, "InResponseTo": asked.request_id}.items():
        response.set(name, value)
    child(response, SAML, "Issuer").text = entity_id
    status = child(response, SAMLP, "Status")
    if holder is not None:
        child(status, SAMLP, "StatusCode", Value=SUCCESS)
        return response
    child(child(status, SAMLP, "StatusCode", Value=RESPONDER), SAMLP, "StatusCode", Value=AUTHN_FAILED)
    child(status, SAMLP, "StatusMessage").text = CANCELLED
    return response


def _assertion(asked: Asked, holder: Holder, keys: Keys, entity_id: str, now: datetime) -> Element:
    service, end = asked.provider.entity_id, _instant(now + VALIDITY)
    root = etree.Element(etree.QName(SAML, "Assertion"), nsmap={"saml": SAML, "xsd": XSD})
    for name, value in {"ID": _identifier(), "Version": "2.0", "IssueInstant": _instant(now)}.items():
        root.set(name, value)
    child(root, SAML, "Issuer").text = entity_id
    subject = child(root, SAML, "Subject")
    parties = {"NameQualifier": entity_id, "SPNameQualifier": service}
    child(subject, SAML, "NameID", Format=PERSISTENT, **parties).text = keys.pairwise(service, holder.key)
    confirmed = {"InResponseTo": asked.request_id, "NotOnOrAfter": end, "Recipient": asked.acs_url}
    child(child(subject, SAML, "SubjectConfirmation", Method=BEARER), SAML, "SubjectConfirmationData", **confirmed)
    conditions = child(root, SAML, "Conditions", NotBefore=_instant(now), NotOnOrAfter=end)
    child(child(conditions, SAML, "AudienceRestriction"), SAML, "Audience").text = service
    login = child(root, SAML, "AuthnStatement", AuthnInstant=_instant(now), SessionIndex=_identifier())
    child(child(login, SAML, "AuthnContext"), SAML, "AuthnContextClassRef").text = _CONTEXT
    statement = child(root, SAML, "AttributeStatement")
    for wire, told_value in told(holder, keys, service):
        _attribute(statement, wire, told_value, asked.kind)
    return root


def told(holder: Holder, keys: Keys, service: str) -> tuple[tuple[str, str | Parts], ...]:
    """Everything this holder's login tells this service."""
    if not holder.pseudonym:
        return holder.values
    return ((holder.pseudonym, "du-" + keys.pairwise(service, f"organisation {holder.key}")), *holder.values)


def _attribute(statement: Element, name: str, value: str | Parts, kind: Kind) -> None:
    attribute = child(statement, SAML, "Attribute", Name=name, NameFormat=BASIC_FORMAT)
    nested = not isinstance(value, str)
    prefixes = {"xsi": XSI, **({"ext": kind.namespace} if nested else {})}
    content = etree.SubElement(attribute, etree.QName(SAML, "AttributeValue"), nsmap=prefixes)
    content.set(etree.QName(XSI, "type"), f"ext:{name}Type" if nested else "xsd:string")
    if isinstance(value, str):
        content.text = value
        return
    for element, text in value:
        child(content, kind.namespace, element).text = text


def _instant(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


def _identifier() -> str:
    return "_" + secrets.token_hex(16)
