"""What an account's identifiers hang on is for good: the first start keeps it, and no later start may bring another.

At a SAML account it is our entityID: BundID derives every person's bPK2 from its host (interface description 6.2.1);
with another one everybody would come as a stranger, without account, link and letters. At an OpenID Connect account it
is the issuer: the ``sub`` of one means nobody, or somebody else, at another (OpenID Connect Core 5.7).
"""

from collections.abc import Iterator, Mapping

from idgateway.errors import NotConfigured
from idgateway.gate import Gate
from idgateway.settings import GateSettings
from idgateway.store.pins import pin_entity_ids, pinned_entity_ids
from idgateway.upstream.oidc.transport import is_here

CURE = "a service that is to be another one gets a [[{table}]] of another name"


def keep_entity_ids(gate: Gate) -> None:
    """Pin each account's entityID or issuer at its first start.

    Raises NotConfigured ``entity-id-changed`` or ``issuer-changed`` at a later one.
    """
    with gate.database.read() as connection:
        pinned = pinned_entity_ids(connection)
    wanted = {provider.name: provider.entity_id for provider in gate.settings.saml} | _issuers(gate.settings)
    if wanted.keys() - pinned.keys():
        with gate.database.write() as connection:
            pin_entity_ids(connection, wanted, gate.clock())
            pinned = pinned_entity_ids(connection)  # another process may have been first
    for subject, cause, cure in changed(gate.settings, pinned):
        code = "entity-id-changed" if subject.startswith("gate.saml") else "issuer-changed"
        raise NotConfigured(f"{subject}: {cause} {cure}", code=code)


def changed(settings: GateSettings, pinned: Mapping[str, str]) -> Iterator[tuple[str, str, str]]:
    """The accounts that are not what they began as: which one, cause and cure."""
    for provider in settings.saml:
        kept = pinned.get(provider.name, provider.entity_id)
        if kept != provider.entity_id:
            cause = f"entity_id is {provider.entity_id}, but this installation began with {kept}: every citizen's bPK2"
            cause += " would change, and nobody would find their account again."
            yield f"gate.saml {provider.name}", cause, f"Put {kept} back; {CURE.format(table='gate.saml')}"
    for name, issuer in _issuers(settings).items():
        kept = pinned.get(name, issuer)
        if kept != issuer:
            cause = f"issuer is {issuer}, but this installation began with {kept}: its people would be taken for those"
            cause += " who had the same identifier there."
            yield f"gate.oidc {name}", cause, f"Put {kept} back; {CURE.format(table='gate.oidc')}"


def _issuers(settings: GateSettings) -> dict[str, str]:
    # On this machine's loopback only a demo has its provider, and its port may move.
    return {provider.name: provider.issuer for provider in settings.oidc if not is_here(provider.issuer)}
