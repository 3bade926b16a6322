"""Time stamps (RFC 3161): the question, the answer, the verified token. Pure: chance, clock and network are others'.

A token says: these bytes existed not later than this moment, by the word of a time-stamping authority (TSA). It is
believed only if the authority's certificate leads to an anchor that the caller pinned and is for nothing else.
"""

import hashlib
import hmac
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from asn1crypto import cms, core, tsp
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID

from keys.chains import chain_to_anchor, check_not_revoked
from keys.cms import DIGESTS, LARGEST, MALFORMED, Signed, read_signed
from keys.errors import CertificateRefused, SignatureInvalid, TimeStampInvalid

QUERY_TYPE: Final = "application/timestamp-query"
REPLY_TYPE: Final = "application/timestamp-reply"
NONCE_BITS: Final = 64
SKEW: Final = timedelta(seconds=60)  # how far a token may lie ahead of our clock
_GRANTED: Final = frozenset({"granted", "granted_with_mods"})


class _Answer(core.Sequence):  # type: ignore[misc]  # asn1crypto has no types
    """TimeStampResp (RFC 3161 2.4.2); asn1crypto's own knows no answer without a token."""

    _fields = [("status", tsp.PKIStatusInfo), ("time_stamp_token", cms.ContentInfo, {"optional": True})]  # noqa: RUF012


@dataclass(frozen=True, kw_only=True)
class Query:
    """What is asked of an authority: a digest of the bytes, and a number that the answer must repeat."""

    algorithm: str  # sha256, sha384, sha512
    digest: bytes
    nonce: int  # random, at most 64 bits

    @property
    def der(self) -> bytes:
        """TimeStampReq (RFC 3161 2.4.1); the authority shall send its certificate along."""
        imprint = {"hash_algorithm": {"algorithm": self.algorithm}, "hashed_message": self.digest}
        asked = tsp.TimeStampReq({"version": "v1", "message_imprint": imprint, "nonce": self.nonce, "cert_req": True})
        return bytes(asked.dump())


@dataclass(frozen=True, kw_only=True)
class TimeStamp:
    """A verified token. ``at`` (aware UTC) is the authority's moment, ``accuracy`` how exact that is (None: unsaid).

    ``revocation_seen`` says whether a revocation list of its issuer came along; ``qualified_certificate`` whether the
    certificate itself claims to be qualified, which without a trusted list proves nothing.
    """

    at: datetime
    accuracy: timedelta | None
    policy: str
    serial: int
    authority: str  # the certificate's subject (RFC 4514)
    chain: tuple[x509.Certificate, ...]
    revocation_seen: bool
    qualified_certificate: bool

    @property
    def not_later_than(self) -> datetime:
        """The latest moment at which the bytes came into being."""
        return self.at + (self.accuracy or timedelta())


def query(data: bytes, nonce: int, algorithm: str = "sha256") -> Query:
    """The question about these bytes. Raises TimeStampInvalid for a digest that is not taken."""
    if algorithm not in DIGESTS or not 0 < nonce < 1 << NONCE_BITS:
        raise TimeStampInvalid("timestamp-query", algorithm)
    return Query(algorithm=algorithm, digest=hashlib.new(algorithm, data).digest(), nonce=nonce)


def read_answer(der: bytes, asked: Query) -> bytes:
    """The token (DER) in an authority's answer, if it was granted and answers this question.

    Nothing is believed yet: ``verify_token`` judges. Raises TimeStampInvalid.
    """
    try:
        _check(len(der) <= LARGEST, "timestamp-malformed")
        answer = _Answer.load(der, strict=True)
        status = answer["status"]["status"].native
        _check(status in _GRANTED, "timestamp-refused", str(status))
        token = bytes(answer["time_stamp_token"].dump())
        stated = answer["time_stamp_token"]["content"]["encap_content_info"]["content"].parsed
        _check(stated["nonce"].native == asked.nonce, "timestamp-nonce")
        _check_imprint(stated["message_imprint"], asked.algorithm, asked.digest)
    except MALFORMED as error:
        raise TimeStampInvalid("timestamp-malformed", type(error).__name__) from None
    return token


def verify_token(token: bytes, data: bytes, anchors: Sequence[x509.Certificate], now: datetime) -> TimeStamp:
    """The time stamp over ``data``, if an authority under one of the anchors made it. Raises TimeStampInvalid.

    ``now`` (aware UTC) serves only to refuse tokens from the future: a token outlives its certificate.
    """
    return _verified(token, lambda algorithm: hashlib.new(algorithm, data).digest(), anchors, now)


def verify_answer(token: bytes, asked: Query, anchors: Sequence[x509.Certificate], now: datetime) -> TimeStamp:
    """The same where only the digest that was asked about is known. Raises TimeStampInvalid."""
    return _verified(token, lambda algorithm: asked.digest if algorithm == asked.algorithm else b"", anchors, now)


def _verified(
    token: bytes, digest_by: Callable[[str], bytes], anchors: Sequence[x509.Certificate], now: datetime
) -> TimeStamp:
    try:
        signed = read_signed(token, content_type="tst_info")
        return _judged(signed, digest_by, anchors, now)
    except MALFORMED as error:
        raise TimeStampInvalid("timestamp-malformed", type(error).__name__) from None
    except SignatureInvalid as error:
        raise TimeStampInvalid(error.code.replace("cms-", "timestamp-"), error.detail) from None
    except CertificateRefused as error:
        raise TimeStampInvalid(f"timestamp-{error.code}", error.detail) from None


def _judged(
    signed: Signed, digest_by: Callable[[str], bytes], anchors: Sequence[x509.Certificate], now: datetime
) -> TimeStamp:
    stated = tsp.TSTInfo.load(signed.content, strict=True)
    _check(stated["version"].native == "v1", "timestamp-malformed")
    algorithm = stated["message_imprint"]["hash_algorithm"]["algorithm"].native
    _check(algorithm in DIGESTS, "timestamp-algorithm", algorithm)
    _check_imprint(stated["message_imprint"], algorithm, digest_by(algorithm))
    at = stated["gen_time"].native
    _check(at <= now + SKEW, "timestamp-future", at.isoformat())
    _check(_is_for_time_stamps(signed.certificate), "timestamp-purpose")
    chain = chain_to_anchor(signed.certificate, signed.certificates, anchors, at)
    return TimeStamp(
        at=at,
        accuracy=_accuracy(stated["accuracy"]),
        policy=str(stated["policy"].dotted),
        serial=int(stated["serial_number"].native),
        authority=signed.certificate.subject.rfc4514_string(),
        chain=chain,
        revocation_seen=check_not_revoked(chain, signed.revocation_lists, at),
        qualified_certificate=_claims_qualified(signed.certificate),
    )


def _check_imprint(imprint: Any, algorithm: str, digest: bytes) -> None:
    same = imprint["hash_algorithm"]["algorithm"].native == algorithm
    _check(same and hmac.compare_digest(imprint["hashed_message"].native, digest), "timestamp-imprint")


def _accuracy(stated: Any) -> timedelta | None:
    if isinstance(stated, core.Void):
        return None
    values = {unit: stated[unit].native or 0 for unit in ("seconds", "millis", "micros")}
    return timedelta(seconds=values["seconds"], milliseconds=values["millis"], microseconds=values["micros"])


def _is_for_time_stamps(certificate: x509.Certificate) -> bool:
    """RFC 3161 2.3: the extended key usage is critical and names time stamping (1.3.6.1.5.5.7.3.8) alone."""
    try:
        usage = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage)
    except x509.ExtensionNotFound:
        return False
    return usage.critical and list(usage.value) == [ExtendedKeyUsageOID.TIME_STAMPING]


def _claims_qualified(certificate: x509.Certificate) -> bool:
    """ETSI EN 319 412-5 4.2.1: the statement QcCompliance (0.4.0.1862.1.1)."""
    for extension in certificate.extensions:
        if extension.oid.dotted_string == "1.3.6.1.5.5.7.1.3":  # RFC 3739: qcStatements
            return core.ObjectIdentifier("0.4.0.1862.1.1").dump() in extension.value.public_bytes()
    return False


def _check(held: bool, code: str, detail: str = "") -> None:
    if not held:
        raise TimeStampInvalid(code, detail)
