"""The evidence log: what the last self-audit found, and whether somebody outside attests the log."""

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from postbox.store.audits import newest_ended
from runtime.findings import Finding, good, warning, wrong
from runtime.inspection.glance import glance
from runtime.settings import Settings

SUBJECT: Final = "evidence"
_FRESH: Final = timedelta(days=2)
_SHOWN: Final = 5


def check_evidence(settings: Settings, now: datetime) -> Iterator[Finding]:
    """What is wrong with the stored evidence, as far as it was read again; ``now`` is aware UTC."""
    postbox = settings.postbox
    if postbox is None:
        return
    if not postbox.time_stamp_services and not postbox.witnesses:
        told = "No time-stamping authority and no witness is named: times and history are your word alone."
        yield warning(SUBJECT, told, "Name a [[postbox.time_stamp_service]] and a [[postbox.witness]].")
    row = glance(postbox.database_url, newest_ended, None, "postbox")
    if row is None:
        yield good("self-audit", "None has ended yet; the worker runs one a day.")
        return
    found = json.loads(row["found"])
    if found:
        told = ", ".join(f"{notice or 'the log'}: {code}" for notice, code in found[:_SHOWN])
        cure = "Keep everything as it is, compare with your backups, and find out who changed it."
        yield wrong("self-audit", f"Stored evidence is not what it was ({len(found)}): {told}.", cure)
    elif row["ended_at"] < now - _FRESH:
        yield warning("self-audit", f"The last one ended on {row['ended_at']:%Y-%m-%d}.", "See that the worker runs.")
    else:
        told = (
            f"{row['notices']} notices, {row['documents']} documents, {row['log_size']} entries of the log: all sound."
        )
        yield good("self-audit", told)
