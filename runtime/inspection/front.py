"""What stands in front of the houses: whose address a request carries."""

from collections.abc import Iterator

from runtime.findings import Finding, good, warning
from runtime.settings import Settings


def check_front(settings: Settings) -> Iterator[Finding]:
    """Our servers speak plain HTTP: behind a public https address stands a proxy, and only it knows who asks."""
    urls = (settings.gate.issuer if settings.gate else "", settings.postbox.public_url if settings.postbox else "")
    proxies, subject = settings.limits.trusted_proxies, "limits.trusted_proxies"
    if proxies == 0 and any(url.startswith("https:") for url in urls):
        cause = "Nobody is declared to stand in front, so all requests seem to come from one address: the proxy's."
        yield warning(subject, cause, "Write how many proxies of yours add to X-Forwarded-For, mostly 1.")
    else:
        yield good(subject, f"{proxies} proxies in front say whose a request is.")
