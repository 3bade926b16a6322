"""Where metadata come from: a file, or an address."""

from http import HTTPStatus

from idgateway.errors import UpstreamUnavailable
from idgateway.settings import SamlProvider
from idgateway.upstream.oidc.transport import is_protected, send
from idgateway.upstream.saml.metadata.theirs import file_content

ACCEPT = "application/samlmetadata+xml, application/xml;q=0.9, text/xml;q=0.8"


def content_of(provider: SamlProvider) -> bytes:
    """The source's document as it is now, unread. Raises UpstreamUnavailable."""
    return file_content(provider.metadata_file) if provider.metadata_file else fetched(provider.metadata_url)


def fetched(url: str) -> bytes:
    """What stands at an address: bounded in size and time, no redirects. Raises UpstreamUnavailable."""
    if not is_protected(url):
        raise UpstreamUnavailable("metadata are fetched by https, or from this machine", code="metadata-address")
    reply = send("GET", url, accept=ACCEPT)
    if reply.status != HTTPStatus.OK:
        raise UpstreamUnavailable(f"{reply.host}: status {reply.status}", code="unreachable")
    return reply.body
