"""Names and addresses of machines in what applications tell us: which are well formed, and which are public. Pure."""

import ipaddress
import re
from urllib.parse import SplitResult, urlsplit

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")  # RFC 1123 2.1
_LONGEST_NAME = 253  # characters, RFC 1035 2.3.4
_UNICAST = ipaddress.IPv6Network("2000::/3")  # all that is ever given out for the whole internet (RFC 4291 2.4)
_TRANSLATED = ipaddress.IPv6Network("64:ff9b::/96")  # RFC 6052 2.1: an IPv4 address stands in the last 32 bits
_NOBODYS = (
    ipaddress.IPv6Network("3fff::/20"),  # RFC 9637: documentation
    ipaddress.IPv4Network("192.88.99.0/24"),  # RFC 7526: relays of 6to4, out of use
)
_ISATAP = frozenset({0x00005EFE, 0x02005EFE})  # RFC 5214 6.1: before an IPv4 address in the last 64 bits
_Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def split(url: str) -> SplitResult | None:
    """The parts of a web address whose host is well formed and stands there alone; None for any other text."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return None
    # Nobody's password, no second host behind a bracket, no port in another spelling.
    alone = (f"[{host}]" if ":" in host else host) + ("" if port is None else f":{port}")
    return parts if is_host(host) and parts.netloc.lower() == alone else None


def is_host(host: str) -> bool:
    """Whether this is an IP address, or a name of letters, digits and hyphens (RFC 1123 2.1), in small letters."""
    try:
        return "%" not in str(ipaddress.ip_address(host))
    except ValueError:
        labels = host.split(".")
    # What ends in a number is an IPv4 address to browsers, in whatever old spelling (WHATWG URL 3.5).
    numeric = labels[-1].isdigit() or re.fullmatch(r"0x[0-9a-f]*", labels[-1])
    return len(host) <= _LONGEST_NAME and not numeric and all(map(_LABEL.fullmatch, labels))


def is_somebodys(host: str) -> bool:
    """Whether a host can be one owner's: an address, a name with a dot, or this machine for who develops on it."""
    return "." in host or ":" in host or host in LOOPBACK


def is_public(address: str) -> bool:
    """Whether an IP address leads to the internet and nowhere else, whatever translates it on the way."""
    try:
        one: _Address = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(one, ipaddress.IPv6Address) and one.ipv4_mapped:
        one = one.ipv4_mapped  # RFC 4291 2.5.5.2: the same host as the socket spells it
    return _is_public(one) and all(map(_is_public, _inner(one)))


def _is_public(one: _Address) -> bool:
    if any(one in network for network in _NOBODYS) or one.is_multicast:
        return False
    if isinstance(one, ipaddress.IPv4Address):
        return one.is_global
    # The local translators' 64:ff9b:1::/48 (RFC 8215) and SIIT's ::ffff:0:0:0/96 stand outside, as whatever is new.
    return one in _TRANSLATED or (one in _UNICAST and one.is_global)


def _inner(one: _Address) -> tuple[ipaddress.IPv4Address, ...]:
    """The IPv4 addresses that stand inside, to which a translator or tunnel on the way would lead."""
    if isinstance(one, ipaddress.IPv4Address):
        return ()
    # RFC 3056 2 (6to4), RFC 4380 4 (Teredo: server and client).
    inside = [one.sixtofour, *(one.teredo or ())]
    if one in _TRANSLATED or int.from_bytes(one.packed[8:12]) in _ISATAP:
        inside.append(ipaddress.IPv4Address(one.packed[-4:]))
    return tuple(filter(None, inside))
