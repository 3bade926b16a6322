"""What identity providers say of themselves: readable, the right ones, signed where that is asked, and for how long."""

from collections.abc import Iterator
from datetime import datetime

from idgateway.errors import GateError
from idgateway.peers.terms import check_source, terms_of
from idgateway.settings import GateSettings, SamlProvider
from idgateway.store import peers
from idgateway.store.peers import Kept
from idgateway.upstream.saml.metadata.acceptance import accept
from idgateway.upstream.saml.metadata.theirs import IdentityProvider, file_content
from idgateway.upstream.saml.profiles import profile_of
from runtime.findings import Finding, good, warning, wrong
from runtime.inspection.expiry import alarm, when
from runtime.inspection.glance import glance


def check_accounts(gate: GateSettings, now: datetime) -> Iterator[Finding]:
    """The metadata of each SAML account: its file, or what a worker fetched last."""
    kept = glance(gate.database_url, peers.all_kept, dict[str, Kept]())
    for provider in gate.saml:
        yield from check_metadata(provider, now, kept.get(provider.name))


def check_metadata(provider: SamlProvider, now: datetime, kept: Kept | None = None) -> Iterator[Finding]:
    """One account's metadata can be read, are those of this account, and last for a while."""
    subject = f"gate.saml {provider.name}"
    try:
        profile_of(provider)
        check_source(provider)
    except GateError:
        return  # what is wrong with its settings has been told
    if kept and kept.fault:
        cure = f"Run: idgateway metadata check {provider.name}"
        yield warning(subject, f"The last look at its metadata failed ({kept.fault}); the last good ones count.", cure)
    fetched = kept.document if kept else b""
    if provider.metadata_url and not fetched:
        cure = f"Run: idgateway metadata refresh {provider.name}, and keep a worker running."
        yield warning(subject, "Its metadata have not been fetched yet: nobody can log in with it.", cure)
        return
    try:
        # Whether they are the stand-in's is told by a check of its own.
        terms = terms_of(provider, kept.entity_id if kept else "", demo=True)
        known = accept(file_content(provider.metadata_file) if provider.metadata_file else fetched, terms)
    except GateError as error:
        yield wrong(subject, f"{error.detail or error.code}.", _cure(provider))
        return
    yield from _times(subject, known, now, _cure(provider))


def _cure(provider: SamlProvider) -> str:
    if provider.metadata_file:
        return f"Fetch its current metadata and put them at {provider.metadata_file}."
    return f"Ask its operator; then run: idgateway metadata refresh {provider.name}"


def _times(subject: str, known: IdentityProvider, now: datetime, cure: str) -> Iterator[Finding]:
    end, what = f"{known.not_after:%Y-%m-%d}", _what_ends(known)
    early = [each for each in known.certificates if each.not_valid_before_utc > now]
    if early:
        told = f"{len(early)} of its certificates begins later; its key counts already."
        yield warning(subject, told, "Compare it with its owner, and the clocks.")
    if known.ended(now):
        yield wrong(subject, f"{what} ended on {end}: every login is refused until newer metadata have come.", cure)
    elif known.not_after <= now:
        yield wrong(subject, f"{what} ended on {end}: once it signs with a new key, every login is refused.", cure)
    elif alarm(known.not_after, now):
        yield warning(subject, f"{what} ends {when(known.not_after, now)}.", cure)
    else:
        keys = f"{len(known.certificates)} signing key{'s' if len(known.certificates) > 1 else ''}"
        yield good(subject, f"Metadata of {known.entity_id} with {keys}, valid until {end}.")


def _what_ends(known: IdentityProvider) -> str:
    # During a rollover the older certificate may end: the newer one is there.
    last = max(each.not_valid_after_utc for each in known.certificates)
    return "Its last certificate" if last == known.not_after else "The validity of its metadata (validUntil)"
