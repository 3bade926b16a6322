"""How long things are kept, as configured: a pure rule, one of those that ``coherence`` asks."""

from collections import Counter
from collections.abc import Iterator

from postbox.settings import PostboxSettings
from runtime.findings import Finding, wrong


def check_retention(postbox: PostboxSettings) -> Iterator[Finding]:
    """Content is kept for whole years, at least one; an authority has one time of its own."""
    known = {town.ars for town in postbox.authorities}
    for ars, times in Counter(one.authority for one in postbox.retention).items():
        if ars not in known or times > 1:
            cause = f"{ars!r} stands {times} times." if ars in known else f"{ars!r} is no authority of this postbox."
            yield wrong("postbox.retention", cause, "Write the ARS of an [[authority]], once.")
    if any(years < 1 for years in (postbox.retention_years, *(one.years for one in postbox.retention))):
        yield wrong("postbox.retention", "Content is kept for at least a year.", "Write whole years from 1 on.")
