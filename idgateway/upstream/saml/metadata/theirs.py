"""An identity provider's metadata, read for us. Only what is well-formed, of one entity and usable becomes a peer."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from cryptography import x509

from idgateway.errors import AnswerRefused, UpstreamUnavailable
from idgateway.upstream.saml import names
from idgateway.upstream.saml.metadata.certificates import pinned_key, signing_certificates
from idgateway.upstream.saml.metadata.seal import check_seal
from idgateway.upstream.saml.metadata.times import duration, instant
from idgateway.upstream.saml.names import md
from idgateway.upstream.saml.shape import parse

MAX_BYTES: Final = 1024 * 1024  # one identity provider, not a federation's aggregate
SSO_BINDINGS: Final = {"post": names.BINDING_POST, "redirect": names.BINDING_REDIRECT}  # as profiles call them
_LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True, kw_only=True)
class IdentityProvider:
    """What is known of an identity provider, and the only keys that count."""

    entity_id: str
    sso_url: str  # where requests go, for the binding that was asked for
    slo_url: str  # where our word on a logout goes, by HTTP-POST; empty where the provider has no such address
    certificates: tuple[x509.Certificate, ...]
    pinned: tuple[Any, ...]  # the same certificates' public keys as xmlsec holds them, parsed once
    valid_until: datetime | None  # when the metadata end, aware UTC; afterwards nothing in them counts
    cache_for: timedelta | None  # how long a copy may be used without looking again
    wants_signed_requests: bool  # ours always are
    digest: bytes  # SHA-256 of the document

    @property
    def not_after(self) -> datetime:
        """When the last pinned certificate, or the metadata, ends (aware UTC): told long before."""
        last = max(each.not_valid_after_utc for each in self.certificates)
        return last if self.valid_until is None else min(last, self.valid_until)

    def ended(self, now: datetime) -> bool:
        """Whether ``validUntil`` is over. A certificate's end alone ends nothing (``certificates``)."""
        return self.valid_until is not None and self.valid_until <= now


def of_file(
    path: Path, signers: tuple[x509.Certificate, ...] = (), binding: str = names.BINDING_POST
) -> IdentityProvider:
    """Read an identity provider's metadata file. Raises UpstreamUnavailable as ``identity_provider``."""
    return identity_provider(file_content(path), path.name, signers, binding)


def file_content(path: Path) -> bytes:
    """A metadata file, unread. Raises UpstreamUnavailable ``metadata`` with cause and cure."""
    try:
        with path.open("rb") as file:
            return file.read(MAX_BYTES + 1)
    except OSError as error:
        cure = "fetch it from the provider's entityID"
        raise UpstreamUnavailable(f"{path.name} cannot be read: {error.strerror}; {cure}", code="metadata") from None


def identity_provider(
    data: bytes, name: str, signers: tuple[x509.Certificate, ...] = (), binding: str = names.BINDING_POST
) -> IdentityProvider:
    """Read metadata; ``name`` says in errors whose.

    ``signers`` are the pinned certificates of who signs the metadata: where there are any, the document must be signed
    by one of their keys, and only the signed root is read. ``binding`` is the one our requests will use. Raises
    UpstreamUnavailable ``metadata``; ``metadata-signature`` where the signature is missing, a stranger's, or ill.
    """
    if len(data) > MAX_BYTES:
        raise _unusable(f"{name} is larger than {MAX_BYTES} bytes")
    try:
        root = parse(data)
    except AnswerRefused as refused:
        raise _unusable(f"{name}: {refused.detail}") from None
    if root.tag != md("EntityDescriptor") or not root.get("entityID"):
        raise _unusable(f"{name} describes no single entity")
    if signers:
        root = check_seal(root, signers)
    role = _role(root, name)
    certificates = signing_certificates(role)
    return IdentityProvider(
        entity_id=root.get("entityID"),
        sso_url=_sso_url(role, binding),
        slo_url=_slo_url(role),
        certificates=certificates,
        pinned=tuple(pinned_key(certificate) for certificate in certificates),
        valid_until=min(_times(root, role, "validUntil", instant), default=None),
        cache_for=min(_times(root, role, "cacheDuration", duration), default=None),
        wants_signed_requests=role.get("WantAuthnRequestsSigned") in ("true", "1"),
        digest=hashlib.sha256(data).digest(),
    )


def _role(root: Any, name: str) -> Any:
    roles = root.findall(md("IDPSSODescriptor"))
    spoken = [role for role in roles if names.PROTOCOL in role.get("protocolSupportEnumeration", "").split()]
    if len(spoken) != 1:
        raise _unusable(f"{name} describes no identity provider, or several, for SAML 2.0")
    return spoken[0]


def _unusable(detail: str) -> UpstreamUnavailable:
    return UpstreamUnavailable(detail, code="metadata")


def _sso_url(role: Any, binding: str) -> str:
    for service in role.findall(md("SingleSignOnService")):
        location = service.get("Location") or ""
        if service.get("Binding") == binding and _is_protected(location):
            return str(location)
    raise _unusable(f"no https SingleSignOnService with {binding.rpartition(':')[2]}")


def _slo_url(role: Any) -> str:
    for service in role.findall(md("SingleLogoutService")):
        location = service.get("ResponseLocation") or service.get("Location") or ""
        if service.get("Binding") == names.BINDING_POST and _is_protected(location):
            return str(location)
    return ""


def _is_protected(location: str) -> bool:
    parts = urlsplit(location)
    return parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK)


def _times(root: Any, role: Any, name: str, read: Any) -> Iterator[Any]:
    """The entity's and the role's own, where they stand (SAML Metadata 2.3.2, 2.4.1)."""
    for element in (root, role):
        if (text := element.get(name)) is not None:
            try:
                yield read(text)
            except ValueError:
                raise _unusable(f"{name} is none") from None
