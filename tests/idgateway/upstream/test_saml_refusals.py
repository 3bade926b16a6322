"""Every numbered check refuses its flaw with its own code, and accepts the same document without the flaw.

The numbers are those of ``idgateway.upstream.saml.response``.
"""

import base64
import copy
import json
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest
from lxml import etree

from idgateway.assurance import Level
from idgateway.errors import AnswerRefused, GateError, LevelNotReached, LoginCancelled, LoginDenied
from idgateway.upstream.saml.signature import _covered
from tests.idgateway.upstream import idp
from tests.idgateway.upstream.conftest import CALLBACK, ENTITY_ID
from tests.idgateway.upstream.idp import OID, A, P, Wish

DS = idp.DS
UNSIGNED = Wish(sign_response=False)  # only the assertion is signed: the Response may be edited by an attacker


@dataclass(frozen=True)
class Flaw:
    """One named flaw, the check and code that must catch it, and the same document without it."""

    check: int
    name: str
    code: str
    bad: Wish
    twin: Wish = idp.GOOD
    error: type[GateError] = AnswerRefused


def _set(path: str, **attributes: str | None):
    """An edit that sets (or with None removes) attributes of the element at ``path``."""

    def edit(root: Any) -> None:
        element = root if path == "." else root.find(path)
        for name, value in attributes.items():
            if value is None:
                del element.attrib[name]
            else:
                element.set(name, value)

    return edit


def _remove(path: str):
    def edit(root: Any) -> None:
        element = root.find(path)
        element.getparent().remove(element)

    return edit


def _double(path: str):
    def edit(root: Any) -> None:
        element = root.find(path)
        element.addnext(copy.deepcopy(element))

    return edit


def _text(path: str, text: str):
    def edit(root: Any) -> None:
        root.find(path).text = text

    return edit


def _insert(element: Any, path: str = "."):
    def edit(root: Any) -> None:
        (root if path == "." else root.find(path)).append(copy.deepcopy(element))

    return edit


def _algorithm(path: str, uri: str):
    return _set(path, Algorithm=uri)


def _without(*names: str) -> dict:
    return {name: value for name, value in idp.ERIKA.items() if name not in {OID[each] for each in names}}


EVIL_URL = "https://evil.example/"
STATEMENT, DATA = f"{{{A}}}AuthnStatement", f"{{{A}}}Subject/{{{A}}}SubjectConfirmation/{{{A}}}SubjectConfirmationData"
CONDITIONS, REFERENCE = f"{{{A}}}Conditions", f".//{{{DS}}}Reference"
ATTRIBUTES = f"{{{A}}}AttributeStatement"
YEARS = timedelta(days=365 * 8)

DATA_ELEMENT, CONTENT = f".//{{{idp.XENC}}}EncryptedData", idp.XENC + "Content"


def _second_key(root: Any) -> None:
    """The same wrapped key a second time, under an Id of its own."""
    key = root.find(f".//{{{idp.XENC}}}EncryptedKey")
    second = copy.deepcopy(key)
    second.set("Id", "_second")
    key.addnext(second)


def _tail(root: Any) -> None:
    root.find(f"{{{P}}}Status").tail = "text"


def _nest(depth: int):
    """Status codes inside status codes, which the schema allows without end."""

    def edit(root: Any) -> None:
        element = root.find(f".//{{{P}}}StatusCode")
        for _ in range(depth):
            element = etree.SubElement(element, f"{{{P}}}StatusCode", Value=idp.STATUS + "Requester")

    return edit


def _many(count: int):
    """More attributes of names nobody knows."""

    def edit(root: Any) -> None:
        statement = root.find(ATTRIBUTES)
        for number in range(count):
            element = etree.SubElement(statement, f"{{{A}}}Attribute", Name=f"urn:oid:1.9.{number}")
            etree.SubElement(element, f"{{{A}}}AttributeValue").text = "x"

    return edit


FLAWS = [
    # 2 shape
    Flaw(2, "sha1-signature", "answer-algorithm", Wish(algorithm=idp.RSA_SHA1)),
    Flaw(2, "sha1-digest", "answer-algorithm", Wish(digest=idp.SHA1)),
    Flaw(2, "xslt-transform", "answer-algorithm",
         Wish(edit_signed_response=_algorithm(f".//{{{DS}}}Transform", "http://www.w3.org/TR/1999/REC-xslt-19991116"))),
    Flaw(2, "xpath-transform", "answer-algorithm",
         Wish(edit_signed_response=_algorithm(f".//{{{DS}}}Transform", "http://www.w3.org/TR/1999/REC-xpath-19991116"))),
    Flaw(2, "many-transforms", "answer-algorithm", Wish(edit_signed_response=_double(f".//{{{DS}}}Transform"))),
    Flaw(2, "inclusive-c14n", "answer-algorithm",
         Wish(edit_signed_response=_algorithm(f".//{{{DS}}}CanonicalizationMethod",
                                              "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"))),
    Flaw(2, "hmac", "answer-algorithm",
         Wish(edit_signed_response=_algorithm(f".//{{{DS}}}SignatureMethod", idp.DS + "hmac-sha1"))),
    Flaw(2, "two-references", "answer-shape", Wish(edit_signed_response=_double(REFERENCE))),
    Flaw(2, "empty-reference", "answer-shape", Wish(edit_signed_response=_set(REFERENCE, URI=""))),
    Flaw(2, "xpointer-reference", "answer-shape", Wish(edit_signed_response=_set(REFERENCE, URI="#xpointer(/)"))),
    Flaw(2, "no-reference-uri", "answer-shape", Wish(edit_signed_response=_set(REFERENCE, URI=None))),
    Flaw(2, "two-signatures", "answer-shape", Wish(edit_signed_response=_double(f"{{{DS}}}Signature"))),
    Flaw(2, "two-signed-infos", "answer-shape", Wish(edit_signed_response=_double(f".//{{{DS}}}SignedInfo"))),
    Flaw(2, "two-digest-values", "answer-schema", Wish(edit_signed_response=_double(f".//{{{DS}}}DigestValue"))),
    Flaw(2, "object-in-signature", "answer-shape",
         Wish(edit_signed_response=_insert(etree.Element(f"{{{DS}}}Object"), f"{{{DS}}}Signature"))),
    Flaw(2, "key-value", "answer-shape",
         Wish(edit_signed_response=_insert(etree.Element(f"{{{DS}}}KeyValue"), f".//{{{DS}}}KeyInfo"))),
    Flaw(2, "retrieval-method", "answer-shape",
         Wish(edit_signed_response=_insert(etree.Element(f"{{{DS}}}RetrievalMethod", URI=EVIL_URL),
                                           f".//{{{DS}}}KeyInfo"))),
    Flaw(2, "comment", "answer-shape", Wish(edit_response=_insert(etree.Comment("x"), f"{{{A}}}Issuer"))),
    Flaw(2, "comment-in-digest", "answer-shape",
         Wish(edit_signed_response=_insert(etree.Comment("x"), f".//{{{DS}}}DigestValue"))),
    Flaw(2, "processing-instruction", "answer-shape", Wish(edit_response=_insert(etree.PI("x", "y")))),
    Flaw(2, "extensions", "answer-shape", Wish(edit_response=_insert(etree.Element(f"{{{P}}}Extensions")))),
    Flaw(2, "foreign-id-attribute", "answer-shape", Wish(edit_response=_set(".", **{f"{{{P}}}ID": "_x"}))),
    Flaw(2, "schema-location", "answer-shape",
         Wish(edit_response=_set(".", **{"{http://www.w3.org/2001/XMLSchema-instance}schemaLocation": EVIL_URL}))),
    Flaw(2, "text-between-elements", "answer-shape", Wish(edit_response=_text(f"{{{P}}}Status", "text"))),
    Flaw(2, "text-behind-an-element", "answer-shape", Wish(edit_response=_tail)),
    Flaw(2, "depth", "answer-size", Wish(edit_response=_nest(25))),
    Flaw(8, "elements", "answer-size", Wish(edit_assertion=_many(300)), Wish(edit_assertion=_many(250))),
    Flaw(2, "no-id", "answer-schema", Wish(sign_response=False, edit_response=_set(".", ID=None)), UNSIGNED),
    Flaw(2, "no-issue-instant", "answer-schema", Wish(edit_response=_set(".", IssueInstant=None))),
    Flaw(2, "issue-instant-is-no-time", "answer-schema", Wish(edit_response=_set(".", IssueInstant="yesterday"))),
    Flaw(2, "no-status", "answer-schema", Wish(edit_response=_remove(f"{{{P}}}Status"))),
    # 3 signature of the Response
    Flaw(3, "tampered-response", "response-signature", Wish(edit_signed_response=_set(".", Consent="urn:x"))),
    Flaw(3, "tampered-signature-value", "response-signature",
         Wish(edit_signed_response=_text(f".//{{{DS}}}SignatureValue", base64.b64encode(b"x" * 256).decode()))),
    Flaw(3, "algorithm-swapped", "response-signature",
         Wish(edit_signed_response=_algorithm(f".//{{{DS}}}SignatureMethod", idp.RSA_SHA256))),
    # 4 envelope
    *(
        Flaw(4, f"{name}{'' if twin.sign_response else '-unsigned'}", code, replace(twin, **change), twin)
        for twin in (idp.GOOD, UNSIGNED)
        for name, code, change in (
            ("response-issuer-other", "issuer", {"response_issuer": "https://other.example/idp"}),
            ("response-issuer-blank", "issuer", {"response_issuer": idp.ENTITY_ID + " "}),
            ("response-issuer-missing", "issuer", {"response_issuer": None}),
            ("destination-missing", "destination", {"destination": ""}),
            ("destination-other-host", "destination", {"destination": EVIL_URL}),
            ("destination-longer", "destination", {"destination": CALLBACK + ".evil/x"}),
            ("destination-shorter", "destination", {"destination": CALLBACK[:-1]}),
            ("response-in-response-to-missing", "in-response-to", {"in_response_to": ""}),
            ("response-in-response-to-other", "in-response-to", {"in_response_to": "_other"}),
            ("issued-years-ago", "window", {"edit_response": _set(".", IssueInstant="2018-01-01T00:00:00Z")}),
            ("issued-in-2099", "window", {"edit_response": _set(".", IssueInstant="2099-01-01T00:00:00Z")}),
            ("issue-instant-without-zone", "window", {"edit_response": _set(".", IssueInstant="2026-11-24T09:30:00")}),
            ("response-version", "version", {"edit_response": _set(".", Version="1.1")}),
            ("issuer-format", "issuer",
             {"edit_response": _set(f"{{{A}}}Issuer", Format="urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress")}),
        )
    ),
    # 5 status: a signed no is the provider's word, an unsigned one is anybody's
    *(
        Flaw(5, f"{name}{'-unsigned' if unsigned else ''}", code,
             Wish(status=status, with_assertion=False, sign_response=not unsigned),
             error=AnswerRefused if unsigned else error)
        for name, code, status, error in (
            ("cancelled", "login-cancelled", ("Requester", "AuthnFailed"), LoginCancelled),
            ("card-unreadable", "means-failed", ("Responder", "AuthnFailed"), LevelNotReached),
            ("no-authn-context", "means-failed", ("Requester", "NoAuthnContext"), LevelNotReached),
            ("request-denied", "request-denied", ("Requester", "RequestDenied"), LoginDenied),
            ("account-unknown", "account-unknown", ("Responder", "UnknownPrincipal"), LoginDenied),
            ("requester", "request-faulty", ("Requester",), LoginDenied),
            ("request-unsupported", "request-faulty", ("Requester", "RequestUnsupported"), LoginDenied),
            ("name-id-policy", "request-faulty", ("Requester", "InvalidNameIDPolicy"), LoginDenied),
            ("version-mismatch", "request-faulty", ("VersionMismatch", "RequestVersionTooHigh"), LoginDenied),
            ("provider-error", "provider-error", ("Responder",), LoginDenied),
            ("no-available-idp", "provider-error", ("Responder", "NoAvailableIDP"), LoginDenied),
            ("unknown-status", "provider-error", ("Nonsense",), LoginDenied),
        )
        for unsigned in (False, True)
    ),
    *(
        Flaw(5, name, code,
             Wish(status=("Requester", "RequestDenied"), with_assertion=False, status_detail=detail), error=LoginDenied)
        for name, code, detail in (
            ("required-attribute-missing", "attributes-missing",
             '{"version":"1.0","errors":[{"code":"IDP_REQUIRED_ATTRIBUTES_MISSING","message":"x"}]}'),
            ("another-detail", "request-denied", '{"version":"1.0","errors":[{"code":"IDP_OTHER","message":"x"}]}'),
            ("status-detail-is-no-json", "request-denied", "[" * 5000),
            ("status-detail-of-other-form", "request-denied", '{"errors":["x",{"a":[]}]}'),
        )
    ),
    Flaw(5, "assertion-in-spite-of-status", "login-cancelled", Wish(status=("Requester", "AuthnFailed")),
         error=LoginCancelled),
    Flaw(5, "success-with-reservation", "status", Wish(status=("Success", "AuthnFailed"))),
    # 6 exactly one assertion, encrypted
    Flaw(6, "no-assertion", "assertion-count", Wish(with_assertion=False)),
    Flaw(6, "not-encrypted", "assertion-not-encrypted", Wish(encrypt=False)),
    Flaw(6, "not-encrypted-unsigned-response", "assertion-not-encrypted", replace(UNSIGNED, encrypt=False), UNSIGNED),
    # 7 decryption
    Flaw(7, "cbc", "answer-algorithm", Wish(cipher="aes256-cbc")),
    Flaw(7, "rsa15", "answer-algorithm", Wish(transport=idp.XENC + "rsa-1_5")),
    Flaw(7, "mgf-on-mgf1p", "answer-algorithm", Wish(mgf="sha1")),
    Flaw(7, "encrypted-as-content", "decryption", replace(UNSIGNED, edit_response=_set(DATA_ELEMENT, Type=CONTENT)), UNSIGNED),
    Flaw(7, "encrypted-as-anything", "decryption", replace(UNSIGNED, edit_response=_set(DATA_ELEMENT, Type=None)), UNSIGNED),
    Flaw(7, "two-keys", "decryption", replace(UNSIGNED, edit_response=_second_key), UNSIGNED),
    Flaw(7, "key-of-another-name", "decryption",
         replace(UNSIGNED, peer_key=True, edit_response=_set(f".//{{{DS}}}RetrievalMethod", URI="#other")),
         replace(UNSIGNED, peer_key=True)),
    Flaw(7, "key-of-another-length", "decryption",
         replace(UNSIGNED, edit_response=_algorithm(f"{DATA_ELEMENT}/{{{idp.XENC}}}EncryptionMethod",
                                                    idp.XENC11 + "aes128-gcm")), UNSIGNED),
    Flaw(7, "unknown-cipher", "answer-algorithm",
         replace(UNSIGNED, edit_response=_algorithm(f"{DATA_ELEMENT}/{{{idp.XENC}}}EncryptionMethod",
                                                    idp.XENC11 + "aes512-gcm")), UNSIGNED),
    Flaw(7, "no-cipher-named", "answer-algorithm",
         replace(UNSIGNED, edit_response=_remove(f"{DATA_ELEMENT}/{{{idp.XENC}}}EncryptionMethod")), UNSIGNED),
    # 8 shape of what was decrypted
    Flaw(8, "many-prefixes", "answer-algorithm", Wish(prefixes="xsd b c d e f g h i"), Wish(prefixes="xsd b c d e f g h")),
    *(
        Flaw(8, name, code, Wish(**change))
        for name, code, change in (
            ("nested-xml-in-value", "answer-shape",
             {"edit_assertion": _insert(etree.Element("{urn:x}evil"), f".//{{{A}}}AttributeValue")}),
            ("advice", "answer-shape", {"edit_assertion": _insert(etree.Element(f"{{{A}}}Advice"))}),
            ("comment-in-value", "answer-shape",
             {"edit_assertion": _insert(etree.Comment("x"), f".//{{{A}}}AttributeValue")}),
            ("comment-in-name-id", "answer-shape",
             {"edit_signed_assertion": _insert(etree.Comment("x"), f".//{{{A}}}NameID")}),
            ("inner-xslt", "answer-algorithm",
             {"edit_signed_assertion": _algorithm(f".//{{{DS}}}Transform",
                                                  "http://www.w3.org/TR/1999/REC-xslt-19991116")}),
            ("inner-two-subjects", "answer-schema", {"edit_assertion": _double(f"{{{A}}}Subject")}),
            ("inner-proxy-restriction", "answer-shape",
             {"edit_assertion": _insert(etree.Element(f"{{{A}}}ProxyRestriction"), CONDITIONS)}),
            ("assertion-id-missing", "answer-shape", {"edit_signed_assertion": _set(".", ID=None)}),
        )
    ),
    # 9 signature of the assertion
    Flaw(9, "tampered-assertion", "assertion-signature",
         Wish(edit_signed_assertion=_text(f".//{{{A}}}AttributeValue", "EVIL"))),
    Flaw(9, "tampered-assertion-in-unsigned-response", "assertion-signature",
         replace(UNSIGNED, edit_signed_assertion=_text(f".//{{{A}}}AttributeValue", "EVIL")), UNSIGNED),
    Flaw(9, "tampered-trust-level", "assertion-signature",
         replace(UNSIGNED, edit_signed_assertion=_set(f"{ATTRIBUTES}/{{{A}}}Attribute",
                                                      **{f"{{{idp.AKDB}}}TrustLevel": "NORMAL"})), UNSIGNED),
    # 10 coverage
    Flaw(10, "unsigned", "unsigned", Wish(sign_response=False, sign_assertion=False), Wish(sign_assertion=False)),
    # 11 issuer of the assertion
    Flaw(11, "issuer-other", "issuer", Wish(issuer="https://other.example/idp")),
    Flaw(11, "assertion-version", "version", Wish(edit_assertion=_set(".", Version="1.1"))),
    # 12 subject
    Flaw(12, "recipient-missing", "recipient", Wish(edit_assertion=_set(DATA, Recipient=None))),
    Flaw(12, "recipient-other", "recipient", Wish(recipient=EVIL_URL)),
    Flaw(12, "recipient-contains-ours", "recipient", Wish(recipient=f"{EVIL_URL}?u={CALLBACK}")),
    Flaw(12, "in-response-to-missing", "in-response-to", Wish(subject_in_response_to="")),
    Flaw(12, "in-response-to-other", "in-response-to", Wish(subject_in_response_to="_other")),
    Flaw(12, "in-response-to-of-another-rewritten-outside", "in-response-to",
         replace(UNSIGNED, subject_in_response_to="_victim"), UNSIGNED),
    Flaw(12, "unsolicited", "in-response-to", Wish(in_response_to="", subject_in_response_to="")),
    Flaw(12, "subject-not-before", "subject-confirmation",
         Wish(edit_assertion=_set(DATA, NotBefore="2026-11-24T09:00:00Z"))),
    Flaw(12, "subject-end-missing", "window", Wish(edit_assertion=_set(DATA, NotOnOrAfter=None))),
    Flaw(12, "subject-ended", "expired", Wish(edit_assertion=_set(DATA, NotOnOrAfter="2026-11-24T09:29:00Z"))),
    Flaw(12, "not-bearer", "subject-confirmation",
         Wish(edit_assertion=_set(f".//{{{A}}}SubjectConfirmation",
                                  Method="urn:oasis:names:tc:SAML:2.0:cm:sender-vouches"))),
    Flaw(12, "no-confirmation-data", "subject-confirmation", Wish(edit_assertion=_remove(DATA))),
    Flaw(12, "two-confirmations", "subject-confirmation",
         Wish(edit_assertion=_double(f"{{{A}}}Subject/{{{A}}}SubjectConfirmation"))),
    Flaw(12, "no-name-id", "subject-confirmation", Wish(edit_assertion=_remove(f".//{{{A}}}NameID"))),
    Flaw(12, "valid-for-years", "window", Wish(not_on_or_after=YEARS)),
    Flaw(12, "end-of-all-years", "window", Wish(edit_assertion=_set(DATA, NotOnOrAfter="9999-12-31T23:59:59Z"))),
    # 13 audience
    Flaw(13, "audience-other", "audience", Wish(audiences=(("https://other.example/sp",),))),
    Flaw(13, "no-restriction", "audience", Wish(audiences=())),
    Flaw(13, "two-restrictions-one-foreign", "audience", Wish(audiences=((ENTITY_ID,), ("https://other.example/sp",))),
         Wish(audiences=((ENTITY_ID,), (ENTITY_ID,)))),
    Flaw(13, "audience-longer", "audience", Wish(audiences=((ENTITY_ID + "/",),)),
         Wish(audiences=(("https://other.example/sp", ENTITY_ID),))),
    # 14 windows
    Flaw(14, "expired", "expired",
         Wish(edit_assertion=_set(CONDITIONS, NotBefore="2026-11-24T09:00:00Z", NotOnOrAfter="2026-11-24T09:29:00Z"))),
    Flaw(14, "not-yet-valid", "not-yet-valid", Wish(not_before=timedelta(seconds=62)),
         Wish(not_before=timedelta(seconds=60))),
    Flaw(14, "no-not-before", "window", Wish(not_before=None)),
    Flaw(14, "no-end", "window", Wish(edit_assertion=_set(CONDITIONS, NotOnOrAfter=None))),
    Flaw(14, "assertion-of-2018", "window", Wish(edit_assertion=_set(".", IssueInstant="2018-01-01T00:00:00Z"))),
    Flaw(14, "assertion-of-2099", "window", Wish(edit_assertion=_set(".", IssueInstant="2099-01-01T00:00:00Z"))),
    Flaw(14, "thirteenth-month", "answer-schema", Wish(edit_assertion=_set(".", IssueInstant="2026-13-01T00:00:00Z"))),
    Flaw(14, "no-conditions", "audience", Wish(edit_assertion=_remove(CONDITIONS))),
    # 15 authentication
    Flaw(15, "login-older-than-request", "authentication", Wish(authenticated=timedelta(minutes=-1, seconds=-61)),
         Wish(authenticated=timedelta(minutes=-1, seconds=-59))),
    Flaw(15, "login-in-the-future", "authentication", Wish(authenticated=timedelta(seconds=62)),
         Wish(authenticated=timedelta(seconds=59))),
    Flaw(15, "two-statements", "authentication", Wish(edit_assertion=_double(STATEMENT))),
    Flaw(15, "no-statement", "authentication", Wish(edit_assertion=_remove(STATEMENT))),
    Flaw(15, "provider-session-ended", "authentication",
         Wish(edit_assertion=_set(STATEMENT, SessionNotOnOrAfter="2026-11-24T09:00:00Z")),
         Wish(edit_assertion=_set(STATEMENT, SessionNotOnOrAfter="2026-11-24T10:00:00Z"))),
    # 16 attributes
    Flaw(16, "attribute-twice", "attributes", Wish(edit_assertion=_double(f"{ATTRIBUTES}/{{{A}}}Attribute"))),
    Flaw(16, "two-values", "attributes",
         Wish(edit_assertion=_double(f"{ATTRIBUTES}/{{{A}}}Attribute/{{{A}}}AttributeValue"))),
    Flaw(16, "same-oid-with-a-blank", "attributes",
         Wish(attributes={**idp.ERIKA, "urn:oid: 2.5.4.4": ("EVIL", "HOCH")})),
    Flaw(16, "two-trust-levels", "attributes",
         Wish(edit_assertion=_set(f"{ATTRIBUTES}/{{{A}}}Attribute",
                                  **{"{https://www.akdb.de/response/2020/01}TrustLevel": "HOCH"}))),
    Flaw(16, "no-attributes", "level-missing", Wish(edit_assertion=_remove(ATTRIBUTES))),
    # 17 level
    Flaw(17, "level-too-low", "level-not-reached", Wish(level="STORK-QAA-Level-1"), error=LevelNotReached),
    Flaw(17, "level-mismatch", "level-mismatch", Wish(level_attribute="STORK-QAA-Level-3")),
    Flaw(17, "level-mismatch-downwards", "level-mismatch",
         Wish(level="STORK-QAA-Level-1", level_attribute="STORK-QAA-Level-4")),
    Flaw(17, "level-unknown", "level-unknown", Wish(level="STORK-QAA-Level-5")),
    Flaw(17, "level-eidas-uri", "level-unknown", Wish(level="http://eidas.europa.eu/LoA/high")),
    Flaw(17, "level-attribute-missing", "level-missing", Wish(level_attribute="")),
    Flaw(17, "class-reference-empty", "level-missing", Wish(level="", level_attribute="STORK-QAA-Level-4")),
    # 18 means
    Flaw(18, "means-missing", "means", Wish(attributes=_without("proved_by"))),
    Flaw(18, "means-not-offered", "means", Wish(attributes={**idp.ERIKA, OID["proved_by"]: ("Benutzername", None)})),
    # 20 identifier
    Flaw(20, "missing-bpk2", "identifier-missing", Wish(attributes=_without("pairwise_id"))),
    Flaw(20, "blank-bpk2", "identifier-missing", Wish(attributes={**idp.ERIKA, OID["pairwise_id"]: (" ", "NORMAL")})),
]  # fmt: skip


@pytest.mark.parametrize("flaw", FLAWS, ids=lambda flaw: f"{flaw.check:02d}-{flaw.name}")
def test_flaw_is_refused_and_its_twin_is_not(login, flaw):
    """The document with the flaw is refused with the check's code; without the flaw it is a login."""
    assert login.answered(flaw.twin).subject
    with pytest.raises(flaw.error) as refused:
        login.answered(flaw.bad)
    assert (type(refused.value), refused.value.code) == (flaw.error, flaw.code)


def test_names_are_unique():
    """Each flaw has a name of its own, so a report can be read."""
    names = [flaw.name for flaw in FLAWS]
    assert sorted(set(names)) == sorted(names)


def _refused(login, field: str, code: str, **changes: Any) -> None:
    with pytest.raises(AnswerRefused) as refused:
        login.judge(field, **changes)
    assert refused.value.code == code


@pytest.mark.parametrize(
    ("field", "code"),
    [
        (None, "answer-form"),
        ("", "answer-form"),
        ("not base64!", "answer-form"),
        ("PGEvPg", "answer-form"),
        ("PGEvPh==", "answer-form"),
        ("ä", "answer-form"),
        ("A" * (256 * 1024 + 4), "answer-size"),
        ("PGEvPg==", "answer-shape"),
        (base64.b64encode(b"").decode() + "\n", "answer-xml"),
        (base64.b64encode(b"<a>").decode(), "answer-xml"),
        (base64.b64encode(b"\xff\xfe<\x00a\x00/\x00>\x00").decode(), "answer-xml"),
        (base64.b64encode(b"<?xml version='1.0' encoding='UTF-7'?><a/>").decode(), "answer-xml"),
        (base64.b64encode(b"<!DOCTYPE a><a/>").decode(), "answer-dtd"),
        (base64.b64encode("<!DOCTYPE a><a/>".encode("utf-16")).decode(), "answer-xml"),
    ],
)
def test_check_1_size_and_form(login, field, code):
    """Check 1 and the parser: nothing but canonical base64 of a bounded, well-formed document without DTD in UTF-8."""
    assert login.judge(idp.answer(login.asked, idp.GOOD)).subject
    _refused(login, field, code)


@pytest.mark.parametrize(
    "declaration",
    [
        b'<!DOCTYPE x [<!ENTITY e "ERIKA">]>',
        b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/hostname">]>',
        b'<!DOCTYPE x SYSTEM "http://127.0.0.1:1/x.dtd">',
        b'<!DOCTYPE x [<!ENTITY % p SYSTEM "http://127.0.0.1:1/x"> %p;]>',
    ],
)
def test_check_2_document_types_are_impossible(login, declaration):
    """Internal and external entities and external DTDs are refused before the parser sees them; a plain prolog is not."""
    text = etree.tostring(idp.response(login.asked, idp.GOOD))
    assert login.judge(idp.encoded(b"<?xml version='1.0' encoding='UTF-8'?>\n" + text)).subject
    _refused(login, idp.encoded(declaration + text), "answer-dtd")


def test_check_2_relative_namespace(login):
    """A relative namespace on the way to a signed element is refused (void canonicalisation); an absolute one is not."""
    plain = etree.tostring(idp.response(login.asked, UNSIGNED))
    named = plain.replace(b"<saml2p:Response ", b'<saml2p:Response xmlns:x="urn:x" ', 1)
    assert login.judge(idp.encoded(named)).subject
    _refused(login, idp.encoded(named.replace(b'"urn:x"', b'"1"')), "answer-shape")


@pytest.mark.parametrize("where", ["response", "assertion"])
def test_check_3_and_9_foreign_key_with_its_own_certificate(login, where):
    """A foreign key's signature is refused although its certificate lies beside it: only pinned keys count."""
    wish = idp.GOOD if where == "response" else UNSIGNED
    assert login.answered(wish).subject
    _refused(login, idp.answer(login.asked, wish, key="foreign"), f"{where}-signature")


def test_check_9_a_broken_assertion_signature_is_not_healed_by_the_response(login):
    """A good signature on the Response does not excuse a bad one inside: whoever signs wrongly is not believed."""

    def resign_by_foreign(assertion: Any) -> None:
        assertion.remove(assertion.find(f"{{{DS}}}Signature"))
        idp.sign(assertion, idp.GOOD, key="foreign")

    assert login.answered().subject
    _refused(login, idp.answer(login.asked, Wish(edit_signed_assertion=resign_by_foreign)), "assertion-signature")


def test_check_3_certificate_in_the_message_is_never_needed(login):
    """Without any KeyInfo the pinned key still verifies."""

    def bare(root: Any) -> None:
        root.remove(root.find(f"{{{DS}}}Signature"))
        idp.sign(root, idp.GOOD, with_certificate=False)

    assert login.answered(Wish(edit_signed_response=bare)).subject


@pytest.mark.parametrize("part", ["content", "key"])
def test_check_7_broken_ciphertext_has_one_error(login, part):
    """A changed byte in the ciphertext or in the wrapped key gives the same error with the same words."""
    path = f".//{{{idp.XENC}}}CipherValue"

    def flip(root: Any) -> None:
        found = {"EncryptedKey" in each.getparent().getparent().tag: each for each in root.iterfind(path)}
        element = found[part == "key"]
        data = bytearray(base64.b64decode(element.text))
        data[20] ^= 1
        element.text = base64.b64encode(data).decode()

    assert login.answered(UNSIGNED).subject
    with pytest.raises(AnswerRefused) as refused:
        login.answered(replace(UNSIGNED, edit_response=flip))
    assert (refused.value.code, refused.value.detail) == ("decryption", "the assertion did not open")


def test_check_7_encrypted_for_somebody_else(login):
    """An assertion encrypted for another service opens for nobody here."""
    other = replace(login.asked, certificate=idp.certificate("another service"))
    assert login.judge(idp.answer(login.asked, idp.GOOD)).subject
    _refused(login, idp.answer(other, idp.GOOD), "decryption")


def test_check_2_and_8_roots(login):
    """The message must be a Response and the ciphertext an assertion: each in the other's place is refused by its shape."""
    root = idp.response(login.asked, idp.GOOD)
    assert login.judge(idp.encoded(root)).subject
    plain = idp.response(login.asked, Wish(encrypt=False, sign_response=False))
    _refused(login, idp.encoded(plain.find(f"{{{A}}}Assertion")), "answer-shape")
    frame = idp.response(login.asked, Wish(with_assertion=False, sign_response=False))
    frame.append(idp.encrypt(root, login.asked, idp.GOOD))
    _refused(login, idp.encoded(frame), "answer-shape")


def test_check_9_the_bytes_read_are_the_bytes_signed(login):
    """Beside libxmlsec's verdict our own digest of what is read is compared with the signed one."""
    text = etree.tostring(idp.response(login.asked, idp.GOOD))
    root = etree.fromstring(text)
    assert _covered(root, root.find(f"{{{DS}}}Signature"), of="response").root.get("ID")
    changed = etree.fromstring(text.replace(b"status:Success", b"status:Xuccess"))
    with pytest.raises(AnswerRefused) as refused:
        _covered(changed, changed.find(f"{{{DS}}}Signature"), of="response")
    assert refused.value.code == "response-signature"


def test_check_12_answer_to_another_login(begin):
    """A correct answer to one login is refused for another: the request id is compared."""
    mine, victims = begin(), begin()
    field = idp.answer(mine.asked, idp.GOOD)
    assert mine.judge(field).subject
    _refused(victims, field, "in-response-to")


def test_check_12_nobody_asked(login):
    """An attempt without a remembered request never accepts anything."""
    field = idp.answer(login.asked, Wish(in_response_to="", subject_in_response_to=""))
    _refused(login, field, "in-response-to", memory={})
    assert login.answered().subject


def test_check_21_replay_material(login):
    """The same answer yields the same assertion id, which is what the replay store needs; a new answer another one."""
    field = idp.answer(login.asked, idp.GOOD)
    first, again = login.judge(field), login.judge(field)
    assert first.assertion_id == again.assertion_id != login.answered().assertion_id
    assert first.expires_at > login.now + timedelta(minutes=5)


def test_level_is_judged_by_the_attempt_not_by_the_answer(begin):
    """The level compared with is the one this attempt asked for."""
    login = begin(level=Level.BASIC)
    field = idp.answer(login.asked, Wish(level="STORK-QAA-Level-3"))
    assert login.judge(field).level is Level.SUBSTANTIAL
    with pytest.raises(LevelNotReached):
        login.judge(field, asked_level=Level.HIGH)


@pytest.mark.parametrize(
    ("message", "missing"),
    [
        (f"Missing: {OID['birthdate']}, {OID['given_name']}.", ("birthdate", "given_name")),
        (f"{OID['given_name']} {OID['given_name']} urn:oid:1.2.3.4 <b>urn:oid:</b>", ("given_name",)),
        ("", ()),
    ],
)
def test_missing_data_are_named_in_our_words_only(login, message: str, missing: tuple[str, ...]):
    """Of the provider's sentence only OIDs we know are read; each once, and nothing else of it."""
    told = json.dumps({"version": "1.0", "errors": [{"code": "IDP_REQUIRED_ATTRIBUTES_MISSING", "message": message}]})
    wish = Wish(status=("Requester", "RequestDenied"), with_assertion=False, status_detail=told)
    with pytest.raises(LoginDenied) as denied:
        login.answered(wish)
    assert denied.value.missing == missing
