"""What an authority says now about one of its certificates (OCSP, RFC 6960): question and verified answer. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA1, SHA256, SHA384, SHA512
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtendedKeyUsageOID

from keys.cms import LARGEST, MALFORMED
from keys.errors import CertificateRefused

OCSP_QUESTION: Final = "application/ocsp-request"
OCSP_ANSWER: Final = "application/ocsp-response"
_DIGESTS: Final = (SHA256, SHA384, SHA512)
_SKEW: Final = timedelta(minutes=5)  # how far a responder's clock may be ahead
_OLDEST: Final = timedelta(days=1)  # of an answer that names no next one


@dataclass(frozen=True, kw_only=True)
class OcspAnswer:
    """A verified answer: good, from ``at`` on (aware UTC)."""

    der: bytes
    at: datetime


def responder_of(certificate: x509.Certificate) -> str:
    """The responder's address that the certificate names (RFC 5280 4.2.2.1); empty: none."""
    try:
        named = certificate.extensions.get_extension_for_class(x509.AuthorityInformationAccess).value
    except (x509.ExtensionNotFound, ValueError):
        return ""
    found = (one.access_location for one in named if one.access_method == AuthorityInformationAccessOID.OCSP)
    return next((str(one.value) for one in found if isinstance(one, x509.UniformResourceIdentifier)), "")


def ocsp_question(certificate: x509.Certificate, issuer: x509.Certificate) -> bytes:
    """OCSPRequest (DER). The certificate is named by SHA-1 hashes: RFC 5019 2.1.1 asks responders for no other."""
    asked = ocsp.OCSPRequestBuilder().add_certificate(certificate, issuer, SHA1())  # noqa: S303 - a name, no signature
    return asked.build().public_bytes(Encoding.DER)


def verify_ocsp(der: bytes, certificate: x509.Certificate, issuer: x509.Certificate, now: datetime) -> OcspAnswer:
    """The answer about this certificate, if it is good, fresh at ``now`` and by its issuer or one it named.

    Raises CertificateRefused: ``certificate-revoked``, or ``ocsp-…`` where the answer proves nothing.
    """
    try:
        _check(len(der) <= LARGEST, "ocsp-malformed")
        answer = ocsp.load_der_ocsp_response(der)
        _check(answer.response_status is ocsp.OCSPResponseStatus.SUCCESSFUL, "ocsp-refused")
        _check_signer(answer, issuer, now)
        _check_subject(answer, certificate, issuer)
        _check_fresh(answer, now)
    except (*MALFORMED, IndexError) as error:
        raise CertificateRefused("ocsp-malformed", type(error).__name__) from None
    if answer.certificate_status is ocsp.OCSPCertStatus.REVOKED:
        raise CertificateRefused("certificate-revoked", certificate.subject.rfc4514_string())
    _check(answer.certificate_status is ocsp.OCSPCertStatus.GOOD, "ocsp-unknown")
    return OcspAnswer(der=der, at=answer.this_update_utc)


def _check_signer(answer: ocsp.OCSPResponse, issuer: x509.Certificate, now: datetime) -> None:
    """RFC 6960 4.2.2.2: the issuer itself, or whom it gave a certificate for this."""
    for signer in (issuer, *answer.certificates):
        if _is_named(answer, signer) and (signer == issuer or _may_answer(signer, issuer, now)):
            return _verify(answer, signer)
    raise CertificateRefused("ocsp-signer", "signed by nobody whom the issuer named")


def _is_named(answer: ocsp.OCSPResponse, signer: x509.Certificate) -> bool:
    if answer.responder_name is not None:
        return answer.responder_name == signer.subject
    return answer.responder_key_hash == x509.SubjectKeyIdentifier.from_public_key(signer.public_key()).digest


def _may_answer(signer: x509.Certificate, issuer: x509.Certificate, now: datetime) -> bool:
    try:
        purposes = signer.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
        signer.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature, x509.ExtensionNotFound):
        return False
    lasting = signer.not_valid_before_utc <= now <= signer.not_valid_after_utc
    return lasting and ExtendedKeyUsageOID.OCSP_SIGNING in purposes


def _verify(answer: ocsp.OCSPResponse, signer: x509.Certificate) -> None:
    public, digest = signer.public_key(), answer.signature_hash_algorithm
    _check(type(digest) in _DIGESTS, "ocsp-algorithm")
    try:
        if isinstance(public, RSAPublicKey):
            public.verify(answer.signature, answer.tbs_response_bytes, PKCS1v15(), digest or SHA256())
        elif isinstance(public, EllipticCurvePublicKey):
            public.verify(answer.signature, answer.tbs_response_bytes, ECDSA(digest or SHA256()))
        else:
            raise CertificateRefused("ocsp-algorithm", type(public).__name__)
    except InvalidSignature:
        raise CertificateRefused("ocsp-signature", "") from None


def _check_subject(answer: ocsp.OCSPResponse, certificate: x509.Certificate, issuer: x509.Certificate) -> None:
    """It speaks about this certificate and no other: RFC 6960 4.1.1 names it by issuer, key and number."""
    asked = ocsp.OCSPRequestBuilder().add_certificate(certificate, issuer, answer.hash_algorithm).build()
    named = ("serial_number", "issuer_name_hash", "issuer_key_hash")
    _check(all(getattr(answer, one) == getattr(asked, one) for one in named), "ocsp-other-certificate")


def _check_fresh(answer: ocsp.OCSPResponse, now: datetime) -> None:
    """RFC 6960 4.2.2.1: thisUpdate is not ahead of us, nextUpdate not behind."""
    ends = answer.next_update_utc or answer.this_update_utc + _OLDEST
    _check(answer.this_update_utc <= now + _SKEW, "ocsp-future")
    _check(now <= ends, "ocsp-stale")


def _check(held: bool, code: str) -> None:
    if not held:
        raise CertificateRefused(code, "")
