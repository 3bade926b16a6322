"""One supervised process: described, started, and seen to its end."""

import contextlib
import dataclasses
import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

# The child gets the very module path of its parent and nothing of the current folder (-P).
BOOTSTRAP = "import json, sys; sys.path[:] = json.loads(sys.argv[1]); from runtime.supervisor.child import main; main()"


@dataclass(frozen=True, kw_only=True)
class Child:
    """What to run.

    With ``web`` the target is a factory of a WSGI application, served at ``listen``; otherwise it is a function that is
    called and runs until SIGTERM. A ``listen`` without ``web`` is only waited for.
    """

    name: str  # for people: "gate"
    target: str  # "package.module:function"
    web: bool = False
    listen: str = ""  # address:port
    threads: int = 8
    processes: int = 1
    environment: Mapping[str, str] = field(default_factory=dict)  # added to ours


class Running:
    """A started child."""

    def __init__(self, child: Child) -> None:
        """Start it in a session of its own, so that the terminal's Ctrl-C does not reach it."""
        self.child = child
        path = json.dumps([str(Path(entry).absolute()) for entry in sys.path])
        description = json.dumps({**dataclasses.asdict(child), "environment": {}, "parent": os.getpid()})
        self._process = subprocess.Popen(  # noqa: S603 our own interpreter, our own words
            [sys.executable, "-P", "-c", BOOTSTRAP, path, description],
            stdin=subprocess.DEVNULL,
            env={**os.environ, **child.environment},
            start_new_session=True,
        )
        self.pid = self._process.pid
        self.status: int | None = None  # exit code, or minus the signal

    def ended(self) -> bool:
        """Whether it ended; whoever is left of its session is killed before its process id is given back."""
        if self.status is None and os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT):
            self._kill_session()
            self.status = self._process.wait()
        return self.status is not None

    def ask_to_end(self) -> None:
        """SIGTERM, to the process itself only: it ends its own workers in order."""
        if not self.ended():
            self._process.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """SIGKILL to all of its session, and wait for it."""
        if not self.ended():
            self._kill_session()
            self.status = self._process.wait()

    def reason(self) -> str:
        """How it ended, in words."""
        if self.status is not None and self.status < 0:
            return f"killed by {signal.Signals(-self.status).name}"
        return f"exit code {self.status}"

    def _kill_session(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)
