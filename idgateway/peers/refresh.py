"""A look at an account's metadata: when it is due, who does it, and what comes of it."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from idgateway.errors import UpstreamUnavailable
from idgateway.peers.keeping import keep, kept_of, terms_with
from idgateway.peers.sources import content_of
from idgateway.settings import GateSettings, SamlProvider
from idgateway.store import Database, peers
from idgateway.telemetry import Event, Telemetry
from idgateway.upstream.saml.metadata.acceptance import accept_new
from idgateway.upstream.saml.metadata.theirs import IdentityProvider

LEASE = timedelta(minutes=5)  # far longer than a look lasts; whoever died over one is replaced after it
RETRY = timedelta(minutes=15)  # after a look that failed
SHORTEST = timedelta(minutes=5)  # between two looks, whatever the document says of itself


@dataclass(frozen=True, kw_only=True)
class Looked:
    """What a look brought: ``found`` counts from now on, and ``changed`` whether it is new; or ``fault``, why not."""

    provider: str
    found: IdentityProvider | None = None
    changed: bool = False
    fault: UpstreamUnavailable | None = None


def run_due(settings: GateSettings, database: Database, now: datetime, telemetry: Telemetry) -> int:
    """Look at every address whose look is due and that nobody else looks at; gives how many. Raises NotConfigured."""
    due = [one for one in settings.saml if one.metadata_url and _claim(database, one, now)]
    for provider in due:
        look(provider, database, now, telemetry, demo=settings.demo)
    return len(due)


def look(provider: SamlProvider, database: Database, now: datetime, telemetry: Telemetry, *, demo: bool) -> Looked:
    """Read the source, judge what it says, keep what is good. What was good before stays when it is not.

    Raises NotConfigured.
    """
    terms = terms_with(kept_of(database, provider), provider, demo=demo)
    hours = timedelta(hours=provider.metadata_refresh_hours)
    try:
        document = content_of(provider)
        found = accept_new(document, terms, now)
    except UpstreamUnavailable as refused:
        with database.write() as connection:
            peers.begin(connection, provider.name, now)
            peers.note_fault(connection, provider.name, code=refused.code, due=now + min(RETRY, hours))
        telemetry.report(Event.METADATA_REFUSED, code=refused.code, detail=refused.detail, provider=provider.name)
        return Looked(provider=provider.name, fault=refused)
    changed = keep(database, provider, found, document, now)
    with database.write() as connection:
        peers.note_good(connection, provider.name, now=now, due=next_look(found, hours, now))
    if changed:
        telemetry.report(Event.METADATA_TAKEN, provider=provider.name)
    return Looked(provider=provider.name, found=found, changed=changed)


def next_look(found: IdentityProvider, hours: timedelta, now: datetime) -> datetime:
    """When to look again: after ``hours``; sooner where the document asks for it (SAML Metadata 2.3.2).

    ``cacheDuration`` counts as it stands, of what ``validUntil`` leaves a half, so that there is time for another try.
    """
    bounds = [hours]
    if found.cache_for is not None:
        bounds.append(found.cache_for)
    if found.valid_until is not None:
        bounds.append((found.valid_until - now) / 2)
    return now + max(min(bounds), SHORTEST)


def _claim(database: Database, provider: SamlProvider, now: datetime) -> bool:
    kept = kept_of(database, provider)  # an idle worker leaves the writer's lane alone
    if kept is not None and kept.due_at > now:
        return False
    with database.write() as connection:
        peers.begin(connection, provider.name, now)
        return peers.claim(connection, provider.name, now, now + LEASE)
