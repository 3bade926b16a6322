"""The worker's part: takes due jobs one by one under a lease, extends the log, and does the chores that return."""

import itertools
import secrets
from collections.abc import Callable, Mapping
from datetime import datetime, time, timedelta
from types import MappingProxyType
from typing import Final

from postbox import journal
from postbox.context import Postbox
from postbox.delivery import log
from postbox.delivery.announce import announce, end_period
from postbox.delivery.chores import is_due
from postbox.delivery.kinds import ANNOUNCE, END_PERIOD, LAPSE, MAKE_AVAILABLE, NOTIFY, PRINT, SCAN
from postbox.delivery.lapse import lapse
from postbox.delivery.make_available import Job, make_available
from postbox.delivery.notify import notify
from postbox.delivery.print_letter import print_letter
from postbox.delivery.recompute import recompute
from postbox.delivery.retain import run_retention
from postbox.delivery.scan import scan
from postbox.errors import PostboxError
from postbox.journal import Happened
from postbox.law.calendar import BERLIN, legal_day
from postbox.store import notices, outbox, sweeping

AT_ONCE: Final = 100  # jobs of one call; the rest waits for the next one
_RETRY: Final = timedelta(seconds=30)  # after a failure nobody foresaw
_ALARM: Final = time(22, 30)  # after the last publication of the day, with an hour and a half left to act
_SAME_DAY: Final = timedelta(minutes=30)
_SWEEP: Final = timedelta(minutes=10)
_ORPHANS: Final = timedelta(hours=24)
_DAY: Final = timedelta(hours=24)
_ORPHAN_AGE: Final = timedelta(hours=1)  # far longer than any submission lasts
_NAMES_AT_ONCE: Final = 500
_WORK: Final[Mapping[str, Callable[[Postbox, Job], bool]]] = MappingProxyType(
    {
        MAKE_AVAILABLE: make_available,
        NOTIFY: notify,
        LAPSE: lapse,
        PRINT: print_letter,
        SCAN: scan,
        ANNOUNCE: announce,
        END_PERIOD: end_period,
    }
)


def run_due(postbox: Postbox, now: datetime) -> int:
    """Do what is due at ``now`` (aware UTC): how many jobs were taken. Any number of workers may run at once.

    One job at a time: a lease that covers one job never runs out because of another one's slow mail server.
    """
    lease = secrets.token_hex(16)
    taken = 0
    while taken < AT_ONCE and (job := _claim(postbox, lease, now)) is not None:
        kind, claimed = job
        _run(postbox, kind, claimed)
        taken += 1
    if placed := log.sequence(postbox, postbox.clock()):
        journal.note(Happened.LOG_EXTENDED, events=placed)
    _chores(postbox, now)
    return taken


def _claim(postbox: Postbox, lease: str, now: datetime) -> tuple[str, Job] | None:
    with postbox.database.read() as connection:  # an idle worker leaves the writer's lane alone
        if not outbox.open_count(connection, now):
            return None
    with postbox.database.write() as connection:
        rows = outbox.claim(connection, lease, now=now, limit=1)
    if not rows:
        return None
    row = rows[0]
    return row["kind"], Job(id=row["id"], notice=row["notice"], lease=lease, attempts=row["attempts"])


def _run(postbox: Postbox, kind: str, job: Job) -> None:
    try:
        done = _WORK[kind](postbox, job)
    except Exception as error:  # noqa: BLE001 - one job's fault must not stop the others; it stays visible in the outbox
        code = error.code if isinstance(error, PostboxError) else type(error).__name__
        journal.note(Happened.JOB_FAILED, kind=kind, notice=job.notice, code=code)
        with postbox.database.write() as connection:
            due_at = postbox.clock() + _RETRY
            outbox.postpone(connection, job.id, job.lease, due_at=due_at, error=code[:60])
    else:
        journal.note(Happened.JOB_DONE if done else Happened.JOB_POSTPONED, kind=kind, notice=job.notice)


def _chores(postbox: Postbox, now: datetime) -> None:
    if is_due(postbox, "sweep", now, _SWEEP):
        with postbox.database.write() as connection:
            sweeping.forget_what_ran_out(connection, now)
    if now.astimezone(BERLIN).time() >= _ALARM and is_due(postbox, "same-day", now, _SAME_DAY):
        sound_same_day_alarm(postbox, now)
    if is_due(postbox, "orphans", now, _ORPHANS):
        remove_orphans(postbox, now)
    if is_due(postbox, "retention", now, _DAY):
        run_retention(postbox, now)
    if is_due(postbox, "recompute", now, _DAY):
        recompute(postbox, now)


def sound_same_day_alarm(postbox: Postbox, now: datetime) -> int:
    """Say in the log how many of today's notices nobody was told of yet, while there is still time. How many."""
    midnight = datetime.combine(legal_day(now), time.min, tzinfo=BERLIN)
    with postbox.database.read() as connection:
        untold = notices.untold_since(connection, midnight)
    if untold:
        journal.note(Happened.NOT_TOLD_TODAY, count=untold)
    return untold


def remove_orphans(postbox: Postbox, now: datetime) -> int:
    """Remove objects that a crash left behind: old, and nothing stands on them. How many."""
    removed = 0
    names = iter(postbox.objects.older_than((now - _ORPHAN_AGE).timestamp()))
    while batch := set(itertools.islice(names, _NAMES_AT_ONCE)):
        with postbox.database.read() as connection:
            orphans = batch - sweeping.named_of(connection, batch)
        for name in orphans:
            postbox.objects.remove(name)
            journal.note(Happened.ORPHAN_REMOVED)
        removed += len(orphans)
    return removed
