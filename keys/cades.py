"""Signatures over a file that lies beside them: CAdES baseline B-B (ETSI EN 319 122-1), detached, by one of our keys.

The certificate is self-signed: it is pinned by whoever verifies, and makes no qualified seal.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from asn1crypto import cms, tsp
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding

from keys.chains import chain_to_anchor
from keys.cms import MALFORMED, read_signed
from keys.errors import CertificateRefused, KeyNotValid, SignatureInvalid
from keys.keyring import Key, Purpose
from keys.signing import sign

_SCALAR: Final = 32  # bytes of each half of an ES256 signature


@dataclass(frozen=True, kw_only=True)
class DetachedSignature:
    """A verified signature: when its signer says it was made (aware UTC), and by whom."""

    at: datetime
    certificate: x509.Certificate


def sign_detached(key: Key, data: bytes, at: datetime) -> bytes:
    """ContentInfo (DER) without the data, by an ``EVIDENCE_SEALING`` key with its certificate. Raises KeyNotValid."""
    if key.purpose is not Purpose.EVIDENCE_SEALING or key.certificate is None:
        raise KeyNotValid("key-does-not-sign", f"{key.purpose} signs no container")
    attributes = _attributes(data, key.certificate, at)
    signature = sign(key, attributes.dump())
    halves = int.from_bytes(signature[:_SCALAR]), int.from_bytes(signature[_SCALAR:])
    return _assembled(key.certificate, attributes, encode_dss_signature(*halves))


def verify_detached(der: bytes, data: bytes, anchors: Sequence[x509.Certificate]) -> DetachedSignature:
    """The signature over ``data``, if one of the pinned certificates made it. Raises SignatureInvalid.

    Every byte counts: what is read is assembled again and must be what came, so that nothing unsigned hides in it.
    """
    signed = read_signed(der, content_type="data", detached=data)
    try:
        signer = cms.ContentInfo.load(der)["content"]["signer_infos"][0]
        again = _assembled(signed.certificate, signer["signed_attrs"], signer["signature"].native)
        at = signed.attributes["signing_time"]
        # RFC 5652 5.4: the attributes as they are signed.
        plain = _attributes(data, signed.certificate, at).dump() == b"\x31" + signer["signed_attrs"].dump()[1:]
        if again != der or not plain:
            raise SignatureInvalid("cms-not-ours", "something unsigned lies in it")
        chain_to_anchor(signed.certificate, signed.certificates, anchors, at)
    except MALFORMED as error:
        raise SignatureInvalid("cms-malformed", type(error).__name__) from None
    except CertificateRefused as error:
        raise SignatureInvalid(error.code, error.detail) from None
    return DetachedSignature(at=at, certificate=signed.certificate)


def _attributes(data: bytes, certificate: x509.Certificate, at: datetime) -> cms.CMSAttributes:
    own = {"hash_algorithm": {"algorithm": "sha256"}, "cert_hash": certificate.fingerprint(hashes.SHA256())}
    values: list[tuple[str, Any]] = [
        ("content_type", "data"),
        ("signing_time", cms.Time({"utc_time": at.replace(microsecond=0)})),
        ("message_digest", hashlib.sha256(data).digest()),
        ("signing_certificate_v2", tsp.SigningCertificateV2({"certs": [own]})),
    ]
    return cms.CMSAttributes([{"type": name, "values": [value]} for name, value in values])


def _assembled(certificate: x509.Certificate, attributes: Any, signature: bytes) -> bytes:
    issuer = asn1_x509.Name.load(certificate.issuer.public_bytes())
    sid = {"issuer": issuer, "serial_number": certificate.serial_number}
    signer = {
        "version": "v1",
        "sid": cms.SignerIdentifier("issuer_and_serial_number", sid),
        "digest_algorithm": {"algorithm": "sha256"},
        "signed_attrs": cms.CMSAttributes.load(b"\x31" + attributes.dump()[1:]),
        "signature_algorithm": {"algorithm": "sha256_ecdsa"},
        "signature": signature,
    }
    signed = {
        "version": "v1",
        "digest_algorithms": [{"algorithm": "sha256"}],
        "encap_content_info": {"content_type": "data"},
        "certificates": [asn1_x509.Certificate.load(certificate.public_bytes(Encoding.DER))],
        "signer_infos": [signer],
    }
    return bytes(cms.ContentInfo({"content_type": "signed_data", "content": cms.SignedData(signed)}).dump())
