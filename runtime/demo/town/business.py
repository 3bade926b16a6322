"""What the gate tells about who registers a trade: an organisation, the person who acts for it, or a citizen. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from runtime.demo.town.person import level_of

ORGANISATION = (
    "organization_name",
    "organization_kind",
    "organization_legal_form",
    "organization_register",
    "organization_address",
)
PERSON = ("title", "given_name", "family_name", "birthdate", "address")
_ORDER = ("street_address", "postal_code", "locality", "country", "type", "number", "court")


@dataclass(frozen=True, kw_only=True)
class Row:
    """One value as it was received; ``level`` is empty where nobody vouches for it."""

    name: str  # OpenID Connect claim
    value: str
    level: str = ""


@dataclass(frozen=True, kw_only=True)
class Applicant:
    """Who logged in. An organisation is one where it has a name; then the person is the one who acts for it."""

    level: str
    organisation: tuple[Row, ...]
    person: tuple[Row, ...]


def applicant_from(userinfo: Mapping[str, Any], acr: str) -> Applicant:
    """Read the gate's userinfo answer."""
    proved = {
        name: level
        for element in userinfo.get("verified_claims", ())
        for name in element["claims"]
        if (level := str(element["verification"].get("assurance_level", "")))
    }

    def rows(names: tuple[str, ...]) -> tuple[Row, ...]:
        return tuple(
            Row(name=name, value=_text(userinfo[name]), level=proved.get(name, ""))
            for name in names
            if userinfo.get(name)
        )

    return Applicant(level=level_of(acr), organisation=rows(ORGANISATION), person=rows(PERSON))


def _text(value: Any) -> str:
    if isinstance(value, Mapping):
        return ", ".join(str(value[part]) for part in _ORDER if value.get(part))
    return str(value)
