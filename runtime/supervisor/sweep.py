"""The janitor's own process: waits for the end of its master, then removes what is left. It imports nothing of ours.

Orders come as lines of JSON on standard input: ``["folder", path]``, ``["group", pid]``, ``["gone", pid]``.
The end of input is the end of the master, whether it closed the pipe or was killed.
"""

import contextlib
import json
import os
import shutil
import signal
import sys
import time
from collections.abc import Iterable
from pathlib import Path

PATIENCE = 3.0  # seconds for dying processes, and again for folders they still write to


def main() -> None:
    """Take orders until the master ends, then sweep."""
    for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(each, signal.SIG_IGN)
    folders: list[str] = []
    groups: set[int] = set()
    for line in sys.stdin:
        with contextlib.suppress(ValueError):  # a master killed in the middle of a line
            order, what = json.loads(line)
            if order == "folder":
                folders.append(what)
            else:
                (groups.add if order == "group" else groups.discard)(what)
    end_groups(groups)
    remove_folders(folders)


def end_groups(groups: Iterable[int]) -> None:
    """Wait for process groups that are dying with their master; kill those that do not."""
    ends = time.monotonic() + PATIENCE
    left = list(groups)
    while left and time.monotonic() < ends:
        left = [group for group in left if _exists(group)]
        time.sleep(0.02)
    for group in left:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(group, signal.SIGKILL)


def _exists(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except (ProcessLookupError, PermissionError):
        return False
    return True


def remove_folders(folders: Iterable[str]) -> None:
    """Remove folders, again and again while somebody still writes into them."""
    ends = time.monotonic() + PATIENCE
    for folder in folders:
        while Path(folder).exists() and time.monotonic() < ends:
            shutil.rmtree(folder, ignore_errors=True)
            time.sleep(0.02)


if __name__ == "__main__":
    main()
