"""Paper: print jobs for whoever prints, folds and posts; here a folder that the print room empties.

A job is a folder of its own, whole or not there: sheets in the order of their names, and ``job.json`` with their
SHA-256. Sheets are readable; they lie there until the print room removes them.
"""

import hashlib
import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

from postbox.durable import sync_folder, write_file
from postbox.errors import ChannelDown

_TICKET: Final = "job.json"


class PrintService(Protocol):
    """Who prints and posts."""

    def hand_over(self, job: str, sheets: Mapping[str, bytes]) -> None:
        """Hand one letter over, durably; the same job again is no second letter while it still lies there.

        ``sheets`` are PDFs by their file names, in order. Raises ChannelDown: try again.
        """
        ...


@dataclass(frozen=True, kw_only=True)
class SpoolFolder:
    """Print jobs as folders (0700) of one directory."""

    directory: Path

    def hand_over(self, job: str, sheets: Mapping[str, bytes]) -> None:
        """Beside it first, synced, then renamed: the print room sees whole jobs only."""
        target, beside = self.directory / job, self.directory / f".{job}.part"
        try:
            if target.is_dir():  # of an earlier try, which may have died before it was durable
                sync_folder(self.directory)
                return
            shutil.rmtree(beside, ignore_errors=True)  # what a crash left
            beside.mkdir(mode=0o700)
            told = [{"file": name, "sha256": hashlib.sha256(sheet).hexdigest()} for name, sheet in sheets.items()]
            for name, content in {**sheets, _TICKET: json.dumps({"job": job, "sheets": told}).encode()}.items():
                write_file(beside / name, [content])
            sync_folder(beside)
            beside.rename(target)
            sync_folder(self.directory)
        except OSError as error:
            cause = f"The folder of print jobs cannot be written: {error.strerror}."
            raise ChannelDown(cause, code="print-service-down") from error
