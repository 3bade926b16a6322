"""Signatures over bytes: known vectors, every algorithm, and every way they must fail."""

from dataclasses import replace

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256K1, SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from keys.errors import KeyNotValid, SealBroken, SignatureInvalid
from keys.keyring import Key, Purpose
from keys.signing import sign, unwrap_rsa_oaep, verify

ALL = [
    (Purpose.TOKEN_SIGNING, "ES256", 64),
    (Purpose.TOKEN_SIGNING_RS256, "RS256", 384),
    (Purpose.SAML_SIGNING, "RS256", 384),
    (Purpose.SAML_SIGNING, "PS256", 384),
    (Purpose.LOG_SIGNING, "Ed25519", 64),
]
OAEP = [("sha1", "sha1"), ("sha256", "sha1"), ("sha256", "sha256"), ("sha512", "sha512"), ("sha384", "sha384")]


def test_ed25519_as_in_rfc_8032(now):
    """RFC 8032 section 7.1, test 2."""
    secret = bytes.fromhex("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb")
    expected = (
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
        "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
    )
    material = Ed25519PrivateKey.from_private_bytes(secret)
    key = Key(kid="x", purpose=Purpose.LOG_SIGNING, algorithm="Ed25519", not_before=now, material=material)
    assert sign(key, b"\x72").hex() == expected
    verify(key.public_key, "Ed25519", b"\x72", bytes.fromhex(expected))


@pytest.mark.parametrize(("purpose", "algorithm", "length"), ALL)
def test_a_signature_verifies_and_a_changed_one_does_not(keyring, now, purpose, algorithm, length):
    """Other data, one flipped bit, a cut or empty signature: invalid, always the same error."""
    key = keyring.current(purpose, now)
    signature = sign(key, b"data", algorithm)
    assert len(signature) == length
    verify(key.public_key, algorithm, b"data", signature)
    flipped = bytes([signature[0] ^ 1]) + signature[1:]
    for data, bad in [(b"Data", signature), (b"data", flipped), (b"data", signature[:-1]), (b"data", b"")]:
        with pytest.raises(SignatureInvalid):
            verify(key.public_key, algorithm, data, bad)


def test_without_an_algorithm_a_key_signs_with_its_own(keyring, now):
    """The key file says which."""
    key = keyring.current(Purpose.RECEIPT_SIGNING, now)
    verify(key.public_key, "ES256", b"data", sign(key, b"data"))


@pytest.mark.parametrize(("purpose", "algorithm", "_"), ALL)
def test_another_key_of_the_same_kind_does_not_verify(keyring, now, purpose, algorithm, _):
    """A signature belongs to one key."""
    other = {
        "ES256": Purpose.RECEIPT_SIGNING,
        "RS256": Purpose.SAML_ENCRYPTION,
        "PS256": Purpose.SAML_ENCRYPTION,
        "Ed25519": Purpose.TOKEN_SIGNING,
    }[algorithm]
    signature = sign(keyring.current(purpose, now), b"data", algorithm)
    with pytest.raises(SignatureInvalid):
        verify(keyring.current(other, now).public_key, algorithm, b"data", signature)


def test_pss_carries_a_salt_of_32_bytes(keyring, now):
    """RFC 7518 3.5: checked against the primitive with exactly that salt, and refused with another."""
    key = keyring.current(Purpose.SAML_SIGNING, now)
    exact = padding.PSS(mgf=padding.MGF1(hashes.SHA256()), salt_length=32)
    key.public_key.verify(sign(key, b"data", "PS256"), b"data", exact, hashes.SHA256())
    short = padding.PSS(mgf=padding.MGF1(hashes.SHA256()), salt_length=20)
    with pytest.raises(SignatureInvalid):
        verify(key.public_key, "PS256", b"data", key.private_key.sign(b"data", short, hashes.SHA256()))


@pytest.mark.parametrize("algorithm", ["none", "HS256", "RS1", "PS256", ""])
def test_an_algorithm_that_does_not_fit_the_key_is_refused(keyring, now, algorithm):
    """On both sides, also one nobody knows."""
    key = keyring.current(Purpose.TOKEN_SIGNING, now)
    signature = sign(key, b"data", "ES256")
    with pytest.raises(SignatureInvalid):
        verify(key.public_key, algorithm, b"data", signature)
    if algorithm:
        with pytest.raises(KeyNotValid):
            sign(key, b"data", algorithm)


def test_es256_means_p256_only():
    """A true signature of 64 bytes by a key on another curve does not pass as ES256."""
    for curve, passes in ((SECP256R1(), True), (SECP256K1(), False)):
        private_key = generate_private_key(curve)
        r, s = decode_dss_signature(private_key.sign(b"data", ECDSA(hashes.SHA256())))
        raw = r.to_bytes(32) + s.to_bytes(32)
        if passes:
            verify(private_key.public_key(), "ES256", b"data", raw)
        else:
            with pytest.raises(SignatureInvalid):
                verify(private_key.public_key(), "ES256", b"data", raw)


def test_only_signing_purposes_sign(keyring, now):
    """A key for decryption signs nothing, though its mathematics could."""
    key = keyring.current(Purpose.SAML_ENCRYPTION, now)
    for purpose in (Purpose.SAML_ENCRYPTION, Purpose.ADDRESS_ENCRYPTION, Purpose.FIELD_SEALING, Purpose.DERIVATION):
        with pytest.raises(KeyNotValid):
            sign(keyring.current(purpose, now), b"data", "RS256")
    assert sign(replace(key, purpose=Purpose.SAML_SIGNING), b"data", "RS256")


@pytest.mark.parametrize(("digest", "mgf_digest"), OAEP)
def test_a_wrapped_content_key_opens(keyring, now, digest, mgf_digest):
    """All digests of the two OAEP methods BundID may name."""
    key = keyring.current(Purpose.SAML_ENCRYPTION, now)
    known = {"sha1": hashes.SHA1, "sha256": hashes.SHA256, "sha384": hashes.SHA384, "sha512": hashes.SHA512}
    oaep = padding.OAEP(mgf=padding.MGF1(known[mgf_digest]()), algorithm=known[digest](), label=None)
    wrapped = key.public_key.encrypt(bytes(range(32)), oaep)
    assert unwrap_rsa_oaep(key, wrapped, digest=digest, mgf_digest=mgf_digest) == bytes(range(32))
    wrong = "sha256" if mgf_digest != "sha256" else "sha1"
    for bad in (wrapped[:-1], bytes([wrapped[0] ^ 1]) + wrapped[1:], b""):
        with pytest.raises(SealBroken):
            unwrap_rsa_oaep(key, bad, digest=digest, mgf_digest=mgf_digest)
    with pytest.raises(SealBroken):
        unwrap_rsa_oaep(key, wrapped, digest=digest, mgf_digest=wrong)


def test_key_transport_takes_only_its_own_purpose_and_known_digests(keyring, now):
    """The signing key unwraps nothing; MD5 is not known here."""
    with pytest.raises(KeyNotValid):
        unwrap_rsa_oaep(keyring.current(Purpose.SAML_SIGNING, now), b"", digest="sha256", mgf_digest="sha256")
    with pytest.raises(KeyNotValid):
        unwrap_rsa_oaep(keyring.current(Purpose.SAML_ENCRYPTION, now), b"", digest="md5", mgf_digest="sha256")
