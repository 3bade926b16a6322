"""Asks a malware scanner: clamd's INSTREAM over a unix or TCP socket (clamd(8)). Nothing is kept there."""

import socket
import struct
import time
from collections.abc import Iterable
from typing import Final

from postbox.errors import ChannelDown, SetupWrong

DEADLINE: Final = 20.0  # seconds for one document, from the first byte to the verdict
_COMMAND: Final = b"zINSTREAM\0"
_MOST_REPLY: Final = 4096
_CLEAN: Final = b"stream: OK"
_FOUND: Final = b" FOUND"


class Scanner:
    """A configured clamd; ``address`` is ``unix:/path`` or ``tcp:host:port``."""

    def __init__(self, address: str, within: float = DEADLINE) -> None:
        """Nothing is asked yet. Raises SetupWrong for another kind of address."""
        kind, _, rest = address.partition(":")
        host, _, port = rest.rpartition(":")
        if (kind, bool(rest)) != ("unix", True) and not (kind == "tcp" and host and port.isdigit()):
            raise SetupWrong("scanner is unix:/path/to/clamd.ctl or tcp:host:port.")
        self._within = within
        self._family = socket.AF_UNIX if kind == "unix" else socket.AF_INET
        self._place: str | tuple[str, int] = rest if kind == "unix" else (host, int(port))

    def find(self, pieces: Iterable[bytes]) -> str:
        """The name of what was found in a document, or empty. Raises ChannelDown: no verdict, or none in time."""
        ends = time.monotonic() + self._within
        try:
            with socket.socket(self._family, socket.SOCK_STREAM) as line:
                self._tell(line, ends)
                line.connect(self._place)
                line.sendall(_COMMAND)
                for piece in pieces:
                    self._tell(line, ends)
                    line.sendall(struct.pack("!I", len(piece)) + piece)
                line.sendall(struct.pack("!I", 0))
                return _verdict(self._reply(line, ends))
        except OSError as error:
            raise ChannelDown(f"The scanner gave no verdict: {type(error).__name__}.", code="scanner-down") from None

    def _tell(self, line: socket.socket, ends: float) -> None:
        left = ends - time.monotonic()
        if left <= 0:
            raise TimeoutError
        line.settimeout(left)

    def _reply(self, line: socket.socket, ends: float) -> bytes:
        reply = b""
        while not reply.endswith(b"\0") and len(reply) <= _MOST_REPLY:
            self._tell(line, ends)
            piece = line.recv(_MOST_REPLY)
            if not piece:
                break
            reply += piece
        return reply.rstrip(b"\0\n")


def _verdict(reply: bytes) -> str:
    if reply == _CLEAN:
        return ""
    if reply.startswith(b"stream: ") and reply.endswith(_FOUND):
        return reply[len(b"stream: ") : -len(_FOUND)].decode("ascii", "replace")[:100]
    # A limit reached, a database being loaded: no verdict is no clean one.
    raise ChannelDown("The scanner could not judge the document.", code="scanner-undecided")
