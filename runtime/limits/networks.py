"""Whose request it is, as far as the network tells: one IPv4 address, or one IPv6 /64 (what one household gets)."""

import socket

PREFIX = 64
_HALF, _REST = PREFIX // 8, bytes(8)  # bytes
_MAPPED = bytes(10) + b"\xff\xff"  # RFC 4291 2.5.5.2
_LOOPBACK = bytes(15) + b"\x01"
_SHORT, _LOCAL = 4, 127  # bytes of an IPv4 address, and how those of the loopback begin
UNREADABLE = "unreadable"  # all that is no address shares one quota


def network_of(address: str) -> str:
    """The network to count under; empty for this machine itself.

    What comes from the loopback is a program of ours, or a reverse proxy that nobody declared: to count it would lock
    out everybody at once.
    """
    text = address.strip().partition("%")[0]
    try:
        packed = socket.inet_pton(socket.AF_INET6 if ":" in text else socket.AF_INET, text)
    except (OSError, ValueError):
        return UNREADABLE
    # RFC 4291 2.5.5.2: the same IPv4 host, however the socket spells it.
    short = packed.removeprefix(_MAPPED)
    if len(short) == _SHORT:
        return "" if short[0] == _LOCAL else socket.inet_ntop(socket.AF_INET, short)
    return "" if packed == _LOOPBACK else f"{socket.inet_ntop(socket.AF_INET6, packed[:_HALF] + _REST)}/{PREFIX}"
