"""Self-signed certificates for the SAML keys, and fingerprints people can compare."""

from datetime import datetime

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.x509.oid import NameOID


def self_signed(
    private_key: RSAPrivateKey, *, common_name: str, not_before: datetime, not_after: datetime, encryption: bool = False
) -> x509.Certificate:
    """A certificate of this key by itself (RFC 5280): no authority, one key usage; times are aware UTC.

    In SAML metadata it is a container of the public key; nobody follows a chain from it.
    """
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])
    public_key = private_key.public_key()
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(public_key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(not_before)
        .not_valid_after(not_after)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(encryption=encryption), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public_key), critical=False)
    )
    return builder.sign(private_key, hashes.SHA256())


def _usage(*, encryption: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not encryption,
        key_encipherment=encryption,
        content_commitment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=False,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )


def fingerprint(certificate: x509.Certificate) -> str:
    """SHA-256 over the DER, upper-case hex in pairs joined by colons, as OpenSSL prints it."""
    return certificate.fingerprint(hashes.SHA256()).hex(":").upper()
