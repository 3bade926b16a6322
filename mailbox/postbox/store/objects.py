"""Sealed objects: opaque bytes under random names, durable before ``write`` returns, never overwritten."""

import contextlib
import re
import secrets
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final, Protocol

from postbox.durable import sync_folder, write_file
from postbox.errors import StorageFailed

_NAME: Final = re.compile(r"obj_[0-9a-f]{32}")
_READ_BYTES: Final = 64 * 1024


class Objects(Protocol):
    """Where sealed bytes rest. They are sealed before they come here."""

    def write(self, chunks: Iterable[bytes]) -> str:
        """Store durably under a new name and return the name. Raises StorageFailed."""
        ...

    def read(self, name: str) -> Iterator[bytes]:
        """The bytes, piece by piece. Raises StorageFailed, at the first piece or later."""
        ...

    def remove(self, name: str) -> None:
        """Remove; what is already gone is fine."""
        ...

    def older_than(self, moment: float) -> Iterator[str]:
        """Names of everything, finished or not, that was last written before ``moment`` (POSIX seconds)."""
        ...


class FileObjects:
    """Objects as files (0600) of one directory (0700), spread over 256 folders."""

    def __init__(self, directory: Path) -> None:
        """Create the directory where it is missing."""
        self._directory = directory
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)

    def write(self, chunks: Iterable[bytes]) -> str:
        """Temporary file, fsync, rename, fsync of the folder: a crash leaves the whole object or a leftover."""
        name = f"obj_{secrets.token_hex(16)}"
        target = self._path(name)
        beside = target.with_suffix(".tmp")
        try:
            _make_folder(target.parent)
            write_file(beside, chunks)
            beside.rename(target)
            sync_folder(target.parent)
        except OSError as error:
            raise StorageFailed(f"An object could not be written: {error.strerror}.") from error
        finally:
            with contextlib.suppress(OSError):
                beside.unlink(missing_ok=True)
        return name

    def read(self, name: str) -> Iterator[bytes]:
        """Read in pieces of 64 KiB."""
        try:
            with self._path(name).open("rb") as file:
                while piece := file.read(_READ_BYTES):
                    yield piece
        except OSError as error:
            raise StorageFailed(f"An object could not be read: {error.strerror}.") from error

    def remove(self, name: str) -> None:
        """Unlink the file, finished or temporary."""
        path = self._path(name)
        path.unlink(missing_ok=True)
        path.with_suffix(".tmp").unlink(missing_ok=True)

    def older_than(self, moment: float) -> Iterator[str]:
        """Walk all folders; a file that vanishes meanwhile is passed over."""
        for path in self._directory.glob("??/obj_*"):
            with contextlib.suppress(FileNotFoundError):
                if path.stat().st_mtime < moment:
                    yield path.stem

    def _path(self, name: str) -> Path:
        if not _NAME.fullmatch(name):
            raise StorageFailed("That is no name of an object.")
        return self._directory / name[4:6] / name


def _make_folder(folder: Path) -> None:
    if not folder.is_dir():
        folder.mkdir(mode=0o700, exist_ok=True)
        sync_folder(folder.parent)
