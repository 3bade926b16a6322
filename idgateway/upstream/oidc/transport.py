"""HTTP to an OpenID Provider: bounded in size and time, no redirects, and nobody's password added on the way.

Sources: RFC 9700 4.11 and OpenID Connect Core 16 for the limits; RFC 6749 5.2 for error answers.
"""

import contextlib
import json
import socket
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

import requests
import urllib3
from requests.adapters import HTTPAdapter

from idgateway.errors import UpstreamUnavailable

MAX_BYTES: Final = 256 * 1024
DEADLINE: Final = 10.0  # seconds for the whole exchange
JSON: Final = "application/json"
JWT: Final = "application/jwt"
_GRACE: Final = 0.5  # seconds after it until the line is cut; a body that is too slow is told as such before
_TIMEOUT: Final = (3.0, 5.0)  # seconds to connect, and between two bytes
_PIECE: Final = 16 * 1024
_GOOD: Final = (200, 201)  # 201: RFC 9126 2.2
_LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True, kw_only=True)
class Reply:
    """What came back, unread; ``kind`` is the media type in lower case, without parameters."""

    host: str
    status: int
    kind: str
    body: bytes

    @property
    def good(self) -> bool:
        """Whether the status says that the answer is the one asked for."""
        return self.status in _GOOD


def is_protected(url: str) -> bool:
    """Whether nobody on the way can listen: https, or http that never leaves this machine."""
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError:
        return False
    return bool(host) and not parts.username and (parts.scheme == "https" or (parts.scheme == "http" and is_here(url)))


def is_here(url: str) -> bool:
    """Whether the address is this machine's own."""
    return urlsplit(url).hostname in _LOOPBACK


def fetch(url: str) -> Mapping[str, Any]:
    """A JSON object. Raises UpstreamUnavailable ``unreachable`` or ``nonsense``."""
    return read(send("GET", url))


def post(url: str, form: Mapping[str, str], *, authorization: str = "") -> Mapping[str, Any]:
    """What a form was answered with; an OAuth error is returned like any other object. Raises UpstreamUnavailable."""
    reply = send("POST", url, form=form, authorization=authorization)
    return read(reply, errors=True)


def read(reply: Reply, *, errors: bool = False) -> Mapping[str, Any]:
    """The JSON object of an answer; with ``errors`` an object with ``error`` too, whatever the status says.

    Raises UpstreamUnavailable ``nonsense``.
    """
    found = _object(reply.body)
    if found is None or not (reply.good or (errors and "error" in found)):
        raise UpstreamUnavailable(f"{reply.host}: status {reply.status}, or no JSON object", code="nonsense")
    return found


def send(
    method: str, url: str, *, form: Mapping[str, str] | None = None, authorization: str = "", accept: str = JSON
) -> Reply:
    """One exchange, without following redirects. Raises UpstreamUnavailable."""
    host = str(urlsplit(url).hostname)
    # An ``auth`` of our own, even an empty one, keeps requests from adding what it finds in a .netrc file.
    try:
        with (
            _watched() as session,
            session.request(
                method,
                url,
                data=form,
                headers={"Accept": accept, "Accept-Encoding": "identity"},
                auth=lambda request: _authorized(request, authorization),
                timeout=_TIMEOUT,
                allow_redirects=False,
                stream=True,
            ) as response,
        ):
            kind = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
            return Reply(host=host, status=response.status_code, kind=kind, body=_bounded(response))
    except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
        raise UpstreamUnavailable(f"{host}: {type(error).__name__}", code="unreachable") from None


@contextmanager
def _watched() -> Iterator[requests.Session]:
    """A session whose connections are cut at the deadline: handshake and headers may drip, too."""
    lines: list[socket.socket] = []
    end = threading.Timer(DEADLINE + _GRACE, _cut, (lines,))
    end.start()
    try:
        with requests.Session() as session:
            for scheme in ("https://", "http://"):
                session.mount(scheme, _Adapter(lines))
            yield session
    finally:
        end.cancel()
        for line in lines:
            line.close()


class _Adapter(HTTPAdapter):
    """Notes every line its connections open, as a second handle that survives the wrapping by TLS."""

    def __init__(self, lines: list[socket.socket]) -> None:
        self._lines = lines
        super().__init__()

    def get_connection_with_tls_context(self, *given: Any, **more: Any) -> Any:
        """The pool for an address, as requests makes it, with connections that are noted."""
        pool: Any = super().get_connection_with_tls_context(*given, **more)
        lines, kind = self._lines, pool.ConnectionCls

        class Noted(kind):  # type: ignore[misc, valid-type]
            def _new_conn(self) -> socket.socket:
                line: socket.socket = super()._new_conn()
                lines.append(line.dup())
                return line

        pool.ConnectionCls = Noted
        return pool


def _cut(lines: list[socket.socket]) -> None:
    for line in lines:
        with contextlib.suppress(OSError):
            line.shutdown(socket.SHUT_RDWR)


def _authorized(request: requests.PreparedRequest, authorization: str) -> requests.PreparedRequest:
    if authorization:
        request.headers["Authorization"] = authorization
    return request


def _bounded(response: requests.Response) -> bytes:
    """The body as it arrives, never unpacked: a peer that drips one byte at a time meets the deadline, too."""
    ends, body = time.monotonic() + DEADLINE, b""
    while part := response.raw.read1(_PIECE):
        body += part
        if len(body) > MAX_BYTES or time.monotonic() > ends:
            raise UpstreamUnavailable("the answer is too large or too slow", code="nonsense")
    return body


def _object(body: bytes) -> dict[str, Any] | None:
    try:
        found = json.loads(body, object_pairs_hook=_unique)
        # RFC 8259 8.2: half a surrogate pair is no character; whoever wrote it down later would stumble.
        json.dumps(found, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    # RFC 8259 4: a name that stands twice would be read differently by different readers.
    content = dict(pairs)
    if len(content) != len(pairs):
        raise ValueError("name twice")
    return content
