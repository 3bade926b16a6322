"""The entityID is for good: the first start keeps it in the database, and no later start may bring another.

BundID derives every person's bPK2 from its host (interface description 6.2.1): with another one everybody would come
as a stranger, without account, link and letters.
"""

from collections.abc import Iterator, Mapping

from idgateway.errors import NotConfigured
from idgateway.gate import Gate
from idgateway.settings import GateSettings
from idgateway.store.pins import pin_entity_ids, pinned_entity_ids

CURE = "a service that is to be another one gets a [[gate.saml]] of another name"


def keep_entity_ids(gate: Gate) -> None:
    """Pin each account's entityID at its first start. Raises NotConfigured ``entity-id-changed`` at a later one."""
    with gate.database.read() as connection:
        pinned = pinned_entity_ids(connection)
    wanted = {provider.name: provider.entity_id for provider in gate.settings.saml}
    if wanted.keys() - pinned.keys():
        with gate.database.write() as connection:
            pin_entity_ids(connection, wanted, gate.clock())
            pinned = pinned_entity_ids(connection)  # another process may have been first
    for name, cause, cure in changed(gate.settings, pinned):
        raise NotConfigured(f"gate.saml {name}: {cause} {cure}", code="entity-id-changed")


def changed(settings: GateSettings, pinned: Mapping[str, str]) -> Iterator[tuple[str, str, str]]:
    """The accounts whose entityID is not the pinned one: name, cause and cure."""
    for provider in settings.saml:
        kept = pinned.get(provider.name, provider.entity_id)
        if kept != provider.entity_id:
            cause = f"entity_id is {provider.entity_id}, but this installation began with {kept}: every citizen's bPK2"
            cause += " would change, and nobody would find their account again."
            yield provider.name, cause, f"Put {kept} back; {CURE}"
