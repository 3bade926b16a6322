"""The town's own little memory: visits and logins under way, applications. One SQLite file, the standard driver."""

import hashlib
import json
import secrets
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from runtime.demo.town.application import Application

VISIT = timedelta(hours=1)
MOST_PENDING = 10  # logins of one browser under way; the oldest gives way
_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"  # none that look alike
_TABLES = """
CREATE TABLE IF NOT EXISTS visits (browser BLOB PRIMARY KEY, content TEXT NOT NULL, ends TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS logins (
  state TEXT PRIMARY KEY, browser BLOB NOT NULL, content TEXT NOT NULL, begun TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS applications (
  reference TEXT PRIMARY KEY, visit BLOB NOT NULL UNIQUE, received TEXT NOT NULL, certificate TEXT NOT NULL,
  copies INTEGER NOT NULL, purpose TEXT NOT NULL, person TEXT NOT NULL, level TEXT NOT NULL, channel TEXT NOT NULL,
  recipient TEXT NOT NULL DEFAULT ''
);
"""


@dataclass(frozen=True, kw_only=True)
class Kept:
    """An application as it was received; ``recipient`` is empty until the postbox knows where the answer goes."""

    reference: str
    received: datetime
    certificate: str
    copies: int
    name: str
    level: str
    channel: str
    recipient: str
    postal_address: tuple[str, ...]  # lines of an envelope; empty where no address was given


class Book:
    """Reads and writes the file; every method is one transaction."""

    def __init__(self, path: Path) -> None:
        """Create the tables where they are missing."""
        self._path = path
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with self._open() as file:
            file.execute("PRAGMA journal_mode=WAL")
            file.executescript(_TABLES)

    def begin_visit(self, content: Mapping[str, Any], now: datetime, *, before: str) -> str:
        """Keep what belongs to a browser for one hour, under a new random name that only the browser holds.

        What the browser had ``before`` ends; its other logins under way go along.
        """
        name = secrets.token_urlsafe(32)
        row = (_hashed(name), json.dumps(dict(content)), (now + VISIT).isoformat())
        with self._open() as file:
            file.execute("DELETE FROM visits WHERE ends < ? OR browser = ?", (now.isoformat(), _hashed(before)))
            file.execute("UPDATE logins SET browser = ? WHERE browser = ?", (_hashed(name), _hashed(before)))
            file.execute("INSERT INTO visits VALUES (?, ?, ?)", row)
        return name

    def begin_login(self, browser: str, state: str, content: Mapping[str, Any], now: datetime) -> None:
        """Keep what one login must remember, beside the browser's other ones."""
        row = (state, _hashed(browser), json.dumps(dict(content)), now.isoformat())
        newest = "SELECT state FROM logins WHERE browser = ? ORDER BY begun DESC, rowid DESC LIMIT ?"
        with self._open() as file:
            file.execute("DELETE FROM logins WHERE begun < ?", ((now - VISIT).isoformat(),))
            file.execute("INSERT INTO logins VALUES (?, ?, ?, ?)", row)
            command = f"DELETE FROM logins WHERE browser = ? AND state NOT IN ({newest})"  # noqa: S608 - no input in it
            file.execute(command, (_hashed(browser), _hashed(browser), MOST_PENDING))

    def take_login(self, browser: str, state: str, now: datetime) -> dict[str, Any] | None:
        """What a login of this browser remembered, once; None if it is not this browser's, too old, or was taken."""
        query = "DELETE FROM logins WHERE state = ? AND browser = ? AND begun >= ? RETURNING content"
        with self._open() as file:
            row = file.execute(query, (state, _hashed(browser), (now - VISIT).isoformat())).fetchone()
        return dict(json.loads(row["content"])) if row else None

    def visit(self, name: str, now: datetime) -> dict[str, Any] | None:
        """What belongs to this browser, if its hour is not over."""
        with self._open() as file:
            query = "SELECT content FROM visits WHERE browser = ? AND ends >= ?"
            row = file.execute(query, (_hashed(name), now.isoformat())).fetchone()
        return dict(json.loads(row["content"])) if row else None

    def end_visit(self, name: str) -> None:
        """Forget what belongs to this browser; applications stay."""
        with self._open() as file:
            file.execute("DELETE FROM visits WHERE browser = ?", (_hashed(name),))

    def keep(self, application: Application, level: str, visit: str, now: datetime) -> Kept:
        """Keep an application; a visit has one only, so a second click gets the first one's reference."""
        reference = f"URK-{now.year}-{''.join(secrets.choice(_LETTERS) for _ in range(6))}"
        row = (
            reference,
            _hashed(visit),
            now.isoformat(),
            application.certificate,
            application.copies,
            application.purpose,
            json.dumps({**application.person, "name": application.name}),
            level,
            application.channel,
        )
        columns = "reference, visit, received, certificate, copies, purpose, person, level, channel"
        with self._open() as file:
            command = f"INSERT OR IGNORE INTO applications ({columns}) VALUES (?,?,?,?,?,?,?,?,?)"  # noqa: S608
            file.execute(command, row)
        kept = self.application(visit)
        if kept is None:
            raise RuntimeError("an application that was just kept is gone")
        return kept

    def application(self, visit: str) -> Kept | None:
        """The application of this visit."""
        with self._open() as file:
            row = file.execute("SELECT * FROM applications WHERE visit = ?", (_hashed(visit),)).fetchone()
        return _kept(row) if row else None

    def answer_by(self, reference: str, channel: str, recipient: str = "") -> None:
        """Note how the answer goes out: ``postbox`` with its recipient reference, or ``letter``."""
        with self._open() as file:
            command = "UPDATE applications SET channel = ?, recipient = ? WHERE reference = ?"
            file.execute(command, (channel, recipient, reference))

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        file = sqlite3.connect(self._path, timeout=10)
        file.row_factory = sqlite3.Row
        try:
            with file:
                yield file
        finally:
            file.close()


def _kept(row: sqlite3.Row) -> Kept:
    person = json.loads(row["person"])
    street, town = person.get("street_address", ""), f"{person.get('postal_code', '')} {person.get('locality', '')}"
    return Kept(
        reference=row["reference"],
        received=datetime.fromisoformat(row["received"]),
        certificate=row["certificate"],
        copies=row["copies"],
        name=person["name"],
        level=row["level"],
        channel=row["channel"],
        recipient=row["recipient"],
        postal_address=(person["name"], street, town.strip()) if street and town.strip() else (),
    )


def _hashed(name: str) -> bytes:
    """Only hashes of browser names are kept: the file alone opens no session."""
    return hashlib.sha256(name.encode()).digest()
