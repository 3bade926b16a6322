"""The janitor outlives its master by a moment and cleans up, even when the master was killed."""

import contextlib
import json
import secrets
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from runtime.supervisor import sweep

SWEPT_WITHIN = 10.0  # seconds


class Janitor:
    """Knows the temporary folders and the process groups that must not remain. Use ``hired``."""

    def __init__(self) -> None:
        """Start the janitor's process, in a session of its own."""
        self._folders: list[str] = []
        self._process = subprocess.Popen(  # noqa: S603 our own interpreter and file
            [sys.executable, "-I", "-S", sweep.__file__],
            stdin=subprocess.PIPE,
            text=True,
            bufsize=1,
            start_new_session=True,
        )
        self.pid = self._process.pid

    @classmethod
    @contextlib.contextmanager
    def hired(cls) -> Iterator["Janitor"]:
        """A janitor for the length of a block; at its end everything is swept."""
        janitor = cls()
        try:
            yield janitor
        finally:
            janitor.dismiss()

    def temporary_folder(self, prefix: str) -> Path:
        """A new folder (rights 0700) that will not remain. The janitor knows it before it is there."""
        folder = Path(tempfile.gettempdir()) / f"{prefix}{secrets.token_hex(8)}"
        self._folders.append(str(folder))
        self._order("folder", str(folder))
        folder.mkdir(mode=0o700)
        return folder

    def watch(self, group: int) -> None:
        """Remember a process group."""
        self._order("group", group)

    def forget(self, group: int) -> None:
        """The process group ended and its number may be used again."""
        self._order("gone", group)

    def ended(self) -> bool:
        """Whether somebody killed the janitor."""
        return self._process.poll() is not None

    def dismiss(self) -> None:
        """End the janitor's work: it sweeps; if it was killed, we do."""
        with contextlib.suppress(BrokenPipeError):
            self._stdin().close()
        try:
            status = self._process.wait(SWEPT_WITHIN)
        except subprocess.TimeoutExpired:
            self._process.kill()
            status = self._process.wait()
        if status:
            sweep.remove_folders(self._folders)

    def _order(self, order: str, what: str | int) -> None:
        with contextlib.suppress(BrokenPipeError):  # a killed janitor: the supervisor notices by itself
            self._stdin().write(json.dumps([order, what]) + "\n")

    def _stdin(self) -> IO[str]:
        if self._process.stdin is None:
            raise RuntimeError("the janitor has no pipe")
        return self._process.stdin
