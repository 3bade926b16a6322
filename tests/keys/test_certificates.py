"""Self-signed certificates: of their key, for one use, in their window; fingerprints as OpenSSL prints them."""

import hashlib

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from keys.certificates import fingerprint, owner_of
from keys.custody import FileCustody
from keys.keyring import Purpose
from keys.minting import Owner

CERTIFIED = (Purpose.SAML_SIGNING, Purpose.SAML_ENCRYPTION, Purpose.DOCUMENT_SEALING, Purpose.EVIDENCE_SEALING)


def test_saml_keys_and_seals_carry_a_certificate_of_their_own_key(keyring, now):
    """Signed by itself, valid from the key's beginning, no authority; other purposes carry none."""
    for purpose in Purpose:
        key = keyring.current(purpose, now)
        if purpose not in CERTIFIED:
            assert key.certificate is None
            continue
        certificate = key.certificate
        certificate.verify_directly_issued_by(certificate)
        assert certificate.public_key() == key.public_key
        assert certificate.not_valid_before_utc == now
        assert certificate.not_valid_after_utc > now
        assert certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca is False


def test_each_certificate_names_its_one_use(keyring, now):
    """The signing one signs, the encryption one enciphers keys, neither does both."""
    for purpose, signs in [(Purpose.SAML_SIGNING, True), (Purpose.SAML_ENCRYPTION, False)]:
        extensions = keyring.current(purpose, now).certificate.extensions
        usage = extensions.get_extension_for_class(x509.KeyUsage).value
        assert (usage.digital_signature, usage.key_encipherment) == (signs, not signs)


def test_a_fingerprint_is_the_sha256_of_the_der_in_pairs(keyring, now):
    """Checked against an independent computation."""
    certificate = keyring.current(Purpose.SAML_SIGNING, now).certificate
    plain = hashlib.sha256(certificate.public_bytes(Encoding.DER)).hexdigest().upper()
    shown = fingerprint(certificate)
    assert shown.replace(":", "") == plain
    assert len(shown.split(":")) == 32
    assert fingerprint(keyring.current(Purpose.SAML_ENCRYPTION, now).certificate) != shown


def test_a_seal_names_its_authority_and_that_it_is_not_qualified(tmp_path, now):
    """One key per town; a second call makes none; who has none gets one."""
    custody, towns = FileCustody(tmp_path / "keys"), [Owner(ars="1", name="Stadt A"), Owner(ars="2", name="Stadt B")]
    custody.ensure_seals(towns[:1], now)
    ring = custody.ensure_seals(towns, now)
    certificates = [key.certificate for key in ring]
    assert sorted(owner_of(one) for one in certificates) == ["1", "2"]
    assert all("nicht qualifiziert" in one.subject.rfc4514_string() for one in certificates)
    usage = certificates[0].extensions.get_extension_for_class(x509.KeyUsage).value
    assert (usage.digital_signature, usage.content_commitment, usage.key_encipherment) == (True, True, False)
