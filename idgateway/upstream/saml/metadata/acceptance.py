"""Whether a document may become what we know of an identity provider. Pure: the same rules at start, refresh, dry run.

Whoever can change these documents decides who logs in. So an account never becomes another one (entityID), never the
stand-in, never a stranger's (signature), and never one that is over; ``theirs`` has seen to at least one strong key.
"""

from dataclasses import dataclass
from datetime import datetime

from cryptography import x509

from idgateway.errors import UpstreamUnavailable
from idgateway.upstream.saml import names
from idgateway.upstream.saml.metadata.standin import is_stand_in
from idgateway.upstream.saml.metadata.theirs import IdentityProvider, identity_provider


@dataclass(frozen=True, kw_only=True)
class Terms:
    """What a document must be, for one account."""

    name: str  # of the account
    entity_id: str  # the only one; empty: nobody knows it yet, the first document names it
    signers: tuple[x509.Certificate, ...] = ()  # who signs the metadata; empty: nobody
    binding: str = names.BINDING_POST  # of our requests
    demo: bool = False  # the stand-in may be believed


def accept(data: bytes, terms: Terms) -> IdentityProvider:
    """Read a document and hold it to the terms; whether it is over is asked separately.

    Raises UpstreamUnavailable ``metadata``, ``metadata-signature``, ``metadata-entity`` or ``metadata-stand-in``.
    """
    found = identity_provider(data, f"the metadata of {terms.name}", terms.signers, terms.binding)
    if terms.entity_id and found.entity_id != terms.entity_id:
        cure = f"set peer_entity_id if {terms.name} moved; another provider gets a [[gate.saml]] of another name"
        told = f"{terms.name} is {terms.entity_id}, and these metadata are those of {found.entity_id}; {cure}"
        raise UpstreamUnavailable(told, code="metadata-entity")
    if not terms.demo and is_stand_in(found):
        raise UpstreamUnavailable("these metadata are those of the stand-in", code="metadata-stand-in")
    return found


def accept_new(data: bytes, terms: Terms, now: datetime) -> IdentityProvider:
    """The same for a document that is to take another's place: one that is over never does.

    Raises UpstreamUnavailable as ``accept``, and ``metadata-ended``.
    """
    found = accept(data, terms)
    if found.ended(now):
        raise UpstreamUnavailable(f"these metadata ended on {found.valid_until:%Y-%m-%d}", code="metadata-ended")
    return found
