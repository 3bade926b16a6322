"""Instants in evidence and law: aware, in UTC, with microseconds, and with one spelling."""

from datetime import UTC, datetime

from postbox.errors import EvidenceInvalid


def instant_text(at: datetime) -> str:
    """Write an aware instant as ``2026-11-22T23:30:00.000000Z``. Raises EvidenceInvalid for a naive one."""
    if at.tzinfo is None:
        raise EvidenceInvalid("An instant without a time zone proves nothing.", code="naive-instant")
    return at.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def read_instant(text: object) -> datetime:
    """Read exactly what ``instant_text`` writes. Raises EvidenceInvalid."""
    try:
        at = datetime.strptime(str(text), "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=UTC)
    except ValueError:
        raise EvidenceInvalid("This is not an instant in UTC.", code="not-an-instant") from None
    if instant_text(at) != text:
        raise EvidenceInvalid("An instant has one spelling only.", code="not-an-instant")
    return at
