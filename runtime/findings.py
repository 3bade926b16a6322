"""What an inspection of the installation finds: each with its cause and, where something must be done, its cure."""

from dataclasses import dataclass
from typing import Literal

Verdict = Literal["good", "warning", "wrong"]


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One thing looked at. ``wrong`` keeps the houses from working rightly, ``warning`` does not."""

    verdict: Verdict
    subject: str  # what was looked at, e.g. "client urkunde-online"
    cause: str
    cure: str = ""


def good(subject: str, cause: str) -> Finding:
    """Looked at and in order."""
    return Finding(verdict="good", subject=subject, cause=cause)


def warning(subject: str, cause: str, cure: str) -> Finding:
    """Works, but should be looked at."""
    return Finding(verdict="warning", subject=subject, cause=cause, cure=cure)


def wrong(subject: str, cause: str, cure: str) -> Finding:
    """Does not work, or not safely."""
    return Finding(verdict="wrong", subject=subject, cause=cause, cure=cure)
