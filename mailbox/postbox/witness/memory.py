"""What a witness remembers: the newest checkpoint it signed of each log, durable before anybody hears of it."""

import fcntl
import hashlib
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class Memory:
    """One file per log in a folder (0700); writers take turns by a lock file."""

    def __init__(self, directory: Path) -> None:
        """Name the folder; it is made where it is missing."""
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._directory = directory

    def seen(self, origin: str) -> str:
        """The note signed last for this log; empty: none yet."""
        try:
            return self._file(origin).read_text(encoding="utf-8")
        except FileNotFoundError:
            return ""

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Alone, across threads and processes: what is compared inside is still so when it is replaced."""
        descriptor = os.open(self._directory / ".lock", os.O_CREAT | os.O_RDWR | os.O_NOFOLLOW, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)

    def keep(self, origin: str, note: str) -> None:
        """Replace what was seen of this log, whole or not at all, and on the disk when this returns."""
        beside = self._directory / f".{secrets.token_hex(8)}.tmp"
        descriptor = os.open(beside, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(note.encode())
            file.flush()
            os.fsync(file.fileno())
        beside.replace(self._file(origin))
        folder = os.open(self._directory, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def _file(self, origin: str) -> Path:
        return self._directory / f"{hashlib.sha256(origin.encode()).hexdigest()}.note"
