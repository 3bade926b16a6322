"""Our metadata, for the identity provider.

BundID's hard rules (interface description 7.2): no ``validUntil``, no ``ID``, an https ``entityID`` without port. Its
host is an input of every bPK2, so it must never change after the first start.
"""

import base64
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.serialization import Encoding
from lxml import etree

from idgateway.errors import GateError
from idgateway.settings import Operator, SamlProvider
from idgateway.upstream.saml import names
from idgateway.upstream.saml.names import ds, md
from idgateway.upstream.saml.profiles import profile_of
from keys.keyring import Key, Keyring, Purpose

_LANGUAGE: Final = "{http://www.w3.org/XML/1998/namespace}lang"
# What we can open, best first; BundID 5.4 may honour the hint.
_ENCRYPTION_METHODS: Final = (names.XENC11 + "aes256-gcm", names.XENC11 + "aes128-gcm", names.OAEP_MGF1P)


def check_entity_id(entity_id: str) -> None:
    """Refuse an entityID that BundID would refuse. Raises GateError ``entity-id``."""
    parts = urlsplit(entity_id)
    if parts.scheme != "https" or not parts.hostname or parts.netloc != parts.hostname:
        raise GateError("entityID must be an https URL without port, user or capitals in its host", code="entity-id")


def slo_url_of(acs_url: str) -> str:
    """Where an account tells us of a logout: beside where it answers."""
    return acs_url.removesuffix("/acs") + "/slo"


def service_provider(settings: SamlProvider, keyring: Keyring, acs_url: str, at: datetime) -> bytes:
    """Our metadata as XML: entityID, keys, NameIDFormat, the ACS, and who runs this.

    All keys count that are valid or announced at ``at``: two of each in a rollover.
    The account's profile decides about names and signatures; an encryption key is given only to who encrypts.
    Raises GateError ``entity-id``, ``settings``; keys.errors.KeyMissing without keys.
    """
    check_entity_id(settings.entity_id)
    profile = profile_of(settings)
    purposes = {Purpose.SAML_SIGNING: "signing"}
    if profile.assertion == "encrypted":
        purposes[Purpose.SAML_ENCRYPTION] = "encryption"
    for purpose in purposes:
        keyring.current(purpose, at)  # one of each must be valid
    root = etree.Element(md("EntityDescriptor"), entityID=settings.entity_id, nsmap={"md": names.METADATA})
    role = etree.SubElement(
        root,
        md("SPSSODescriptor"),
        AuthnRequestsSigned="true",
        WantAssertionsSigned="false" if profile.signed == "response" else "true",
        protocolSupportEnumeration=names.PROTOCOL,
    )
    for purpose, use in purposes.items():
        for key in keyring.published(purpose, at):
            _key_descriptor(role, key, use)
    if profile.logout:
        etree.SubElement(role, md("SingleLogoutService"), Binding=names.BINDING_POST, Location=slo_url_of(acs_url))
    etree.SubElement(role, md("NameIDFormat")).text = names.NAMEID_FORMATS[profile.name_id]
    etree.SubElement(
        role,
        md("AssertionConsumerService"),
        Binding=names.BINDING_POST,
        Location=acs_url,
        index="0",
        isDefault="true",
    )
    if settings.operator:
        _name_operator(root, settings.operator)
    written: bytes = etree.tostring(root, encoding="utf-8", xml_declaration=True, pretty_print=True)
    return written


def _name_operator(root: Any, operator: Operator) -> None:
    """Organization and technical ContactPerson (SAML Metadata 2.3.2.1, 2.3.2.2; with the mail as an URI)."""
    organization = etree.SubElement(root, md("Organization"))
    for name, text in (
        ("OrganizationName", operator.name),
        ("OrganizationDisplayName", operator.name),
        ("OrganizationURL", operator.url),
    ):
        etree.SubElement(organization, md(name), {_LANGUAGE: "de"}).text = text
    contact = etree.SubElement(root, md("ContactPerson"), contactType="technical")
    etree.SubElement(contact, md("Company")).text = operator.name
    etree.SubElement(contact, md("GivenName")).text = operator.technical_contact
    etree.SubElement(contact, md("EmailAddress")).text = f"mailto:{operator.technical_email}"


def _key_descriptor(role: Any, key: Key, use: str) -> None:
    if key.certificate is None:
        raise GateError(f"the {use} key {key.kid} has no certificate", code="certificate-missing")
    descriptor = etree.SubElement(role, md("KeyDescriptor"), use=use)
    info = etree.SubElement(descriptor, ds("KeyInfo"), nsmap={"ds": names.DSIG})
    data = etree.SubElement(info, ds("X509Data"))
    encoded = base64.b64encode(key.certificate.public_bytes(Encoding.DER)).decode()
    etree.SubElement(data, ds("X509Certificate")).text = encoded
    for method in _ENCRYPTION_METHODS if use == "encryption" else ():
        etree.SubElement(descriptor, md("EncryptionMethod"), Algorithm=method)
