"""The BundID stand-in logs in whom you like: outside the demo neither its entityID nor its keys may be trusted."""

from collections.abc import Iterator

from idgateway.errors import GateError
from idgateway.settings import GateSettings, SamlProvider
from idgateway.upstream.saml.metadata.standin import is_stand_in, on_loopback
from idgateway.upstream.saml.metadata.theirs import SSO_BINDINGS, IdentityProvider, of_file
from idgateway.upstream.saml.profiles import profile_of
from runtime.errors import SettingsError
from runtime.findings import Finding, wrong
from runtime.settings import Settings, parts_of

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
        known = _read(provider)  # fetched ones are judged when taken
        if known and is_stand_in(known):
            yield wrong(f"gate.saml {provider.name}", "Its metadata are those of the stand-in.", CURE)
    for peer in gate.oidc:
        if on_loopback(peer.issuer):
            yield wrong(f"gate.oidc {peer.name}", "Its issuer stands on this machine's loopback.", CURE)


def _read(provider: SamlProvider) -> IdentityProvider | None:
    if provider.metadata_file is None:
        return None
    try:
        return of_file(provider.metadata_file, binding=SSO_BINDINGS[profile_of(provider).request_binding])
    except GateError:
        return None
