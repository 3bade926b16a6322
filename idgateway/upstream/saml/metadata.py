"""Metadata both ways: ours for BundID, BundID's for us.

BundID's hard rules for ours (interface description 7.2): no ``validUntil``, no ``ID``, an https ``entityID`` without
port. Its host is an input of every bPK2, so it must never change after the first start.
"""

import base64
import binascii
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import xmlsec
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from lxml import etree

from idgateway.errors import AnswerRefused, GateError, UpstreamUnavailable
from idgateway.settings import SamlProvider
from idgateway.upstream.saml import names
from idgateway.upstream.saml.names import ds, md
from idgateway.upstream.saml.shape import parse
from keys.keyring import Key, Keyring, Purpose

MAX_BYTES: Final = 1024 * 1024  # one identity provider, not a federation's aggregate
_RSA_BITS: Final = 2048  # BundID's own certificate has had 2048
_EC_BITS: Final = 256
_LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})
# What we can open, best first; BundID 5.4 may honour the hint.
_ENCRYPTION_METHODS: Final = (names.XENC11 + "aes256-gcm", names.XENC11 + "aes128-gcm", names.OAEP_MGF1P)


@dataclass(frozen=True, kw_only=True)
class IdentityProvider:
    """What is known of an identity provider, and the only keys that count."""

    entity_id: str
    sso_url: str  # HTTP-POST binding
    certificates: tuple[x509.Certificate, ...]
    not_after: datetime  # when the last pinned certificate, or the metadata, ends (aware UTC)
    pinned: tuple[Any, ...]  # the same certificates' public keys as xmlsec holds them, parsed once


def check_entity_id(entity_id: str) -> None:
    """Refuse an entityID that BundID would refuse. Raises GateError ``entity-id``."""
    parts = urlsplit(entity_id)
    if parts.scheme != "https" or not parts.hostname or parts.netloc != parts.hostname:
        raise GateError("entityID must be an https URL without port, user or capitals in its host", code="entity-id")


def service_provider(settings: SamlProvider, keyring: Keyring, acs_url: str, at: datetime) -> bytes:
    """Our metadata as XML: entityID, all keys valid at ``at`` (two of each during a rollover), transient ids, the ACS.

    Raises GateError ``entity-id``; keys.errors.KeyMissing without keys.
    """
    check_entity_id(settings.entity_id)
    for purpose in (Purpose.SAML_SIGNING, Purpose.SAML_ENCRYPTION):
        keyring.current(purpose, at)  # one of each must be valid
    root = etree.Element(md("EntityDescriptor"), entityID=settings.entity_id, nsmap={"md": names.METADATA})
    role = etree.SubElement(
        root,
        md("SPSSODescriptor"),
        AuthnRequestsSigned="true",
        WantAssertionsSigned="true",
        protocolSupportEnumeration=names.PROTOCOL,
    )
    for key in keyring.usable(Purpose.SAML_SIGNING, at):
        _key_descriptor(role, key, "signing")
    for key in keyring.usable(Purpose.SAML_ENCRYPTION, at):
        descriptor = _key_descriptor(role, key, "encryption")
        for method in _ENCRYPTION_METHODS:
            etree.SubElement(descriptor, md("EncryptionMethod"), Algorithm=method)
    etree.SubElement(role, md("NameIDFormat")).text = names.NAMEID_TRANSIENT
    etree.SubElement(
        role,
        md("AssertionConsumerService"),
        Binding=names.BINDING_POST,
        Location=acs_url,
        index="0",
        isDefault="true",
    )
    written: bytes = etree.tostring(root, encoding="utf-8", xml_declaration=True, pretty_print=True)
    return written


def _key_descriptor(role: Any, key: Key, use: str) -> Any:
    if key.certificate is None:
        raise GateError(f"the {use} key {key.kid} has no certificate", code="certificate-missing")
    descriptor = etree.SubElement(role, md("KeyDescriptor"), use=use)
    info = etree.SubElement(descriptor, ds("KeyInfo"), nsmap={"ds": names.DSIG})
    data = etree.SubElement(info, ds("X509Data"))
    encoded = base64.b64encode(key.certificate.public_bytes(Encoding.DER)).decode()
    etree.SubElement(data, ds("X509Certificate")).text = encoded
    return descriptor


def identity_provider(path: Path) -> IdentityProvider:
    """Read an identity provider's metadata file. Raises UpstreamUnavailable ``metadata`` with cause and cure."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise _unusable(
            f"{path.name} cannot be read: {error.strerror}; fetch it from the provider's entityID"
        ) from None
    if len(data) > MAX_BYTES:
        raise _unusable(f"{path.name} is larger than {MAX_BYTES} bytes")
    try:
        root = parse(data)
    except AnswerRefused as refused:
        raise _unusable(f"{path.name}: {refused.detail}") from None
    if root.tag != md("EntityDescriptor") or not root.get("entityID"):
        raise _unusable(f"{path.name} describes no single entity")
    role = root.find(md("IDPSSODescriptor"))
    if role is None:
        raise _unusable(f"{path.name} describes no identity provider")
    certificates = _certificates(role)
    return IdentityProvider(
        entity_id=root.get("entityID"),
        sso_url=_sso_url(role),
        certificates=certificates,
        not_after=min([max(each.not_valid_after_utc for each in certificates), *_valid_until(root)]),
        pinned=tuple(_pinned(certificate) for certificate in certificates),
    )


def _unusable(detail: str) -> UpstreamUnavailable:
    return UpstreamUnavailable(detail, code="metadata")


def _sso_url(role: Any) -> str:
    for service in role.findall(md("SingleSignOnService")):
        if service.get("Binding") == names.BINDING_POST:
            location = service.get("Location") or ""
            parts = urlsplit(location)
            if parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK):
                return str(location)
    raise _unusable("no https SingleSignOnService with HTTP-POST")


def _certificates(role: Any) -> tuple[x509.Certificate, ...]:
    """All signing certificates. Their keys are pinned, so neither chain nor name nor their own signature is judged."""
    found: list[x509.Certificate] = []
    for descriptor in role.findall(md("KeyDescriptor")):
        if descriptor.get("use", "signing") == "signing":
            found.extend(_certificate(each.text or "") for each in descriptor.iter(ds("X509Certificate")))
    if not found:
        raise _unusable("no signing certificate")
    return tuple(found)


def _certificate(text: str) -> x509.Certificate:
    try:
        certificate = x509.load_der_x509_certificate(base64.b64decode("".join(text.split()), validate=True))
        public_key = certificate.public_key()
    except (binascii.Error, ValueError):
        raise _unusable("a signing certificate is no certificate") from None
    if isinstance(public_key, RSAPublicKey) and public_key.key_size >= _RSA_BITS:
        return certificate
    if isinstance(public_key, EllipticCurvePublicKey) and public_key.key_size >= _EC_BITS:
        return certificate
    raise _unusable(f"a signing key is neither RSA of {_RSA_BITS} bits nor elliptic curve of {_EC_BITS} bits or more")


def _pinned(certificate: x509.Certificate) -> Any:
    # The bare key: libxmlsec copies what it is given for every verification, and would copy the certificate too.
    pem = certificate.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return xmlsec.Key.from_memory(pem, xmlsec.constants.KeyDataFormatPem, None)


def _valid_until(root: Any) -> list[datetime]:
    text = root.get("validUntil")
    if text is None:
        return []
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise _unusable("validUntil is no time") from None
    return [moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)]
