"""What the postbox writes into its log and counts: a closed list of happenings, never a person, never a content."""

from enum import StrEnum
from typing import Any

import structlog
from prometheus_client import Counter

_logger = structlog.get_logger("postbox")
_happened = Counter("postbox_happenings", "What happened in the postbox", ["what"])


class Happened(StrEnum):
    """The closed list."""

    NOTICE_ACCEPTED = "notice-accepted"
    NOTICE_REPEATED = "notice-repeated"
    JOB_DONE = "job-done"
    JOB_POSTPONED = "job-postponed"
    JOB_FAILED = "job-failed"
    NOT_TOLD_TODAY = "not-told-today"  # § 9(1) s. 6 OZG is about to be missed: somebody has to look
    MALWARE_FOUND = "malware-found"
    SCANNER_DOWN = "scanner-down"  # notices wait for it, invisible: somebody has to look
    SEAL_FAILED = "seal-failed"  # its code says whether a service is down or something has to be put right
    LOG_EXTENDED = "log-extended"
    TIME_STAMPED = "time-stamped"
    TIME_STAMP_FAILED = "time-stamp-failed"  # one authority; the next one is asked
    TIME_STAMP_LATE = "time-stamp-late"  # events have waited too long for an independent time: somebody has to look
    AUDITED = "audited"
    AUDIT_FOUND = "audit-found"  # something stored is not what it was: somebody has to look
    WITNESSED = "witnessed"
    WITNESS_FAILED = "witness-failed"
    CONTENT_ERASED = "content-erased"
    ORPHAN_REMOVED = "orphan-removed"
    TOO_MANY_REQUESTS = "too-many-requests"  # its code is the policy, and nothing tells whose it was


def note(what: Happened, **facts: Any) -> None:
    """Write one line and count it. ``facts`` are ids of notices, kinds and codes; no names, addresses or titles."""
    _happened.labels(what.value).inc()
    _logger.info(what.value, **facts)
