"""Sessions: begun only by a verified login, always with a new handle, and over when their level says so.

Ceilings follow the level of assurance (BSI TR-03160-1, as BundID states them): what a strong login opens stays open
for a short time only.
"""

import hashlib
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from keys.keyring import Keyring, Purpose
from keys.sealing import open_field, seal_field
from postbox.store import Database, sessions

CITIZEN, STAFF = "citizen", "staff"
# level: (absolute, idle)
CEILINGS: Mapping[str, tuple[timedelta, timedelta]] = {
    "basic": (timedelta(hours=12), timedelta(minutes=60)),
    "low": (timedelta(hours=12), timedelta(minutes=60)),
    "substantial": (timedelta(hours=2), timedelta(minutes=30)),
    "high": (timedelta(minutes=30), timedelta(minutes=5)),
}
_TOUCH_EVERY = timedelta(seconds=20)  # not a write per click


@dataclass(frozen=True, kw_only=True)
class Session:
    """Somebody who is logged in. ``ends_at`` is when the session ends if nothing more happens."""

    handle_hash: bytes
    kind: str
    mailbox: str | None
    level: str
    claims: Mapping[str, Any]
    authenticated_at: datetime
    ends_at: datetime


def begin(
    database: Database,
    keyring: Keyring,
    *,
    kind: str,
    mailbox: str | None,
    level: str,
    claims: Mapping[str, Any],
    now: datetime,
) -> str:
    """Store a new session and return its handle, the cookie's value."""
    handle = secrets.token_urlsafe(32)
    absolute, idle = CEILINGS[level]
    handle_hash = _hash(handle)
    person = seal_field(keyring.current(Purpose.FIELD_SEALING, now), json.dumps(dict(claims)).encode(), handle_hash)
    row = {
        "hash": handle_hash,
        "kind": kind,
        "mailbox": mailbox,
        "level": level,
        "person": person,
        "authenticated_at": now,
        "last_seen_at": now,
        "idle_seconds": int(idle.total_seconds()),
        "ends_at": now + absolute,
    }
    with database.write() as connection:
        sessions.add(connection, row)
    return handle


def find(database: Database, keyring: Keyring, *, handle: str, kind: str, now: datetime) -> Session | None:
    """The living session behind a cookie, or None. Seeing it counts as use."""
    handle_hash = _hash(handle)
    with database.read() as connection:
        row = sessions.find(connection, handle_hash, kind)
    if row is None:
        return None
    idle_end = row["last_seen_at"] + timedelta(seconds=row["idle_seconds"])
    if now >= min(row["ends_at"], idle_end):
        return None
    if now - row["last_seen_at"] >= _TOUCH_EVERY:
        with database.write() as connection:
            sessions.touch(connection, handle_hash, now)
    return Session(
        handle_hash=handle_hash,
        kind=kind,
        mailbox=row["mailbox"],
        level=row["level"],
        claims=json.loads(open_field(keyring, row["person"], handle_hash)),
        authenticated_at=row["authenticated_at"],
        ends_at=min(row["ends_at"], now + timedelta(seconds=row["idle_seconds"])),
    )


def end(database: Database, handle: str) -> None:
    """Log out."""
    with database.write() as connection:
        sessions.remove(connection, _hash(handle))


def _hash(handle: str) -> bytes:
    # The handle is 256 random bits: a plain hash tells nothing, and a stolen database opens no session.
    return hashlib.sha256(handle.encode()).digest()
