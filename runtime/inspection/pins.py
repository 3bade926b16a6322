"""The gate's entityIDs and its accounts' issuers: those it began with are those it must keep."""

from collections.abc import Iterator

from idgateway.pinning import changed
from idgateway.store.pins import pinned_entity_ids
from runtime.findings import Finding, good, wrong
from runtime.inspection.glance import glance
from runtime.settings import Settings


def check_entity_ids(settings: Settings) -> Iterator[Finding]:
    """Each account is the one of the first start. A database that is not ready is told elsewhere."""
    if settings.gate is None:
        return
    pinned = glance(settings.gate.database_url, pinned_entity_ids, dict[str, str]())
    found = [wrong(subject, cause, f"{cure}.") for subject, cause, cure in changed(settings.gate, pinned)]
    yield from found
    accounts = {saml.name for saml in settings.gate.saml} | {oidc.name for oidc in settings.gate.oidc}
    kept = pinned.keys() & accounts
    if kept and not found:
        yield good("entityIDs", f"As at the first start: {', '.join(sorted(kept))}.")
