"""Addresses and ports: whether they are free, and whether somebody answers there."""

import errno
import http.client
import socket
from collections.abc import Iterable

from runtime.errors import PortTaken, SettingsError

ANSWER_WITHIN = 1.0  # seconds


def split(listen: str) -> tuple[str, int]:
    """``"127.0.0.1:8080"`` or ``"[::1]:8080"`` as address and port.

    Raises:
        SettingsError: it is neither.
    """
    address, colon, port = listen.rpartition(":")
    if not colon or not port.isdecimal() or not 0 < int(port) < 2**16:
        raise SettingsError(f"{listen!r} is no address:port.", 'Write e.g. "127.0.0.1:8080".')
    return address.strip("[]"), int(port)


def refuse_taken(listens: Iterable[str]) -> None:
    """Look at every port before anything starts.

    Raises:
        PortTaken: naming each port we cannot have, and why.
    """
    troubles = [trouble for listen in listens for trouble in _troubles(*split(listen))]
    if troubles:
        raise PortTaken(" ".join(troubles), "Stop the other program, or choose other ports.")


def _troubles(address: str, port: int) -> list[str]:
    # Browsers try ::1 first for "localhost": a stranger there would get our visitors.
    addresses = [address, "::1"] if address in ("127.0.0.1", "localhost") else [address]
    return [trouble for each in addresses if (trouble := _trouble(each, port))]


def _trouble(address: str, port: int) -> str:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    try:
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            # As servers do: connections that are only fading out do not count. Without SO_REUSEPORT on purpose: with it
            # two servers would silently share the port.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((address, port))
            probe.listen(1)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            return f"Port {port} on {address} is taken by another program."
        if address == "::1":  # no IPv6 here: nobody can be in the way
            return ""
        return f"Port {port} on {address} cannot be opened: {error.strerror}."
    return ""


def answers(listen: str, *, web: bool) -> bool:
    """Whether the listener is up: ``/healthz`` says 200, or, without ``web``, a connection is taken."""
    address, port = split(listen)
    try:
        if web:
            return _healthy(address, port)
        socket.create_connection((address, port), timeout=ANSWER_WITHIN).close()
    except (OSError, http.client.HTTPException):
        return False
    return True


def _healthy(address: str, port: int) -> bool:
    connection = http.client.HTTPConnection(address, port, timeout=ANSWER_WITHIN)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == http.client.OK
    finally:
        connection.close()
