"""What an account's metadata must be, out of its settings and of what is kept."""

from pathlib import Path

from cryptography import x509

from idgateway.errors import NotConfigured, UpstreamUnavailable
from idgateway.settings import SamlProvider
from idgateway.upstream.oidc.transport import is_protected
from idgateway.upstream.saml.metadata.acceptance import Terms
from idgateway.upstream.saml.metadata.certificates import check_key
from idgateway.upstream.saml.metadata.theirs import SSO_BINDINGS
from idgateway.upstream.saml.profiles import profile_of

LONGEST_PAUSE = 168  # hours; whoever looks less often than weekly misses a rollover
SHORTEST_PAUSE = 1


def check_source(provider: SamlProvider) -> None:
    """Whether the settings say where metadata come from. Reads neither file nor address.

    Raises NotConfigured ``metadata-source``, ``metadata-address`` or ``metadata-refresh``.
    """
    if bool(provider.metadata_file) == bool(provider.metadata_url):
        raise NotConfigured(f"{provider.name}: exactly one of metadata_file and metadata_url", code="metadata-source")
    if provider.metadata_url and not is_protected(provider.metadata_url):
        raise NotConfigured(f"{provider.name}: metadata_url is https (http on the loopback)", code="metadata-address")
    if not SHORTEST_PAUSE <= provider.metadata_refresh_hours <= LONGEST_PAUSE:
        told = f"{provider.name}: metadata_refresh_hours lies between {SHORTEST_PAUSE} and {LONGEST_PAUSE}"
        raise NotConfigured(told, code="metadata-refresh")


def terms_of(provider: SamlProvider, kept_entity_id: str, *, demo: bool) -> Terms:
    """The terms for this account. Raises NotConfigured as ``check_source``, and ``metadata-certificates``; GateError.

    The entityID is the configured one; else the address itself (SAML Metadata 4.1: an entity's metadata stand at its
    entityID); else that of the first document, which is kept.
    """
    check_source(provider)
    return Terms(
        name=provider.name,
        entity_id=provider.peer_entity_id or provider.metadata_url or kept_entity_id,
        signers=signers_of(provider),
        binding=SSO_BINDINGS[profile_of(provider).request_binding],
        demo=demo,
    )


def signers_of(provider: SamlProvider) -> tuple[x509.Certificate, ...]:
    """The pinned certificates of who signs the metadata. Raises NotConfigured ``metadata-certificates``."""
    return tuple(certificate for path in provider.metadata_certificates for certificate in _certificates(path))


def _certificates(path: Path) -> list[x509.Certificate]:
    try:
        found = x509.load_pem_x509_certificates(path.read_bytes())
        for certificate in found:
            check_key(certificate)
    except (OSError, ValueError, UpstreamUnavailable) as error:
        cause = error.detail if isinstance(error, UpstreamUnavailable) else "it cannot be read as PEM"
        told = f"metadata_certificates: {path.name}: {cause}"
        raise NotConfigured(told, code="metadata-certificates") from None
    return found
