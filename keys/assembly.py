"""CMS SignedData (RFC 5652) put together around one signature over SHA-256: the writing half of ``cms``.

Each part is encoded once: of a tree that is not whole yet, asn1crypto encodes every branch again at every step.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from asn1crypto import cms, tsp
from asn1crypto import x509 as asn1_x509
from asn1crypto.parser import emit
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding

ECDSA: Final = cms.SignedDigestAlgorithm({"algorithm": "sha256_ecdsa"})
_SET: Final = b"\x31"
_UNIVERSAL, _CONTEXT = 0, 2  # classes of tags (X.690 8.1.2)
_SEQUENCE, _SET_OF = 16, 17


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
    # RFC 5652 5.1. The outer layers are written by hand: a length that ends in byte 80 looks to asn1crypto like the
    # indefinite form of BER, and it encodes everything below once more at every step.
    parts = (
        cms.CMSVersion("v1").dump(),
        cms.DigestAlgorithms([{"algorithm": "sha256"}]).dump(),
        cms.ContentInfo({"content_type": "data"}).dump(),
        _constructed(_CONTEXT, 0, *sorted(one.public_bytes(Encoding.DER) for one in certificates)),
        _constructed(_UNIVERSAL, _SET_OF, cms.SignerInfo(signer).dump()),
    )
    signed = _constructed(_UNIVERSAL, _SEQUENCE, *parts)
    content = cms.ContentType("signed_data").dump() + _constructed(_CONTEXT, 0, signed)
    return cms.ContentInfo(contents=content)


def _constructed(class_: int, tag: int, *parts: bytes) -> bytes:
    return bytes(emit(class_, 1, tag, b"".join(parts)))


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
