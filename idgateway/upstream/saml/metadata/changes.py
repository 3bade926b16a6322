"""What a new document would change: compared with the one in use, each difference with what it does to logins. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from idgateway.errors import UpstreamUnavailable
from idgateway.upstream.saml.metadata.acceptance import Terms, accept_new
from idgateway.upstream.saml.metadata.theirs import IdentityProvider, identity_provider
from keys.certificates import fingerprint

_SOON: Final = timedelta(days=60)  # the first of the alarms


@dataclass(frozen=True, kw_only=True)
class Change:
    """One difference, or one thing that stays. ``breaks``: logins fail; ``doubtful``: they may."""

    code: str  # stable, for machines
    effect: Literal["none", "doubtful", "breaks"]
    told: str  # an English sentence


def foresee(data: bytes, terms: Terms, old: IdentityProvider | None, now: datetime) -> tuple[Change, ...]:
    """What would happen if this document came: whether it would be taken, and then what it changes.

    ``old`` is the one in use, None where there is none. The first refusal of ``acceptance`` stands among the changes.
    """
    try:
        new = identity_provider(data, "the new document", binding=terms.binding)
    except UpstreamUnavailable as refused:
        return (_refusal(refused),)
    changes = (*(compare(old, new, now) if old else ()), *_near(new, now))
    try:
        accept_new(data, terms, now)
    except UpstreamUnavailable as refused:
        return (_refusal(refused), *changes)
    return changes


def _refusal(refused: UpstreamUnavailable) -> Change:
    return Change(code=refused.code, effect="breaks", told=f"It would be refused: {refused.detail}.")


def _near(new: IdentityProvider, now: datetime) -> Iterator[Change]:
    if now < new.not_after <= now + _SOON:
        told = f"It, or its last certificate, ends on {new.not_after:%Y-%m-%d}, in {(new.not_after - now).days} days."
        yield Change(code="ends-soon", effect="doubtful", told=told)


def compare(old: IdentityProvider, new: IdentityProvider, now: datetime) -> tuple[Change, ...]:
    """Everything that differs, in the order in which a login meets it; an empty tuple where nothing does."""
    return (*_names(old, new), *_keys(old, new), *_times(old, new, now))


def _names(old: IdentityProvider, new: IdentityProvider) -> Iterator[Change]:
    if old.entity_id != new.entity_id:
        told = f"The entityID was {old.entity_id} and would be {new.entity_id}: every answer would be a stranger's."
        yield Change(code="entity-id-changed", effect="breaks", told=told)
    if old.sso_url != new.sso_url:
        told = f"Requests would go to {new.sso_url} instead of {old.sso_url}."
        yield Change(code="endpoint-changed", effect="none", told=told)
    if old.wants_signed_requests != new.wants_signed_requests:
        told = f"WantAuthnRequestsSigned would be {str(new.wants_signed_requests).lower()}; ours are always signed."
        yield Change(code="signed-requests-changed", effect="none", told=told)


def _keys(old: IdentityProvider, new: IdentityProvider) -> Iterator[Change]:
    before, after = _by_key(old), _by_key(new)
    for key in after.keys() & before.keys():
        yield Change(code="key-kept", effect="none", told=f"Kept: {_named(after[key])}.")
    for key in after.keys() - before.keys():
        yield Change(code="key-added", effect="none", told=f"New: {_named(after[key])}. Compare it with its owner.")
    for key in before.keys() - after.keys():
        yield Change(code="key-removed", effect="none", told=f"Gone: {_named(before[key])}.")
    if not after.keys() & before.keys():
        told = "No key is in both: until the provider signs with the new one, and from then on wherever the old "
        told += "document is still in use, every login fails. A rollover keeps both for a while."
        yield Change(code="no-common-key", effect="breaks", told=told)


def _times(old: IdentityProvider, new: IdentityProvider, now: datetime) -> Iterator[Change]:
    if new.ended(now):
        told = f"It ended on {new.valid_until:%Y-%m-%d %H:%M} UTC (validUntil): no login would be possible."
        yield Change(code="ended", effect="breaks", told=told)
    elif new.valid_until != old.valid_until:
        until = f"on {new.valid_until:%Y-%m-%d %H:%M} UTC" if new.valid_until else "never"
        yield Change(code="valid-until-changed", effect="none", told=f"It would end {until}.")
    if all(each.not_valid_after_utc <= now for each in new.certificates):
        told = (
            "All its certificates have ended. Their keys would still count (they are pinned), and alarms would go on."
        )
        yield Change(code="certificates-ended", effect="doubtful", told=told)


def _by_key(provider: IdentityProvider) -> dict[bytes, x509.Certificate]:
    spki = (Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return {each.public_key().public_bytes(*spki): each for each in provider.certificates}


def _named(certificate: x509.Certificate) -> str:
    return f"SHA-256 {fingerprint(certificate)}, until {certificate.not_valid_after_utc:%Y-%m-%d}"
