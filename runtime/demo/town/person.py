"""What the gate tells about a person, value by value, with how sure it is. Pure.

A value proved at substantial or high stands in ``verified_claims`` (OpenID Connect for Identity Assurance) and is
locked in the form; any other value is a suggestion the person may change.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

FIELDS = (
    "given_name",
    "family_name",
    "birth_family_name",
    "birthdate",
    "place_of_birth",
    "street_address",
    "postal_code",
    "locality",
)
_ADDRESS = ("street_address", "postal_code", "locality")
_LEVELS = {"http://eidas.europa.eu/LoA/low": "low"}
_LEVELS |= {f"http://eidas.europa.eu/LoA/{level}": level for level in ("substantial", "high")}


@dataclass(frozen=True, kw_only=True)
class Told:
    """One value about the person; ``level`` and ``means`` are empty where nobody vouches for it."""

    value: str
    level: str = ""  # low | substantial | high
    means: str = ""  # how it was proved, in the provider's own word, e.g. eID

    @property
    def locked(self) -> bool:
        """Whether the application must not let the person change it."""
        return self.level in ("substantial", "high")


@dataclass(frozen=True, kw_only=True)
class Person:
    """Who logged in: ``subject`` is the gate's pairwise name; no ``postbox_address`` means no answer can go there."""

    subject: str
    level: str  # of the login: low | substantial | high, or empty
    told: Mapping[str, Told]
    postbox_address: str

    @property
    def name(self) -> str:
        """Given and family name as the source writes them; never "corrected"."""
        return " ".join(self.told[part].value for part in ("given_name", "family_name") if part in self.told)


def person_from(userinfo: Mapping[str, Any], acr: str) -> Person:
    """Read the gate's userinfo answer."""
    proofs = _proofs(userinfo.get("verified_claims"))
    told = {}
    for field in FIELDS:
        value = _value(userinfo, field)
        if value:
            level, means = proofs.get((field, value), ("", ""))
            told[field] = Told(value=value, level=level, means=means)
    return Person(
        subject=str(userinfo["sub"]),
        level=level_of(acr),
        told=told,
        postbox_address=str(userinfo.get("postbox_address", "")),
    )


def level_of(acr: str) -> str:
    """The level an ``acr`` stands for; empty for anything that is no eIDAS level."""
    return _LEVELS.get(acr, "")


def _proofs(elements: Any) -> dict[tuple[str, str], tuple[str, str]]:
    """Level and means of each proved (field, value): a proof counts only for exactly the value it was given for."""
    found: dict[tuple[str, str], tuple[str, str]] = {}
    for element in elements if isinstance(elements, list) else [elements] if elements else []:
        verification = element["verification"]
        evidence = verification.get("evidence") or [{}]
        means = str(evidence[0].get("record", {}).get("type", ""))
        for field in FIELDS:
            value = _value(element["claims"], field)
            if value:
                found.setdefault((field, value), (str(verification["assurance_level"]), means))
    return found


def _value(claims: Mapping[str, Any], field: str) -> str:
    if field in _ADDRESS:
        return str((claims.get("address") or {}).get(field, ""))
    if field == "place_of_birth":
        return str((claims.get(field) or {}).get("locality", ""))
    return str(claims.get(field, ""))
