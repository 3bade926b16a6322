"""The words on the wire: namespaces, algorithms, attribute names.

Sources: SAML 2.0 Core; BundID interface description 6 and 9.
"""

from dataclasses import dataclass
from enum import IntEnum

SAMLP = "urn:oasis:names:tc:SAML:2.0:protocol"
SAML = "urn:oasis:names:tc:SAML:2.0:assertion"
MD = "urn:oasis:names:tc:SAML:2.0:metadata"
DS = "http://www.w3.org/2000/09/xmldsig#"
XENC = "http://www.w3.org/2001/04/xmlenc#"
XENC11 = "http://www.w3.org/2009/xmlenc11#"
AKDB = "https://www.akdb.de/request/2018/09"
CLASSIC_UI = "https://www.akdb.de/request/2018/09/classic-ui/v1"
XSI = "http://www.w3.org/2001/XMLSchema-instance"
XSD = "http://www.w3.org/2001/XMLSchema"

NS = {"samlp": SAMLP, "saml": SAML, "md": MD, "ds": DS, "xenc": XENC, "akdb": AKDB, "ui": CLASSIC_UI}

POST_BINDING = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST"
REDIRECT_BINDING = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect"
TRANSIENT = "urn:oasis:names:tc:SAML:2.0:nameid-format:transient"
PERSISTENT = "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent"
BASIC_FORMAT = "urn:oasis:names:tc:SAML:2.0:attrname-format:basic"
BEARER = "urn:oasis:names:tc:SAML:2.0:cm:bearer"
URI_FORMAT = "urn:oasis:names:tc:SAML:2.0:attrname-format:uri"

STATUS = "urn:oasis:names:tc:SAML:2.0:status:"
SUCCESS = STATUS + "Success"
REQUESTER = STATUS + "Requester"
RESPONDER = STATUS + "Responder"
REQUEST_DENIED = STATUS + "RequestDenied"
AUTHN_FAILED = STATUS + "AuthnFailed"
NO_AUTHN_CONTEXT = STATUS + "NoAuthnContext"
NO_PASSIVE = STATUS + "NoPassive"
REQUEST_UNSUPPORTED = STATUS + "RequestUnsupported"

ENVELOPED = DS + "enveloped-signature"
EXC_C14N = "http://www.w3.org/2001/10/xml-exc-c14n#"
RSA_SHA256 = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"
RSA_SHA1 = DS + "rsa-sha1"
RSA_PSS_SHA256 = "http://www.w3.org/2007/05/xmldsig-more#sha256-rsa-MGF1"
SHA256 = XENC + "sha256"
SHA1 = DS + "sha1"
AES128_GCM = XENC11 + "aes128-gcm"
AES192_GCM = XENC11 + "aes192-gcm"
AES256_GCM = XENC11 + "aes256-gcm"
AES256_CBC = XENC + "aes256-cbc"
RSA_OAEP_MGF1P = XENC + "rsa-oaep-mgf1p"
RSA_OAEP_11 = XENC11 + "rsa-oaep"
MGF1_SHA1 = XENC11 + "mgf1sha1"
MGF1_SHA256 = XENC11 + "mgf1sha256"
RSA_1_5 = XENC + "rsa-1_5"


class Step(IntEnum):
    """BundID's ladder of assurance, as the numbers in ``STORK-QAA-Level-1`` to ``-4`` (interface description 5)."""

    BASIC = 1
    LOW = 2
    SUBSTANTIAL = 3
    HIGH = 4

    @property
    def token(self) -> str:
        """The class reference on the wire; deliberately relative, as BundID's is."""
        return f"STORK-QAA-Level-{self.value}"


def step_of(token: str) -> Step:
    """Read a class reference. Raises ValueError for anything but the four tokens."""
    for step in Step:
        if step.token == token:
            return step
    raise ValueError(token)


@dataclass(frozen=True, kw_only=True)
class AttributeName:
    """One attribute BundID knows: its OID on the wire, BundID's friendly name and what the consent page calls it."""

    oid: str
    friendly: str
    de: str
    en: str

    @property
    def urn(self) -> str:
        """The ``Name`` of the SAML attribute."""
        return "urn:oid:" + self.oid


def _name(oid: str, friendly: str, de: str, en: str) -> AttributeName:
    return AttributeName(oid=oid, friendly=friendly, de=de, en=en)


# BundID interface description 6.1 and 6.2; keys are the friendly names.
ATTRIBUTES: dict[str, AttributeName] = {
    entry.friendly: entry
    for entry in (
        _name("2.5.4.42", "givenName", "Vornamen", "Given names"),
        _name("2.5.4.4", "surname", "Familienname", "Family name"),
        _name("1.2.40.0.10.2.1.1.225566", "birthName", "Geburtsname", "Birth name"),
        _name("0.9.2342.19200300.100.1.40", "personalTitle", "Akademischer Titel", "Academic title"),
        _name("1.3.6.1.4.1.33592.1.3.5", "gender", "Anrede (Code)", "Salutation (code)"),
        _name("1.2.40.0.10.2.1.1.55", "birthdate", "Geburtsdatum", "Date of birth"),
        _name("1.3.6.1.5.5.7.9.2", "placeOfBirth", "Geburtsort", "Place of birth"),
        _name("1.2.40.0.10.2.1.1.225577", "nationality", "Staatsangehörigkeit", "Nationality"),
        _name("1.2.40.0.10.2.1.1.552255", "documentType", "Art des Ausweises", "Type of document"),
        _name("2.5.4.16", "postalAddress", "Straße und Hausnummer", "Street and number"),
        _name("2.5.4.17", "postalCode", "Postleitzahl", "Postal code"),
        _name("2.5.4.7", "localityName", "Ort", "Town"),
        _name("1.2.40.0.10.2.1.1.225599", "country", "Land", "Country"),
        _name("1.3.6.1.4.1.25484.494450.5", "communityId", "Gemeindeschlüssel", "Municipality code"),
        _name("0.9.2342.19200300.100.1.3", "mail", "E-Mail-Adresse", "E-mail address"),
        _name("2.5.4.20", "telephoneNumber", "Telefon", "Telephone"),
        _name("1.3.6.1.4.1.55605.70737875.1.1.1.7.1", "DeMail", "De-Mail-Adresse", "De-Mail address"),
        _name("1.3.6.1.4.1.25484.494450.10.1", "eIDAS-Issuing-Country", "Ausstellender Staat", "Issuing state"),
        _name("1.3.6.1.4.1.25484.494450.3", "bPK2", "Kennung für diesen Dienst", "Identifier for this service"),
        _name("1.2.40.0.10.2.1.1.149", "bPK", "Kennung, alte Form", "Identifier, old form"),
        _name("2.5.4.18", "legacyPostkorbHandle", "Adresse des Postfachs", "Address of the postbox"),
        _name("1.2.40.0.10.2.1.1.261.94", "EID-CITIZEN-QAA-LEVEL", "Vertrauensniveau", "Level of assurance"),
        _name("1.3.6.1.4.1.25484.494450.1", "Version", "Version der Schnittstelle", "Version of the interface"),
        _name("1.3.6.1.4.1.25484.494450.2", "AssertionProvedBy", "Nachgewiesen durch", "Proved by"),
        _name("1.3.6.1.4.1.25484.494450.4", "applicationId", "Antrags-ID", "Application ID"),
        _name("1.2.40.0.10.2.1.1.226699", "pseudonym", "Pseudonym", "Pseudonym"),
        _name("1.3.6.1.4.1.25484.494450.7", "mfa", "Zweiter Faktor", "Second factor"),
    )
}
BY_URN: dict[str, AttributeName] = {entry.urn: entry for entry in ATTRIBUTES.values()}
