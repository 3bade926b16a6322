"""Certificate chains up to anchors that the caller pinned (RFC 5280 6, what we need of it). Pure: no clock, no network.

No store of the system is asked and nothing is fetched: the anchors are the caller's, the certificates in between came
with the signature, revocation lists too.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import count
from typing import Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from keys.errors import CertificateRefused

_DEEPEST: Final = 6
# Whoever sends a signature chooses its certificates: what a search may cost is fixed, whatever they say of each other.
_MOST_CERTIFICATES: Final = 16
_MOST_CHECKS: Final = 64
# RFC 5280 4.2: a critical extension that is not understood ends it.
_UNDERSTOOD: Final = (x509.BasicConstraints, x509.KeyUsage, x509.ExtendedKeyUsage, x509.CertificatePolicies)
_COMPROMISED: Final = frozenset({x509.ReasonFlags.key_compromise, x509.ReasonFlags.ca_compromise})

Chain = tuple[x509.Certificate, ...]


def chain_to_anchor(
    certificate: x509.Certificate, others: Sequence[x509.Certificate], anchors: Sequence[x509.Certificate], at: datetime
) -> Chain:
    """The chain from a certificate to one of the anchors, all valid at ``at`` (aware UTC).

    Raises CertificateRefused ``certificate-too-many`` where more certificates came along than a chain can need or the
    search would take too long, ``certificate-not-valid-then`` where only the time is wrong, else ``certificate-chain``.
    """
    if not anchors:
        raise CertificateRefused("certificate-chain", "no anchor is trusted here")
    if len(others) > _MOST_CERTIFICATES:
        raise CertificateRefused("certificate-too-many", f"{len(others)}, at most {_MOST_CERTIFICATES}")
    found = _search((certificate,), (*anchors, *others), anchors, count(1))
    if found is None:
        raise CertificateRefused("certificate-chain", certificate.subject.rfc4514_string())
    for one in found:
        if not one.not_valid_before_utc <= at <= one.not_valid_after_utc:
            raise CertificateRefused("certificate-not-valid-then", one.subject.rfc4514_string())
    return found


def check_not_revoked(chain: Chain, revocation_lists: Sequence[x509.CertificateRevocationList], at: datetime) -> bool:
    """Whether the lists speak about the chain's first certificate and hold nothing against it at ``at``.

    A key that was compromised is refused whenever that was said; another reason counts from its date on. False where no
    list of its issuer came along. Raises CertificateRefused.
    """
    certificate, issuer = chain[0], chain[min(1, len(chain) - 1)]
    own = [one for one in revocation_lists if one.issuer == certificate.issuer and _signed_by(one, issuer)]
    for listed in own:
        entry = listed.get_revoked_certificate_by_serial_number(certificate.serial_number)
        if entry is not None and (entry.revocation_date_utc <= at or _reason(entry) in _COMPROMISED):
            raise CertificateRefused("certificate-revoked", certificate.subject.rfc4514_string())
    return bool(own)


def _search(
    path: Chain, known: Sequence[x509.Certificate], anchors: Sequence[x509.Certificate], checks: Iterator[int]
) -> Chain | None:
    last = path[-1]
    if not _understood(last):
        return None
    if last in anchors:
        return path
    if len(path) == _DEEPEST:
        return None
    for issuer in known:
        if last.issuer != issuer.subject or _stands_in(path, issuer):
            continue
        if next(checks) > _MOST_CHECKS:
            raise CertificateRefused("certificate-too-many", f"no chain within {_MOST_CHECKS} signatures")
        if _issued(last, issuer, below=len(path) - 1):
            found = _search((*path, issuer), known, anchors, checks)
            if found is not None:
                return found
    return None


def _stands_in(path: Chain, issuer: x509.Certificate) -> bool:
    """A chain names an authority once (RFC 4158 2.4.1): the same name with the same key is the same authority."""
    return any(one.subject == issuer.subject and _key(one) == _key(issuer) for one in path)


def _key(certificate: x509.Certificate) -> bytes:
    return certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def _understood(certificate: x509.Certificate) -> bool:
    return all(isinstance(one.value, _UNDERSTOOD) for one in certificate.extensions if one.critical)


def _issued(certificate: x509.Certificate, issuer: x509.Certificate, *, below: int) -> bool:
    """Whether ``issuer`` may issue and did; ``below`` is the number of authorities between it and the end."""
    try:
        limits = issuer.extensions.get_extension_for_class(x509.BasicConstraints).value
        usage = issuer.extensions.get_extension_for_class(x509.KeyUsage).value
    except x509.ExtensionNotFound:
        return False
    if not limits.ca or not usage.key_cert_sign or (limits.path_length is not None and below > limits.path_length):
        return False
    try:
        certificate.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True


def _signed_by(listed: x509.CertificateRevocationList, issuer: x509.Certificate) -> bool:
    try:
        return listed.is_signature_valid(issuer.public_key())  # type: ignore[arg-type]  # a key that cannot raises TypeError
    except TypeError:
        return False


def _reason(entry: x509.RevokedCertificate) -> x509.ReasonFlags | None:
    try:
        return entry.extensions.get_extension_for_class(x509.CRLReason).value.reason
    except x509.ExtensionNotFound:
        return None
