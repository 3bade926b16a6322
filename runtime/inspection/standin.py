"""The BundID stand-in logs in whom you like: outside the demo neither its entityID nor its keys may be trusted."""

from collections.abc import Iterator
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

from idgateway.errors import GateError
from idgateway.settings import GateSettings
from idgateway.upstream.saml.metadata.theirs import IdentityProvider, of_file
from runtime.errors import SettingsError
from runtime.findings import Finding, wrong
from runtime.settings import Settings, parts_of

MARK = "simulator"  # stands in every name of the stand-in's certificate
CURE = "Put the metadata of the real account there; the stand-in belongs to `idgateway demo` only."


def refuse_stand_in(settings: Settings) -> None:
    """Stop a real gate that would believe the stand-in. Raises SettingsError; unreadable metadata are the gate's."""
    findings = list(check_stand_in(settings))
    if findings:
        raise SettingsError("\n".join(f"{found.subject}: {found.cause}" for found in findings), CURE)


def check_stand_in(settings: Settings) -> Iterator[Finding]:
    """Traces of the stand-in in a configuration that is no demo."""
    gate = settings.gate
    if gate is None or gate.demo:
        return
    for part in parts_of(settings.path):
        yield wrong(f"[{part}]", "This part belongs to the demo.", "Remove the table.")
    yield from _providers(gate)


def _providers(gate: GateSettings) -> Iterator[Finding]:
    for provider in gate.saml:
        known = _read(provider.metadata_file)
        if known and is_stand_in(known):
            yield wrong(f"gate.saml {provider.name}", "Its metadata are those of the stand-in.", CURE)
    for peer in gate.oidc:
        if _on_loopback(peer.issuer):
            yield wrong(f"gate.oidc {peer.name}", "Its issuer stands on this machine's loopback.", CURE)


def is_stand_in(provider: IdentityProvider) -> bool:
    """Whether metadata describe the stand-in: its certificate says so, or it stands on this machine."""
    names = [certificate.subject.rfc4514_string().lower() for certificate in provider.certificates]
    return any(MARK in name for name in names) or _on_loopback(provider.entity_id) or _on_loopback(provider.sso_url)


def _read(path: Path) -> IdentityProvider | None:
    try:
        return of_file(path)
    except GateError:
        return None


def _on_loopback(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")
