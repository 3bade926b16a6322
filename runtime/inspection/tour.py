"""The whole tour of an installation, in the order in which one would set it up."""

from collections.abc import Iterator
from datetime import datetime

from runtime.coherence import contradictions
from runtime.findings import Finding, good
from runtime.inspection.calendar import check_calendar
from runtime.inspection.documents import check_documents
from runtime.inspection.evidence import check_evidence
from runtime.inspection.front import check_front
from runtime.inspection.machine import check_clock, check_databases, check_folders
from runtime.inspection.ours import check_ours
from runtime.inspection.parts import check_parts
from runtime.inspection.peers import check_peers
from runtime.inspection.pins import check_entity_ids
from runtime.inspection.seals import check_seals
from runtime.inspection.standin import check_stand_in
from runtime.inspection.vault import check_keys
from runtime.settings import Settings


def inspect(settings: Settings, now: datetime) -> Iterator[Finding]:
    """Everything there is to find; ``now`` is aware UTC."""
    yield from check_parts()
    yield from check_clock(now)
    found = list(contradictions(settings))
    yield from found or [good("configuration", f"{settings.path} fits together.")]
    yield from check_front(settings)
    yield from check_stand_in(settings)
    yield from check_calendar(settings)
    yield from check_keys(settings, now)
    yield from check_documents(settings, now)
    yield from check_seals(settings, now)
    yield from check_ours(settings, now)
    yield from check_peers(settings, now)
    yield from check_databases(settings)
    yield from check_entity_ids(settings)
    yield from check_folders(settings)
    yield from check_evidence(settings, now)
