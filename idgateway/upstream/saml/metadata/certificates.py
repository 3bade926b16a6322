"""The signing certificates of an identity provider: containers of the keys that count, and nothing more.

The keys are pinned, so neither chain nor name nor the certificate's own signature is judged (BundID's of 2012 is
self-signed with SHA-1). Nor does a certificate's end stop anything: it is told long before (``gate_days_left``, the
log, ``check``), but the key stays good for as long as the metadata name it. The SAML V2.0 Metadata Interoperability
Profile asks for that; a key is revoked by taking it out of the metadata. Refusing it on a printed date would stop a
town's logins and keep no attacker out. Attack catalogue SEM25 leaves it to policy; this is ours.
"""

import base64
import binascii
from typing import Any, Final

import xmlsec
from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from idgateway.errors import UpstreamUnavailable
from idgateway.upstream.saml.names import ds, md

_RSA_BITS: Final = 2048  # BundID's own certificate has had 2048
_EC_BITS: Final = 256


def signing_certificates(role: Any) -> tuple[x509.Certificate, ...]:
    """All signing certificates of a role descriptor. Raises UpstreamUnavailable ``metadata``: none, or a weak one."""
    found: list[x509.Certificate] = []
    for descriptor in role.findall(md("KeyDescriptor")):
        # SAML Metadata 2.4.1.1: a descriptor without ``use`` serves both.
        if descriptor.get("use", "signing") == "signing":
            chain = [_certificate(each.text or "") for each in descriptor.iter(ds("X509Certificate"))]
            found.extend(_without_authorities(chain))
    if not found:
        raise UpstreamUnavailable("no signing certificate", code="metadata")
    return tuple(found)


def _without_authorities(chain: list[x509.Certificate]) -> list[x509.Certificate]:
    """One descriptor's own certificates: who only issued another of them signs certificates, not logins.

    XML Signature 4.5.4 lets a whole chain stand there, in any order.
    """
    issuers = [each.issuer for each in chain if each.issuer != each.subject]
    return [each for each in chain if each.subject not in issuers]


def pinned_key(certificate: x509.Certificate) -> Any:
    """Its public key as xmlsec holds it; parsed once.

    The bare key: libxmlsec copies what it is given for every verification, and would copy the certificate too.
    """
    pem = certificate.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return xmlsec.Key.from_memory(pem, xmlsec.constants.KeyDataFormatPem, None)


def check_key(certificate: x509.Certificate) -> None:
    """RSA of 2048 bits, elliptic curve of 256 bits, or more. Raises UpstreamUnavailable ``metadata``."""
    try:
        public_key = certificate.public_key()
    except (ValueError, UnsupportedAlgorithm):
        raise UpstreamUnavailable("a signing certificate is no certificate", code="metadata") from None
    if isinstance(public_key, RSAPublicKey) and public_key.key_size >= _RSA_BITS:
        return
    if isinstance(public_key, EllipticCurvePublicKey) and public_key.key_size >= _EC_BITS:
        return
    told = f"a signing key is neither RSA of {_RSA_BITS} bits nor elliptic curve of {_EC_BITS} bits or more"
    raise UpstreamUnavailable(told, code="metadata")


def _certificate(text: str) -> x509.Certificate:
    try:
        certificate = x509.load_der_x509_certificate(base64.b64decode("".join(text.split()), validate=True))
    except (binascii.Error, ValueError):
        raise UpstreamUnavailable("a signing certificate is no certificate", code="metadata") from None
    check_key(certificate)
    return certificate
