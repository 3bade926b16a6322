"""What people read about a seal or signature: one plain sentence, and who sealed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from postbox.pages.failures import N_
from postbox.seals.requirement import cause
from postbox.seals.verdict import Indication, Kind, Qualified, Verdict

# English msgids; the German stands in translations/de.po. %(signer)s is the certificate's own name.
DEMO = N_("Sealed by %(signer)s. It means something in this demonstration only.")
QUALIFIED = {
    Kind.SEAL: N_("Sealed by %(signer)s with a qualified electronic seal. It was valid when it was accepted."),
    Kind.SIGNATURE: N_("Signed by %(signer)s with a qualified signature. It was valid when it was accepted."),
}
VALID = N_("Sealed or signed by %(signer)s. It was valid when it was accepted, but it is not qualified.")
UNDECIDED = N_("It names %(signer)s as who sealed or signed it. Whether that is so could not be established.")
CAUSES = {
    "signature-untrusted": N_("Its certificate leads to nobody this postbox is told to trust."),
    "signature-wrong-purpose": N_("Its certificate is not for signing documents."),
    "signature-expired": N_("Its certificate was not valid at that time."),
    "signature-revoked": N_("Its certificate was revoked."),
    "signature-revocation-unknown": N_("Nothing says whether its certificate was revoked."),
    "signature-not-pades": N_("It was made in a form that the law does not know."),
}


@dataclass(frozen=True, kw_only=True)
class SealView:
    """A seal in words; ``sentence`` and ``cause`` are msgids, the rest is for experts."""

    sentence: str
    cause: str
    signer: str
    indication: str
    level: str
    timestamped_at: datetime | None
    judged_at: datetime
    demo: bool


def seals_view(stored: Sequence[dict[str, Any]]) -> tuple[SealView, ...]:
    """The verdicts that lie with a document."""
    return tuple(_view(Verdict.from_json(one)) for one in stored)


def _view(verdict: Verdict) -> SealView:
    return SealView(
        sentence=_sentence(verdict),
        cause=CAUSES.get(cause(verdict), ""),
        signer=verdict.signer,
        indication=" ".join(filter(None, (verdict.indication.value, verdict.subindication))),
        level=verdict.level,
        timestamped_at=verdict.timestamped_at,
        judged_at=verdict.judged_at,
        demo=verdict.qualified is Qualified.DEMO,
    )


def _sentence(verdict: Verdict) -> str:
    if verdict.indication is not Indication.PASSED:
        return UNDECIDED
    if verdict.qualified is Qualified.DEMO:
        return DEMO
    if verdict.qualified is Qualified.YES and verdict.kind in QUALIFIED:
        return QUALIFIED[verdict.kind]
    return VALID
