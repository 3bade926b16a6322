"""Where keys rest: one JSON file each, in a directory that nobody else can read.

Files are written to the side, made durable, then renamed (fsync(2), rename(2)): a reader sees a whole file or none.
Writers of one directory take turns by a lock file; readers need none.
"""

import fcntl
import os
import secrets
import stat
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Protocol

from keys.certificates import owner_of
from keys.errors import CustodyRefused
from keys.keyfile import dump, parse
from keys.keyring import ANNOUNCED, RETENTION, Key, Keyring, Purpose
from keys.minting import NOBODY, Owner, mint

_DIRECTORY_RIGHTS = 0o700
_FILE_RIGHTS = 0o600
_LOOSE = stat.S_IRWXG | stat.S_IRWXO
_LARGEST_FILE = 64 * 1024
_SUFFIX = ".key.json"


class Custody(Protocol):
    """Anything that holds keys and hands them over as a keyring."""

    def load(self) -> Keyring:
        """All keys, read and checked. Raises CustodyRefused."""
        ...


class FileCustody:
    """Keys as files in one directory (0700, files 0600, owned by the user who runs us)."""

    def __init__(self, directory: Path) -> None:
        """Name the directory; nothing is touched yet."""
        self._directory = directory

    def ensure(self, purposes: Iterable[Purpose], at: datetime) -> Keyring:
        """Create a key for every purpose that has none at ``at`` (aware UTC), and load all. Raises CustodyRefused."""
        with self._writing():
            self._remove_leftovers()
            keys = self._read()
            known = Keyring(keys)
            fresh = [mint(purpose, at) for purpose in dict.fromkeys(purposes) if not known.usable(purpose, at)]
            for key in fresh:
                self._write(key)
        return Keyring([*keys, *fresh])

    def ensure_seals(self, owners: Iterable[Owner], at: datetime) -> Keyring:
        """Create a sealing key for each authority that has none at ``at`` (aware UTC). Raises CustodyRefused."""
        with self._writing():
            keys = self._read()
            known = {
                owner_of(key.certificate)
                for key in Keyring(keys).usable(Purpose.DOCUMENT_SEALING, at)
                if key.certificate and key.certificate.not_valid_after_utc > at
            }
            fresh = [mint(Purpose.DOCUMENT_SEALING, at, owner=owner) for owner in owners if owner.ars not in known]
            for key in fresh:
                self._write(key)
        return Keyring([*keys, *fresh])

    def create(self, purpose: Purpose, at: datetime) -> Key:
        """Add one more key, current from ``at`` (aware UTC) on; older ones stay as they are. Raises CustodyRefused."""
        with self._writing():
            key = mint(purpose, at)
            self._write(key)
        return key

    def rotate(self, purpose: Purpose, at: datetime, begins: datetime | None = None, owner: Owner = NOBODY) -> Key:
        """Make a new current key; those before it open and verify until the purpose's retention is over.

        A sealing key is its ``owner``'s: it takes the place of that authority's, and of no other's.

        With ``begins`` after ``at`` (both aware UTC) the new key is announced: its public half is published at once, it
        signs from then on, and the one before it signs until then. A crash in between leaves the old key with an open
        end, never a purpose without key. Raises CustodyRefused, also when one is announced already, when the newest key
        begins at or after that moment (the newer one would not win), when the moment is over, or the purpose's keys
        cannot be announced.
        """
        if begins is not None and purpose not in ANNOUNCED:
            told = f"a {purpose} key can only begin at once, and the one before it still opens what was sealed for it"
            raise CustodyRefused("cannot-announce", told)
        if begins is not None and begins <= at:
            raise CustodyRefused("cannot-announce", "the moment is over: name a day to come")
        if (purpose is Purpose.DOCUMENT_SEALING) != bool(owner.ars):
            raise CustodyRefused("owner-missing", f"a {purpose} key names the authority whose it is, and no other does")
        start = begins or at
        with self._writing():
            same = (key for key in self._read() if key.purpose is purpose and _owner(key) == owner.ars)
            older = [key for key in same if key.not_after is None]
            if begins is not None and any(key.not_before > at for key in older):
                # BundID, too, takes two of each during a rollover: the one that signs and the one to come.
                told = f"a {purpose} key is announced already; wait until it is current"
                raise CustodyRefused("already-announced", told)
            if any(key.not_before >= start for key in older):
                raise CustodyRefused("rotate-too-early", f"the newest {purpose} key begins at or after this moment")
            fresh = mint(purpose, at, begins, owner)
            self._write(fresh)
            retention = RETENTION[purpose]
            if retention is not None:
                for key in older:
                    self._write(replace(key, not_after=start + retention))
        return fresh

    def load(self) -> Keyring:
        """All keys, read and checked once. Raises CustodyRefused with cause and cure."""
        self._check_directory()
        return Keyring(self._read())

    @contextmanager
    def _writing(self) -> Iterator[None]:
        self._directory.mkdir(mode=_DIRECTORY_RIGHTS, parents=True, exist_ok=True)
        self._check_directory()
        descriptor = os.open(self._directory / ".lock", os.O_CREAT | os.O_RDWR | os.O_NOFOLLOW, _FILE_RIGHTS)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)

    def _check_directory(self) -> None:
        if not self._directory.is_dir():
            cure = f"create it with: idgateway keys create, or: mkdir -m 700 {self._directory}"
            raise CustodyRefused("directory-missing", f"{self._directory} is no directory; {cure}")
        _check_rights(self._directory.stat(), self._directory, _DIRECTORY_RIGHTS)

    def _remove_leftovers(self) -> None:
        for leftover in self._directory.glob("*.tmp"):
            leftover.unlink()

    def _read(self) -> list[Key]:
        return [_read_file(path) for path in sorted(self._directory.glob(f"*{_SUFFIX}"))]

    def _write(self, key: Key) -> None:
        target = self._directory / f"{key.purpose}.{key.kid}{_SUFFIX}"
        beside = self._directory / f".{secrets.token_hex(8)}.tmp"
        descriptor = os.open(beside, os.O_CREAT | os.O_EXCL | os.O_WRONLY, _FILE_RIGHTS)
        with os.fdopen(descriptor, "wb") as file:
            file.write(dump(key))
            file.flush()
            os.fsync(file.fileno())
        beside.rename(target)
        _sync_directory(self._directory)


def _owner(key: Key) -> str:
    return owner_of(key.certificate) if key.purpose is Purpose.DOCUMENT_SEALING and key.certificate else ""


def _sync_directory(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _read_file(path: Path) -> Key:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
    except OSError as error:
        cure = "it must be a plain file (no link) of the user who runs this service"
        raise CustodyRefused("key-file-unreadable", f"{path}: {error.strerror}; {cure}") from None
    with os.fdopen(descriptor, "rb") as file:
        status = os.fstat(file.fileno())
        _check_rights(status, path, _FILE_RIGHTS)
        if not stat.S_ISREG(status.st_mode) or status.st_size > _LARGEST_FILE:
            raise CustodyRefused("key-file-malformed", f"{path} is not a key file; move it elsewhere")
        data = file.read()
    try:
        key = parse(data)
    except CustodyRefused as error:
        raise CustodyRefused(error.code, f"{path}: {error.detail}; restore it from your backup") from None
    if path.name != f"{key.purpose}.{key.kid}{_SUFFIX}":
        raise CustodyRefused("key-file-name", f"{path}: the name does not say what is in it; restore the name")
    return key


def _check_rights(status: os.stat_result, path: Path, wanted: int) -> None:
    if status.st_mode & _LOOSE:
        found = stat.S_IMODE(status.st_mode)
        cause = f"{path} is open to other users of this machine (rights {found:04o})"
        raise CustodyRefused("rights-too-loose", f"{cause}; cure: chmod {wanted:03o} {path}")
    if status.st_uid != os.geteuid():
        cause = f"{path} belongs to user id {status.st_uid}, not to {os.geteuid()} who runs this service"
        raise CustodyRefused("owner-differs", f"{cause}; cure: chown {os.geteuid()} {path}")
