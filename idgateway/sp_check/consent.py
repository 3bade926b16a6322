"""Which hosts may be contacted: one's own machine and network, hosts named as one's own to test, BundID never. Pure."""

import ipaddress
from collections.abc import Iterable

from idgateway.sp_check.errors import TargetRefused

# The real accounts and mailboxes, for production and for integration: tested by their operators, not from here. What
# else stands below bund.de or at a town's provider may well be somebody's own service.
NEVER = (
    "id.bund.de",
    "bundid.de",
    "zbp.bund.de",
    "zbp.bmi.in.bund.de",
    "zbp.bundid.doi-de.net",
    "id.bayernportal.de",
    "pre-id.bayernportal.de",
    "infra-pre-id.bayernportal.de",
    "mein-unternehmenskonto.de",
    "elster.de",
)


def check_contact(host: str, addresses: Iterable[str], named: Iterable[str]) -> None:
    """Let a host pass that is here, private, or named.

    Args:
        host: from the address, without port, any case.
        addresses: what the host's name stands for; empty where it stands for nothing.
        named: hosts that the person at the keyboard says to be allowed to test.

    Raises:
        TargetRefused: it is none of these, or an account of the state itself.
    """
    host = host.lower().rstrip(".")
    if any(host == real or host.endswith(f".{real}") for real in NEVER):
        raise TargetRefused(f"{host} belongs to a real account service; nothing is ever sent there.")
    if host in {one.lower().rstrip(".") for one in named}:
        return
    known = [ipaddress.ip_address(address.partition("%")[0]) for address in addresses]
    if not known:
        raise TargetRefused(f"{host} has no address.", "Check the spelling.")
    if not all(one.is_loopback or one.is_private for one in known):
        cure = f"If you may test it: --i-may-test {host}"
        raise TargetRefused(f"{host} is neither on this machine nor in a private network.", cure)
