"""Signs time stamps with keys of its own, rightly or with one named fault. Marked in every name: not qualified."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

from asn1crypto import cms, core, tsp
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

POLICY: Final = "1.3.6.1.4.1.32473.1"  # RFC 5612: an arc for examples; the policy of a demo is worth nothing
ACCURACY: Final = 1  # second
LIFE: Final = timedelta(days=5 * 365)
_FILES: Final = ("authority.key.pem", "stamps.key.pem", "authority.pem")
_REFUSED: Final = bytes.fromhex("30053003020102")  # TimeStampResp of a PKIStatusInfo "rejection" and nothing else


class Fault(StrEnum):
    """What a dishonest or broken authority may do; ``NONE`` is the honest one."""

    NONE = ""
    REFUSAL = "refusal"
    WRONG_NONCE = "wrong-nonce"
    WRONG_IMPRINT = "wrong-imprint"
    EXPIRED = "expired-certificate"
    WRONG_PURPOSE = "wrong-purpose"
    TWO_PURPOSES = "two-purposes"
    UNCRITICAL_PURPOSE = "uncritical-purpose"
    FUTURE = "future"
    OTHER_AUTHORITY = "other-authority"
    NO_CERTIFICATE_NAMED = "no-certificate-named"
    REVOKED = "revoked"
    GARBAGE = "garbage"
    SLOW = "slow"
    BUSY = "busy"


@dataclass(frozen=True, kw_only=True)
class Authority:
    """The authority's two keys and the certificate that others pin."""

    root_key: ec.EllipticCurvePrivateKey
    key: ec.EllipticCurvePrivateKey
    root: x509.Certificate

    @classmethod
    def fresh(cls, now: datetime) -> "Authority":
        """A new one, valid from the day before ``now`` (aware UTC)."""
        root_key = ec.generate_private_key(ec.SECP256R1())
        name = _name("Demo-Zeitstempel CA (nicht qualifiziert)")
        root = (
            _builder(name, name, root_key.public_key(), now - timedelta(days=1), now + LIFE)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(_usage(root=True), critical=True)
            .sign(root_key, hashes.SHA256())
        )
        return cls(root_key=root_key, key=ec.generate_private_key(ec.SECP256R1()), root=root)

    @classmethod
    def kept(cls, directory: Path, now: datetime) -> "Authority":
        """The one of this folder (0700), made where it is missing."""
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        root_file, key_file, certificate = (directory / name for name in _FILES)
        if not certificate.exists():
            made = cls.fresh(now)
            for file, key in ((root_file, made.root_key), (key_file, made.key)):
                file.touch(mode=0o600)
                file.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
            certificate.write_bytes(made.root.public_bytes(Encoding.PEM))
        keys = [load_pem_private_key(file.read_bytes(), None) for file in (root_file, key_file)]
        root = x509.load_pem_x509_certificate(certificate.read_bytes())
        return cls(root_key=keys[0], key=keys[1], root=root)  # type: ignore[arg-type]  # we wrote them

    def answer(self, asked: bytes, now: datetime, fault: Fault = Fault.NONE) -> bytes:
        """TimeStampResp for a TimeStampReq (both DER), granted whatever it asks."""
        if fault is Fault.REFUSAL:
            return _REFUSED
        if fault is Fault.GARBAGE:
            return secrets.token_bytes(400)
        if fault is Fault.OTHER_AUTHORITY:
            return Authority.fresh(now).answer(asked, now)
        query = tsp.TimeStampReq.load(asked)
        at = now + timedelta(days=1) if fault is Fault.FUTURE else now
        token = self._token(_stated(query, at, fault), at, fault)
        return bytes(tsp.TimeStampResp({"status": {"status": "granted"}, "time_stamp_token": token}).dump())

    def _token(self, stated: bytes, at: datetime, fault: Fault) -> cms.ContentInfo:
        certificate = self._certificate(at, fault)
        attributes = _attributes(stated, certificate, named=fault is not Fault.NO_CERTIFICATE_NAMED)
        issuer = {
            "issuer": asn1_x509.Name.load(self.root.subject.public_bytes()),
            "serial_number": certificate.serial_number,
        }
        signer = {
            "version": "v1",
            "sid": cms.SignerIdentifier("issuer_and_serial_number", issuer),
            "digest_algorithm": {"algorithm": "sha256"},
            "signed_attrs": attributes,
            "signature_algorithm": {"algorithm": "sha256_ecdsa"},
            "signature": self.key.sign(attributes.dump(), ec.ECDSA(hashes.SHA256())),
        }
        signed = {
            "version": "v3",
            "digest_algorithms": [{"algorithm": "sha256"}],
            "encap_content_info": {"content_type": "tst_info", "content": core.ParsableOctetString(stated)},
            "certificates": [
                asn1_x509.Certificate.load(one.public_bytes(Encoding.DER)) for one in (certificate, self.root)
            ],
            "crls": [_asn1(self._list(at, certificate if fault is Fault.REVOKED else None))],
            "signer_infos": [signer],
        }
        return cms.ContentInfo({"content_type": "signed_data", "content": cms.SignedData(signed)})

    def _certificate(self, at: datetime, fault: Fault) -> x509.Certificate:
        begins, ends = (at - timedelta(days=30), at - timedelta(days=1)) if fault is Fault.EXPIRED else (
            at - timedelta(hours=1), at + timedelta(days=1))  # fmt: skip
        purposes = [ExtendedKeyUsageOID.TIME_STAMPING]
        if fault is Fault.WRONG_PURPOSE:
            purposes = [ExtendedKeyUsageOID.CODE_SIGNING]
        if fault is Fault.TWO_PURPOSES:
            purposes.append(ExtendedKeyUsageOID.EMAIL_PROTECTION)
        name = _name("Demo-Zeitstempel (nicht qualifiziert)")
        return (
            _builder(self.root.subject, name, self.key.public_key(), begins, ends)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_usage(root=False), critical=True)
            .add_extension(x509.ExtendedKeyUsage(purposes), critical=fault is not Fault.UNCRITICAL_PURPOSE)
            .sign(self.root_key, hashes.SHA256())
        )

    def _list(self, at: datetime, revoked: x509.Certificate | None) -> x509.CertificateRevocationList:
        builder = x509.CertificateRevocationListBuilder().issuer_name(self.root.subject)
        builder = builder.last_update(at - timedelta(minutes=5)).next_update(at + timedelta(days=1))
        if revoked is not None:
            entry = x509.RevokedCertificateBuilder().serial_number(revoked.serial_number)
            builder = builder.add_revoked_certificate(entry.revocation_date(at - timedelta(minutes=10)).build())
        return builder.sign(self.root_key, hashes.SHA256())


def _asn1(listed: x509.CertificateRevocationList) -> Any:
    """The same list in the other library's words."""
    return cms.RevocationInfoChoice("crl", cms.CertificateList.load(listed.public_bytes(Encoding.DER)))


def _stated(query: Any, at: datetime, fault: Fault) -> bytes:
    imprint = {
        "hash_algorithm": query["message_imprint"]["hash_algorithm"],
        "hashed_message": query["message_imprint"]["hashed_message"].native,
    }
    if fault is Fault.WRONG_IMPRINT:
        imprint["hashed_message"] = hashlib.new(imprint["hash_algorithm"]["algorithm"].native, b"other").digest()
    nonce = query["nonce"].native
    stated = {
        "version": "v1",
        "policy": POLICY,
        "message_imprint": imprint,
        "serial_number": secrets.randbits(63),
        "gen_time": at,
        "accuracy": {"seconds": ACCURACY},
        "ordering": False,
        "nonce": nonce + 1 if fault is Fault.WRONG_NONCE and nonce else nonce,
    }
    return bytes(tsp.TSTInfo({name: value for name, value in stated.items() if value is not None}).dump())


def _attributes(stated: bytes, certificate: x509.Certificate, *, named: bool) -> cms.CMSAttributes:
    own = {"hash_algorithm": {"algorithm": "sha256"}, "cert_hash": certificate.fingerprint(hashes.SHA256())}
    values: list[tuple[str, Any]] = [
        ("content_type", "tst_info"),
        ("message_digest", hashlib.sha256(stated).digest()),
    ]
    if named:
        values.append(("signing_certificate_v2", tsp.SigningCertificateV2({"certs": [own]})))
    return cms.CMSAttributes([{"type": name, "values": [value]} for name, value in values])


def _builder(
    issuer: x509.Name, subject: x509.Name, key: ec.EllipticCurvePublicKey, begins: datetime, ends: datetime
) -> x509.CertificateBuilder:
    builder = x509.CertificateBuilder().issuer_name(issuer).subject_name(subject).public_key(key)
    return builder.serial_number(x509.random_serial_number()).not_valid_before(begins).not_valid_after(ends)


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COUNTRY_NAME, "DE"), x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _usage(*, root: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not root,
        content_commitment=not root,
        key_cert_sign=root,
        crl_sign=root,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )
