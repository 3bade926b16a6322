"""What an account can say about a person or an organisation, under one name each, and what an application receives.

The table ties our name of an attribute to BundID's OID (interface description 6.1, 6.2; the OID is authoritative, the
friendly name never read) and to the OpenID Connect claim it feeds. Where an organisation logs in, the ordinary claims
are those of the person who acts for it. Everything here is pure.
"""

import unicodedata
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

from idgateway.assurance import Level, name_of
from idgateway.upstream import Assertion, Attribute


@dataclass(frozen=True, kw_only=True)
class Known:
    """One attribute; ``oid`` is empty where BundID has none, ``claim`` where no application may receive it."""

    name: str
    oid: str = ""
    claim: str = ""


_OID = "urn:oid:"
TABLE: tuple[Known, ...] = (
    Known(name="given_name", oid=_OID + "2.5.4.42", claim="given_name"),
    Known(name="family_name", oid=_OID + "2.5.4.4", claim="family_name"),
    Known(name="birth_name", oid=_OID + "1.2.40.0.10.2.1.1.225566", claim="birth_family_name"),
    Known(name="title", oid=_OID + "0.9.2342.19200300.100.1.40", claim="title"),
    Known(name="salutation", oid=_OID + "1.3.6.1.4.1.33592.1.3.5", claim="salutation"),
    Known(name="birthdate", oid=_OID + "1.2.40.0.10.2.1.1.55", claim="birthdate"),
    Known(name="place_of_birth", oid=_OID + "1.3.6.1.5.5.7.9.2", claim="place_of_birth"),
    Known(name="nationality", oid=_OID + "1.2.40.0.10.2.1.1.225577", claim="nationalities"),
    Known(name="document_type", oid=_OID + "1.2.40.0.10.2.1.1.552255"),
    Known(name="street_address", oid=_OID + "2.5.4.16", claim="address"),
    Known(name="postal_code", oid=_OID + "2.5.4.17", claim="address"),
    Known(name="locality", oid=_OID + "2.5.4.7", claim="address"),
    Known(name="country", oid=_OID + "1.2.40.0.10.2.1.1.225599", claim="address"),
    Known(name="community_id", oid=_OID + "1.3.6.1.4.1.25484.494450.5"),
    Known(name="email", oid=_OID + "0.9.2342.19200300.100.1.3", claim="email"),
    Known(name="phone", oid=_OID + "2.5.4.20", claim="phone_number"),
    Known(name="eidas_country", oid=_OID + "1.3.6.1.4.1.25484.494450.10.1"),
    Known(name="pairwise_id", oid=_OID + "1.3.6.1.4.1.25484.494450.3"),  # bPK2
    Known(name="postbox_handle", oid=_OID + "2.5.4.18"),  # X.520 calls this OID postOfficeBox; BundID does not
    Known(name="level", oid=_OID + "1.2.40.0.10.2.1.1.261.94"),  # EID-CITIZEN-QAA-LEVEL
    Known(name="interface_version", oid=_OID + "1.3.6.1.4.1.25484.494450.1"),
    Known(name="proved_by", oid=_OID + "1.3.6.1.4.1.25484.494450.2"),  # AssertionProvedBy
    Known(name="application_id", oid=_OID + "1.3.6.1.4.1.25484.494450.4"),
    Known(name="pseudonym", oid=_OID + "1.2.40.0.10.2.1.1.226699"),
    Known(name="mfa", oid=_OID + "1.3.6.1.4.1.25484.494450.7"),
    # Organisations. Their pseudonym is the key of the account and goes to nobody, like bPK2: ``sub`` stands for it.
    Known(name="organization_id"),
    Known(name="organization_name", claim="organization_name"),
    Known(name="organization_kind", claim="organization_kind"),  # natural_person | legal_person
    Known(name="organization_legal_form", claim="organization_legal_form"),
    Known(name="organization_register_type", claim="organization_register"),
    Known(name="organization_register_number", claim="organization_register"),
    Known(name="organization_register_court", claim="organization_register"),
    Known(name="organization_street_address", claim="organization_address"),
    Known(name="organization_postal_code", claim="organization_address"),
    Known(name="organization_locality", claim="organization_address"),
    Known(name="organization_country", claim="organization_address"),
    # Staff accounts (OpenID Connect); lists are one string, parted by blanks.
    Known(name="name", claim="name"),
    Known(name="authorities", claim="authorities"),
    Known(name="roles", claim="roles"),
)
BY_OID = {known.oid: known.name for known in TABLE if known.oid}
_BY_NAME = {known.name: known for known in TABLE}
CLAIMS = tuple(dict.fromkeys(known.claim for known in TABLE if known.claim))
_PARTS = {claim: tuple(known.name for known in TABLE if known.claim == claim) for claim in CLAIMS}
ALWAYS = ("level", "proved_by", "mfa", "interface_version")  # facts of the login, needed to judge it
STAFF_ONLY = ("authorities", "roles", "name")
NAMES = tuple(known.name for known in TABLE if known.name not in STAFF_ONLY)

_COUNTRIES = {"D": "DE"}  # the eID's own letter for Germany (ICAO 9303)
_SALUTATIONS = {"1": "Herr", "2": "Frau"}  # ISO 5218; unknown and not applicable greet nobody
_ADDRESS = ("street_address", "postal_code", "locality", "country")
_REGISTER = ("type", "number", "court")


def oid_of(name: str) -> str | None:
    """The SAML name of an attribute; None where BundID has none. Raises KeyError for a name that is not ours."""
    return _BY_NAME[name].oid or None


def normalise(name: str, raw: str) -> str:
    """The display form of a delivered value: NFC, blanks around it removed, D as country told as DE."""
    value = unicodedata.normalize("NFC", raw).strip()
    return _COUNTRIES.get(value, value) if name in ("country", "organization_country") else value


def attributes_for(claims: Collection[str], *, guests_welcome: bool, postbox: bool) -> tuple[str, ...]:
    """What to request so that these claims can be released, in the table's order, and nothing else.

    Even an optional request for the person key makes BundID hide the guest login (interface description 9.2.1), so a
    service that welcomes guests knows nobody again. The postbox needs the person key and an address for its e-mails;
    the mailbox handle is asked for only once a channel exists that uses it.
    """
    wanted = {known.name for known in TABLE if known.claim in claims} | set(ALWAYS)
    if not guests_welcome:
        wanted.add("pairwise_id")
        if postbox:
            wanted.add("email")
    return tuple(known.name for known in TABLE if known.name in wanted)


@dataclass(frozen=True, kw_only=True)
class Released:
    """What one application receives of one login; ``names`` are the claims' names, safe to store as evidence."""

    claims: Mapping[str, Any]
    verified_claims: tuple[Mapping[str, Any], ...]
    names: tuple[str, ...]


def release(assertion: Assertion, claims: Collection[str]) -> Released:
    """Cut an assertion down to the agreed claims, each with the level its source vouches for.

    Values proved at substantial or high (low only by eIDAS) stand in ``verified_claims``, one element per level, and as
    ordinary claims too; weaker and unmarked ones as ordinary claims only (OpenID Connect for Identity Assurance 5).
    """
    told: dict[str, Any] = {}
    proved: dict[Level, dict[str, Any]] = {}
    for claim in CLAIMS:
        if claim not in claims:
            continue
        value, level = read_claim(claim, assertion.attributes)
        if not value:
            continue
        told[claim] = value
        if level is not None and counts_as_verified(level, assertion.means):
            proved.setdefault(level, {})[claim] = value
    elements = tuple(_element(level, proved[level], assertion) for level in sorted(proved, reverse=True))
    return Released(claims=told, verified_claims=elements, names=tuple(told))


def counts_as_verified(level: Level, means: str) -> bool:
    """Whether a value of this level was proved: from substantial on, at low only by a European eID."""
    return level >= Level.SUBSTANTIAL or (level is Level.LOW and means == "eIDAS")


def _element(level: Level, claims: Mapping[str, Any], assertion: Assertion) -> Mapping[str, Any]:
    verification = {
        "trust_framework": "eidas",
        "assurance_level": name_of(level),
        "time": assertion.authenticated_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "evidence": [
            {"type": "electronic_record", "record": {"type": assertion.means, "source": {"name": assertion.provider}}}
        ],
    }
    return {"verification": verification, "claims": claims}


def read_claim(claim: str, attributes: Mapping[str, Attribute]) -> tuple[Any, Level | None]:
    """Value and level of a claim; of several parts the weakest counts, and an unmarked part leaves it unmarked."""
    found = ((name, attributes.get(name)) for name in _PARTS.get(claim, ()))
    parts = {name: part for name, part in found if part is not None and part.value}
    if not parts:
        return None, None
    values = {name: part.value for name, part in parts.items()}
    levels = [part.level for part in parts.values() if part.level is not None]
    return _SHAPES.get(claim, _plain)(values), min(levels) if len(levels) == len(parts) else None


def _plain(values: Mapping[str, str]) -> Any:
    (value,) = values.values()
    return value


def _nationalities(value: str) -> list[str]:
    """Several codes (ICAO 9303, ISO 3166) are one string, parted by blanks; a country written out stays one."""
    codes = value.split()
    return [_COUNTRIES.get(code, code) for code in codes] if all(len(code) <= 3 for code in codes) else [value]  # noqa: PLR2004


def _parts(names: tuple[str, ...], prefix: str = "") -> Callable[[Mapping[str, str]], Any]:
    return lambda values: {name: values[prefix + name] for name in names if prefix + name in values}


_SHAPES: dict[str, Callable[[Mapping[str, str]], Any]] = {
    "address": _parts(_ADDRESS),
    "organization_address": _parts(_ADDRESS, "organization_"),
    "organization_register": _parts(_REGISTER, "organization_register_"),
    "place_of_birth": lambda values: {"locality": _plain(values)},
    "nationalities": lambda values: _nationalities(_plain(values)),
    "salutation": lambda values: _SALUTATIONS.get(_plain(values)),
    "authorities": lambda values: _plain(values).split(),
    "roles": lambda values: _plain(values).split(),
}
