"""The calendar that periods are counted by: the pinned table, and what a legal editor changed."""

from collections.abc import Iterator

from postbox.errors import SetupWrong
from postbox.law.calendar import calendar_version
from postbox.law.editing import changes_version, load_changes
from runtime.findings import Finding, good, wrong
from runtime.settings import Settings


def check_calendar(settings: Settings) -> Iterator[Finding]:
    """Names the table by its hash, and every change by its day, place and author."""
    if settings.postbox is None:
        return
    try:
        changes = load_changes(settings.postbox.holidays_file)
    except SetupWrong as error:
        yield wrong("postbox.holidays_file", error.detail, "See the example in config.example.toml.")
        return
    yield good("holidays", f"{calendar_version()}{changes_version(changes)}.")
    for one in changes:
        place = f"{one.land} {one.municipality or ''}".strip()
        done = "added" if one.free else "struck"
        yield good("holidays", f"{one.day} in {place} {done} by {one.author}: {one.reason}")
