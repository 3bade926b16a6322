"""An honest SAML identity provider for the tests, with knobs that make it dishonest in one named way at a time.

It shares no code with the gate: lxml and xmlsec sign, ``cryptography`` encrypts. Hooks run at four moments, so that a
flaw can be put in before the signature (a lying provider) or after it (an attacker).
"""

import base64
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import xmlsec
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives import padding as block_padding
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.x509.oid import NameOID
from lxml import etree

P = "urn:oasis:names:tc:SAML:2.0:protocol"
A = "urn:oasis:names:tc:SAML:2.0:assertion"
DS = "http://www.w3.org/2000/09/xmldsig#"
XENC = "http://www.w3.org/2001/04/xmlenc#"
XENC11 = "http://www.w3.org/2009/xmlenc11#"
AKDB = "https://www.akdb.de/request/2018/09"
EKONA = "http://www.elster.de/schema/ekona/saml/extensions"
NAMEID = "urn:oasis:names:tc:SAML:"
STATUS = "urn:oasis:names:tc:SAML:2.0:status:"
PSS = "http://www.w3.org/2007/05/xmldsig-more#sha256-rsa-MGF1"
RSA_SHA256 = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"
RSA_SHA1 = "http://www.w3.org/2000/09/xmldsig#rsa-sha1"
SHA256 = "http://www.w3.org/2001/04/xmlenc#sha256"
SHA1 = "http://www.w3.org/2000/09/xmldsig#sha1"
MGF1P = XENC + "rsa-oaep-mgf1p"
OAEP11 = XENC11 + "rsa-oaep"
ENTITY_ID = "https://idp.example/idp"
SSO_URL = "https://idp.example/idp/profile/SAML2/POST/SSO"
SLO_URL = "https://idp.example/idp/slo/done"
REDIRECT_URL = "https://idp.example/idp/profile/SAML2/Redirect/SSO?realm=a"

OID = {
    "given_name": "urn:oid:2.5.4.42",
    "family_name": "urn:oid:2.5.4.4",
    "birthdate": "urn:oid:1.2.40.0.10.2.1.1.55",
    "nationality": "urn:oid:1.2.40.0.10.2.1.1.225577",
    "street_address": "urn:oid:2.5.4.16",
    "email": "urn:oid:0.9.2342.19200300.100.1.3",
    "pairwise_id": "urn:oid:1.3.6.1.4.1.25484.494450.3",
    "postbox_handle": "urn:oid:2.5.4.18",
    "level": "urn:oid:1.2.40.0.10.2.1.1.261.94",
    "proved_by": "urn:oid:1.3.6.1.4.1.25484.494450.2",
}
ERIKA: Mapping[str, tuple[str, str | None]] = {
    OID["given_name"]: ("ERIKA", "HOCH"),
    OID["family_name"]: ("MUSTERMANN", "HOCH"),
    OID["birthdate"]: ("1964-08-12", "HOCH"),
    OID["nationality"]: ("D", "HOCH"),
    OID["street_address"]: ("HEIDESTRAẞE 17", "HOCH"),
    OID["email"]: ("erika@example.org", "NORMAL"),
    OID["pairwise_id"]: ("Zm9vYmFyYmF6cXV4Zm9vYmFyYmF6cXV4Zm9vYmFyYmE", "NORMAL"),
    OID["postbox_handle"]: ("6b8f2a0e-6f3e-4a53-9df5-6a2b6c1d2e3f", "NORMAL"),
    OID["proved_by"]: ("eID", None),
}


def _nothing(_: Any) -> None:
    """Leave it as it is."""


@dataclass(frozen=True, kw_only=True)
class Wish:
    """How the answer shall be; the defaults are a correct answer in BundID's style."""

    issuer: str = ENTITY_ID
    response_issuer: str | None = ENTITY_ID
    destination: str | None = None  # None: the callback URL; "": the attribute is left out
    recipient: str | None = None
    audiences: tuple[tuple[str, ...], ...] | None = None  # one tuple per restriction; None: our entityID
    in_response_to: str | None = None
    subject_in_response_to: str | None = None
    issued: timedelta = timedelta()  # from now
    not_before: timedelta | None = timedelta()
    not_on_or_after: timedelta | None = timedelta(minutes=5)
    authenticated: timedelta = timedelta(seconds=-3)
    status: tuple[str, ...] = ("Success",)
    status_detail: str = ""
    with_assertion: bool = True
    level: str = "STORK-QAA-Level-4"
    level_attribute: str | None = None  # None: the same; "": left out
    # Name on the wire → text (or nested: element → text, in EKONA's namespace) and trust word.
    attributes: Mapping[str, tuple[str | Mapping[str, str], str | None]] = field(default_factory=lambda: ERIKA)
    name_id: str | None = None  # None: a new one
    name_id_format: str = NAMEID + "2.0:nameid-format:transient"
    name_id_parties: tuple[tuple[str, str], ...] = ()  # NameQualifier, SPNameQualifier
    sign_response: bool = True
    sign_assertion: bool = True
    algorithm: str = PSS
    digest: str = SHA256
    prefixes: str = "xsd"  # of the assertion's InclusiveNamespaces
    encrypt: bool = True
    cipher: str = "aes256-gcm"
    transport: str = MGF1P
    oaep_digest: str | None = None  # None: no DigestMethod, which means SHA-1
    mgf: str | None = None
    peer_key: bool = False  # EncryptedKey beside EncryptedData, named by a RetrievalMethod
    edit_assertion: Callable[[Any], None] = _nothing  # before it is signed
    edit_signed_assertion: Callable[[Any], None] = _nothing
    edit_response: Callable[[Any], None] = _nothing
    edit_signed_response: Callable[[Any], None] = _nothing


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What the provider knows of the login it answers."""

    request_id: str
    callback_url: str
    entity_id: str
    now: datetime
    certificate: x509.Certificate  # the service's encryption certificate


@cache
def _private_key(name: str, bits: int) -> rsa.RSAPrivateKey:
    """One key per name and run; ``honest`` is the pinned one."""
    return rsa.generate_private_key(public_exponent=65537, key_size=bits)


def certificate(name: str, bits: int = 2048) -> x509.Certificate:
    """A self-signed certificate of that key, long valid: it only carries the key."""
    return _certificate(name, bits)


@cache
def _certificate(name: str, bits: int) -> x509.Certificate:
    key = _private_key(name, bits)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "idp.example")])
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(datetime(2026, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(2046, 1, 1, tzinfo=UTC))
        .sign(key, hashes.SHA256())
    )


def metadata(*names: str, bits: int = 2048, **attributes: str) -> bytes:
    """The provider's metadata with the named signing keys."""
    root = etree.Element(
        "{urn:oasis:names:tc:SAML:2.0:metadata}EntityDescriptor",
        {"entityID": ENTITY_ID, **attributes},
        nsmap={"md": "urn:oasis:names:tc:SAML:2.0:metadata", "ds": DS},
    )
    md = "{urn:oasis:names:tc:SAML:2.0:metadata}"
    role = etree.SubElement(root, md + "IDPSSODescriptor", protocolSupportEnumeration=P)
    for name in names or ("honest",):
        descriptor = etree.SubElement(role, md + "KeyDescriptor", use="signing")
        data = etree.SubElement(etree.SubElement(descriptor, f"{{{DS}}}KeyInfo"), f"{{{DS}}}X509Data")
        etree.SubElement(data, f"{{{DS}}}X509Certificate").text = _der(certificate(name, bits))
    post = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST"
    etree.SubElement(role, md + "SingleLogoutService", Binding=post, Location="https://x/", ResponseLocation=SLO_URL)
    etree.SubElement(role, md + "SingleSignOnService", Binding=post, Location=SSO_URL)
    redirect = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect"
    etree.SubElement(role, md + "SingleSignOnService", Binding=redirect, Location=REDIRECT_URL)
    return etree.tostring(root)


def answer(asked: Asked, wish: Wish, *, key: str = "honest", bits: int = 2048) -> str:
    """The form field SAMLResponse, as wished."""
    return encoded(response(asked, wish, key=key, bits=bits))


def encoded(root: Any) -> str:
    """A tree, or text, as form field."""
    return base64.b64encode(root if isinstance(root, bytes) else etree.tostring(root)).decode()


def response(asked: Asked, wish: Wish, *, key: str = "honest", bits: int = 2048) -> Any:
    """The answer as a tree."""
    root = _response(asked, wish)
    if wish.with_assertion:
        assertion = _assertion(asked, wish)
        wish.edit_assertion(assertion)
        if wish.sign_assertion:
            sign(assertion, wish, key=key, bits=bits)
        assertion = _again(assertion)
        wish.edit_signed_assertion(assertion)
        root.append(encrypt(assertion, asked, wish) if wish.encrypt else assertion)
    wish.edit_response(root)
    if wish.sign_response:
        root = _again(root)
        sign(root, wish, key=key, bits=bits)
    root = _again(root)
    wish.edit_signed_response(root)
    return root


def _again(root: Any) -> Any:
    """Parsed anew: lxml does not find elements by name that xmlsec made."""
    return etree.fromstring(etree.tostring(root))


def _response(asked: Asked, wish: Wish) -> Any:
    values = {
        "ID": "_r" + os.urandom(16).hex(),
        "Version": "2.0",
        "IssueInstant": stamp(asked.now + wish.issued),
        "Destination": asked.callback_url if wish.destination is None else wish.destination,
        "InResponseTo": asked.request_id if wish.in_response_to is None else wish.in_response_to,
    }
    root = etree.Element(f"{{{P}}}Response", _filled(values), nsmap={"saml2p": P, "saml2": A})
    if wish.response_issuer is not None:
        etree.SubElement(root, f"{{{A}}}Issuer").text = wish.response_issuer
    status = etree.SubElement(root, f"{{{P}}}Status")
    parent = status
    for code in wish.status:
        parent = etree.SubElement(parent, f"{{{P}}}StatusCode", Value=STATUS + code)
    if wish.status_detail:
        etree.SubElement(status, f"{{{P}}}StatusMessage").text = "<b>words of the provider</b>"
        detail = etree.SubElement(status, f"{{{P}}}StatusDetail")
        etree.SubElement(detail, f"{{{AKDB}}}StatusDetail", nsmap={"akdb": AKDB}).text = wish.status_detail
    return root


def _assertion(asked: Asked, wish: Wish) -> Any:
    xsd = "http://www.w3.org/2001/XMLSchema"
    root = etree.Element(
        f"{{{A}}}Assertion",
        {"ID": "_a" + os.urandom(16).hex(), "Version": "2.0", "IssueInstant": stamp(asked.now + wish.issued)},
        nsmap={"saml2": A, "xsd": xsd},
    )
    etree.SubElement(root, f"{{{A}}}Issuer").text = wish.issuer
    _subject(root, asked, wish)
    _conditions(root, asked, wish)
    statement = etree.SubElement(
        root, f"{{{A}}}AuthnStatement", AuthnInstant=stamp(asked.now + wish.authenticated), SessionIndex="_s1"
    )
    etree.SubElement(statement, f"{{{A}}}SubjectLocality", Address="203.0.113.9")
    context = etree.SubElement(statement, f"{{{A}}}AuthnContext")
    etree.SubElement(context, f"{{{A}}}AuthnContextClassRef").text = wish.level
    _attributes(root, wish)
    return root


def _subject(root: Any, asked: Asked, wish: Wish) -> None:
    subject = etree.SubElement(root, f"{{{A}}}Subject")
    parties = dict(wish.name_id_parties)
    name = etree.SubElement(subject, f"{{{A}}}NameID", {"Format": wish.name_id_format, **parties})
    name.text = "_" + os.urandom(16).hex() if wish.name_id is None else wish.name_id
    method = "urn:oasis:names:tc:SAML:2.0:cm:bearer"
    confirmation = etree.SubElement(subject, f"{{{A}}}SubjectConfirmation", Method=method)
    values = {
        "Address": "203.0.113.9",
        "InResponseTo": asked.request_id if wish.subject_in_response_to is None else wish.subject_in_response_to,
        "NotOnOrAfter": "" if wish.not_on_or_after is None else stamp(asked.now + wish.not_on_or_after),
        "Recipient": asked.callback_url if wish.recipient is None else wish.recipient,
    }
    etree.SubElement(confirmation, f"{{{A}}}SubjectConfirmationData", _filled(values))


def _conditions(root: Any, asked: Asked, wish: Wish) -> None:
    values = {
        "NotBefore": "" if wish.not_before is None else stamp(asked.now + wish.not_before),
        "NotOnOrAfter": "" if wish.not_on_or_after is None else stamp(asked.now + wish.not_on_or_after),
    }
    conditions = etree.SubElement(root, f"{{{A}}}Conditions", _filled(values))
    for audiences in ((asked.entity_id,),) if wish.audiences is None else wish.audiences:
        restriction = etree.SubElement(conditions, f"{{{A}}}AudienceRestriction")
        for audience in audiences:
            etree.SubElement(restriction, f"{{{A}}}Audience").text = audience


def _attributes(root: Any, wish: Wish) -> None:
    told = wish.level if wish.level_attribute is None else wish.level_attribute
    attributes = {**wish.attributes, **({OID["level"]: (told, "NORMAL")} if told else {})}
    statement = etree.SubElement(root, f"{{{A}}}AttributeStatement")
    for name, (value, trust) in attributes.items():
        values = {
            "Name": name,
            "NameFormat": "urn:oasis:names:tc:SAML:2.0:attrname-format:uri",
            "FriendlyName": "surname",
        }
        attribute = etree.SubElement(statement, f"{{{A}}}Attribute", values, nsmap={"akdb": AKDB})
        if trust is not None:
            attribute.set(f"{{{AKDB}}}TrustLevel", trust)
        xsi = "http://www.w3.org/2001/XMLSchema-instance"
        element = etree.SubElement(attribute, f"{{{A}}}AttributeValue", nsmap={"xsi": xsi})
        if isinstance(value, str):
            element.set(f"{{{xsi}}}type", "xsd:string")
            element.text = value
        else:
            nest(element, value)


def nest(value: Any, texts: Mapping[str, str], namespace: str = EKONA) -> None:
    """Put elements of a provider's own namespace into an attribute value, typed as ELSTER types them."""
    value.set("{http://www.w3.org/2001/XMLSchema-instance}type", "ekona:SomeType")
    for name, text in texts.items():
        etree.SubElement(value, f"{{{namespace}}}{name}", nsmap={"ekona": namespace}).text = text


def sign(root: Any, wish: Wish, *, key: str = "honest", bits: int = 2048, with_certificate: bool = True) -> None:
    """Sign enveloped with xmlsec, behind the issuer, as Shibboleth does (with ``InclusiveNamespaces``)."""
    constants = xmlsec.constants
    transform = constants.TransformRsaSha1 if wish.algorithm == RSA_SHA1 else constants.TransformRsaSha256
    signature = xmlsec.template.create(root, constants.TransformExclC14N, transform, ns="ds")
    signature.find(f".//{{{DS}}}SignatureMethod").set("Algorithm", wish.algorithm)  # xmlsec has no constant for PSS
    digest = constants.TransformSha1 if wish.digest == SHA1 else constants.TransformSha256
    reference = xmlsec.template.add_reference(signature, digest, uri="#" + root.get("ID"))
    xmlsec.template.add_transform(reference, constants.TransformEnveloped)
    exclusive = xmlsec.template.add_transform(reference, constants.TransformExclC14N)
    if root.tag == f"{{{A}}}Assertion":
        etree.SubElement(
            exclusive, "{http://www.w3.org/2001/10/xml-exc-c14n#}InclusiveNamespaces", PrefixList=wish.prefixes
        )
    if with_certificate:
        data = etree.SubElement(xmlsec.template.ensure_key_info(signature), f"{{{DS}}}X509Data")
        etree.SubElement(data, f"{{{DS}}}X509Certificate").text = _der(certificate(key, bits))
    issuer = root.find(f"{{{A}}}Issuer")
    if issuer is None:
        root.insert(0, signature)
    else:
        issuer.addnext(signature)
    xmlsec.tree.add_ids(root, ["ID"])
    context = xmlsec.SignatureContext()
    context.key = _xmlsec_key(key, bits)
    context.sign(signature)


@cache
def _xmlsec_key(name: str, bits: int) -> Any:
    pem = _private_key(name, bits).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return xmlsec.Key.from_memory(pem, xmlsec.constants.KeyDataFormatPem, None)


def encrypt(assertion: Any, asked: Asked, wish: Wish) -> Any:
    """``EncryptedAssertion`` around the assertion, given as tree or as text."""
    content_key = os.urandom(int(wish.cipher[3:6]) // 8)
    text = assertion if isinstance(assertion, bytes) else etree.tostring(assertion)
    if wish.cipher.endswith("-gcm"):
        nonce = os.urandom(12)
        content, algorithm = nonce + AESGCM(content_key).encrypt(nonce, text, None), XENC11 + wish.cipher
    else:
        content, algorithm = _cbc(content_key, text), XENC + wish.cipher
    outer = etree.Element(f"{{{A}}}EncryptedAssertion", nsmap={"saml2": A, "xenc": XENC, "ds": DS})
    data = etree.SubElement(outer, f"{{{XENC}}}EncryptedData", Id="_d" + os.urandom(8).hex(), Type=XENC + "Element")
    etree.SubElement(data, f"{{{XENC}}}EncryptionMethod", Algorithm=algorithm)
    info = etree.SubElement(data, f"{{{DS}}}KeyInfo")
    wrapped = _encrypted_key(content_key, asked, wish)
    if wish.peer_key:
        uri = "#" + wrapped.get("Id")
        etree.SubElement(info, f"{{{DS}}}RetrievalMethod", URI=uri, Type=XENC + "EncryptedKey")
        outer.append(wrapped)
    else:
        info.append(wrapped)
    _cipher_value(data, content)
    return outer


def _cbc(content_key: bytes, text: bytes) -> bytes:
    padder = block_padding.PKCS7(128).padder()
    iv = os.urandom(16)
    encryptor = Cipher(algorithms.AES(content_key), modes.CBC(iv)).encryptor()
    return iv + encryptor.update(padder.update(text) + padder.finalize()) + encryptor.finalize()


def _encrypted_key(content_key: bytes, asked: Asked, wish: Wish) -> Any:
    element = etree.Element(f"{{{XENC}}}EncryptedKey", Id="_k" + os.urandom(8).hex(), nsmap={"xenc": XENC, "ds": DS})
    method = etree.SubElement(element, f"{{{XENC}}}EncryptionMethod", Algorithm=wish.transport)
    if wish.oaep_digest is not None:
        uri = {"sha1": SHA1, "sha256": SHA256}[wish.oaep_digest]
        etree.SubElement(method, f"{{{DS}}}DigestMethod", Algorithm=uri)
    if wish.mgf is not None:
        etree.SubElement(method, f"{{{XENC11}}}MGF", Algorithm=XENC11 + "mgf1" + wish.mgf, nsmap={"xenc11": XENC11})
    public_key = asked.certificate.public_key()
    _cipher_value(element, public_key.encrypt(content_key, _transport_padding(wish)))
    return element


def _transport_padding(wish: Wish) -> padding.AsymmetricPadding:
    if wish.transport == XENC + "rsa-1_5":
        return padding.PKCS1v15()
    named = {None: hashes.SHA1(), "sha1": hashes.SHA1(), "sha256": hashes.SHA256()}
    return padding.OAEP(mgf=padding.MGF1(named[wish.mgf]), algorithm=named[wish.oaep_digest], label=None)


def _cipher_value(parent: Any, content: bytes) -> None:
    data = etree.SubElement(parent, f"{{{XENC}}}CipherData")
    etree.SubElement(data, f"{{{XENC}}}CipherValue").text = base64.b64encode(content).decode()


def stamp(moment: datetime) -> str:
    """A SAML time with milliseconds, as Shibboleth writes it."""
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


def _filled(values: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in values.items() if value}


def _der(cert: x509.Certificate) -> str:
    return base64.b64encode(cert.public_bytes(serialization.Encoding.DER)).decode()


GOOD = Wish()
__all__ = ["GOOD", "Asked", "Wish", "answer", "encoded", "encrypt", "metadata", "nest", "replace", "response", "sign"]
