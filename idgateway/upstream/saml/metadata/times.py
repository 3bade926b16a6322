"""The two kinds of time in metadata: ``xs:dateTime`` and ``xs:duration`` (XML Schema Part 2, 3.2.7 and 3.2.6)."""

import re
from datetime import UTC, datetime, timedelta
from typing import Final

_DURATION: Final = re.compile(
    r"P(?=\d|T\d)(?:(?P<years>\d{1,4})Y)?(?:(?P<months>\d{1,4})M)?(?:(?P<days>\d{1,5})D)?"
    r"(?:T(?=\d)(?:(?P<hours>\d{1,6})H)?(?:(?P<minutes>\d{1,8})M)?(?:(?P<seconds>\d{1,10})(?:\.\d+)?S)?)?"
)
_DAYS_PER: Final = {"years": 365, "months": 30, "days": 1}  # an upper bound on caching need not know the calendar


def instant(text: str) -> datetime:
    """A point in time, aware UTC; without zone it is UTC (SAML Core 1.3.3). Raises ValueError."""
    moment = datetime.fromisoformat(text.strip())
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


def duration(text: str) -> timedelta:
    """A length of time; a month counts 30 days, a year 365. Raises ValueError, also for a negative one."""
    found = _DURATION.fullmatch(text.strip())
    if found is None:
        raise ValueError("no duration")
    given = {name: int(value) for name, value in found.groupdict(default="0").items()}
    days = sum(given.pop(name) * each for name, each in _DAYS_PER.items())
    return timedelta(days=days, **given)
