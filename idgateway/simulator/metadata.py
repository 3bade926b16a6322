"""SAML metadata: the stand-in's own, and what it reads of a service provider's."""

import base64
import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding
from lxml import etree

from idgateway.simulator.names import DS, MD, NS, POST_BINDING, REDIRECT_BINDING, SAMLP, TRANSIENT
from idgateway.simulator.tree import Element, child, parse, texts

SSO_PATH = "/idp/profile/SAML2/POST/SSO"
REDIRECT_PATH = "/idp/profile/SAML2/Redirect/SSO"


@dataclass(frozen=True, kw_only=True)
class ServiceProvider:
    """What the stand-in knows of a service provider: only what its metadata file says."""

    entity_id: str
    acs_urls: tuple[str, ...]  # HTTP-POST endpoints, the default one first
    acs_by_index: Mapping[str, str]  # the same by their index attribute
    signing: tuple[x509.Certificate, ...]
    encryption: rsa.RSAPublicKey | None
    slo_url: str = ""  # HTTP-POST endpoint for logouts, where there is one


def idp_metadata(base_url: str, entity_id: str, certificate: x509.Certificate) -> bytes:
    """The stand-in's metadata: one signing key, both bindings, transient names, signed requests; no validUntil."""
    root = etree.Element(
        etree.QName(MD, "EntityDescriptor"), nsmap={"md": MD, "ds": DS}, attrib={"entityID": entity_id}
    )
    role = child(root, MD, "IDPSSODescriptor", WantAuthnRequestsSigned="true", protocolSupportEnumeration=SAMLP)
    data = child(child(child(role, MD, "KeyDescriptor", use="signing"), DS, "KeyInfo"), DS, "X509Data")
    child(data, DS, "X509Certificate").text = base64.b64encode(certificate.public_bytes(Encoding.DER)).decode()
    child(role, MD, "NameIDFormat").text = TRANSIENT
    child(role, MD, "SingleSignOnService", Binding=POST_BINDING, Location=base_url + SSO_PATH)
    child(role, MD, "SingleSignOnService", Binding=REDIRECT_BINDING, Location=base_url + REDIRECT_PATH)
    return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8"))


def read_service_provider(path: Path) -> ServiceProvider:
    """Read one SP metadata file. Raises OSError when it is not there and ValueError when it is no SP metadata."""
    root = parse(path.read_bytes())
    role = root.find("md:SPSSODescriptor", NS)
    entity_id = root.get("entityID")
    if root.tag != f"{{{MD}}}EntityDescriptor" or role is None or not entity_id:
        raise ValueError(f"{path.name} holds no EntityDescriptor with an SPSSODescriptor")
    return ServiceProvider(
        entity_id=entity_id,
        acs_urls=tuple(str(service.get("Location")) for service in _services(role)),
        acs_by_index={service.get("index", ""): str(service.get("Location")) for service in _services(role)},
        signing=_certificates(role, "signing"),
        encryption=_encryption_key(role),
        slo_url=_slo_url(role),
    )


def find_service_provider(paths: tuple[Path, ...], entity_id: str) -> ServiceProvider | None:
    """The provider of this entityID, read afresh; files that are missing or unreadable are passed over."""
    return next((found for found in _known(paths) if found.entity_id == entity_id), None)


def known_service_providers(paths: tuple[Path, ...]) -> tuple[ServiceProvider, ...]:
    """The providers of all files that are there and readable."""
    return tuple(_known(paths))


def known_entity_ids(paths: tuple[Path, ...]) -> tuple[str, ...]:
    """The entityIDs of all files that are there and readable."""
    return tuple(found.entity_id for found in _known(paths))


def _known(paths: tuple[Path, ...]) -> Iterator[ServiceProvider]:
    for path in paths:
        with contextlib.suppress(OSError, ValueError):
            yield read_service_provider(path)


def _services(role: Element) -> list[Element]:
    services = [
        service
        for service in role.findall("md:AssertionConsumerService", NS)
        if service.get("Binding") == POST_BINDING and service.get("Location")
    ]
    # SAML Metadata 2.4.4: the one marked isDefault comes first, otherwise the first.
    services.sort(key=lambda service: service.get("isDefault") != "true")
    return services


def _slo_url(role: Element) -> str:
    services = role.findall("md:SingleLogoutService", NS)
    return next((str(one.get("Location")) for one in services if one.get("Binding") == POST_BINDING), "")


def _certificates(role: Element, use: str) -> tuple[x509.Certificate, ...]:
    found = []
    for descriptor in role.findall("md:KeyDescriptor", NS):
        # SAML Metadata 2.4.1.1: a descriptor without ``use`` serves both.
        if descriptor.get("use", use) == use:
            for text in texts(descriptor, "ds:KeyInfo/ds:X509Data/ds:X509Certificate"):
                found.append(x509.load_der_x509_certificate(base64.b64decode(text)))  # noqa: PERF401 - two levels deep
    return tuple(found)


def _encryption_key(role: Element) -> rsa.RSAPublicKey | None:
    for certificate in _certificates(role, "encryption"):
        key = certificate.public_key()
        if isinstance(key, rsa.RSAPublicKey):
            return key
    return None
