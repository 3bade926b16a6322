"""Table of fields that are empty, missing or malformed, one after the other; everything else is right and signed.

The list follows what Italy's SPID has its service providers tested with. Sources: SAML Core 2.0; SAML Profiles 4.1.4.2.
"""

from idgateway.simulator.catalogue.breakage import ACCEPT, Broken, always
from idgateway.simulator.catalogue.changes import (
    Edit,
    at,
    drop,
    empty,
    on_response,
    setting,
    telling,
    unset,
    with_values,
)

_SUBJECT = "saml:Subject"
_NAME = "saml:Subject/saml:NameID"
_CONFIRMATION = "saml:Subject/saml:SubjectConfirmation"
_DATA = "saml:Subject/saml:SubjectConfirmation/saml:SubjectConfirmationData"
_CONDITIONS = "saml:Conditions"
_RESTRICTION = "saml:Conditions/saml:AudienceRestriction"
_AUDIENCE = "saml:Conditions/saml:AudienceRestriction/saml:Audience"
_LOGIN = "saml:AuthnStatement"
_CONTEXT = "saml:AuthnStatement/saml:AuthnContext"
_CLASS = "saml:AuthnStatement/saml:AuthnContext/saml:AuthnContextClassRef"
_WAYS = {"empty": ("leer", "empty"), "missing": ("fehlt", "missing"), "malformed": ("unlesbar", "malformed")}
_LONG_AGO = "24.11.2026 10:30"


def _named(element: str, attribute: str) -> str:
    words = "".join(
        "-" + letter.lower() if letter.isupper() and index else letter.lower() for index, letter in enumerate(attribute)
    )
    return f"{element}-{words.replace('i-d', 'id')}"


def _of_attribute(where: str, path: str, attribute: str, rule: str, ways: str) -> tuple[Broken, ...]:
    """One entry for each way; ``where`` begins the name, ``response`` is changed on the envelope."""
    edits = {"empty": setting(attribute, ""), "missing": unset(attribute), "malformed": setting(attribute, _LONG_AGO)}
    return tuple(
        _entry(_named(where, attribute), way, f"{where}/@{attribute}", rule, where=where, edit=at(path, edits[way]))
        for way in ways.split()
    )


def _of_element(name: str, path: str, rule: str, ways: str = "empty missing") -> tuple[Broken, ...]:
    edits = {"empty": empty, "missing": drop}
    where = name.partition("-")[0] if name.startswith("response") else "assertion"
    element = path.rpartition(":")[2]
    return tuple(
        _entry(name, way, f"{where}/{element}", rule, where=where, edit=at(path, edits[way])) for way in ways.split()
    )


def _entry(name: str, way: str, what: str, rule: str, *, where: str, edit: Edit) -> Broken:
    german, english = _WAYS[way]
    title = (f"{what}: {german}", f"{what}: {english}")
    if where == "response":
        return Broken(name=f"{name}-{way}", title=title, rule=rule, envelope=on_response(edit))
    return Broken(
        name=f"{name}-{way}",
        title=title,
        rule=rule,
        draft=edit,
        applies=with_values if name.startswith("attribute") else always,
    )


def _other(name: str, german: str, english: str, rule: str, **bites: Edit) -> Broken:
    envelope = bites.pop("envelope", None)
    if envelope is not None:
        return Broken(name=name, title=(german, english), rule=rule, envelope=on_response(envelope))
    return Broken(name=name, title=(german, english), rule=rule, draft=bites["draft"])


_CORE_RESPONSE = "required and well-formed (SAML Core 3.2.2)"
_CORE_ASSERTION = "required and well-formed (SAML Core 2.3.3)"
_BEARER = "a bearer confirmation with Recipient, InResponseTo and end (SAML Profiles 4.1.4.2)"
_LIMITS = "a window with both ends (BundID 10.2)"

ENTRIES = (
    *_of_attribute("response", ".", "ID", _CORE_RESPONSE, "empty missing"),
    *_of_attribute("response", ".", "Version", "version 2.0 (SAML Core 3.2.2)", "empty missing"),
    *_of_attribute("response", ".", "IssueInstant", _CORE_RESPONSE, "empty missing malformed"),
    *_of_attribute("response", ".", "InResponseTo", "answers exactly this login's request", "empty missing"),
    *_of_attribute("response", ".", "Destination", "exactly this service's address", "empty missing"),
    *_of_element("response-issuer", "saml:Issuer", "an issuer is told (SAML Profiles 4.1.4.2)"),
    *_of_attribute("assertion", ".", "ID", _CORE_ASSERTION, "empty missing"),
    *_of_attribute("assertion", ".", "Version", "version 2.0 (SAML Core 2.3.3)", "empty missing"),
    *_of_attribute("assertion", ".", "IssueInstant", _CORE_ASSERTION, "empty missing malformed"),
    *_of_element("assertion-issuer", "saml:Issuer", _CORE_ASSERTION),
    *_of_element("subject", _SUBJECT, _BEARER),
    *_of_element("name-id", _NAME, "a person is named (SAML Core 2.4.1)"),
    *_of_element("subject-confirmation", _CONFIRMATION, _BEARER),
    *_of_attribute("confirmation", _CONFIRMATION, "Method", _BEARER, "empty missing"),
    *_of_element("confirmation-data", _DATA, _BEARER, "missing"),
    *_of_attribute("confirmation", _DATA, "Recipient", _BEARER, "empty missing"),
    *_of_attribute("confirmation", _DATA, "InResponseTo", _BEARER, "empty missing"),
    *_of_attribute("confirmation", _DATA, "NotOnOrAfter", _BEARER, "empty missing malformed"),
    *_of_element("conditions", _CONDITIONS, "conditions with an audience (SAML Profiles 4.1.4.2)"),
    *_of_attribute("conditions", _CONDITIONS, "NotBefore", _LIMITS, "empty missing malformed"),
    *_of_attribute("conditions", _CONDITIONS, "NotOnOrAfter", _LIMITS, "empty missing malformed"),
    *_of_element("audience-restriction", _RESTRICTION, "an audience restriction names this service", "empty"),
    *_of_element("audience", _AUDIENCE, "an audience restriction names this service"),
    *_of_element("login-statement", _LOGIN, "one AuthnStatement (SAML Profiles 4.1.4.2)"),
    *_of_attribute(
        "login", _LOGIN, "AuthnInstant", "the time of the login is told (SAML Core 2.7.2)", "empty missing malformed"
    ),
    *_of_element("login-context", _CONTEXT, "the level is told (BundID 6.2.3)"),
    *_of_element("class-reference", _CLASS, "the level is told (BundID 6.2.3)"),
    *_of_element(
        "attribute-statement", "saml:AttributeStatement", "the level is told as an attribute, too (BundID 6.2.3)"
    ),
    _other(
        "response-version-other",
        "Hülle in Version 1.1",
        "envelope of version 1.1",
        "version 2.0",
        envelope=at(".", setting("Version", "1.1")),
    ),
    _other(
        "response-in-response-to-other",
        "Hülle nennt eine andere Anfrage",
        "envelope names another request",
        "answers exactly this login's request",
        envelope=at(".", setting("InResponseTo", "_" + "0" * 32)),
    ),
    _other(
        "response-issuer-other",
        "Hülle von einem anderen Aussteller",
        "envelope from another issuer",
        "the issuer is the provider that was asked",
        envelope=at("saml:Issuer", telling("https://other.example.org/idp")),
    ),
    _other(
        "response-issuer-format-other",
        "Aussteller der Hülle in anderem Format",
        "issuer of the envelope in another format",
        "Format is absent or entity (SAML Profiles 4.1.4.2)",
        envelope=at("saml:Issuer", setting("Format", "urn:oasis:names:tc:SAML:2.0:nameid-format:transient")),
    ),
    _other(
        "assertion-version-other",
        "Aussage in Version 1.1",
        "assertion of version 1.1",
        "version 2.0",
        draft=at(".", setting("Version", "1.1")),
    ),
    _other(
        "assertion-issuer-format-other",
        "Aussteller der Aussage in anderem Format",
        "issuer of the assertion in another format",
        "Format is absent or entity (SAML Profiles 4.1.4.2)",
        draft=at("saml:Issuer", setting("Format", "urn:oasis:names:tc:SAML:2.0:nameid-format:transient")),
    ),
    _other(
        "confirmation-method-other",
        "Bestätigung nach anderer Methode",
        "confirmation by another method",
        _BEARER,
        draft=at(_CONFIRMATION, setting("Method", "urn:oasis:names:tc:SAML:2.0:cm:holder-of-key")),
    ),
    _other(
        "confirmation-in-response-to-other",
        "Bestätigung nennt eine andere Anfrage",
        "confirmation names another request",
        _BEARER,
        draft=at(_DATA, setting("InResponseTo", "_" + "0" * 32)),
    ),
    _other(
        "confirmation-recipient-elsewhere",
        "Bestätigung für einen anderen Server",
        "confirmation for another server",
        _BEARER,
        draft=at(_DATA, setting("Recipient", "https://other.example.org/acs")),
    ),
    Broken(
        name="instants-without-fractions",
        title=("Zeit der Hülle ohne Millisekunden", "time of the envelope without milliseconds"),
        rule="fractions of a second are optional (SAML Core 1.3.3)",
        expectation=ACCEPT,
        envelope=lambda piece: piece.response.set("IssueInstant", piece.response.get("IssueInstant")[:19] + "Z"),
    ),
    Broken(
        name="issuer-format-entity",
        title=("Aussteller mit ausgeschriebenem Format", "issuer with its format spelled out"),
        rule="Format is absent or entity (SAML Profiles 4.1.4.2)",
        expectation=ACCEPT,
        envelope=on_response(at("saml:Issuer", setting("Format", "urn:oasis:names:tc:SAML:2.0:nameid-format:entity"))),
    ),
)
