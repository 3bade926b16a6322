"""Checks 16, 18 and 19: the attributes an assertion delivers, read by the names of the account's profile.

FriendlyName is never read (BundID 6). What the profile does not name is ignored, and not held.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from idgateway.assurance import Level
from idgateway.attributes import normalise
from idgateway.errors import AnswerRefused, LoginDenied
from idgateway.upstream import Attribute
from idgateway.upstream.saml import names
from idgateway.upstream.saml.names import a
from idgateway.upstream.saml.profile import Nested, Profile

_TRUST: Final = {
    "UNTERGEORDNET": Level.BASIC,
    "NORMAL": Level.LOW,
    "SUBSTANTIELL": Level.SUBSTANTIAL,
    "HOCH": Level.HIGH,
}
_SAME_MEANS: Final = {"Smart-eID": "eID"}  # BundID 9.1: cannot be asked for on its own, counts as eID
_GERMAN_DATE: Final = re.compile(r"(\d\d)\.(\d\d)\.(\d{4})")


@dataclass(frozen=True, kw_only=True)
class Delivered:
    """One attribute as it came: its text, what of it is shown, and the trust word beside it."""

    raw: str
    value: str
    trust: str | None


def check_attributes(root: Any, profile: Profile) -> dict[str, Delivered]:
    """Check 16: read the attributes the profile names, each at most once. Raises AnswerRefused ``attributes``.

    Blanks inside an OID are a known slip of BundID and are dropped. An attribute without a value counts as absent
    (BundID 9.2: missing instead of empty), and so does a word or a date that cannot be read. A test account is no
    login (LoginDenied ``test-account``) unless the operator accepts it.
    """
    found: dict[str, Delivered] = {}
    for attribute in root.findall(f"{a('AttributeStatement')}/{a('Attribute')}"):
        wire = "".join(attribute.get("Name").split())
        for name, raw in _texts(attribute, wire, profile):
            if name in found:
                raise AnswerRefused(f"{name} more than once", code="attributes")
            if value := _read(name, raw, profile):
                found[name] = Delivered(raw=raw, value=value, trust=_trust_word(attribute))
    if profile.test_flag in found and found[profile.test_flag].value != "false" and not profile.accept_test_accounts:
        raise LoginDenied("a test account", code="test-account")
    return found


def check_means(delivered: Mapping[str, Delivered], profile: Profile, offered: tuple[str, ...]) -> str:
    """Check 18: logged in by a means the request offered. Returns its name; raises AnswerRefused ``means``.

    Accounts without AKDB's extension offer no choice: theirs is the means of the profile.
    """
    if not profile.means:
        return profile.proved_by
    means = delivered["proved_by"].raw.strip() if "proved_by" in delivered else ""
    if _SAME_MEANS.get(means, means) not in offered:
        raise AnswerRefused("by a means that was not offered", code="means")
    return means


def trusted_attributes(
    delivered: Mapping[str, Delivered], profile: Profile, asked: tuple[str, ...], level: Level
) -> dict[str, Attribute]:
    """Check 19: keep what was asked for, with the trust its source puts in it.

    AKDB marks each attribute. A missing or unknown trust word never becomes a level; it refuses nothing here, because
    only an application's own requirement may (BundID 6.2.9: even bPK2 is merely NORMAL). Elsewhere what the profile
    calls proved has the level of the login, and the rest has none.
    """

    def trust(name: str, one: Delivered) -> Level | None:
        if profile.marked:
            return _TRUST.get(one.trust or "")
        return level if name in profile.proved else None

    return {
        name: Attribute(value=one.value, raw=one.raw, level=trust(name, one))
        for name, one in delivered.items()
        if name in asked
    }


def _texts(attribute: Any, wire: str, profile: Profile) -> Iterator[tuple[str, str]]:
    """Our names and raw texts of one attribute; nothing for a stranger, and nothing where there is no text."""
    values = attribute.findall(a("AttributeValue"))
    nested, name = profile.nested.get(wire), profile.attributes.get(wire)
    if not values or (nested is None and name is None):
        return
    if len(values) != 1:
        raise AnswerRefused(f"{wire} has {len(values)} values", code="attributes")
    if nested is not None:
        yield from _nested_texts(values[0], nested)
    elif name is not None and (values[0].text or "").strip():
        yield name, values[0].text


def _nested_texts(value: Any, nested: Nested) -> Iterator[tuple[str, str]]:
    parts: dict[str, list[str]] = {}
    for element, (_, name) in zip(nested.elements, nested.children, strict=True):
        text = value.findtext(element) or ""
        if name and text.strip():
            parts.setdefault(name, []).append(text)
    for name, texts in parts.items():
        yield name, texts[0] if len(texts) == 1 else " ".join(text.strip() for text in texts)


def _read(name: str, raw: str, profile: Profile) -> str:
    if name in profile.words:
        return profile.words[name].get(raw.strip(), "")
    if name == "birthdate" and profile.german_dates:
        return _iso_date(unicodedata.normalize("NFC", raw).strip())
    return normalise(name, raw)


def _iso_date(text: str) -> str:
    """DD.MM.YYYY, or what is already ISO 8601, as ISO 8601; empty for what is no date."""
    german = _GERMAN_DATE.fullmatch(text)
    try:
        return date.fromisoformat(f"{german[3]}-{german[2]}-{german[1]}" if german else text).isoformat()
    except ValueError:
        return ""


def _trust_word(attribute: Any) -> str | None:
    words = [value for name, value in attribute.attrib.items() if name.startswith("{" + names.AKDB_FAMILY)]
    if len(words) > 1:
        raise AnswerRefused("two trust levels on one attribute", code="attributes")
    return words[0] if words else None
