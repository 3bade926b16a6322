"""The free days that a bundle's computations stood on, so that somebody can follow them in ten years by hand."""

from collections.abc import Sequence

from postbox.law.calendar import Place, calendar_version, free_days
from postbox.law.computation import Computation
from postbox.proof.canonical import canonical_json


def calendar_of(computations: Sequence[Computation]) -> bytes | None:
    """Public holidays of the Länder named, from the first year to the third after it; None without a computation."""
    years = sorted(one.case.available_at.year for one in computations if one.case.available_at is not None)
    lands = {land for one in computations for land in (one.case.authority_land, one.case.recipient_land) if land}
    if not years or not lands:
        return None
    covered = range(years[0], years[-1] + 3)
    days = {land: [day.isoformat() for day in free_days(Place(land), covered)] for land in sorted(lands)}
    return canonical_json({"format": "postbox-calendar-1", "version": calendar_version(), "holidays": days})
