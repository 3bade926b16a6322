"""How soon something ends: told 60, 30 and 7 days before, so that a change of keys is planned and not suffered."""

from datetime import datetime, timedelta

from idgateway.expiry import ALARMS


def alarm(ends: datetime, now: datetime) -> int | None:
    """The most urgent alarm that has been reached, in days; None while there is time. What has ended is at 7."""
    return next((days for days in ALARMS if ends - now <= timedelta(days=days)), None)


def when(ends: datetime, now: datetime) -> str:
    """``on 2026-12-24, in 30 days (30-day alarm)``; whole days, rounded down."""
    left = (ends - now).days
    return f"on {ends:%Y-%m-%d}, in {left} day{'' if left == 1 else 's'} ({alarm(ends, now)}-day alarm)"
