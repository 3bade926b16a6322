"""Signatures over a file that lies beside them: CAdES baseline B-B (ETSI EN 319 122-1), detached, by one of our keys.

The certificate is self-signed: it is pinned by whoever verifies, and makes no qualified seal.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from asn1crypto import cms
from cryptography import x509

from keys.assembly import signed_attributes, signed_data
from keys.chains import chain_to_anchor
from keys.cms import MALFORMED, read_signed
from keys.errors import CertificateRefused, KeyNotValid, SignatureInvalid
from keys.keyring import Key, Purpose
from keys.signing import sign_der


@dataclass(frozen=True, kw_only=True)
class DetachedSignature:
    """A verified signature: when its signer says it was made (aware UTC), and by whom."""

    at: datetime
    certificate: x509.Certificate


def sign_detached(key: Key, data: bytes, at: datetime) -> bytes:
    """ContentInfo (DER) without the data, by an ``EVIDENCE_SEALING`` key with its certificate. Raises KeyNotValid."""
    if key.purpose is not Purpose.EVIDENCE_SEALING or key.certificate is None:
        raise KeyNotValid("key-does-not-sign", f"{key.purpose} signs no container")
    attributes = signed_attributes(hashlib.sha256(data).digest(), key.certificate, at)
    return bytes(signed_data([key.certificate], attributes, sign_der(key, attributes.dump())).dump())


def verify_detached(der: bytes, data: bytes, anchors: Sequence[x509.Certificate]) -> DetachedSignature:
    """The signature over ``data``, if one of the pinned certificates made it. Raises SignatureInvalid.

    Every byte counts: what is read is assembled again and must be what came, so that nothing unsigned hides in it.
    """
    signed = read_signed(der, content_type="data", detached=data)
    try:
        signer = cms.ContentInfo.load(der)["content"]["signer_infos"][0]
        again = signed_data([signed.certificate], signer["signed_attrs"], signer["signature"].native).dump()
        at = signed.attributes["signing_time"]
        # RFC 5652 5.4: the attributes as they are signed.
        stated = signed_attributes(hashlib.sha256(data).digest(), signed.certificate, at)
        plain = stated.dump() == b"\x31" + signer["signed_attrs"].dump()[1:]
        if again != der or not plain:
            raise SignatureInvalid("cms-not-ours", "something unsigned lies in it")
        chain_to_anchor(signed.certificate, signed.certificates, anchors, at)
    except MALFORMED as error:
        raise SignatureInvalid("cms-malformed", type(error).__name__) from None
    except CertificateRefused as error:
        raise SignatureInvalid(error.code, error.detail) from None
    return DetachedSignature(at=at, certificate=signed.certificate)
