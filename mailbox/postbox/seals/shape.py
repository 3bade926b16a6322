"""The shape of a signature in a PDF, before any certificate is asked: does it seal this whole file, as PAdES wants it?

EN 319 142-1, 4.1 and 6.3: SubFilter ETSI.CAdES.detached, a reference to the signer's certificate among the signed
attributes, one byte range over everything but the signature itself; afterwards only archive data (DSS, time stamps).
"""

from dataclasses import dataclass
from typing import Any, Final

from pyhanko.sign.diff_analysis import DiffResult, ModificationLevel
from pyhanko.sign.general import MultivaluedAttributeError, NonexistentAttributeError, find_unique_cms_attribute
from pyhanko.sign.validation.dss import DocumentSecurityStore
from pyhanko.sign.validation.errors import NoDSSFoundError
from pyhanko.sign.validation.generic_cms import extract_tst_data_iter
from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature
from pyhanko.sign.validation.status import SignatureCoverageLevel

SUBFILTER: Final = "/ETSI.CAdES.detached"
NOT_PADES: Final = "not-pades"
NO_REFERENCE: Final = "no-certificate-reference"
NOT_WHOLE: Final = "not-whole-file"
CHANGED: Final = "changed-afterwards"


@dataclass(frozen=True, kw_only=True)
class Shape:
    """What a signature covers. ``fault`` is our own word beside the standard's; empty: sound."""

    fault: str
    level: str


def shape_of(signature: EmbeddedPdfSignature) -> Shape:
    """Judge the shape; the integrity information must have been computed."""
    return Shape(fault=_fault(signature), level=_level(signature))


def _fault(signature: EmbeddedPdfSignature) -> str:
    if str(signature.sig_object.get("/SubFilter", "")) != SUBFILTER:
        return NOT_PADES
    if not _has(signature, "signing_certificate_v2"):
        return NO_REFERENCE
    if signature.coverage < SignatureCoverageLevel.ENTIRE_REVISION:
        return NOT_WHOLE
    changes: Any = signature.diff_result
    if not isinstance(changes, DiffResult) or changes.modification_level > ModificationLevel.LTA_UPDATES:
        return CHANGED
    return ""


def _has(signature: EmbeddedPdfSignature, attribute: str) -> bool:
    try:
        find_unique_cms_attribute(signature.signer_info["signed_attrs"], attribute)
    except (NonexistentAttributeError, MultivaluedAttributeError):
        return False
    return True


def _level(signature: EmbeddedPdfSignature) -> str:
    """What lies in the file; whether it is worth anything is the validation's business."""
    if not any(True for _ in extract_tst_data_iter(signature.signer_info, signed=False)):
        return "B-B"
    reader: Any = signature.reader
    try:
        DocumentSecurityStore.read_dss(reader)
    except NoDSSFoundError:
        return "B-T"
    return "B-LTA" if any(one.sig_object_type == "/DocTimeStamp" for one in reader.embedded_signatures) else "B-LT"
