"""What is known of a signature in a PDF after it was judged. Pure; stored sealed with the document, shown to people."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from postbox.moments import instant_text, read_instant


class Indication(StrEnum):
    """The outcome of a validation (ETSI EN 319 102-1, 5.1.3)."""

    PASSED = "TOTAL-PASSED"
    INDETERMINATE = "INDETERMINATE"
    FAILED = "TOTAL-FAILED"


class Kind(StrEnum):
    """What the certificate is for (EN 319 412-5, 4.2.3); without a statement: unknown."""

    SEAL = "seal"
    SIGNATURE = "signature"
    UNKNOWN = "unknown"


class Qualified(StrEnum):
    """Whether it is qualified, and where not, why: computed, never asserted (Art. 3 nos. 12, 27 eIDAS regulation)."""

    YES = "yes"
    NO_LIST = "no-trusted-list"  # the operator gave none, so nothing can be qualified here
    LIST_OVER = "trusted-list-over"  # its next update is due: an old list proves nothing
    NOT_LISTED = "not-on-trusted-list"  # the issuer is no granted qualified service of this kind
    NO_STATEMENT = "no-qualified-certificate"  # no QcCompliance
    NO_DEVICE = "no-qualified-device"  # the key is in no qualified device (QSCD)
    NOT_VALID = "not-valid"  # what does not pass is not qualified either
    DEMO = "demo-key"  # a key of our own vault


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """One signature of a document, judged at ``judged_at`` (aware UTC)."""

    indication: Indication
    subindication: str  # as the standard writes it; empty when passed
    fault: str  # what is wrong with its shape, see ``seals.shape``; empty: nothing
    kind: Kind
    qualified: Qualified
    level: str  # what the file carries: B-B, B-T, B-LT, B-LTA; empty: no PAdES
    signer: str  # organisation or person of the certificate
    issuer: str
    serial: str  # hexadecimal
    certificate: str  # SHA-256 of the DER, hexadecimal
    claimed_at: datetime | None  # by the signer's own clock: proves nothing
    timestamped_at: datetime | None  # by a time stamp that validated
    judged_at: datetime

    def to_json(self) -> dict[str, Any]:
        """Every member, in JSON types."""
        times = {name: instant_text(at) if (at := getattr(self, name)) else None for name in _TIMES}
        return {**asdict(self), **times}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> "Verdict":
        """What ``to_json`` wrote."""
        times = {name: read_instant(value[name]) if value[name] else None for name in _TIMES}
        known = {
            "indication": Indication(value["indication"]),
            "kind": Kind(value["kind"]),
            "qualified": Qualified(value["qualified"]),
        }
        return cls(**{**value, **times, **known})


_TIMES = ("claimed_at", "timestamped_at", "judged_at")
