"""A credential at a remote signing service, as ``credentials/info`` tells of it (CSC API v2, 11.5): judged. Pure.

Nothing is believed because the service says it: the certificate leads to what the operator pinned, or it is refused.
"""

import base64
import binascii
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final

from asn1crypto import algos
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from keys.assembly import ECDSA
from keys.chains import chain_to_anchor
from keys.cms import verify_with
from keys.errors import CertificateRefused, SignatureInvalid
from postbox.errors import SealRefused

SHA256: Final = "2.16.840.1.101.3.4.2.1"
_PSS: Final = algos.SignedDigestAlgorithm(
    {
        "algorithm": "rsassa_pss",
        "parameters": {
            "hash_algorithm": {"algorithm": "sha256"},
            "mask_gen_algorithm": {"algorithm": "mgf1", "parameters": {"algorithm": "sha256"}},
            "salt_length": 32,
        },
    }
)
_PKCS1: Final = algos.SignedDigestAlgorithm({"algorithm": "sha256_rsa"})
# In this order; the service says by object identifier what its key can. PKCS#1 v1.5 only where nothing else is.
_ALGORITHMS: Final[Mapping[str, tuple[type, algos.SignedDigestAlgorithm]]] = MappingProxyType(
    {
        "1.2.840.10045.4.3.2": (EllipticCurvePublicKey, ECDSA),
        "1.2.840.113549.1.1.10": (RSAPublicKey, _PSS),
        "1.2.840.113549.1.1.11": (RSAPublicKey, _PKCS1),
        "1.2.840.113549.1.1.1": (RSAPublicKey, _PKCS1),
    }
)
_MODES: Final = ("implicit", "explicit")


@dataclass(frozen=True, kw_only=True)
class Credential:
    """A key at the service that may seal now."""

    certificates: tuple[x509.Certificate, ...]  # the seal's own first, up to the pinned one and without it
    issuers: tuple[x509.Certificate, ...]  # the same chain from its second link on, the pinned one last
    sign_algo: str  # object identifier, as the service calls it
    algorithm: algos.SignedDigestAlgorithm
    passwords: tuple[str, ...]  # ids of the passwords that the authorisation wants


def read_credential(answer: Mapping[str, Any], anchors: Sequence[x509.Certificate], now: datetime) -> Credential:
    """The credential of this answer at ``now`` (aware UTC). Raises SealRefused (``remote-seal-…``)."""
    key, told, auth = (_object(answer, name) for name in ("key", "cert", "auth"))
    if key.get("status") != "enabled" or told.get("status", "valid") != "valid":
        sentence = "The signing service says that the seal's key is disabled, or its certificate not valid."
        raise SealRefused(sentence, code="remote-seal-disabled")
    own, *others = _certificates(told.get("certificates"))
    chain = _chain(own, others, anchors, now)
    _check_purpose(own)
    sign_algo, algorithm = _algorithm(key.get("algo"), own)
    return Credential(
        certificates=(own, *(one for one in chain[1:] if one not in anchors)),
        issuers=chain[1:],
        sign_algo=sign_algo,
        algorithm=algorithm,
        passwords=_passwords(auth),
    )


def check_signature(credential: Credential, data: bytes, signature: bytes) -> None:
    """What the service returned is this certificate's signature over these bytes. Raises SealRefused."""
    try:
        verify_with(credential.certificates[0], credential.algorithm, "sha256", data, signature)
    except (SignatureInvalid, ValueError):
        sentence = "The signing service returned a signature that is not the seal's over this document."
        raise SealRefused(sentence, code="remote-seal-wrong") from None


def malformed(what: str) -> SealRefused:
    """The error for an answer that is not of the API's form."""
    return SealRefused(f"The signing service's answer has no usable {what}.", code="remote-seal-malformed")


def _object(answer: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = answer.get(name)
    if not isinstance(found, Mapping):
        raise malformed(name)
    return found


def _certificates(texts: Any) -> list[x509.Certificate]:
    if not isinstance(texts, list) or not texts:
        raise malformed("certificates")
    try:
        return [x509.load_der_x509_certificate(base64.b64decode(text)) for text in texts]
    except (ValueError, TypeError, binascii.Error):
        raise malformed("certificates") from None


def _chain(
    own: x509.Certificate, others: Sequence[x509.Certificate], anchors: Sequence[x509.Certificate], now: datetime
) -> tuple[x509.Certificate, ...]:
    try:
        return chain_to_anchor(own, others, anchors, now)
    except CertificateRefused as error:
        if error.code == "certificate-not-valid-then":
            sentence = "The seal's certificate at the signing service, or one above it, is not valid now: renew it."
            raise SealRefused(sentence, code="remote-seal-expired") from None
        sentence = "The seal's certificate at the signing service leads to none that you pinned: look whose it is."
        raise SealRefused(sentence, code="remote-seal-untrusted") from None


def _check_purpose(own: x509.Certificate) -> None:
    """RFC 5280 4.2.1.3; EN 319 412-2 4.3.2."""
    try:
        usage = own.extensions.get_extension_for_class(x509.KeyUsage).value
    except (x509.ExtensionNotFound, ValueError):
        usage = None
    if usage is None or not (usage.content_commitment or usage.digital_signature):
        raise SealRefused("The certificate at the signing service is not for seals.", code="remote-seal-purpose")


def _algorithm(offered: Any, own: x509.Certificate) -> tuple[str, algos.SignedDigestAlgorithm]:
    public = own.public_key()
    for sign_algo, (kind, algorithm) in _ALGORITHMS.items():
        if isinstance(offered, list) and sign_algo in offered and isinstance(public, kind):
            return sign_algo, algorithm
    sentence = "The key at the signing service offers none of ECDSA, RSASSA-PSS and RSA with SHA-256."
    raise SealRefused(sentence, code="remote-seal-algorithm")


def _passwords(auth: Mapping[str, Any]) -> tuple[str, ...]:
    """CSC API v2, 8.2: a machine can give passwords; what asks a person each time is no seal of a service."""
    objects = auth.get("objects", []) if auth.get("mode") == "explicit" else []
    asked = objects if isinstance(objects, list) else [None]
    known = [one for one in asked if isinstance(one, Mapping) and one.get("type") == "Password"]
    if auth.get("mode") not in _MODES or len(known) != len(asked):
        sentence = "The credential at the signing service asks a person at each seal: order one for machines."
        raise SealRefused(sentence, code="remote-seal-personal")
    return tuple(str(one.get("id", "")) for one in known)
