"""Signature and encryption of answers, made with lxml's canonicalisation and ``cryptography``, not with libxmlsec.

The checks of a service provider usually stand on libxmlsec; an answer made without it is a second opinion by itself,
and leaves every byte open to being wrong on purpose. Sources: XML Signature 1.1, XML Encryption 1.1, RFC 8017,
RFC 6931 2.3.10.
"""

import base64
import functools
import hashlib
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.serialization import Encoding
from lxml import etree

from idgateway.simulator.identity import certify
from idgateway.simulator.names import (
    AES256_CBC,
    AES256_GCM,
    DS,
    ENVELOPED,
    EXC_C14N,
    MGF1_SHA256,
    RSA_1_5,
    RSA_OAEP_MGF1P,
    RSA_PSS_SHA256,
    RSA_SHA1,
    RSA_SHA256,
    SAML,
    SHA1,
    SHA256,
    XENC,
    XENC11,
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
    digest: str = SHA256  # of the reference
    certificate: bool = True  # whether KeyInfo carries it
    edit: Callable[[Element], None] | None = None  # changes the ds:Signature before its value is made
    sign_response: bool = True
    sign_assertion: bool = True
    encrypt: bool = True
    content: str = AES256_GCM
    key_bits: int = 256  # of the content key
    transport: str = RSA_OAEP_MGF1P
    oaep_digest: str = SHA1  # of the key transport only; SHA1 or SHA256
    oaep_mgf: str | None = None  # written only for xmlenc11; without it SHA-1 counts
    recipient: rsa.RSAPublicKey | None = None  # another one than the service


def sign(element: Element, protection: Protection) -> None:
    """Put an enveloped signature behind the element's Issuer, with ``xsd`` as an inclusive prefix as BundID does."""
    algorithm = hashlib.sha1 if protection.digest == SHA1 else hashlib.sha256
    digest = algorithm(_canonical(element, inclusive=True)).digest()
    signature = etree.Element(etree.QName(DS, "Signature"), nsmap={"ds": DS})
    info = _signed_info(signature, protection, element.get("ID", ""), base64.b64encode(digest).decode())
    value = child(signature, DS, "SignatureValue")
    if protection.certificate:
        data = child(child(signature, DS, "KeyInfo"), DS, "X509Data")
        der = protection.signer.certificate.public_bytes(Encoding.DER)
        child(data, DS, "X509Certificate").text = base64.b64encode(der).decode()
    issuer = element.find(f"{{{SAML}}}Issuer")
    element.insert(0 if issuer is None else element.index(issuer) + 1, signature)
    if protection.edit is not None:
        protection.edit(signature)
    value.text = base64.b64encode(_signed(_canonical(info), protection)).decode()


def _signed_info(signature: Element, protection: Protection, identifier: str, digest: str) -> Element:
    info = child(signature, DS, "SignedInfo")
    child(info, DS, "CanonicalizationMethod", Algorithm=EXC_C14N)
    child(info, DS, "SignatureMethod", Algorithm=protection.signature)
    reference = child(info, DS, "Reference", URI="#" + identifier)
    transforms = child(reference, DS, "Transforms")
    child(transforms, DS, "Transform", Algorithm=ENVELOPED)
    exclusive = child(transforms, DS, "Transform", Algorithm=EXC_C14N)
    etree.SubElement(
        exclusive, etree.QName(EXC_C14N, "InclusiveNamespaces"), nsmap={"ec": EXC_C14N}, attrib={"PrefixList": "xsd"}
    )
    child(reference, DS, "DigestMethod", Algorithm=protection.digest)
    child(reference, DS, "DigestValue").text = digest
    return info


def encrypt(plaintext: bytes, recipient: rsa.RSAPublicKey, protection: Protection) -> Element:
    """``EncryptedAssertion``: content by AES, its key by RSA, both as ``protection`` says (XML Encryption 1.1, 5)."""
    content_key = AESGCM.generate_key(bit_length=protection.key_bits)
    envelope = etree.Element(etree.QName(SAML, "EncryptedAssertion"), nsmap={"saml": SAML})
    data = etree.SubElement(
        envelope, etree.QName(XENC, "EncryptedData"), nsmap={"xenc": XENC}, attrib={"Type": XENC + "Element"}
    )
    child(data, XENC, "EncryptionMethod", Algorithm=protection.content)
    info = etree.SubElement(data, etree.QName(DS, "KeyInfo"), nsmap={"ds": DS})
    key = child(info, XENC, "EncryptedKey")
    method = child(key, XENC, "EncryptionMethod", Algorithm=protection.transport)
    if protection.transport != RSA_1_5:
        child(method, DS, "DigestMethod", Algorithm=protection.oaep_digest)
    if protection.oaep_mgf is not None:
        etree.SubElement(
            method, etree.QName(XENC11, "MGF"), nsmap={"xenc11": XENC11}, attrib={"Algorithm": protection.oaep_mgf}
        )
    wrapped = (protection.recipient or recipient).encrypt(content_key, _transport(protection))
    child(child(key, XENC, "CipherData"), XENC, "CipherValue").text = base64.b64encode(wrapped).decode()
    sealed = _sealed(plaintext, content_key, protection.content)
    child(child(data, XENC, "CipherData"), XENC, "CipherValue").text = base64.b64encode(sealed).decode()
    return envelope


def _sealed(plaintext: bytes, content_key: bytes, algorithm: str) -> bytes:
    if algorithm.endswith("-gcm"):
        iv = os.urandom(12)
        return iv + AESGCM(content_key).encrypt(iv, plaintext, None)
    if algorithm == AES256_CBC:
        # XML Encryption 5.2.3: padded to whole blocks, the last byte says by how much.
        iv, missing = os.urandom(16), 16 - len(plaintext) % 16
        encryptor = Cipher(algorithms.AES(content_key), modes.CBC(iv)).encryptor()
        return iv + encryptor.update(plaintext + bytes(missing - 1) + bytes([missing])) + encryptor.finalize()
    raise ValueError(algorithm)


@functools.cache
def foreign_signer() -> Signer:
    """A key that is in nobody's metadata, for answers that pretend; made once per process."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=3072)
    return Signer(key=key, certificate=certify(key, now=datetime.now(UTC)))


@functools.cache
def short_signer() -> Signer:
    """A key nobody should accept any more, of 1024 bits; made once per process."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=1024)  # noqa: S505 - short on purpose
    return Signer(key=key, certificate=certify(key, now=datetime.now(UTC)))


def _canonical(element: Element, *, inclusive: bool = False) -> bytes:
    """Exclusive canonical form without comments; ``inclusive`` keeps the prefix ``xsd``, which only a value uses."""
    if not inclusive:
        return bytes(etree.tostring(element, method="c14n", exclusive=True, with_comments=False, with_tail=False))
    # lxml 6.1 drops an inclusive prefix that its parser has never met; parsing the element again introduces them.
    again = etree.fromstring(etree.tostring(element, with_tail=False))
    options = {"exclusive": True, "with_comments": False, "inclusive_ns_prefixes": ["xsd"]}
    return bytes(etree.tostring(again, method="c14n", **options))


def _signed(data: bytes, protection: Protection) -> bytes:
    if protection.signature == RSA_PSS_SHA256:
        # RFC 6931 2.3.10: SHA-256, MGF1 with SHA-256, salt as long as the digest.
        pss = padding.PSS(mgf=padding.MGF1(hashes.SHA256()), salt_length=32)
        return protection.signer.key.sign(data, pss, hashes.SHA256())
    if protection.signature == RSA_SHA256:
        return protection.signer.key.sign(data, padding.PKCS1v15(), hashes.SHA256())
    if protection.signature == RSA_SHA1:
        return protection.signer.key.sign(data, padding.PKCS1v15(), hashes.SHA1())  # noqa: S303 - wrong on purpose
    raise ValueError(protection.signature)


def _transport(protection: Protection) -> padding.AsymmetricPadding:
    if protection.transport == RSA_1_5:
        return padding.PKCS1v15()
    algorithm = hashes.SHA256() if protection.oaep_digest == SHA256 else hashes.SHA1()  # noqa: S303 - OAEP's digest, no signature
    mgf = hashes.SHA256() if protection.oaep_mgf == MGF1_SHA256 else hashes.SHA1()  # noqa: S303
    return padding.OAEP(mgf=padding.MGF1(mgf), algorithm=algorithm, label=None)
