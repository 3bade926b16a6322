"""Which addresses of applications we call ourselves, and how: never a way into somebody's own network.

An address of a registration is still an address that we are told. So https only, no redirects, bounded in size and
time, few at once, and every address its name resolves to must be a public one; the connection goes to exactly the
address that was looked at, so that a second answer of the name service changes nothing (DNS rebinding). In the demo,
and only there, plain http to this machine is allowed.
"""

import contextlib
import http.client
import socket
import ssl
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from http import HTTPStatus
from typing import TypeVar
from urllib.parse import urlsplit

from idgateway.errors import LinesBusy, UpstreamUnavailable
from idgateway.provider import hosts, lines

TIMEOUT = 5.0  # seconds, for finding the name, for connecting and for each byte of the answer
DEADLINE = 10.0  # seconds for the whole exchange, name and all, however slowly it drips
# A name service that hangs keeps no more threads than these; what is fetched keeps none from what we have to tell.
_LOOKUPS = {method: threading.BoundedSemaphore(8) for method in ("GET", "POST")}
LARGEST = 64 * 1024  # bytes of a document: key sets, lists of addresses and signed requests are far smaller
T = TypeVar("T")


def is_allowed(url: str, *, demo: bool) -> bool:
    """Whether the address is one we would call: https, or in the demo http on this machine; nobody's password in it."""
    parts = hosts.split(url)
    if parts is None:
        return False
    return parts.scheme == "https" or (demo and parts.scheme == "http" and parts.hostname in hosts.LOOPBACK)


def post(url: str, form: bytes, *, demo: bool, headers: Mapping[str, str]) -> int:
    """Post a form and give the status of the answer. Raises UpstreamUnavailable ``address`` or ``unreachable``."""
    # The body is not read.
    return _exchange("POST", url, form, {"User-Agent": "idgateway", **headers}, lambda answer: answer.status, demo=demo)


def get(url: str, *, demo: bool, accept: str, turn: str = "") -> bytes:
    """The document at an address, as it came; no redirect is followed, and what is no document is none.

    One at a time for each address, and for each ``turn`` where one is given, few in all (``lines``).

    Raises UpstreamUnavailable: ``address``, ``unreachable``, ``too-large``, or ``status-…`` for any answer but 200;
    LinesBusy.
    """
    headers = {"User-Agent": "idgateway", "Accept": accept, "Accept-Encoding": "identity"}
    with lines.SHARED.taken(*filter(None, (url, turn))):
        ends = time.monotonic() + DEADLINE
        document = _exchange("GET", url, None, headers, _document, demo=demo)
        # A line that was cut ends like one that said all it had to say.
        if time.monotonic() >= ends:
            raise UpstreamUnavailable("the document came too slowly", code="unreachable")
    return document


def _document(answer: http.client.HTTPResponse) -> bytes:
    if answer.status != HTTPStatus.OK:
        raise UpstreamUnavailable(f"status {answer.status}", code=f"status-{answer.status}")
    document = answer.read(LARGEST + 1)
    if len(document) > LARGEST:
        raise UpstreamUnavailable(f"longer than {LARGEST} bytes", code="too-large")
    return document


def _exchange(
    method: str,
    url: str,
    body: bytes | None,
    headers: Mapping[str, str],
    read: Callable[[http.client.HTTPResponse], T],
    *,
    demo: bool,
) -> T:
    if not is_allowed(url, demo=demo):
        raise UpstreamUnavailable("not an address we call", code="address")
    parts = urlsplit(url)
    host, port = str(parts.hostname), parts.port or (443 if parts.scheme == "https" else 80)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    ends = time.monotonic() + DEADLINE
    try:
        line = _line(parts.scheme, host, port, _resolved(host, port, _LOOKUPS[method], demo=demo))
        end = threading.Timer(max(0.0, ends - time.monotonic()), _cut, (line,))
        end.start()
        try:
            if isinstance(line, ssl.SSLSocket):
                line.do_handshake()  # may drip, too
            connection = http.client.HTTPConnection(host, port, timeout=TIMEOUT)
            connection.sock = line
            connection.request(method, path, body=body, headers=dict(headers))
            with connection.getresponse() as answer:
                return read(answer)
        finally:
            end.cancel()
            line.close()
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise UpstreamUnavailable(f"{host}: {type(error).__name__}", code="unreachable") from None


def _resolved(host: str, port: int, places: threading.BoundedSemaphore, *, demo: bool) -> str:
    """The one address to connect to. Raises UpstreamUnavailable ``address`` if any is not public."""
    found = _looked_up(host, port, places)
    if demo and host in hosts.LOOPBACK:
        return found[0]
    # A name that also leads inside leads inside.
    if not found or not all(hosts.is_public(address) for address in found):
        raise UpstreamUnavailable(f"{host}: leads to an address that is not public", code="address")
    return found[0]


def _looked_up(host: str, port: int, places: threading.BoundedSemaphore) -> list[str]:
    """The addresses of a name, in a thread of its own: the system's resolver knows no deadline. Raises OSError."""
    if not places.acquire(blocking=False):
        raise LinesBusy("the name service hangs")
    answer: Future[list[str]] = Future()

    def look_up() -> None:
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            answer.set_result([str(each[4][0]) for each in found])
        except (OSError, UnicodeError) as error:
            answer.set_exception(error)
        finally:
            places.release()

    threading.Thread(target=look_up, daemon=True).start()
    return answer.result(TIMEOUT)  # TimeoutError is an OSError


def _line(scheme: str, host: str, port: int, address: str) -> socket.socket:
    """A line to the address, whose certificate must be the name's; the handshake is still to come."""
    line = socket.create_connection((address, port), timeout=TIMEOUT)
    if scheme != "https":
        return line
    return ssl.create_default_context().wrap_socket(line, server_hostname=host, do_handshake_on_connect=False)


def _cut(line: socket.socket) -> None:
    with contextlib.suppress(OSError):
        line.shutdown(socket.SHUT_RDWR)
