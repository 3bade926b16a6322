"""The allow-list of an answer: which element may carry which attributes, hold which children, and hold text.

Only what a bearer login answer needs is on it. What is missing is missing on purpose: ``ds:Object``,
``samlp:Extensions``, ``saml:Advice``, ``saml:EncryptedID`` and XML nested in values are where wrapped signatures hide.
A profile may declare nested values: then exactly its elements, one level deep, and text in them.
Cardinality and order are the schema's business. Sources: SAML Core 2.0, XML Signature 1.1, XML Encryption 1.1.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from idgateway.upstream.saml.names import AKDB, EXC_C14N, XENC11, XSI, a, ds, p, xenc
from idgateway.upstream.saml.profile import Nested


@dataclass(frozen=True, kw_only=True)
class Rule:
    """What one element may look like."""

    attributes: frozenset[str]
    children: frozenset[str]
    text: bool


def _rule(attributes: str = "", children: tuple[str, ...] = (), *, text: bool = False) -> Rule:
    return Rule(attributes=frozenset(attributes.split()), children=frozenset(children), text=text)


TRUST_LEVEL: Final = f"{{{AKDB}}}TrustLevel"
STATUS_DETAIL: Final = f"{{{AKDB}}}StatusDetail"
INCLUSIVE: Final = f"{{{EXC_C14N}}}InclusiveNamespaces"
MGF: Final = f"{{{XENC11}}}MGF"
_XSI_TYPE = f"{{{XSI}}}type {{{XSI}}}nil"

_PROTOCOL = {
    p("Response"): _rule(
        "ID Version IssueInstant Destination InResponseTo Consent",
        (a("Issuer"), ds("Signature"), p("Status"), a("Assertion"), a("EncryptedAssertion")),
    ),
    p("Status"): _rule("", (p("StatusCode"), p("StatusMessage"), p("StatusDetail"))),
    p("StatusCode"): _rule("Value", (p("StatusCode"),)),
    p("StatusMessage"): _rule(text=True),
    p("StatusDetail"): _rule("", (STATUS_DETAIL,)),
    STATUS_DETAIL: _rule(text=True),
    # An account's logout; a message of its own, that nothing above may hold.
    p("LogoutRequest"): _rule(
        "ID Version IssueInstant Destination NotOnOrAfter Reason Consent",
        (a("Issuer"), ds("Signature"), a("NameID"), p("SessionIndex")),
    ),
    p("SessionIndex"): _rule(text=True),
}
_ASSERTION = {
    a("Issuer"): _rule("Format NameQualifier SPNameQualifier", text=True),
    a("EncryptedAssertion"): _rule("", (xenc("EncryptedData"), xenc("EncryptedKey"))),
    a("Assertion"): _rule(
        "ID Version IssueInstant",
        (a("Issuer"), ds("Signature"), a("Subject"), a("Conditions"), a("AuthnStatement"), a("AttributeStatement")),
    ),
    a("Subject"): _rule("", (a("NameID"), a("SubjectConfirmation"))),
    a("NameID"): _rule("Format NameQualifier SPNameQualifier SPProvidedID", text=True),
    a("SubjectConfirmation"): _rule("Method", (a("SubjectConfirmationData"),)),
    a("SubjectConfirmationData"): _rule("Address InResponseTo NotBefore NotOnOrAfter Recipient"),
    a("Conditions"): _rule("NotBefore NotOnOrAfter", (a("AudienceRestriction"), a("OneTimeUse"))),
    a("OneTimeUse"): _rule(),
    a("AudienceRestriction"): _rule("", (a("Audience"),)),
    a("Audience"): _rule(text=True),
    a("AuthnStatement"): _rule(
        "AuthnInstant SessionIndex SessionNotOnOrAfter", (a("SubjectLocality"), a("AuthnContext"))
    ),
    a("SubjectLocality"): _rule("Address DNSName"),
    a("AuthnContext"): _rule("", (a("AuthnContextClassRef"), a("AuthenticatingAuthority"))),
    a("AuthnContextClassRef"): _rule(text=True),
    a("AuthenticatingAuthority"): _rule(text=True),
    a("AttributeStatement"): _rule("", (a("Attribute"),)),
    a("Attribute"): _rule(f"Name NameFormat FriendlyName {TRUST_LEVEL}", (a("AttributeValue"),)),
    a("AttributeValue"): _rule(_XSI_TYPE, text=True),
}
_SIGNATURE = {
    ds("Signature"): _rule("Id", (ds("SignedInfo"), ds("SignatureValue"), ds("KeyInfo"))),
    ds("SignedInfo"): _rule("Id", (ds("CanonicalizationMethod"), ds("SignatureMethod"), ds("Reference"))),
    ds("CanonicalizationMethod"): _rule("Algorithm"),
    ds("SignatureMethod"): _rule("Algorithm"),
    ds("Reference"): _rule("Id URI", (ds("Transforms"), ds("DigestMethod"), ds("DigestValue"))),
    ds("Transforms"): _rule("", (ds("Transform"),)),
    ds("Transform"): _rule("Algorithm", (INCLUSIVE,)),
    INCLUSIVE: _rule("PrefixList"),
    ds("DigestMethod"): _rule("Algorithm"),
    ds("DigestValue"): _rule(text=True),
    ds("SignatureValue"): _rule("Id", text=True),
    ds("KeyInfo"): _rule(
        "Id", (ds("KeyName"), ds("X509Data"), ds("RetrievalMethod"), xenc("EncryptedKey"))
    ),  # narrowed by its parent in ``shape``
    ds("KeyName"): _rule(text=True),
    ds("X509Data"): _rule(
        "", (ds("X509Certificate"), ds("X509SubjectName"), ds("X509IssuerSerial"), ds("X509SKI"))
    ),  # may be there, is never read: only pinned keys count
    ds("X509Certificate"): _rule(text=True),
    ds("X509SubjectName"): _rule(text=True),
    ds("X509SKI"): _rule(text=True),
    ds("X509IssuerSerial"): _rule("", (ds("X509IssuerName"), ds("X509SerialNumber"))),
    ds("X509IssuerName"): _rule(text=True),
    ds("X509SerialNumber"): _rule(text=True),
    ds("RetrievalMethod"): _rule("URI Type"),
}
_ENCRYPTION = {
    xenc("EncryptedData"): _rule("Id Type MimeType", (xenc("EncryptionMethod"), ds("KeyInfo"), xenc("CipherData"))),
    xenc("EncryptedKey"): _rule(
        "Id Recipient", (xenc("EncryptionMethod"), ds("KeyInfo"), xenc("CipherData"), xenc("ReferenceList"))
    ),
    xenc("EncryptionMethod"): _rule("Algorithm", (xenc("KeySize"), ds("DigestMethod"), MGF)),
    xenc("KeySize"): _rule(text=True),
    MGF: _rule("Algorithm"),
    xenc("CipherData"): _rule("", (xenc("CipherValue"),)),
    xenc("CipherValue"): _rule(text=True),
    xenc("ReferenceList"): _rule("", (xenc("DataReference"),)),
    xenc("DataReference"): _rule("URI"),
}

RULES: Final[dict[str, Rule]] = {**_PROTOCOL, **_ASSERTION, **_SIGNATURE, **_ENCRYPTION}


def rules_with(nested: Iterable[Nested]) -> Mapping[str, Rule]:
    """The allow-list for a profile that declares these nested values; the plain one where it declares none."""
    elements = frozenset(element for one in nested for element in one.elements)
    if not elements:
        return RULES
    value = RULES[a("AttributeValue")]
    leaves = dict.fromkeys(elements, replace(value, children=frozenset()))
    return {**leaves, **RULES, a("AttributeValue"): replace(value, children=elements)}
