"""CMS SignedData (RFC 5652) put together around one signature over SHA-256: the writing half of ``cms``.

Each part is encoded once: of a tree that is not whole yet, asn1crypto encodes every branch again at every step.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from asn1crypto import cms, tsp
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding

ECDSA: Final = cms.SignedDigestAlgorithm({"algorithm": "sha256_ecdsa"})
_SET: Final = b"\x31"


def signed_attributes(digest: bytes, certificate: x509.Certificate, at: datetime | None = None) -> cms.CMSAttributes:
    """What is signed (RFC 5652 5.4) for data with this SHA-256 digest, naming the certificate (RFC 5035).

    ``at`` (aware UTC, whole seconds) is the signer's own word; a PDF has another place for it (EN 319 142-1, 6.3).
    """
    own = {"hash_algorithm": {"algorithm": "sha256"}, "cert_hash": certificate.fingerprint(hashes.SHA256())}
    values: list[tuple[str, Any]] = [
        ("content_type", "data"),
        ("message_digest", digest),
        ("signing_certificate_v2", _encoded(tsp.SigningCertificateV2({"certs": [own]}))),
    ]
    if at is not None:
        values.append(("signing_time", cms.Time({"utc_time": at.replace(microsecond=0)})))
    return _encoded(cms.CMSAttributes([{"type": name, "values": [value]} for name, value in values]))


def signed_data(
    certificates: Sequence[x509.Certificate],
    attributes: cms.CMSAttributes,
    signature: bytes,
    *,
    algorithm: cms.SignedDigestAlgorithm = ECDSA,
    unsigned: cms.CMSAttributes | None = None,
) -> cms.ContentInfo:
    """ContentInfo without the data; the first certificate is the signer's, ``signature`` is as CMS carries it."""
    signer = _signer(certificates[0], attributes, signature, algorithm)
    if unsigned is not None:
        signer["unsigned_attrs"] = unsigned
    signed = {
        "version": "v1",
        "digest_algorithms": [{"algorithm": "sha256"}],
        "encap_content_info": {"content_type": "data"},
        "certificates": [asn1_x509.Certificate.load(one.public_bytes(Encoding.DER)) for one in certificates],
        "signer_infos": [_encoded(cms.SignerInfo(signer))],
    }
    return cms.ContentInfo({"content_type": "signed_data", "content": _encoded(cms.SignedData(signed))})


def _signer(
    certificate: x509.Certificate,
    attributes: cms.CMSAttributes,
    signature: bytes,
    algorithm: cms.SignedDigestAlgorithm,
) -> dict[str, Any]:
    issuer = asn1_x509.Name.load(certificate.issuer.public_bytes())
    sid = {"issuer": issuer, "serial_number": certificate.serial_number}
    return {
        "version": "v1",
        "sid": cms.SignerIdentifier("issuer_and_serial_number", sid),
        "digest_algorithm": {"algorithm": "sha256"},
        "signed_attrs": cms.CMSAttributes.load(_SET + attributes.dump()[1:]),
        "signature_algorithm": algorithm,
        "signature": signature,
    }


def _encoded(value: Any) -> Any:
    return type(value).load(value.dump())
