"""Judging the signatures of a PDF by ETSI EN 319 102-1 (PAdES: EN 319 142-1), with what lies here and no network.

A broken file cannot make it fail: what cannot be read is TOTAL-FAILED with FORMAT_FAILURE.
"""

import asyncio
import logging
from datetime import datetime
from io import BytesIO
from typing import Any, Final

from asn1crypto import x509
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.ades.report import AdESIndeterminate, AdESPassed, AdESStatus, AdESSubIndic
from pyhanko.sign.validation.ades import ades_basic_validation, ades_lta_validation, ades_with_time_validation
from pyhanko.sign.validation.errors import SignatureValidationError
from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature
from pyhanko.sign.validation.policy_decl import PdfSignatureValidationSpec, SignatureValidationSpec
from pyhanko_certvalidator.ltv.types import ValidationTimingInfo

from postbox.pdf_names import written
from postbox.seals.policy import specification, without_revocation
from postbox.seals.qualification import kind_of, qualified
from postbox.seals.shape import CHANGED, NO_REFERENCE, NOT_PADES, NOT_WHOLE, Shape, shape_of
from postbox.seals.trust import Trust
from postbox.seals.verdict import Indication, Kind, Qualified, Verdict

for _name in ("pyhanko", "pyhanko_certvalidator"):
    logging.getLogger(_name).setLevel(logging.CRITICAL + 1)  # they write the names of certificates, that is of people
_INDICATIONS: Final = {
    AdESStatus.PASSED: Indication.PASSED,
    AdESStatus.INDETERMINATE: Indication.INDETERMINATE,
    AdESStatus.FAILED: Indication.FAILED,
}
# What a signature can be that pyHanko cannot read: hostile files must not stop a process.
_BROKEN: Final = (PdfError, SignatureValidationError, ValueError, TypeError, KeyError, IndexError, AssertionError)
_FORMAT: Final = "FORMAT_FAILURE"
# 5.1.3: our policy's constraints are not met; or what is shown is not what was signed.
_CONSTRAINTS: Final = (Indication.INDETERMINATE, "SIG_CONSTRAINTS_FAILURE")
_OTHER_DATA: Final = (Indication.FAILED, _FORMAT)
_SHAPES: Final = {
    NOT_PADES: _CONSTRAINTS,
    NO_REFERENCE: _CONSTRAINTS,
    NOT_WHOLE: _OTHER_DATA,
    CHANGED: _OTHER_DATA,
}


def has_signatures(content: bytes) -> bool:
    """A quick look: where this name is absent, however it is written, there is no signature to judge."""
    return written("/ByteRange").search(content) is not None


def judge(content: bytes, trust: Trust, now: datetime) -> tuple[Verdict, ...]:
    """Every signature and seal of a PDF; document time stamps are part of them. Raises TrustUnreadable (operator's)."""
    if not has_signatures(content):
        return ()
    try:
        reader = PdfFileReader(BytesIO(content), strict=True)
        # 12.8.1, table 252: the type is optional, and what is no time stamp is shown to readers as a signature.
        found = [one for one in reader.embedded_signatures if one.sig_object_type != "/DocTimeStamp"]
    except (*_BROKEN, RecursionError):
        return (_unreadable(now),)
    return tuple(_judge(one, trust, now) for one in found)


def _judge(signature: EmbeddedPdfSignature, trust: Trust, now: datetime) -> Verdict:
    try:
        signature.compute_integrity_info()  # type: ignore[no-untyped-call]
        return asyncio.run(_validated(signature, shape_of(signature), trust, now))
    except (*_BROKEN, RecursionError):
        return _unreadable(now)


async def _validated(signature: EmbeddedPdfSignature, shape: Shape, trust: Trust, now: datetime) -> Verdict:
    spec = specification(trust, signature.reader)
    timing = ValidationTimingInfo(validation_time=now, best_signature_time=now, point_in_time_validation=False)
    found, subindication = await _now_or_in_the_past(signature, spec, timing)
    stamped = await _time_stamp(signature, spec, timing) if shape.level != "B-B" else None
    path = getattr(found.api_status, "validation_path", None)
    indication, word = _INDICATIONS[subindication.status], str(subindication.standard_name)
    if indication is not Indication.FAILED and shape.fault:
        indication, word = _SHAPES[shape.fault]
    quality = Qualified.NOT_VALID
    if indication is Indication.PASSED and path is not None:
        quality = qualified(path, trust, stamped or now, now)
    judged = (indication, "" if indication is Indication.PASSED else word, quality, stamped)
    return _verdict(signature, shape, trust, now, judged)


async def _now_or_in_the_past(
    signature: EmbeddedPdfSignature, spec: SignatureValidationSpec, timing: ValidationTimingInfo
) -> tuple[Any, AdESSubIndic]:
    """EN 319 102-1, 5.3: the basic process; where only time speaks against it, 5.6: with proof of existence."""
    digest, whole = signature.compute_digest(), signature.signed_data
    found: Any = await ades_basic_validation(whole, spec, timing_info=timing, raw_digest=digest)
    subindication = found.ades_subindic
    if subindication in (AdESIndeterminate.OUT_OF_BOUNDS_NO_POE, AdESIndeterminate.REVOKED_NO_POE):
        found = await ades_lta_validation(signature, PdfSignatureValidationSpec(spec), timing_info=timing)
        # Without a time stamp the later process only says that one is missing; the first word tells people more.
        subindication = found.ades_subindic if found.ades_subindic == AdESPassed.OK else subindication
    elif subindication == AdESIndeterminate.CHAIN_CONSTRAINTS_FAILURE and signature.signer_cert.self_issued:
        subindication = AdESIndeterminate.NO_CERTIFICATE_CHAIN_FOUND  # signed by itself, and nobody we trust
    elif isinstance(subindication, AdESIndeterminate):
        again: Any = await ades_basic_validation(whole, without_revocation(spec), timing_info=timing, raw_digest=digest)
        if again.ades_subindic == AdESPassed.OK:
            subindication = AdESIndeterminate.TRY_LATER
    return found, subindication


async def _time_stamp(
    signature: EmbeddedPdfSignature, spec: SignatureValidationSpec, timing: ValidationTimingInfo
) -> datetime | None:
    """The time of a signature time stamp that validates by itself, or None."""
    found: Any = await ades_with_time_validation(
        signature.signed_data, without_revocation(spec), timing_info=timing, raw_digest=signature.compute_digest()
    )
    stamp = getattr(found.api_status, "timestamp_validity", None)
    return stamp.timestamp if stamp is not None and stamp.intact and stamp.valid and stamp.trusted else None


def _verdict(
    signature: EmbeddedPdfSignature,
    shape: Shape,
    trust: Trust,
    now: datetime,
    judged: tuple[Indication, str, Qualified, datetime | None],
) -> Verdict:
    indication, subindication, quality, stamped = judged
    certificate = signature.signer_cert
    return Verdict(
        indication=indication,
        subindication=subindication,
        fault=shape.fault,
        kind=Kind.SEAL if trust.is_own(certificate) else kind_of(certificate),
        qualified=quality,
        level=shape.level,
        signer=_named(certificate.subject),
        issuer=_named(certificate.issuer),
        serial=f"{certificate.serial_number:x}",
        certificate=certificate.sha256.hex(),
        claimed_at=signature.self_reported_timestamp,
        timestamped_at=stamped,
        judged_at=now,
    )


def _named(name: x509.Name) -> str:
    """Organisation and common name, as people know them."""
    known = name.native
    texts = [known.get(part) for part in ("organization_name", "common_name")]
    flat = [text[0] if isinstance(text, list) else text for text in texts if text]
    return " – ".join(dict.fromkeys(map(str, flat)))[:200]


def _unreadable(now: datetime) -> Verdict:
    return Verdict(
        indication=Indication.FAILED,
        subindication=_FORMAT,
        fault="",
        kind=Kind.UNKNOWN,
        qualified=Qualified.NOT_VALID,
        level="",
        signer="",
        issuer="",
        serial="",
        certificate="",
        claimed_at=None,
        timestamped_at=None,
        judged_at=now,
    )
