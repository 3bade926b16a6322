"""Which claim becomes which attribute with which level, whatever shape a provider gives it. Pure."""

import pytest

from idgateway.assurance import Level
from idgateway.errors import AnswerRefused
from idgateway.settings import OidcProvider
from idgateway.upstream.oidc.claims import DELIVERABLE, claim_reader

EIDAS_HIGH = {"trust_framework": "eidas", "assurance_level": "high"}
EIDAS_LOW = {"trust_framework": "eidas", "assurance_level": "low"}


def reader(**changes):
    settings = {"name": "konto", "title": "", "issuer": "https://x", "client_id": "x", "level": "high", **changes}
    return claim_reader(OidcProvider(**settings))


def read(told, /, *, login=Level.HIGH, asked=DELIVERABLE, **changes):
    found = reader(**changes).read(told, asked, login)
    return {name: (one.value, one.level) for name, one in found.items()}


def proved(claims, verification=EIDAS_HIGH):
    return {"verification": verification, "claims": claims}


def test_the_usual_names():
    """The standard claims, those of Identity Assurance and the parts of an address reach our attributes."""
    claims = {
        "given_name": "Erika",
        "birth_family_name": "Gabler",
        "birthdate": "1964-08-12",
        "place_of_birth": {"country": "DE", "locality": "Berlin"},
        "nationalities": ["DE", "FR"],
        "address": {"street_address": "Heidestraße 17", "postal_code": "51147", "locality": "Köln", "country": "DE"},
        "phone_number": "+49 221 1",
        "salutation": "Frau",
        "sub": "x",
        "authorities": ["064310020020"],
    }
    assert {name: value for name, (value, _) in read(claims).items()} == {
        "given_name": "Erika",
        "birth_name": "Gabler",
        "birthdate": "1964-08-12",
        "place_of_birth": "Berlin",
        "nationality": "DE FR",
        "street_address": "Heidestraße 17",
        "postal_code": "51147",
        "locality": "Köln",
        "country": "DE",
        "phone": "+49 221 1",
        "salutation": "2",
    }


def test_names_of_ones_own():
    """A configured table replaces the usual names; a name with dots or a URL is found as it stands, too."""
    claims = {
        "vorname": "Erika",
        "given_name": "not read",
        "anschrift": {"ort": "Köln"},
        "https://konto.land.example/claims/familienname": "Mustermann",
        "a.b": "erika@example.org",
    }
    names = {
        "vorname": "given_name",
        "anschrift.ort": "locality",
        "https://konto.land.example/claims/familienname": "family_name",
        "a.b": "email",
    }
    assert read(claims, claims=names) == {
        "given_name": ("Erika", None),
        "locality": ("Köln", None),
        "family_name": ("Mustermann", None),
        "email": ("erika@example.org", None),
    }
    assert reader(claims=names).top_claims(DELIVERABLE) == (
        "vorname",
        "anschrift",
        "https://konto.land.example/claims/familienname",
        "a",
    )


def test_only_what_was_asked_is_kept():
    """What nobody asked for is dropped before anything is stored, proved or not."""
    claims = {"given_name": "Erika", "birthdate": "1964-08-12", "verified_claims": proved({"birthdate": "1964-08-12"})}
    assert read(claims, asked=("given_name", "level")) == {"given_name": ("Erika", None)}


@pytest.mark.parametrize(
    ("verification", "login", "level"),
    [
        (EIDAS_HIGH, Level.HIGH, Level.HIGH),
        (EIDAS_HIGH, Level.SUBSTANTIAL, Level.SUBSTANTIAL),
        (EIDAS_HIGH, Level.BASIC, Level.BASIC),
        (EIDAS_LOW, Level.HIGH, Level.LOW),
        ({"trust_framework": "eidas"}, Level.HIGH, None),
        ({"trust_framework": "eidas", "assurance_level": "HIGH"}, Level.HIGH, None),
        ({"trust_framework": "eidas", "assurance_level": ["high"]}, Level.HIGH, None),
        ({"trust_framework": "de_aml", "assurance_level": "high"}, Level.HIGH, None),
        ({"assurance_level": "eidas high"}, Level.HIGH, None),
        ({"trust_framework": "eidas high"}, Level.HIGH, None),
        ({"trust_framework": ["eidas"], "assurance_level": "high"}, Level.HIGH, None),
        ({}, Level.HIGH, None),
    ],
    ids=str,
)
def test_what_a_proof_is_worth(verification, login, level):
    """The framework's own level, never more than the login that brought it; an unknown one proves nothing."""
    claims = {"family_name": "Mustermann", "verified_claims": proved({"family_name": "MUSTERMANN"}, verification)}
    assert read(claims, login=login) == {"family_name": ("MUSTERMANN" if level else "Mustermann", level)}


def test_frameworks_of_ones_own():
    """A configured table replaces eIDAS; a framework without levels is written by its name alone."""
    elements = [
        proved({"given_name": "Erika"}, {"trust_framework": "de_aml"}),
        proved({"family_name": "Mustermann"}, EIDAS_HIGH),
    ]
    found = read({"verified_claims": elements}, frameworks={"de_aml": "substantial"})
    assert found == {"given_name": ("Erika", Level.SUBSTANTIAL)}


def test_of_several_proofs_the_best_one_counts():
    """Whatever the order of the elements, and beside an ordinary claim that the operator vouches for."""
    low, high = proved({"given_name": "Erika L."}, EIDAS_LOW), proved({"given_name": "Erika H."})
    for elements in ([low, high], [high, low]):
        claims = {"given_name": "Erika", "verified_claims": elements}
        assert read(claims) == {"given_name": ("Erika H.", Level.HIGH)}
        assert read(claims, login=Level.SUBSTANTIAL, vouch_for_claims=True)["given_name"][1] is Level.SUBSTANTIAL


@pytest.mark.parametrize(
    "claims",
    [
        {"given_name": ["Erika"]},
        {"given_name": 7},
        {"given_name": "x" * 1001},
        {"address": "Heidestraße 17, Köln"},
        {"address": ["Köln"]},
        {"nationalities": ["D E"]},
        {"nationalities": ["DE"] * 201},
        {"nationalities": [["DE"]]},
        {"verified_claims": "all of them"},
        {"verified_claims": [7]},
        {"verified_claims": {"claims": {"given_name": "Erika"}}},
        {"verified_claims": {"verification": EIDAS_HIGH}},
        {"verified_claims": {"verification": "eidas", "claims": {}}},
        {"verified_claims": proved({"given_name": ["Erika"]})},
        {"verified_claims": [proved({})] * 33},
    ],
    ids=str,
)
def test_claims_of_the_wrong_form(claims):
    """A claim of another shape than its own is refused; without it the same person comes through."""
    assert read({"email": "e@example.org"}) == {"email": ("e@example.org", None)}
    with pytest.raises(AnswerRefused) as refused:
        read({"email": "e@example.org", **claims})
    assert refused.value.code == "claims"
    assert "Erika" not in refused.value.detail


def test_nothing_comes_of_nothing():
    """Null, empty and blank claims are absent; an address nobody proved to own is not this person's."""
    assert read({"given_name": None, "family_name": " ", "address": None, "place_of_birth": {"locality": None}}) == {}
    for proof, kept in ((True, True), (None, True), (False, False)):
        claims = {"email": "e@example.org", "email_verified": proof}
        assert ("email" in read(claims)) == kept
