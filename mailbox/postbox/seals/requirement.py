"""The form the law asks for, and whether a document has it. Pure.

The written form of an act is replaced by the authority's qualified electronic seal (§ 9a(6) OZG, § 3a(3) no. 3 VwVfG)
or by a qualified electronic signature (§ 3a(2) VwVfG; § 5(5) VwZG knows no seal). Where the law asks for no form, the
name of who is responsible suffices (§ 37(3) VwVfG), and a seal is welcome.
"""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from postbox.seals.shape import CHANGED, NO_REFERENCE, NOT_PADES, NOT_WHOLE
from postbox.seals.verdict import Indication, Kind, Qualified, Verdict


class Form(StrEnum):
    """What a notice declares."""

    NONE = "none"
    QSEAL = "qseal"
    QES = "qes"


# What a form may be asked for by; a declaration names one of them.
LEGAL_BASES: Final[Mapping[Form, tuple[str, ...]]] = MappingProxyType(
    {
        Form.NONE: (),
        Form.QSEAL: ("§ 9a(6) OZG", "§ 3a(3) no. 3 VwVfG"),
        Form.QES: ("§ 3a(2) VwVfG", "§ 5(5) VwZG", "§ 87a(4) AO", "§ 36a(2) SGB I"),
    }
)
KINDS: Final = MappingProxyType({Form.QSEAL: Kind.SEAL, Form.QES: Kind.SIGNATURE})

UNSIGNED: Final = "form-unsigned"
SEVERAL: Final = "form-several-signatures"
OTHER_KIND: Final = "form-other-kind"
NOT_QUALIFIED: Final = "form-not-qualified"
BROKEN: Final = "signature-broken"
_SHAPES: Final = {
    NOT_PADES: "signature-not-pades",
    NO_REFERENCE: "signature-not-pades",
    NOT_WHOLE: "signature-not-whole-file",
    CHANGED: "signature-changed-afterwards",
}
# EN 319 102-1, 5.1.3
_SUBINDICATIONS: Final = {
    "NO_CERTIFICATE_CHAIN_FOUND": "signature-untrusted",
    "CERTIFICATE_CHAIN_GENERAL_FAILURE": "signature-untrusted",
    "CHAIN_CONSTRAINTS_FAILURE": "signature-wrong-purpose",
    "OUT_OF_BOUNDS_NO_POE": "signature-expired",
    "EXPIRED": "signature-expired",
    "NOT_YET_VALID": "signature-expired",
    "REVOKED_NO_POE": "signature-revoked",
    "REVOKED_CA_NO_POE": "signature-revoked",
    "TRY_LATER": "signature-revocation-unknown",
}
SENTENCES: Final[Mapping[str, str]] = MappingProxyType(
    {
        UNSIGNED: "The declared form needs a sealed or signed main document and this one is neither: "
        "seal it, ask for a seal with seal, or declare the form that the law asks for.",
        SEVERAL: "The main document carries several signatures: one has to cover the whole file.",
        OTHER_KIND: "The certificate is for the other form: a seal needs a certificate for seals, a signature one for "
        "signatures (EN 319 412-5, QcType).",
        NOT_QUALIFIED: "The signature is valid and not qualified by certificate and trusted list: "
        "use a qualified certificate in a qualified device, or declare form none where the law allows it.",
        BROKEN: "The signature does not belong to this file, or the file was changed: seal or export it again.",
        "signature-not-pades": "The signature is no PAdES signature (SubFilter ETSI.CAdES.detached with a reference "
        "to the certificate): sign it as PAdES.",
        "signature-not-whole-file": "The signature does not cover the whole file: sign the finished file.",
        "signature-changed-afterwards": "The file was changed after it was signed: sign the finished file.",
        "signature-untrusted": "The certificate leads to nobody this postbox is told to trust: use another one, or let "
        "the operator add its issuer.",
        "signature-wrong-purpose": "The certificate is not for signing documents: use one that is.",
        "signature-expired": "The certificate was not valid at that time, or nothing proves that the signature is "
        "older: renew it, or sign with a time stamp.",
        "signature-revoked": "The certificate was revoked: use another one.",
        "signature-revocation-unknown": "Nothing says whether the certificate was revoked: embed it (PAdES B-LT), or "
        "let the operator provide the issuer's revocation list.",
        "signature-indeterminate": "Whether the signature is valid cannot be decided: sign it again.",
    }
)


def fault_of(form: Form, verdicts: Sequence[Verdict], *, demo: bool) -> str:
    """The code of why the main document's signatures do not fit the declared form, or empty.

    ``demo``: the vault's own seal counts as if it were qualified; it is marked everywhere. A seal that is broken is
    refused whatever is declared: its reader would be shown an alarm instead of a notice.
    """
    if any(one.indication is Indication.FAILED for one in verdicts):
        return next(cause(one) for one in verdicts if one.indication is Indication.FAILED)
    if form is Form.NONE:
        return ""
    if len(verdicts) != 1:
        return SEVERAL if verdicts else UNSIGNED
    return _fault(form, verdicts[0], demo=demo)


def _fault(form: Form, verdict: Verdict, *, demo: bool) -> str:
    if verdict.indication is not Indication.PASSED:
        return cause(verdict)
    if verdict.kind is not KINDS[form] and verdict.kind is not Kind.UNKNOWN:
        return OTHER_KIND
    counts = (Qualified.YES, Qualified.DEMO) if demo else (Qualified.YES,)
    return "" if verdict.qualified in counts and verdict.kind is KINDS[form] else NOT_QUALIFIED


def cause(verdict: Verdict) -> str:
    """The code that tells why a signature did not pass; empty where it did."""
    if verdict.indication is Indication.PASSED:
        return ""
    if verdict.fault:
        return _SHAPES[verdict.fault]
    if verdict.indication is Indication.FAILED:
        return BROKEN
    return _SUBINDICATIONS.get(verdict.subindication, "signature-indeterminate")
