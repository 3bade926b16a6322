"""What of a provider's claims becomes attributes, and with which level. Pure.

An ordinary claim carries no level, unless the operator vouches for all of them; a proved one (``verified_claims``) that
of its trust framework, though never more than the login that brought it. What nobody asked for is dropped here.
Sources: OpenID Connect Core 5.1; OpenID Connect for Identity Assurance 1.0 section 5.
"""

import json
import re
import unicodedata
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from idgateway.assurance import Level, level_from_name
from idgateway.attributes import STAFF_ONLY, TABLE
from idgateway.errors import AnswerRefused, NotConfigured
from idgateway.settings import OidcProvider
from idgateway.upstream import Attribute

STANDARD: Final[Mapping[str, str]] = {
    "given_name": "given_name",
    "family_name": "family_name",
    "birth_family_name": "birth_name",
    "title": "title",
    "salutation": "salutation",
    "birthdate": "birthdate",
    "place_of_birth.locality": "place_of_birth",
    "nationalities": "nationality",
    "address.street_address": "street_address",
    "address.postal_code": "postal_code",
    "address.locality": "locality",
    "address.country": "country",
    "email": "email",
    "phone_number": "phone",
}
EIDAS: Final[Mapping[str, str]] = {"eidas low": "low", "eidas substantial": "substantial", "eidas high": "high"}
DELIVERABLE: Final = frozenset(known.name for known in TABLE if known.claim) - frozenset(STAFF_ONLY)
_VALUE_LENGTH: Final = 1000
_MOST: Final = 200
_MOST_ELEMENTS: Final = 32
_WORD: Final = re.compile(r"[A-Za-z0-9._:/-]{1,64}")
_STAFF_LISTS: Final = ("authorities", "roles")
_STAFF_TEXTS: Final = ("name",)
_SALUTATIONS: Final = {"Herr": "1", "Frau": "2"}  # our attribute is BundID's code (ISO 5218)


@dataclass(frozen=True, kw_only=True)
class ClaimReader:
    """One account's claims, by the names of ``idgateway.attributes``."""

    paths: Mapping[str, str]  # claim, or a dotted path into it, to attribute
    frameworks: Mapping[tuple[str, str], Level]  # trust framework and assurance level (empty: it has none) to level
    vouched: bool  # ordinary claims carry the login's level

    def wanted(self, asked: Collection[str]) -> dict[str, str]:
        """Which of the claims bring the asked attributes; the others are not read."""
        return {path: name for path, name in self.paths.items() if name in asked}

    def top_claims(self, asked: Collection[str]) -> tuple[str, ...]:
        """The claims to ask the provider for."""
        return tuple(dict.fromkeys(_top(path) for path in self.wanted(asked)))

    def read(self, claims: Mapping[str, Any], asked: Collection[str], login: Level) -> dict[str, Attribute]:
        """The asked attributes, each with the best level some element proves. Raises AnswerRefused ``claims``."""
        paths = self.wanted(asked)
        found = _picked(claims, paths, login if self.vouched else None)
        for level, proved in self._elements(claims):
            for name, attribute in _picked(proved, paths, min(level, login)).items():
                known = found.get(name)
                if known is None or known.level is None or known.level < min(level, login):
                    found[name] = attribute
        return found

    def _elements(self, claims: Mapping[str, Any]) -> Iterator[tuple[Level, Mapping[str, Any]]]:
        """What ``verified_claims`` proves; an element of a framework that is not listed proves nothing."""
        told = claims.get("verified_claims", [])
        elements = told if isinstance(told, list) else [told]
        if len(elements) > _MOST_ELEMENTS:
            raise AnswerRefused("too many verified_claims", code="claims")
        for element in elements:
            verification, proved = _parts(element)
            framework, assurance = verification.get("trust_framework"), verification.get("assurance_level", "")
            known = isinstance(framework, str) and isinstance(assurance, str)
            level = self.frameworks.get((str(framework), str(assurance))) if known else None
            if level is not None:
                yield level, proved


def claim_reader(settings: OidcProvider) -> ClaimReader:
    """Read it from the settings. Raises NotConfigured for an attribute no claim may feed, or UnknownLevel."""
    paths = dict(settings.claims or STANDARD)
    strange = sorted(set(paths.values()) - DELIVERABLE)
    if strange:
        raise NotConfigured(f"gate.oidc {settings.name}: claims feed {', '.join(strange)}, which is none of ours")
    frameworks = settings.frameworks or EIDAS
    return ClaimReader(
        paths=paths,
        frameworks={_basis(name): level_from_name(word) for name, word in frameworks.items()},
        vouched=settings.vouch_for_claims,
    )


def _basis(name: str) -> tuple[str, str]:
    framework, _, assurance = name.partition(" ")
    return framework, assurance


def staff_attributes(claims: Mapping[str, Any]) -> dict[str, Attribute]:
    """Name, authorities and roles of a member of staff; none carries a level. Raises AnswerRefused ``claims``."""
    values = {name: _text(claims[name]) for name in _STAFF_TEXTS if name in claims}
    values.update({name: _words(claims[name]) for name in _STAFF_LISTS if name in claims})
    return {name: _attribute(value, claims[name], None) for name, value in values.items() if value}


def _picked(claims: Mapping[str, Any], paths: Mapping[str, str], level: Level | None) -> dict[str, Attribute]:
    found = {}
    for path, name in paths.items():
        told = _at(claims, path)
        if told is None or (name == "email" and claims.get("email_verified") is False):
            continue  # an address nobody proved to own is not this person's
        value = _value(name, told)
        if value:
            found[name] = _attribute(value, told, level)
    return found


def _attribute(value: str, raw: object, level: Level | None) -> Attribute:
    return Attribute(value=value, raw=json.dumps(raw, ensure_ascii=False), level=level)


def _top(path: str) -> str:
    return path if "://" in path else path.partition(".")[0]


def _at(claims: Mapping[str, Any], path: str) -> object:
    """A claim of exactly this name, or what the dotted path reaches inside one; None where it is absent or null."""
    if path in claims:
        return claims[path]
    found: object = claims
    for name in path.split("."):
        if found is None:
            return None
        if not isinstance(found, Mapping):
            raise AnswerRefused("a claim is no object", code="claims")
        found = found.get(name)
    return found


def _parts(element: object) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    verification = element.get("verification") if isinstance(element, Mapping) else None
    proved = element.get("claims") if isinstance(element, Mapping) else None
    if not isinstance(verification, Mapping) or not isinstance(proved, Mapping):
        raise AnswerRefused("verified_claims without verification or claims", code="claims")
    return verification, proved


def _value(name: str, told: object) -> str:
    if name == "nationality" and isinstance(told, list):
        return _words(told)
    value = _text(told)
    return _SALUTATIONS.get(value, value) if name == "salutation" else value


def _text(value: object) -> str:
    if not isinstance(value, str) or len(value) > _VALUE_LENGTH:
        raise AnswerRefused("a claim is no text, or too long", code="claims")
    return unicodedata.normalize("NFC", value).strip()


def _words(value: object) -> str:
    if not isinstance(value, list) or len(value) > _MOST:
        raise AnswerRefused("a claim is no list, or too long", code="claims")
    if not all(isinstance(word, str) and _WORD.fullmatch(word) for word in value):
        raise AnswerRefused("a claim's list holds something else than plain words", code="claims")
    return " ".join(value)
