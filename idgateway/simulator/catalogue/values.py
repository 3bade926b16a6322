"""Table of answers whose values are wrong or odd: how well proved, by which means, for whom, and how they are written.

``ENTRIES`` have to be refused, but for a level above the asked one; ``ODD`` look odd and are sound. Sources: BundID
interface description 5, 6, 9.1 and 9.2; XML 1.0 4.1.
"""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from idgateway.simulator.catalogue.breakage import ACCEPT, Broken
from idgateway.simulator.catalogue.changes import Edit, at, double, setting, unset, with_values
from idgateway.simulator.names import AKDB, ATTRIBUTES, NS, SAML, Step
from idgateway.simulator.persons import Trust, Value
from idgateway.simulator.statement import Statement
from idgateway.simulator.tree import Element, child

_LEVEL = "EID-CITIZEN-QAA-LEVEL"
_LEVEL_URN = ATTRIBUTES[_LEVEL].urn
_VALUES = "saml:AttributeStatement/saml:Attribute"
_TRUST_LEVEL = f"{{{AKDB}}}TrustLevel"
_TEXT = "one character, one meaning: the whole text, in composed form (BundID 6; XML 1.0 4.1)"
_BY_OID = "the OID names an attribute, nothing else (BundID 6)"
_TRUST = "a missing or unknown trust is no trust, and no reason to refuse (BundID 6.2.9)"


def _at_level(said: Statement, token: str) -> Statement:
    return replace(said, class_reference=token, values=tuple(_valued(value, _LEVEL, token) for value in said.values))


def _contradicting(said: Statement) -> Statement:
    other = Step.HIGH if said.class_reference == Step.BASIC.token else Step.BASIC
    return replace(said, values=tuple(_valued(value, _LEVEL, other.token) for value in said.values))


def _valued(value: Value, name: str, content: str) -> Value:
    return replace(value, value=content) if value.name == name else value


def _without(name: str) -> Callable[[Statement], Statement]:
    return lambda said: replace(said, values=tuple(value for value in said.values if value.name != name))


def _weaker(said: Statement) -> Statement:
    return replace(said, values=tuple(replace(value, trust=Trust.SUBORDINATE) for value in said.values))


def _says(name: str) -> Callable[[Statement, Step], bool]:
    return lambda said, _level: any(value.name == name for value in said.values)


def _by_pigeon(said: Statement) -> Statement:
    return replace(said, values=tuple(_valued(value, "AssertionProvedBy", "Pigeon") for value in said.values))


def _two_identifiers(said: Statement) -> Statement:
    return replace(said, values=(*said.values, Value(name="bPK2", value="MALLORY", trust=Trust.NORMAL)))


def _decomposed(said: Statement) -> Statement:
    parted = (replace(value, value=unicodedata.normalize("NFD", value.value)) for value in said.values)
    return replace(said, values=tuple(parted))


def _has_marks(said: Statement, _level: Step) -> bool:
    return _decomposed(said) != said


def _referenced(assertion: bytes) -> tuple[bytes, ...]:
    """Write every value as character references: its canonical form, and so the signature, stays the same."""

    def referenced(found: re.Match[str]) -> str:
        return found[1] + "".join(f"&#x{ord(letter):x};" for letter in found[2]) + found[3]

    written = re.sub(r"(<saml:AttributeValue[^>]*>)([^<&]+)(</saml:AttributeValue>)", referenced, assertion.decode())
    return (written.encode(),)


def _each(path: str, edit: Edit) -> Edit:
    def change(root: Element) -> None:
        for element in root.findall(path, NS):
            edit(element)

    return change


def _blank_in_oid(assertion: Element) -> None:
    for attribute in assertion.findall(_VALUES, NS):
        if attribute.get("Name") == _LEVEL_URN:
            attribute.set("Name", _LEVEL_URN.replace("urn:oid:", "urn:oid: ") + " ")


def _reversed(assertion: Element) -> None:
    statement = assertion.find("saml:AttributeStatement", NS)
    statement[:] = reversed(statement)


def _unasked(said: Statement) -> Statement:
    return replace(said, values=(*said.values, Value(name="DeMail", value="m@example.de-mail.de", trust=None)))


def _unknown_attribute(assertion: Element) -> None:
    attribute = child(assertion.find("saml:AttributeStatement", NS), SAML, "Attribute", Name="urn:oid:1.2.3.4")
    child(attribute, SAML, "AttributeValue").text = "something new"


def _odd(name: str, german: str, english: str, rule: str, **bites: Any) -> Broken:
    return Broken(name=name, title=(german, english), rule=rule, expectation=ACCEPT, **bites)


ENTRIES = (
    Broken(
        name="level-too-low",
        title=("Vertrauensniveau zu niedrig", "level of assurance too low"),
        rule="at least the level that was asked (Comparison minimum)",
        statement=lambda said: _at_level(said, Step.BASIC.token),
        applies=lambda _said, level: level > Step.BASIC,
    ),
    Broken(
        name="level-contradiction",
        title=("Vertrauensniveau widerspricht sich", "level of assurance contradicts itself"),
        rule="class reference and EID-CITIZEN-QAA-LEVEL are equal (BundID 6.2.3)",
        statement=_contradicting,
        applies=_says(_LEVEL),
    ),
    Broken(
        name="level-unknown",
        title=("unbekanntes Vertrauensniveau", "unknown level of assurance"),
        rule="one of four known levels (BundID 5)",
        statement=lambda said: _at_level(said, "STORK-QAA-Level-5"),
    ),
    Broken(
        name="level-as-uri",
        title=("Vertrauensniveau als eIDAS-Adresse", "level of assurance as an eIDAS URI"),
        rule="BundID speaks STORK-QAA-Level-1 to -4 and nothing else (BundID 6.2.3)",
        statement=lambda said: _at_level(said, "http://eidas.europa.eu/LoA/high"),
    ),
    Broken(
        name="value-twice",
        title=("dieselbe Angabe zweimal", "the same value twice"),
        rule="each attribute once: which of them would count?",
        draft=at("saml:AttributeStatement/saml:Attribute", double),
        applies=with_values,
    ),
    Broken(
        name="value-with-two-values",
        title=("eine Angabe mit zwei Werten", "an attribute with two values"),
        rule="one value each (BundID 10.2): which of them would count?",
        draft=at("saml:AttributeStatement/saml:Attribute[last()]/saml:AttributeValue", double),
        applies=with_values,
    ),
    Broken(
        name="level-higher",
        title=("Vertrauensniveau höher als verlangt", "level of assurance higher than asked"),
        rule="minimum means at least",
        expectation=ACCEPT,
        statement=lambda said: _at_level(said, Step.HIGH.token),
        applies=lambda _said, level: level < Step.HIGH,
    ),
    Broken(
        name="trust-weaker-than-login",
        title=("Angaben schwächer belegt als die Anmeldung", "values proved less well than the login"),
        rule="a login like any other; no value may count as verified (BundID 6.2.9)",
        expectation=ACCEPT,
        statement=_weaker,
        applies=with_values,
    ),
    Broken(
        name="means-not-offered",
        title=("mit einem Mittel angemeldet, das nicht angeboten war", "logged in by a means that was not offered"),
        rule="a means of the request's list (BundID 9.1)",
        statement=_by_pigeon,
        applies=_says("AssertionProvedBy"),
    ),
    Broken(
        name="pairwise-id-missing",
        title=("Kennung bPK2 fehlt trotz Konto", "identifier bPK2 missing despite an account"),
        rule="whoever asks for bPK2 gets an account (BundID 9.2.1)",
        statement=_without("bPK2"),
        applies=_says("bPK2"),
    ),
    Broken(
        name="pairwise-id-twice",
        title=("Kennung bPK2 zweimal, verschieden", "identifier bPK2 twice, different"),
        rule="each attribute once: which of them would count?",
        statement=_two_identifiers,
        applies=_says("bPK2"),
    ),
)
ODD = (
    _odd(
        "values-decomposed",
        "Umlaute in zwei Zeichen zerlegt (NFD)",
        "marks parted from their letters (NFD)",
        _TEXT,
        statement=_decomposed,
        applies=_has_marks,
    ),
    _odd(
        "character-references",
        "Angaben Zeichen für Zeichen als Zahl",
        "values letter by letter as numbers",
        _TEXT,
        parts=_referenced,
        applies=with_values,
    ),
    _odd(
        "oid-with-blanks",
        "OID mit Leerzeichen",
        "OID with blanks",
        "a known slip of the interface description (6.2.3)",
        draft=_blank_in_oid,
        applies=with_values,
    ),
    _odd(
        "friendly-names-missing",
        "ohne FriendlyName",
        "without FriendlyName",
        _BY_OID,
        draft=_each(_VALUES, unset("FriendlyName")),
        applies=with_values,
    ),
    _odd(
        "friendly-names-lie",
        "jeder FriendlyName ist „surname“",
        "every FriendlyName is “surname”",
        _BY_OID,
        draft=_each(_VALUES, setting("FriendlyName", "surname")),
        applies=with_values,
    ),
    _odd(
        "values-in-another-order",
        "Angaben in umgekehrter Reihenfolge",
        "values in reverse order",
        "their order is arbitrary (BundID 10.2)",
        draft=_reversed,
        applies=with_values,
    ),
    _odd(
        "value-not-requested",
        "eine Angabe, die niemand verlangt hat",
        "a value that nobody asked for",
        "left aside, never passed on",
        statement=_unasked,
        applies=with_values,
    ),
    _odd(
        "value-unknown",
        "eine Angabe mit unbekannter OID",
        "a value with an unknown OID",
        "left aside: the interface grows (BundID 6)",
        draft=_unknown_attribute,
        applies=with_values,
    ),
    _odd(
        "trust-missing",
        "ohne TrustLevel",
        "without TrustLevel",
        _TRUST,
        draft=_each(_VALUES, unset(_TRUST_LEVEL)),
        applies=with_values,
    ),
    _odd(
        "trust-unknown",
        "mit unbekanntem TrustLevel",
        "with an unknown TrustLevel",
        _TRUST,
        draft=_each(_VALUES, setting(_TRUST_LEVEL, "GIGANTISCH")),
        applies=with_values,
    ),
)
