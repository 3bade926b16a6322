"""The last good document of each account, in the database."""

from datetime import datetime

from idgateway.errors import UpstreamUnavailable
from idgateway.peers.terms import terms_of
from idgateway.settings import SamlProvider
from idgateway.store import Database, peers
from idgateway.store.peers import Kept
from idgateway.upstream.saml.metadata.acceptance import Terms, accept
from idgateway.upstream.saml.metadata.theirs import IdentityProvider, file_content


def kept_of(database: Database, provider: SamlProvider) -> Kept | None:
    """What is kept of this account."""
    with database.read() as connection:
        return peers.find(connection, provider.name)


def terms_with(kept: Kept | None, provider: SamlProvider, *, demo: bool) -> Terms:
    """The account's terms, with the entityID that is kept. Raises NotConfigured."""
    return terms_of(provider, kept.entity_id if kept else "", demo=demo)


def known_at_start(provider: SamlProvider, database: Database, *, demo: bool) -> IdentityProvider | None:
    """What a starting gate knows of an account: its file, or the last good document where the file is bad or fetched.

    None where an address has brought nothing yet: this account waits, the others do not. Raises UpstreamUnavailable
    where a file is bad and nothing is kept, or names another entity; NotConfigured.
    """
    kept = kept_of(database, provider)
    terms = terms_with(kept, provider, demo=demo)
    if provider.metadata_file is None:
        return read_kept(kept, terms)
    try:
        return accept(file_content(provider.metadata_file), terms)
    except UpstreamUnavailable as refused:
        known = None if refused.code == "metadata-entity" else read_kept(kept, terms)
        if known is None:
            raise
        return known


def read_kept(kept: Kept | None, terms: Terms) -> IdentityProvider | None:
    """The kept document, judged anew: the terms may be others than when it was taken. None where it does not pass."""
    if kept is None or not kept.document:
        return None
    try:
        return accept(kept.document, terms)
    except UpstreamUnavailable:
        return None


def keep(database: Database, provider: SamlProvider, found: IdentityProvider, document: bytes, now: datetime) -> bool:
    """Keep an accepted document; False where it is the one already kept."""
    with database.read() as connection:
        if peers.digests(connection).get(provider.name) == found.digest:
            return False
    with database.write() as connection:
        peers.begin(connection, provider.name, now)
        return peers.take(
            connection, provider.name, entity_id=found.entity_id, document=document, digest=found.digest, now=now
        )
