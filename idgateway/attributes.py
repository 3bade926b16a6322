"""Attributes of persons: their names here, at BundID and in OpenID Connect; what to ask for and what to release. Pure.

``Name`` (the OID) decides at BundID, the friendly name is unstable and never used (interface description 6). Values keep
their raw form beside the display form; nothing verified is ever "corrected".
"""

import json
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from idgateway.assurance import Level, name_of
from idgateway.upstream import Assertion, Attribute


@dataclass(frozen=True, kw_only=True)
class Known:
    """One attribute: its name here, its OID at BundID, and the claim it becomes (``parent.member`` for nested ones)."""

    name: str
    oid: str
    claim: str


# Source: BundID interface description 6.1 and 6.2; claim names: OIDC Core 5.1 and OpenID Connect for Identity Assurance.
_TABLE: tuple[Known, ...] = tuple(
    Known(name=name, oid=oid, claim=claim)
    for name, oid, claim in (
        ("given_name", "2.5.4.42", "given_name"),
        ("family_name", "2.5.4.4", "family_name"),
        ("birth_name", "1.2.40.0.10.2.1.1.225566", "birth_family_name"),
        ("title", "0.9.2342.19200300.100.1.40", "title"),
        ("salutation", "1.3.6.1.4.1.33592.1.3.5", "salutation"),  # a salutation code, not OpenID Connect's gender
        ("birthdate", "1.2.40.0.10.2.1.1.55", "birthdate"),
        ("place_of_birth", "1.3.6.1.5.5.7.9.2", "place_of_birth.locality"),
        ("nationality", "1.2.40.0.10.2.1.1.225577", "nationalities"),
        ("document_type", "1.2.40.0.10.2.1.1.552255", "document_type"),
        ("street_address", "2.5.4.16", "address.street_address"),
        ("postal_code", "2.5.4.17", "address.postal_code"),
        ("locality", "2.5.4.7", "address.locality"),
        ("country", "1.2.40.0.10.2.1.1.225599", "address.country"),
        ("community_id", "1.3.6.1.4.1.25484.494450.5", "community_id"),
        ("email", "0.9.2342.19200300.100.1.3", "email"),
        ("phone", "2.5.4.20", "phone_number"),
        ("eidas_country", "1.3.6.1.4.1.25484.494450.10.1", "eidas_country"),
        # What the gate itself needs; none of these is ever released as a claim.
        ("pairwise_id", "1.3.6.1.4.1.25484.494450.3", ""),
        ("postbox_handle", "2.5.4.18", ""),
        ("level", "1.2.40.0.10.2.1.1.261.94", ""),
        ("interface_version", "1.3.6.1.4.1.25484.494450.1", ""),
        ("proved_by", "1.3.6.1.4.1.25484.494450.2", ""),
        ("application_id", "1.3.6.1.4.1.25484.494450.4", ""),
        ("pseudonym", "1.2.40.0.10.2.1.1.226699", ""),
        ("mfa", "1.3.6.1.4.1.25484.494450.7", ""),
        # Staff accounts speak OpenID Connect and have no OID; lists travel as JSON text.
        ("staff_authorities", "", "authorities"),
        ("staff_roles", "", "roles"),
        ("staff_name", "", "name"),
    )
)
_BY_NAME: Mapping[str, Known] = {known.name: known for known in _TABLE}
_BY_OID: Mapping[str, str] = {"urn:oid:" + known.oid: known.name for known in _TABLE if known.oid}
_LISTS = frozenset({"staff_authorities", "staff_roles"})
_GERMANY = {"D": "DE"}  # ICAO code on the card; the raw value is kept beside it

CLAIMS: tuple[str, ...] = tuple(dict.fromkeys(known.claim.partition(".")[0] for known in _TABLE if known.claim))


def oid_of(name: str) -> str:
    """BundID's ``Name`` of an attribute. Raises KeyError for a name that BundID does not know."""
    oid = _BY_NAME[name].oid
    if not oid:
        raise KeyError(name)
    return "urn:oid:" + oid


def name_of_oid(oid: str) -> str | None:
    """The name here of a BundID ``Name``, blanks that are in circulation inside it ignored; None if unknown."""
    return _BY_OID.get("".join(oid.split()))


def normalise(raw: str) -> str:
    """The display form of a value: NFC and without blanks around it. Capital ẞ and capitals stay as they are."""
    return unicodedata.normalize("NFC", raw).strip()


def attributes_for(claims: Iterable[str], *, guests_welcome: bool, postbox: bool) -> tuple[str, ...]:
    """The attributes to ask for, so that these claims can be released, in the table's order.

    Where guests are welcome neither the identifier nor the mailbox handle is asked for: both hide the guest login at
    BundID (9.2.1). With ``postbox`` the handle and the address for notifications are.
    """
    wanted = set(claims)
    names = {known.name for known in _TABLE if known.oid and known.claim.partition(".")[0] in wanted}
    if not guests_welcome:
        names.add("pairwise_id")
        if postbox:
            names |= {"postbox_handle", "email"}
    return tuple(known.name for known in _TABLE if known.name in names)


@dataclass(frozen=True, kw_only=True)
class Released:
    """What an application receives: plain claims, the verified ones by level, and the claim names for the record."""

    claims: Mapping[str, Any]
    verified_claims: tuple[Mapping[str, Any], ...]
    names: tuple[str, ...]


def release(assertion: Assertion, claims: Iterable[str], *, now: datetime) -> Released:
    """Pick the agreed claims out of a verified statement. ``now`` is kept as the time of verification's record.

    A claim the source did not send is absent. Verified claims hold only values at SUBSTANTIAL or HIGH, or at LOW when
    proved by eIDAS (precise levels per value; OpenID Connect for Identity Assurance).
    """
    wanted = set(claims)
    chosen = [
        known for known in _TABLE if known.name in assertion.attributes and known.claim.partition(".")[0] in wanted
    ]
    plain: dict[str, Any] = {}
    by_level: dict[Level, dict[str, Any]] = {}
    for known in chosen:
        attribute = assertion.attributes[known.name]
        _put(plain, known, attribute)
        if attribute.level is not None and _counts_as_verified(attribute.level, assertion.means):
            _put(by_level.setdefault(attribute.level, {}), known, attribute)
    verified = tuple(_verified(level, by_level[level], assertion, now) for level in sorted(by_level, reverse=True))
    return Released(claims=plain, verified_claims=verified, names=tuple(sorted(plain)))


def _counts_as_verified(level: Level, means: str) -> bool:
    return level >= Level.SUBSTANTIAL or (level is Level.LOW and means == "eIDAS")


def _verified(level: Level, claims: Mapping[str, Any], assertion: Assertion, now: datetime) -> Mapping[str, Any]:
    return {
        "verification": {
            "trust_framework": "eidas",
            "assurance_level": name_of(level),
            "time": min(assertion.authenticated_at, now).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "evidence": [
                {
                    "type": "electronic_record",
                    "record": {"type": assertion.means, "source": {"name": assertion.provider}},
                }
            ],
        },
        "claims": dict(claims),
    }


def _put(claims: dict[str, Any], known: Known, attribute: Attribute) -> None:
    head, _, member = known.claim.partition(".")
    if known.name in _LISTS:
        claims[head] = json.loads(attribute.value)
    elif known.name == "nationality":
        claims[head] = [_GERMANY.get(attribute.value, attribute.value)]
    elif member:
        claims.setdefault(head, {})[member] = attribute.value
    else:
        claims[head] = attribute.value
