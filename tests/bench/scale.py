"""How much is measured: as much as 90 seconds allow, everything, or just enough to see that it runs."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Scale:
    """Seconds per comparison and sizes of what is built before it."""

    seconds: float
    listed: int  # notices in the postbox that is listed
    stored: int  # notices in the whole store, for the second look at the same list
    burst: int  # notices accepted while the worker notifies
    logged: int  # entries of the evidence log


DEFAULT = Scale(seconds=5.0, listed=10_000, stored=50_000, burst=300, logged=50_000)
FULL = Scale(seconds=10.0, listed=10_000, stored=1_000_000, burst=2_000, logged=1_000_000)
TINY = Scale(seconds=0.01, listed=120, stored=240, burst=6, logged=200)
