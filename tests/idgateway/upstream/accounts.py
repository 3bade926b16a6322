"""Accounts other than BundID, as their operators configure them and as they answer; with one login in progress each."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from idgateway.settings import SamlProvider
from idgateway.upstream import Ask
from idgateway.upstream.saml.provider import SamlUpstream
from keys.keyring import Keyring
from tests.idgateway.upstream.conftest import CALLBACK, ENTITY_ID, Login
from tests.idgateway.upstream.idp import NAMEID, A, Wish

PERSISTENT = NAMEID + "2.0:nameid-format:persistent"
UNSPECIFIED = NAMEID + "1.1:nameid-format:unspecified"
PASSWORD = "urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport"
SMARTCARD = "urn:oasis:names:tc:SAML:2.0:ac:classes:SmartcardPKI"
SH = "urn:example:servicekonto"

BAKERY: Mapping[str, Any] = {
    "Firmenname": ("Backhaus Tröger GmbH", None),
    "RechtsformText": ("Gesellschaft mit beschränkter Haftung", None),
    "Registernummer": ("HRB 4711", None),
    "Registerart": ("HRB", None),
    "Registergericht": ("Darmstadt", None),
    "PersTyp": ("NNatPers", None),
    "DatenuebermittlerPseudonymId": ("du-7f3a9c0e55", None),
    "ElsterVertrauensniveauIdentifizierung": ("substanziell", None),
    "ElsterVertrauensniveauAuthentifizierung": ("substanziell", None),
    "IstTestkonto": ("false", None),
    "Unternehmensanschrift": (
        {
            "Typ": "Inland",
            "Strasse": "Rathausstraße",
            "Hausnummer": "7a",
            "PLZ": "68519",
            "Ort": "Viernheim",
            "Land": "D",
        },
        None,
    ),
    "HandelndePerson": (
        {"Vorname": "Ilse", "Nachname": "Tröger", "Namensvorsatz": "von", "Geburtsdatum": "03.10.1975"},
        None,
    ),
    "StNr": ("2662 123 45678", None),
}
CITIZEN: Mapping[str, Any] = {
    "GivenNames": ("Momme", None),
    "FamilyNames": ("Halliger", None),
    "DateOfBirth": ("30.10.1971", None),
    "AssuranceLevel": ("STORK-QAA-Level-3", None),
    "InboxReference": ("8c1f", None),
}
MEMBER: Mapping[str, Any] = {"mail": ("momme@example.org", None), "sn": ("Halliger", None)}


@dataclass(frozen=True, kw_only=True)
class Account:
    """One account: what its operator configures, what is asked, and its correct answer."""

    settings: Mapping[str, Any]
    wish: Wish
    attributes: tuple[str, ...]

    def with_attributes(self, *without: str, **changed: Any) -> Wish:
        """The correct answer with attributes left out or changed."""
        told = {name: value for name, value in self.wish.attributes.items() if name not in without}
        return replace(self.wish, attributes={**told, **changed})


ORGANISATION = (
    "organization_name",
    "organization_kind",
    "organization_legal_form",
    "organization_register_number",
    "organization_street_address",
    "organization_locality",
    "organization_country",
    "given_name",
    "family_name",
    "birthdate",
)
ACCOUNTS: Mapping[str, Account] = {
    "mein-unternehmenskonto": Account(
        settings={"profile": "mein-unternehmenskonto", "request_signature": "rsa-pss"},
        wish=Wish(
            attributes=BAKERY,
            level_attribute="",
            level="urn:oasis:names:tc:SAML:2.0:ac:classes:unspecified",
            sign_assertion=False,
            name_id="e5b1c2",
            name_id_format=PERSISTENT,
        ),
        attributes=ORGANISATION,
    ),
    "servicekonto-sh": Account(
        settings={"profile": "servicekonto-sh", "nested_namespace": SH},
        wish=Wish(
            attributes=CITIZEN,
            level_attribute="",
            level="urn:oasis:names:tc:SAML:2.0:ac:classes:unspecified",
            encrypt=False,
            sign_response=False,
            name_id="sh-4d2f",
            name_id_format=PERSISTENT,
            name_id_parties=(("NameQualifier", "https://idp.example/idp"), ("SPNameQualifier", ENTITY_ID)),
        ),
        attributes=("given_name", "family_name", "birthdate", "street_address", "locality", "organization_name"),
    ),
    "generic": Account(
        settings={
            "profile": "generic",
            "name_id": "persistent",
            "request_binding": "post",
            "signed": "both",
            "assertion": "encrypted",
            "subject": "name_id",
            "attributes": {"mail": "email", "sn": "family_name"},
            "levels": {PASSWORD: "low", SMARTCARD: "high"},
            "proved_attributes": ("family_name",),
        },
        wish=Wish(attributes=MEMBER, level_attribute="", level=SMARTCARD, name_id="m-1", name_id_format=PERSISTENT),
        attributes=("family_name", "email", "given_name"),
    ),
}


def begin(account: Account, metadata: Path, keyring: Keyring, ask: Ask, **changes: Any) -> Login:
    """A login at this account in progress; ``changes`` to its settings (``settings=…``) or to the ask."""
    settings = {**account.settings, **changes.pop("settings", {})}
    provider = SamlProvider(name="other", title="Other", metadata_file=metadata, entity_id=ENTITY_ID, **settings)
    upstream = SamlUpstream(provider, keyring, CALLBACK)
    asked = replace(ask, **{"attributes": account.attributes, **changes})
    return Login(upstream=upstream, keyring=keyring, ask=asked, handover=upstream.begin(asked))


def value_of(root: Any, wire: str) -> Any:
    """The value element of an attribute in an assertion."""
    return root.find(f"{{{A}}}AttributeStatement/{{{A}}}Attribute[@Name='{wire}']/{{{A}}}AttributeValue")
