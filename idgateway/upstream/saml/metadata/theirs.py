"""An identity provider's metadata, read for us."""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from cryptography import x509

from idgateway.errors import AnswerRefused, UpstreamUnavailable
from idgateway.upstream.saml import names
from idgateway.upstream.saml.metadata.certificates import pinned_key, signing_certificates
from idgateway.upstream.saml.names import md
from idgateway.upstream.saml.shape import parse

MAX_BYTES: Final = 1024 * 1024  # one identity provider, not a federation's aggregate
_LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True, kw_only=True)
class IdentityProvider:
    """What is known of an identity provider, and the only keys that count."""

    entity_id: str
    sso_url: str  # HTTP-POST binding
    certificates: tuple[x509.Certificate, ...]
    not_after: datetime  # when the last pinned certificate, or the metadata, ends (aware UTC)
    pinned: tuple[Any, ...]  # the same certificates' public keys as xmlsec holds them, parsed once


def of_file(path: Path) -> IdentityProvider:
    """Read an identity provider's metadata file. Raises UpstreamUnavailable ``metadata`` with cause and cure."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise _unusable(
            f"{path.name} cannot be read: {error.strerror}; fetch it from the provider's entityID"
        ) from None
    return identity_provider(data, path.name)


def identity_provider(data: bytes, name: str) -> IdentityProvider:
    """Read metadata; ``name`` says in errors whose. Raises UpstreamUnavailable ``metadata``."""
    if len(data) > MAX_BYTES:
        raise _unusable(f"{name} is larger than {MAX_BYTES} bytes")
    try:
        root = parse(data)
    except AnswerRefused as refused:
        raise _unusable(f"{name}: {refused.detail}") from None
    if root.tag != md("EntityDescriptor") or not root.get("entityID"):
        raise _unusable(f"{name} describes no single entity")
    role = root.find(md("IDPSSODescriptor"))
    if role is None:
        raise _unusable(f"{name} describes no identity provider")
    certificates = signing_certificates(role)
    return IdentityProvider(
        entity_id=root.get("entityID"),
        sso_url=_sso_url(role),
        certificates=certificates,
        not_after=min([max(each.not_valid_after_utc for each in certificates), *_valid_until(root)]),
        pinned=tuple(pinned_key(certificate) for certificate in certificates),
    )


def _unusable(detail: str) -> UpstreamUnavailable:
    return UpstreamUnavailable(detail, code="metadata")


def _sso_url(role: Any) -> str:
    for service in role.findall(md("SingleSignOnService")):
        if service.get("Binding") == names.BINDING_POST:
            location = service.get("Location") or ""
            parts = urlsplit(location)
            if parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK):
                return str(location)
    raise _unusable("no https SingleSignOnService with HTTP-POST")


def _valid_until(root: Any) -> list[datetime]:
    text = root.get("validUntil")
    if text is None:
        return []
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise _unusable("validUntil is no time") from None
    return [moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)]
