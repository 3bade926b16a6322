"""One question to a stranger over HTTP: bounded in size and time from the first byte to the last, no redirects."""

import http.client
import socket
import ssl
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final
from urllib.parse import urlsplit

from postbox.errors import ChannelDown

MOST_BYTES: Final = 256 * 1024
DEADLINE: Final = 10.0  # seconds for the whole exchange
_STEP: Final = 5.0  # seconds to connect, and between two bytes
_PIECE: Final = 16 * 1024


@dataclass(frozen=True, kw_only=True)
class Reply:
    """What came back, unread; ``kind`` is the media type in lower case, without parameters."""

    status: int
    kind: str
    body: bytes


def post(
    url: str, body: bytes, *, kind: str, within: float = DEADLINE, headers: Mapping[str, str] = MappingProxyType({})
) -> Reply:
    """POST ``body`` of this media type, ``within`` seconds.

    Raises ChannelDown: no answer, none in time, or more than is taken.
    """
    ends = time.monotonic() + within
    try:
        connection, path = _line(url, min(_STEP, within))
        # A timeout counts from byte to byte; a stranger who drips handshake or headers meets this end.
        cut = threading.Timer(within, _cut, (connection,))
        cut.start()
        try:
            told = {**headers, "Content-Type": kind, "Accept-Encoding": "identity"}
            connection.request("POST", path, body, told)
            answer = connection.getresponse()
            media = (answer.getheader("Content-Type") or "").partition(";")[0].strip().lower()
            return Reply(status=answer.status, kind=media, body=_bounded(answer, ends))
        finally:
            cut.cancel()
            connection.close()
    except (OSError, http.client.HTTPException, ValueError, AttributeError) as error:
        raise ChannelDown(f"There was no answer: {type(error).__name__}.", code="no-answer") from None


def _line(url: str, timeout: float) -> tuple[http.client.HTTPConnection, str]:
    parts = urlsplit(url)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    if parts.scheme == "https":
        context = ssl.create_default_context()
        return http.client.HTTPSConnection(parts.netloc, timeout=timeout, context=context), path
    return http.client.HTTPConnection(parts.netloc, timeout=timeout), path


def _bounded(answer: http.client.HTTPResponse, ends: float) -> bytes:
    body = b""
    while part := answer.read1(_PIECE):
        body += part
        if len(body) > MOST_BYTES or time.monotonic() > ends:
            raise ChannelDown("The answer is too large or too slow.", code="answer-unbounded")
    return body


def _cut(connection: http.client.HTTPConnection) -> None:
    with suppress(OSError):
        if isinstance(connection.sock, socket.socket):
            connection.sock.shutdown(socket.SHUT_RDWR)
