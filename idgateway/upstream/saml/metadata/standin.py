"""The BundID stand-in logs in whom you like: outside the demo neither its entityID nor its keys may be believed."""

from ipaddress import ip_address
from typing import Final
from urllib.parse import urlsplit

from idgateway.upstream.saml.metadata.theirs import IdentityProvider

MARK: Final = "simulator"  # stands in every name of the stand-in's certificate


def is_stand_in(provider: IdentityProvider) -> bool:
    """Whether metadata describe the stand-in: its certificate says so, or it stands on this machine."""
    subjects = [certificate.subject.rfc4514_string().lower() for certificate in provider.certificates]
    return any(MARK in name for name in subjects) or on_loopback(provider.entity_id) or on_loopback(provider.sso_url)


def on_loopback(url: str) -> bool:
    """Whether an address is this machine's own, by number or name."""
    host = urlsplit(url).hostname or ""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")
