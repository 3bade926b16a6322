"""Signature and encryption of answers, made with lxml's canonicalisation and ``cryptography``, not with libxmlsec.

The checks of a service provider usually stand on libxmlsec; an answer made without it is a second opinion by itself,
and leaves every byte open to being wrong on purpose. Sources: XML Signature 1.1, XML Encryption 1.1, RFC 8017,
RFC 6931 2.3.10.
"""

import base64
import functools
import hashlib
import os
from dataclasses import dataclass, field
from datetime import UTC, datetime

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.serialization import Encoding
from lxml import etree

from idgateway.simulator.identity import certify
from idgateway.simulator.names import (
    AES256_GCM,
    DS,
    ENVELOPED,
    EXC_C14N,
    RSA_OAEP_MGF1P,
    RSA_PSS_SHA256,
    RSA_SHA256,
    SAML,
    SHA1,
    SHA256,
    XENC,
)
from idgateway.simulator.tree import Element, child


@dataclass(frozen=True, kw_only=True)
class Signer:
    """A key with its certificate."""

    key: rsa.RSAPrivateKey = field(repr=False)
    certificate: x509.Certificate


@dataclass(frozen=True, kw_only=True)
class Protection:
    """How an answer is protected; the defaults are BundID's of today."""

    signer: Signer
    signature: str = RSA_PSS_SHA256
    sign_response: bool = True
    sign_assertion: bool = True
    encrypt: bool = True
    oaep_digest: str = SHA1  # of the key transport only; SHA1 or SHA256


def sign(element: Element, protection: Protection) -> None:
    """Put an enveloped signature behind the element's Issuer, with ``xsd`` as an inclusive prefix as BundID does."""
    digest = base64.b64encode(hashlib.sha256(_canonical(element, inclusive=True)).digest()).decode()
    signature = etree.Element(etree.QName(DS, "Signature"), nsmap={"ds": DS})
    info = child(signature, DS, "SignedInfo")
    child(info, DS, "CanonicalizationMethod", Algorithm=EXC_C14N)
    child(info, DS, "SignatureMethod", Algorithm=protection.signature)
    reference = child(info, DS, "Reference", URI="#" + element.get("ID"))
    transforms = child(reference, DS, "Transforms")
    child(transforms, DS, "Transform", Algorithm=ENVELOPED)
    exclusive = child(transforms, DS, "Transform", Algorithm=EXC_C14N)
    etree.SubElement(
        exclusive, etree.QName(EXC_C14N, "InclusiveNamespaces"), nsmap={"ec": EXC_C14N}, attrib={"PrefixList": "xsd"}
    )
    child(reference, DS, "DigestMethod", Algorithm=SHA256)
    child(reference, DS, "DigestValue").text = digest
    value = child(signature, DS, "SignatureValue")
    data = child(child(signature, DS, "KeyInfo"), DS, "X509Data")
    child(data, DS, "X509Certificate").text = base64.b64encode(
        protection.signer.certificate.public_bytes(Encoding.DER)
    ).decode()
    issuer = element.find(f"{{{SAML}}}Issuer")
    element.insert(0 if issuer is None else element.index(issuer) + 1, signature)
    value.text = base64.b64encode(_signed(_canonical(info), protection)).decode()


def encrypt(plaintext: bytes, recipient: rsa.RSAPublicKey, protection: Protection) -> Element:
    """``EncryptedAssertion``: AES-256-GCM, its key by RSA-OAEP (MGF1 with SHA-1, as ``rsa-oaep-mgf1p`` fixes it)."""
    content_key, iv = AESGCM.generate_key(bit_length=256), os.urandom(12)
    wrapped = recipient.encrypt(content_key, _oaep(protection.oaep_digest))
    envelope = etree.Element(etree.QName(SAML, "EncryptedAssertion"), nsmap={"saml": SAML})
    data = etree.SubElement(
        envelope, etree.QName(XENC, "EncryptedData"), nsmap={"xenc": XENC}, attrib={"Type": XENC + "Element"}
    )
    child(data, XENC, "EncryptionMethod", Algorithm=AES256_GCM)
    info = etree.SubElement(data, etree.QName(DS, "KeyInfo"), nsmap={"ds": DS})
    key = child(info, XENC, "EncryptedKey")
    method = child(key, XENC, "EncryptionMethod", Algorithm=RSA_OAEP_MGF1P)
    child(method, DS, "DigestMethod", Algorithm=protection.oaep_digest)
    child(child(key, XENC, "CipherData"), XENC, "CipherValue").text = base64.b64encode(wrapped).decode()
    sealed = iv + AESGCM(content_key).encrypt(iv, plaintext, None)
    child(child(data, XENC, "CipherData"), XENC, "CipherValue").text = base64.b64encode(sealed).decode()
    return envelope


@functools.cache
def foreign_signer() -> Signer:
    """A key that is in nobody's metadata, for answers that pretend; made once per process."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=3072)
    return Signer(key=key, certificate=certify(key, now=datetime.now(UTC)))


def _canonical(element: Element, *, inclusive: bool = False) -> bytes:
    """Exclusive canonical form; with ``inclusive``, the prefix ``xsd`` is kept although only a value uses it."""
    if not inclusive:
        return bytes(etree.tostring(element, method="c14n", exclusive=True, with_tail=False))
    # lxml 6.1 drops an inclusive prefix that its parser has never met; parsing the element again introduces them.
    again = etree.fromstring(etree.tostring(element, with_tail=False))
    return bytes(etree.tostring(again, method="c14n", exclusive=True, inclusive_ns_prefixes=["xsd"]))


def _signed(data: bytes, protection: Protection) -> bytes:
    if protection.signature == RSA_PSS_SHA256:
        # RFC 6931 2.3.10: SHA-256, MGF1 with SHA-256, salt as long as the digest.
        pss = padding.PSS(mgf=padding.MGF1(hashes.SHA256()), salt_length=32)
        return protection.signer.key.sign(data, pss, hashes.SHA256())
    if protection.signature == RSA_SHA256:
        return protection.signer.key.sign(data, padding.PKCS1v15(), hashes.SHA256())
    raise ValueError(protection.signature)


def _oaep(digest: str) -> padding.OAEP:
    algorithm = hashes.SHA256() if digest == SHA256 else hashes.SHA1()  # noqa: S303 - OAEP's digest, no signature
    return padding.OAEP(mgf=padding.MGF1(hashes.SHA1()), algorithm=algorithm, label=None)  # noqa: S303
