"""What an application receives of an organisation's login: each claim with its level, and never the account's key."""

from datetime import UTC, datetime

from idgateway.assurance import Level
from idgateway.attributes import CLAIMS, attributes_for, release
from idgateway.upstream import Assertion, Attribute

NOW = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
PROVED = {
    "organization_id": "du-7f3a9c0e55",
    "organization_name": "Backhaus Tröger GmbH",
    "organization_kind": "legal_person",
    "organization_register_type": "HRB",
    "organization_register_number": "40711",
    "organization_street_address": "Rathausstraße 7a",
    "organization_locality": "Viernheim",
}


def _login(**unmarked: str) -> Assertion:
    values = {name: Attribute(value=one, raw=one, level=Level.SUBSTANTIAL) for name, one in PROVED.items()}
    values |= {name: Attribute(value=one, raw=one, level=None) for name, one in unmarked.items()}
    return Assertion(
        provider="mein-unternehmenskonto",
        subject="du-7f3a9c0e55",
        level=Level.SUBSTANTIAL,
        means="Elster",
        authenticated_at=NOW,
        assertion_id="_a",
        expires_at=NOW,
        attributes=values,
    )


def test_an_organisation_and_its_acting_person_are_told_apart():
    """Organisation claims are proved; the ordinary claims are the acting person's, for whom nobody vouches."""
    told = release(_login(given_name="Ilse", family_name="von Tröger"), CLAIMS)
    assert told.claims == {
        "given_name": "Ilse",
        "family_name": "von Tröger",
        "organization_name": "Backhaus Tröger GmbH",
        "organization_kind": "legal_person",
        "organization_register": {"type": "HRB", "number": "40711"},
        "organization_address": {"street_address": "Rathausstraße 7a", "locality": "Viernheim"},
    }
    (element,) = told.verified_claims
    assert element["verification"]["assurance_level"] == "substantial"
    assert set(element["claims"]) == {name for name in told.claims if name.startswith("organization_")}


def test_one_unmarked_part_leaves_a_claim_unproved():
    """An address is as sure as its weakest part."""
    (element,) = release(_login(organization_postal_code="68519"), CLAIMS).verified_claims
    assert "organization_address" not in element["claims"]
    assert "organization_name" in element["claims"]


def test_the_accounts_pseudonym_goes_to_nobody():
    """``sub`` stands for the organisation; its pseudonym would let applications compare theirs."""
    assert "du-7f3a9c0e55" not in str(release(_login(), CLAIMS))


def test_only_agreed_organisation_data_are_asked_for():
    """A claim brings its parts and nothing beside them."""
    wanted = attributes_for(("organization_address",), guests_welcome=False, postbox=False)
    organisation = [name for name in wanted if name.startswith("organization_")]
    assert organisation == [
        "organization_street_address",
        "organization_postal_code",
        "organization_locality",
        "organization_country",
    ]
