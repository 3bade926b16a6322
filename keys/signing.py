"""Signatures over bytes, and the RSA step of an XML decryption. Keys come as objects, never as files.

ES256 is ECDSA P-256/SHA-256 as raw r||s (RFC 7518 3.4), RS256 PKCS#1 v1.5 (RFC 7518 3.3), PS256 RSASSA-PSS with MGF1
SHA-256 and a salt of 32 bytes (RFC 7518 3.5), Ed25519 as in RFC 8032.
"""

from collections.abc import Callable, Mapping

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.ec import (
    ECDSA,
    SECP256R1,
    EllipticCurvePrivateKey,
    EllipticCurvePublicKey,
)
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature

from keys.errors import KeyNotValid, SealBroken, SignatureInvalid
from keys.keyring import Key, PublicKey, Purpose

SIGNING_PURPOSES = frozenset(
    {
        Purpose.TOKEN_SIGNING,
        Purpose.TOKEN_SIGNING_RS256,
        Purpose.SAML_SIGNING,
        Purpose.CLIENT_AUTHENTICATION,
        Purpose.RECEIPT_SIGNING,
        Purpose.LOG_SIGNING,
        Purpose.DOCUMENT_SEALING,
        Purpose.EVIDENCE_SEALING,
        Purpose.WITNESS_SIGNING,
    }
)

_SHA256 = hashes.SHA256()
_PADDINGS: Mapping[str, padding.AsymmetricPadding] = {
    "RS256": padding.PKCS1v15(),
    "PS256": padding.PSS(mgf=padding.MGF1(_SHA256), salt_length=32),
}
# SHA-1 lives here only: BundID's key transport (xmlenc rsa-oaep-mgf1p) may name it; OAEP does not rest on collisions.
_DIGESTS: Mapping[str, Callable[[], hashes.HashAlgorithm]] = {
    "sha1": hashes.SHA1,
    "sha256": hashes.SHA256,
    "sha384": hashes.SHA384,
    "sha512": hashes.SHA512,
}
_P256_BYTES = 32


def sign(key: Key, data: bytes, algorithm: str | None = None) -> bytes:
    """Sign ``data``; without ``algorithm`` with the key's own. Raises KeyNotValid if the key may not or cannot."""
    if key.purpose not in SIGNING_PURPOSES:
        raise KeyNotValid("key-does-not-sign", f"{key.purpose} is not for signatures")
    algorithm = algorithm or key.algorithm
    private_key = key.private_key
    if isinstance(private_key, RSAPrivateKey) and algorithm in _PADDINGS:
        return private_key.sign(data, _PADDINGS[algorithm], _SHA256)
    if isinstance(private_key, Ed25519PrivateKey) and algorithm == "Ed25519":
        return private_key.sign(data)
    if isinstance(private_key, EllipticCurvePrivateKey) and algorithm == "ES256":
        r, s = decode_dss_signature(private_key.sign(data, ECDSA(_SHA256)))
        return r.to_bytes(_P256_BYTES) + s.to_bytes(_P256_BYTES)
    raise KeyNotValid("algorithm-does-not-fit", f"{key.purpose} cannot sign {algorithm}")


def sign_der(key: Key, data: bytes) -> bytes:
    """Sign with SHA-256 as CMS carries it (RFC 5753 7.2: ECDSA as DER). Raises KeyNotValid."""
    signature = sign(key, data)
    if key.algorithm != "ES256":
        return signature
    return encode_dss_signature(int.from_bytes(signature[:_P256_BYTES]), int.from_bytes(signature[_P256_BYTES:]))


def verify(public_key: PublicKey, algorithm: str, data: bytes, signature: bytes) -> None:
    """Return if the signature is this key's over these bytes.

    Raises SignatureInvalid, also where key and algorithm do not fit each other.
    """
    try:
        _verify(public_key, algorithm, data, signature)
    except InvalidSignature:
        raise SignatureInvalid("signature-invalid", algorithm) from None


def _verify(public_key: PublicKey, algorithm: str, data: bytes, signature: bytes) -> None:
    if isinstance(public_key, RSAPublicKey) and algorithm in _PADDINGS:
        public_key.verify(signature, data, _PADDINGS[algorithm], _SHA256)
    elif isinstance(public_key, Ed25519PublicKey) and algorithm == "Ed25519":
        public_key.verify(signature, data)
    elif isinstance(public_key, EllipticCurvePublicKey) and algorithm == "ES256":
        public_key.verify(_der(public_key, signature), data, ECDSA(_SHA256))
    else:
        raise SignatureInvalid("algorithm-does-not-fit", f"{type(public_key).__name__} with {algorithm}")


def _der(public_key: EllipticCurvePublicKey, signature: bytes) -> bytes:
    if not isinstance(public_key.curve, SECP256R1) or len(signature) != 2 * _P256_BYTES:
        raise SignatureInvalid("algorithm-does-not-fit", "ES256 is P-256 with 64 bytes")
    return encode_dss_signature(int.from_bytes(signature[:_P256_BYTES]), int.from_bytes(signature[_P256_BYTES:]))


def unwrap_rsa_oaep(key: Key, ciphertext: bytes, *, digest: str, mgf_digest: str) -> bytes:
    """Decrypt a content key wrapped by RSA-OAEP (digests: sha1, sha256, sha384, sha512).

    Raises KeyNotValid for another purpose or digest, SealBroken if it does not open.
    """
    private_key = key.private_key
    if key.purpose is not Purpose.SAML_ENCRYPTION or not isinstance(private_key, RSAPrivateKey):
        raise KeyNotValid("key-does-not-unwrap", f"{key.purpose} is not for key transport")
    if digest not in _DIGESTS or mgf_digest not in _DIGESTS:
        raise KeyNotValid("algorithm-does-not-fit", f"OAEP with {digest}, MGF1 with {mgf_digest}")
    oaep = padding.OAEP(mgf=padding.MGF1(_DIGESTS[mgf_digest]()), algorithm=_DIGESTS[digest](), label=None)
    try:
        return private_key.decrypt(ciphertext, oaep)
    except ValueError:
        raise SealBroken("key-transport-broken", "RSA-OAEP did not open") from None
