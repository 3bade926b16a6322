"""From a decision to a posted ``SAMLResponse``: statement → assertion → signature → encryption → response → signature.

A broken answer is the same road with one named thing done wrong (``broken``). Sources: SAML Core 2 and 3.3; BundID
interface description 3, 9.7 and 10.2.
"""

import base64
import json
import secrets
from datetime import datetime, timedelta

from cryptography.hazmat.primitives.asymmetric import rsa
from lxml import etree

from idgateway.simulator.catalogue.breakage import SOUND, Broken, Workpiece
from idgateway.simulator.names import (
    AKDB,
    ATTRIBUTES,
    BEARER,
    SAML,
    SAMLP,
    SUCCESS,
    TRANSIENT,
    URI_FORMAT,
    XSD,
    XSI,
)
from idgateway.simulator.offers import Transfer
from idgateway.simulator.outcomes import Outcome
from idgateway.simulator.persons import Person, Value
from idgateway.simulator.protection import Protection, encrypt, sign
from idgateway.simulator.requests import LoginRequest
from idgateway.simulator.statement import Statement
from idgateway.simulator.tree import Element, child

VALIDITY = timedelta(minutes=5)


def state(
    request: LoginRequest,
    person: Person,
    given: Transfer,
    *,
    entity_id: str,
    authenticated_at: datetime,
    address: str,
    now: datetime,
) -> Statement:
    """All that an honest answer says."""
    return Statement(
        response_id=_identifier(),
        assertion_id=_identifier(),
        issuer=entity_id,
        destination=request.acs_url,
        recipient=request.acs_url,
        in_response_to=request.request_id,
        audience=request.provider.entity_id,
        issued_at=now,
        not_before=now,
        not_on_or_after=now + VALIDITY,
        authenticated_at=authenticated_at,
        class_reference=person.level.token,
        name_id=_identifier(),
        session_index=_identifier(),
        address=address,
        values=given.values,
    )


def answer(statement: Statement, protection: Protection, recipient: rsa.RSAPublicKey, broken: Broken = SOUND) -> str:
    """The ``SAMLResponse`` form field for a login; ``broken`` says what is done wrong, by default nothing."""
    statement, protection = broken.statement(statement), broken.protection(protection)
    assertion = _assertion(statement)
    broken.draft(assertion)
    if protection.sign_assertion:
        sign(assertion, protection)
    broken.assertion(assertion)
    response = _response(statement)
    child(child(response, SAMLP, "Status"), SAMLP, "StatusCode", Value=SUCCESS)

    def seal(plain: bytes) -> Element:
        return encrypt(plain, recipient, protection) if protection.encrypt else etree.fromstring(plain)

    for part in broken.parts(bytes(etree.tostring(assertion))):
        response.append(seal(part))
    return _encoded(Workpiece(response=response, assertion=assertion, seal=seal), protection, broken)


def refuse(
    request: LoginRequest,
    outcome: Outcome,
    missing: tuple[str, ...],
    protection: Protection,
    *,
    entity_id: str,
    now: datetime,
) -> str:
    """The ``SAMLResponse`` form field that tells the service why there are no data; always signed.

    ``missing`` are the ``urn:oid:`` names that StatusDetail tells where the request enabled it.
    """
    response = _envelope(_identifier(), entity_id, request.acs_url, request.request_id, now)
    status = child(response, SAMLP, "Status")
    code = status
    for value in outcome.codes:
        code = child(code, SAMLP, "StatusCode", Value=value)
    child(status, SAMLP, "StatusMessage").text = outcome.message
    if missing and request.extension.status_detail:
        detail = etree.SubElement(
            child(status, SAMLP, "StatusDetail"), etree.QName(AKDB, "StatusDetail"), nsmap={"akdb": AKDB}
        )
        detail.text = json.dumps({"version": "1.0", "errors": [_missing(missing)]})
    return _encoded(Workpiece(response=response, assertion=None, seal=etree.fromstring), protection, SOUND)


def _missing(urns: tuple[str, ...]) -> dict[str, str]:
    # 9.7: the one documented code; its message names every missing OID.
    return {"code": "IDP_REQUIRED_ATTRIBUTES_MISSING", "message": "Missing required attributes: " + ", ".join(urns)}


def _encoded(piece: Workpiece, protection: Protection, broken: Broken) -> str:
    broken.envelope(piece)
    if protection.sign_response:
        sign(piece.response, protection)
    broken.response(piece)
    content = broken.wire(etree.tostring(piece.response, xml_declaration=True, encoding="UTF-8"))
    return broken.encoded(base64.b64encode(content).decode())


def _response(statement: Statement) -> Element:
    return _envelope(
        statement.response_id, statement.issuer, statement.destination, statement.in_response_to, statement.issued_at
    )


def _envelope(identifier: str, issuer: str, destination: str, in_response_to: str, now: datetime) -> Element:
    response = etree.Element(etree.QName(SAMLP, "Response"), nsmap={"samlp": SAMLP, "saml": SAML})
    response.set("ID", identifier)
    response.set("Version", "2.0")
    response.set("IssueInstant", _instant(now))
    response.set("Destination", destination)
    response.set("InResponseTo", in_response_to)
    child(response, SAML, "Issuer").text = issuer
    return response


def _assertion(statement: Statement) -> Element:
    """The shape of BundID's own sample (10.2), described in words there and built anew here."""
    assertion = etree.Element(etree.QName(SAML, "Assertion"), nsmap={"saml": SAML, "xsd": XSD})
    assertion.set("ID", statement.assertion_id)
    assertion.set("Version", "2.0")
    assertion.set("IssueInstant", _instant(statement.issued_at))
    child(assertion, SAML, "Issuer").text = statement.issuer
    _subject(assertion, statement)
    conditions = child(
        assertion,
        SAML,
        "Conditions",
        NotBefore=_instant(statement.not_before),
        NotOnOrAfter=_instant(statement.not_on_or_after),
    )
    child(child(conditions, SAML, "AudienceRestriction"), SAML, "Audience").text = statement.audience
    _authentication(assertion, statement)
    attributes = child(assertion, SAML, "AttributeStatement") if statement.values else None
    for value in statement.values:
        _attribute(attributes, value)
    return assertion


def _subject(assertion: Element, statement: Statement) -> None:
    subject = child(assertion, SAML, "Subject")
    name = child(
        subject,
        SAML,
        "NameID",
        Format=TRANSIENT,
        NameQualifier=statement.issuer,
        SPNameQualifier=statement.audience,
    )
    name.text = statement.name_id
    child(
        child(subject, SAML, "SubjectConfirmation", Method=BEARER),
        SAML,
        "SubjectConfirmationData",
        Address=statement.address,
        InResponseTo=statement.in_response_to,
        NotOnOrAfter=_instant(statement.not_on_or_after),
        Recipient=statement.recipient,
    )


def _authentication(assertion: Element, statement: Statement) -> None:
    authentication = child(
        assertion,
        SAML,
        "AuthnStatement",
        AuthnInstant=_instant(statement.authenticated_at),
        SessionIndex=statement.session_index,
    )
    child(authentication, SAML, "SubjectLocality", Address=statement.address)
    context = child(authentication, SAML, "AuthnContext")
    child(context, SAML, "AuthnContextClassRef").text = statement.class_reference


def _attribute(parent: Element, value: Value) -> None:
    name = ATTRIBUTES[value.name]
    attribute = etree.SubElement(
        parent,
        etree.QName(SAML, "Attribute"),
        nsmap={"akdb": AKDB},
        attrib={"FriendlyName": name.friendly, "Name": name.urn, "NameFormat": URI_FORMAT},
    )
    if value.trust is not None:
        attribute.set(etree.QName(AKDB, "TrustLevel"), value.trust.value)
    content = etree.SubElement(attribute, etree.QName(SAML, "AttributeValue"), nsmap={"xsi": XSI})
    content.set(etree.QName(XSI, "type"), "xsd:string")
    content.text = value.value


def _instant(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


def _identifier() -> str:
    return "_" + secrets.token_hex(16)
