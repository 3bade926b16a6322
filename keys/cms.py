"""CMS SignedData (RFC 5652) by exactly one signer who names his certificate (RFC 5035): read strictly, and verified.

Time stamps and CAdES signatures are of this kind. What is verified here is the signature and which certificate made it;
whether that certificate is to be believed is ``chains``' question.
"""

import hashlib
import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from asn1crypto import cms, core, tsp
from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from keys.errors import SignatureInvalid

LARGEST: Final = 256 * 1024  # bytes; a time stamp with its whole chain has about 8 KiB
LEAST_RSA_BITS: Final = 2048
DIGESTS: Final[Mapping[str, Callable[[], hashes.HashAlgorithm]]] = {
    "sha256": hashes.SHA256,
    "sha384": hashes.SHA384,
    "sha512": hashes.SHA512,
}
SIGNING_CERTIFICATE: Final = "signing_certificate_v2"
# asn1crypto and cryptography answer hostile input with any of these.
MALFORMED: Final = (
    ValueError, TypeError, KeyError, AttributeError, OverflowError, RecursionError, UnsupportedAlgorithm,
    x509.InvalidVersion, x509.DuplicateExtension, x509.UnsupportedGeneralNameType,
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Signed:
    """What a verified SignedData holds. ``attributes`` are the signed ones, by asn1crypto's names."""

    content_type: str
    content: bytes
    certificate: x509.Certificate  # who signed, named by the signature itself
    certificates: tuple[x509.Certificate, ...]  # everything that came along, the signer's too
    revocation_lists: tuple[x509.CertificateRevocationList, ...]
    attributes: Mapping[str, Any]


def read_signed(der: bytes, *, content_type: str, detached: bytes | None = None) -> Signed:
    """The content and its signer, if the signature is whole. Raises SignatureInvalid (``cms-…``).

    Args:
        der: ContentInfo in DER.
        content_type: what must have been signed, in asn1crypto's names (``tst_info``, ``data``).
        detached: the signed bytes where they do not lie inside.
    """
    try:
        return _read(der, content_type, detached)
    except MALFORMED as error:
        raise SignatureInvalid("cms-malformed", type(error).__name__) from None


def _read(der: bytes, content_type: str, detached: bytes | None) -> Signed:
    signed = _signed_data(der)
    inside = signed["encap_content_info"]
    _check(inside["content_type"].native == content_type, "cms-content-type")
    held = inside["content"]
    _check(isinstance(held, core.Void) is (detached is not None), "cms-content")
    content = (
        detached if detached is not None else bytes(held.contents if content_type == "data" else held.parsed.dump())
    )
    signer = _only_signer(signed)
    certificates = _certificates(signed)
    attributes = _attributes(signer)
    certificate = _signer_certificate(attributes, certificates, signer["sid"])
    digest = signer["digest_algorithm"]["algorithm"].native
    _check(digest in DIGESTS, "cms-algorithm")
    _check(attributes.get("content_type") == content_type, "cms-content-type")
    found = hashlib.new(digest, content).digest()
    _check(hmac.compare_digest(attributes.get("message_digest") or b"", found), "cms-digest")
    # RFC 5652 5.4: signed as a SET OF, whatever tag stands in the message.
    stated = b"\x31" + signer["signed_attrs"].dump()[1:]
    verify_with(certificate, signer["signature_algorithm"], digest, stated, signer["signature"].native)
    return Signed(
        content_type=content_type,
        content=content,
        certificate=certificate,
        certificates=certificates,
        revocation_lists=_revocation_lists(signed),
        attributes=attributes,
    )


def _signed_data(der: bytes) -> Any:
    _check(len(der) <= LARGEST, "cms-too-large")
    outer = cms.ContentInfo.load(der, strict=True)
    _check(outer["content_type"].native == "signed_data", "cms-content-type")
    return outer["content"]


def _only_signer(signed: Any) -> Any:
    signers = list(signed["signer_infos"])
    _check(len(signers) == 1, "cms-signers")
    return signers[0]


def _certificates(signed: Any) -> tuple[x509.Certificate, ...]:
    held = signed["certificates"]
    if isinstance(held, core.Void):
        return ()
    plain = [choice.chosen for choice in held if choice.name == "certificate"]
    return tuple(x509.load_der_x509_certificate(one.dump()) for one in plain)


def _revocation_lists(signed: Any) -> tuple[x509.CertificateRevocationList, ...]:
    held = signed["crls"]
    if isinstance(held, core.Void):
        return ()
    plain = [choice.chosen for choice in held if choice.name == "crl"]
    return tuple(x509.load_der_x509_crl(one.dump()) for one in plain)


def _attributes(signer: Any) -> dict[str, Any]:
    """Each signed attribute stands there once and has one value (RFC 5652 11)."""
    found: dict[str, Any] = {}
    for attribute in signer["signed_attrs"]:
        name, values = attribute["type"].native, attribute["values"]
        _check(name not in found and len(values) == 1, "cms-attributes")
        found[name] = values[0] if name == SIGNING_CERTIFICATE else values[0].native
    return found


def _signer_certificate(
    attributes: Mapping[str, Any], certificates: tuple[x509.Certificate, ...], sid: Any
) -> x509.Certificate:
    """RFC 5035: the first ESSCertIDv2 names the signer's certificate by its digest, so nobody can put another in."""
    named = attributes.get(SIGNING_CERTIFICATE)
    _check(isinstance(named, tsp.SigningCertificateV2), "cms-certificate")
    first = named["certs"][0]  # type: ignore[index]  # checked the line before
    algorithm = first["hash_algorithm"]["algorithm"].native
    _check(algorithm in DIGESTS, "cms-algorithm")
    wanted = first["cert_hash"].native
    for certificate in certificates:
        if hmac.compare_digest(certificate.fingerprint(DIGESTS[algorithm]()), wanted):
            _check(_is_named_by(sid, certificate), "cms-certificate")
            return certificate
    raise SignatureInvalid("cms-certificate", "the certificate that the signature names did not come along")


def _is_named_by(sid: Any, certificate: x509.Certificate) -> bool:
    if sid.name == "issuer_and_serial_number":
        same = sid.chosen["issuer"].dump() == certificate.issuer.public_bytes()
        return bool(same and sid.chosen["serial_number"].native == certificate.serial_number)
    try:
        identifier = certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    except x509.ExtensionNotFound:
        return False
    return bool(sid.chosen.native == identifier.digest)


def verify_with(certificate: x509.Certificate, algorithm: Any, digest: str, data: bytes, signature: bytes) -> None:
    """Whether a signature as CMS carries it is this certificate's over ``data``. Raises SignatureInvalid.

    ``algorithm`` is asn1crypto's SignedDigestAlgorithm, ``digest`` one of ``DIGESTS``.
    """
    public, kind = certificate.public_key(), algorithm.signature_algo
    if algorithm["algorithm"].native not in ("rsassa_pkcs1v15", "ecdsa"):  # those two name no digest of their own
        _check(algorithm.hash_algo == digest, "cms-algorithm")
    try:
        if isinstance(public, RSAPublicKey):
            _check(public.key_size >= LEAST_RSA_BITS, "cms-algorithm")
            public.verify(signature, data, _padding(kind, algorithm, digest), DIGESTS[digest]())
        elif isinstance(public, EllipticCurvePublicKey) and kind == "ecdsa":
            public.verify(signature, data, ECDSA(DIGESTS[digest]()))
        else:
            raise SignatureInvalid("cms-algorithm", f"{type(public).__name__} with {kind}")
    except InvalidSignature:
        raise SignatureInvalid("cms-signature", str(kind)) from None


def _padding(kind: str, algorithm: Any, digest: str) -> padding.AsymmetricPadding:
    if kind == "rsassa_pkcs1v15":
        return padding.PKCS1v15()
    _check(kind == "rsassa_pss", "cms-algorithm")
    options = algorithm["parameters"]
    masked = options["mask_gen_algorithm"]["parameters"]["algorithm"].native
    _check(masked == digest, "cms-algorithm")
    return padding.PSS(mgf=padding.MGF1(DIGESTS[digest]()), salt_length=int(options["salt_length"].native))


def _check(held: bool, code: str) -> None:
    if not held:
        raise SignatureInvalid(code)
