"""Days that are free, per Land and kind of municipality, and the legal day of an instant.

The table is that of the pinned ``holidays`` package; ``calendar_version`` hashes what it says, so that a computation
names the calendar it stood on and a verifier notices another one.
"""

import hashlib
from calendar import monthrange
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from functools import cache, cached_property
from importlib.metadata import version
from typing import Final
from zoneinfo import ZoneInfo

import holidays

from postbox.errors import NoRule

BERLIN: Final = ZoneInfo("Europe/Berlin")
LAENDER: Final = frozenset(
    ["BB", "BE", "BW", "BY", "HB", "HE", "HH", "MV", "NI", "NW", "RP", "SH", "SL", "SN", "ST", "TH"]
)
_HASHED_YEARS: Final = range(2024, 2041)
_KNOWN_YEARS: Final = range(1991, 2100)  # what the table covers, with a year to spare at its end


class Municipality(StrEnum):
    """What a town's own holidays depend on."""

    ORDINARY = "ordinary"
    CATHOLIC = "catholic"  # Assumption Day in Bavaria, Corpus Christi in parts of Saxony and Thuringia
    AUGSBURG = "augsburg"  # the peace festival


@dataclass(frozen=True, kw_only=True)
class DayChange:
    """A day that a legal editor adds to a place's holidays, or strikes from them."""

    day: date
    land: str
    municipality: Municipality | None = None  # None: all of the Land
    free: bool  # False: struck
    reason: str  # the act that says so
    author: str  # the editor's role, never a name


@dataclass(frozen=True)
class Place:
    """Where a day is free or not: a Land (two letters) and the kind of municipality. Raises NoRule."""

    land: str
    municipality: Municipality = Municipality.ORDINARY
    changes: tuple[DayChange, ...] = ()  # by a legal editor

    def __post_init__(self) -> None:
        """Refuse a Land that does not exist, and an Augsburg outside Bavaria."""
        if self.land not in LAENDER:
            raise NoRule(f"{self.land!r} is not the abbreviation of a Land.", code="unknown-land")
        if self.municipality is Municipality.AUGSBURG and self.land != "BY":
            raise NoRule("Augsburg lies in Bavaria.", code="unknown-land")

    @cached_property
    def edited(self) -> Mapping[date, bool]:
        """The days that an editor changed here: whether each is free. The first change to a day counts."""
        here = (None, self.municipality)
        mine = [one for one in self.changes if one.land == self.land and one.municipality in here]
        return {one.day: one.free for one in reversed(mine)}


def legal_day(at: datetime) -> date:
    """The day an instant belongs to: its date in Europe/Berlin. Raises NoRule for one that is naive or far away."""
    if at.tzinfo is None:
        raise NoRule("A naive instant belongs to no day.", code="naive-instant")
    _check_known(at.year)
    return at.astimezone(BERLIN).date()


def is_free(day: date, place: Place) -> bool:
    """Saturday, Sunday or public holiday at the place (§ 31(3) VwVfG, § 108(3) AO, § 64(3) SGG, § 193 BGB)."""
    if day.isoweekday() >= 6:  # noqa: PLR2004 - ISO 8601: 6 is Saturday
        return True
    if day in place.edited:
        return place.edited[day]
    return day in _holidays(place.land, place.municipality, day.year)


def next_workday(day: date, place: Place) -> date:
    """The day itself, or the first one after it that is not free."""
    while is_free(day, place):
        day += timedelta(days=1)
    return day


def add_months(day: date, months: int) -> date:
    """The same day number months later; where the month has none, its last day (§ 188(2), (3) BGB). Raises NoRule."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    _check_known(year)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


@cache
def calendar_version() -> str:
    """Name and SHA-256 of the table behind ``is_free`` for all places and the years 2024 to 2040."""
    digest = hashlib.sha256()
    for land in sorted(LAENDER):
        for place in _places(land):
            for year in _HASHED_YEARS:
                days = " ".join(day.isoformat() for day in sorted(_holidays(place.land, place.municipality, year)))
                digest.update(f"{place.land} {place.municipality} {days}\n".encode())
    return f"holidays-{version('holidays')}/sha256:{digest.hexdigest()}"


def free_days(place: Place, years: range) -> tuple[date, ...]:
    """The published holidays of a place in these years, in order, before any editor changed them. Raises NoRule."""
    return tuple(sorted(day for year in years for day in _holidays(place.land, place.municipality, year)))


def _places(land: str) -> tuple[Place, ...]:
    kinds = Municipality if land == "BY" else (Municipality.ORDINARY, Municipality.CATHOLIC)
    return tuple(Place(land, kind) for kind in kinds)


def _check_known(year: int) -> None:
    if year not in _KNOWN_YEARS:
        raise NoRule(f"The calendar does not cover the year {year}.", code="beyond-calendar")


@cache
def _holidays(land: str, municipality: Municipality, year: int) -> frozenset[date]:
    _check_known(year)
    subdivision = "Augsburg" if municipality is Municipality.AUGSBURG else land
    # Augsburg is also a Catholic municipality: it keeps Assumption Day besides its own feast.
    ordinary = municipality is Municipality.ORDINARY or land not in {"BY", "SN", "TH"}
    categories = ("public",) if ordinary else ("public", "catholic")
    table = holidays.country_holidays("DE", subdiv=subdivision, years=year, categories=categories, language="de")
    return frozenset(table)
