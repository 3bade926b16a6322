"""Whose request it is, as far as the network tells: one IPv4 address, or one IPv6 /64 (what one household gets)."""

import ipaddress

PREFIX = 64
_REST = 128 - PREFIX  # bits
UNREADABLE = "unreadable"  # all that is no address shares one quota


def network_of(address: str) -> str:
    """The network to count under; empty for this machine itself.

    What comes from the loopback is a program of ours, or a reverse proxy that nobody declared: to count it would lock
    out everybody at once.
    """
    try:
        found = ipaddress.ip_address(address.strip().partition("%")[0])
    except ValueError:
        return UNREADABLE
    if isinstance(found, ipaddress.IPv6Address):
        # RFC 4291 2.5.5.2: the same IPv4 host, however the socket spells it.
        if found.ipv4_mapped is None:
            return "" if found.is_loopback else f"{ipaddress.IPv6Address(int(found) >> _REST << _REST)}/{PREFIX}"
        found = found.ipv4_mapped
    return "" if found.is_loopback else str(found)
