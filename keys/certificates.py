"""Self-signed certificates: for SAML keys, containers of proofs, the vault's seals; fingerprints people can compare."""

from datetime import datetime

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.x509.oid import NameOID

SEAL_NAME = "Siegel aus dem Schlüsselspeicher, nicht qualifiziert"  # in every certificate of a seal we make ourselves


def self_signed(
    private_key: RSAPrivateKey | EllipticCurvePrivateKey,
    *,
    common_name: str,
    not_before: datetime,
    not_after: datetime,
    encryption: bool = False,
) -> x509.Certificate:
    """A certificate of this key by itself (RFC 5280): no authority, one key usage; times are aware UTC.

    It is a container of the public key, in SAML metadata as in a proof; nobody follows a chain from it.
    """
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])
    return _certificate(private_key, name, _usage(encryption=encryption), (not_before, not_after))


def seal_certificate(
    private_key: EllipticCurvePrivateKey, *, owner: str, name: str, not_before: datetime, not_after: datetime
) -> x509.Certificate:
    """A certificate for the seal of the authority ``owner`` (its ARS) called ``name``; times are aware UTC.

    It says in its subject that it is not qualified: no key of a file ever makes a qualified seal.
    """
    subject = x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "DE"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, name),
            x509.NameAttribute(NameOID.SERIAL_NUMBER, owner),
            x509.NameAttribute(NameOID.COMMON_NAME, SEAL_NAME),
        ]
    )
    return _certificate(private_key, subject, _usage(sealing=True), (not_before, not_after))


def owner_of(certificate: x509.Certificate) -> str:
    """The ARS of the authority whose seal it is; empty where it is no certificate of ``seal_certificate``."""
    found = certificate.subject.get_attributes_for_oid(NameOID.SERIAL_NUMBER)
    return str(found[0].value) if found else ""


def _certificate(
    private_key: RSAPrivateKey | EllipticCurvePrivateKey,
    name: x509.Name,
    usage: x509.KeyUsage,
    window: tuple[datetime, datetime],
) -> x509.Certificate:
    public_key = private_key.public_key()
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(public_key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(window[0])
        .not_valid_after(window[1])
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public_key), critical=False)
    )
    return builder.sign(private_key, hashes.SHA256())


def _usage(*, encryption: bool = False, sealing: bool = False) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not encryption,
        key_encipherment=encryption,
        content_commitment=sealing,
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
