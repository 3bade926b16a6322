"""Accounts other than BundID: each logs in as it really answers, and nothing looser than its profile says gets through."""

from dataclasses import replace
from typing import Any

import pytest

from idgateway.assurance import Level
from idgateway.errors import AnswerRefused, LevelNotReached, LoginCancelled, LoginDenied
from tests.idgateway.upstream import idp
from tests.idgateway.upstream.accounts import (
    ACCOUNTS,
    PASSWORD,
    PERSISTENT,
    SH,
    SMARTCARD,
    UNSPECIFIED,
    Account,
    begin,
    value_of,
)
from tests.idgateway.upstream.idp import Wish

MUK, SERVICEKONTO, GENERIC = (ACCOUNTS[name] for name in ("mein-unternehmenskonto", "servicekonto-sh", "generic"))


@pytest.fixture
def start(metadata_file, keyring, ask):
    """Begin a login at an account."""

    def started(account: Account, **changes: Any):
        return begin(account, metadata_file, keyring, ask, **changes)

    return started


def _refused(login, wish: Wish, code: str, **options: Any) -> None:
    with pytest.raises(AnswerRefused) as refused:
        login.answered(wish, **options)
    assert refused.value.code == code


# What each account tells ---------------------------------------------------------------------------------------------


def test_an_organisation_logs_in_with_the_person_who_acts(start):
    """Mein Unternehmenskonto: the organisation is the account, its data carry the login's level, the person's none."""
    told = start(MUK).answered(MUK.wish)
    assert (told.subject, told.level, told.means) == ("du-7f3a9c0e55", Level.SUBSTANTIAL, "Elster")
    values = {name: one.value for name, one in told.attributes.items()}
    assert values == {
        "organization_name": "Backhaus Tröger GmbH",
        "organization_kind": "legal_person",
        "organization_legal_form": "Gesellschaft mit beschränkter Haftung",
        "organization_register_number": "HRB 4711",
        "organization_street_address": "Rathausstraße 7a",
        "organization_locality": "Viernheim",
        "organization_country": "DE",
        "given_name": "Ilse",
        "family_name": "von Tröger",
        "birthdate": "1975-10-03",
    }
    assert told.attributes["birthdate"].raw == "03.10.1975"
    assert told.attributes["organization_name"].level is Level.SUBSTANTIAL
    assert told.attributes["family_name"].level is None


def test_a_natural_person_logs_in_with_a_business_account(start):
    """An account of one person (IdNr) names the person in plain attributes and the address beside them."""
    person = {
        "Vorname": ("Jörg", None),
        "Name": ("Kühn", None),
        "Geburtsdatum": ("1980-02-29", None),
        "PersTyp": ("NatPers", None),
        "Anschrift": ({"Typ": "Inland", "Strasse": "Am Bach", "Ort": "Lorsch"}, None),
    }
    wish = MUK.with_attributes("HandelndePerson", "Firmenname", "Unternehmensanschrift", **person)
    wanted = ("given_name", "family_name", "birthdate", "locality", "organization_kind", "organization_name")
    values = {name: one.value for name, one in start(MUK, attributes=wanted).answered(wish).attributes.items()}
    assert values == {
        "given_name": "Jörg",
        "family_name": "Kühn",
        "birthdate": "1980-02-29",
        "locality": "Lorsch",
        "organization_kind": "natural_person",
    }


def test_a_servicekonto_logs_in_unencrypted(start):
    """Servicekonto: the assertion comes in the clear, signed; whom it knows is the persistent name."""
    wish = SERVICEKONTO.with_attributes(PlaceOfResidence=("", None))
    wish = replace(
        wish,
        edit_assertion=lambda root: idp.nest(
            value_of(root, "PlaceOfResidence"), {"Street": "Deich", "HouseNumber": "1", "City": "Hooge"}, SH
        ),
    )
    told = start(SERVICEKONTO).answered(wish)
    assert (told.subject, told.level, told.means) == ("sh-4d2f", Level.SUBSTANTIAL, "Servicekonto")
    values = {name: (one.value, one.level) for name, one in told.attributes.items()}
    assert values == {
        "given_name": ("Momme", Level.SUBSTANTIAL),
        "family_name": ("Halliger", Level.SUBSTANTIAL),
        "birthdate": ("1971-10-30", Level.SUBSTANTIAL),
        "street_address": ("Deich 1", None),
        "locality": ("Hooge", None),
    }


def test_a_generic_account_logs_in_by_its_settings(start):
    """Any SAML account: names, level words and what it proves are the operator's to say; all else is ignored."""
    told = start(GENERIC).answered(GENERIC.wish)
    assert (told.subject, told.level, told.means) == ("m-1", Level.HIGH, "SAML")
    values = {name: (one.value, one.level) for name, one in told.attributes.items()}
    assert values == {"family_name": ("Halliger", Level.HIGH), "email": ("momme@example.org", None)}


def test_the_operator_may_vouch_for_a_level(start):
    """Where the account tells no level the operator may vouch for one, and never for more than that."""
    vouched = {"levels": {}, "vouched_level": "low"}
    wish = replace(GENERIC.wish, level="urn:whatever")
    assert start(GENERIC, settings=vouched, level=Level.LOW).answered(wish).level is Level.LOW
    with pytest.raises(LevelNotReached):
        start(GENERIC, settings=vouched, level=Level.SUBSTANTIAL).answered(wish)


def test_an_attribute_may_be_the_subject(start):
    """A generic account may be known by one of its attributes; without it nobody is logged in, guests or not."""
    login = start(GENERIC, settings={"subject": "email"}, guests_welcome=True)
    assert login.answered(GENERIC.wish).subject == "momme@example.org"
    _refused(login, GENERIC.with_attributes("mail"), "identifier-missing")


def test_an_unspecified_name_may_be_agreed(start):
    """The format of the name is a setting and is compared exactly."""
    login = start(GENERIC, settings={"name_id": "unspecified"})
    assert login.answered(replace(GENERIC.wish, name_id_format=UNSPECIFIED)).subject == "m-1"
    _refused(login, GENERIC.wish, "name-id")


def test_bayernid_knows_authega(start):
    """BayernID speaks as BundID does and knows one means more, which BundID refuses."""
    authega = Wish(level="STORK-QAA-Level-3", attributes={**idp.ERIKA, idp.OID["proved_by"]: ("Authega", None)})
    bayernid, bundid = (
        Account(settings={"profile": name}, wish=idp.GOOD, attributes=()) for name in ("bayernid", "bundid")
    )
    assert start(bayernid).answered(authega).means == "Authega"
    assert start(bayernid).answered(idp.GOOD).subject == start(bundid).answered(idp.GOOD).subject
    _refused(start(bundid), authega, "means")


# What no account gets through ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ACCOUNTS)
def test_another_key_is_refused(start, name):
    """Whatever must be signed, a key that is not in the metadata signs nothing."""
    login = start(ACCOUNTS[name])
    assert login.answered(ACCOUNTS[name].wish).subject
    with pytest.raises(AnswerRefused) as refused:
        login.answered(ACCOUNTS[name].wish, key="foreign")
    assert refused.value.code in ("response-signature", "assertion-signature")


@pytest.mark.parametrize("name", ACCOUNTS)
@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"audiences": (("https://other.example/sp",),)}, "audience"),
        ({"recipient": "https://other.example/acs"}, "recipient"),
        ({"destination": "https://other.example/acs"}, "destination"),
        ({"subject_in_response_to": "_another"}, "in-response-to"),
        ({"issuer": "https://other.example/idp"}, "issuer"),
        ({"sign_response": False, "sign_assertion": False}, "unsigned"),
    ],
)
def test_the_common_checks_hold_for_every_account(start, name, change, code):
    """Audience, recipient, destination, request, issuer and a signature are no matter of profile."""
    login = start(ACCOUNTS[name])
    assert login.answered(ACCOUNTS[name].wish).subject
    _refused(login, replace(ACCOUNTS[name].wish, **change), code)


@pytest.mark.parametrize(
    ("name", "change", "code"),
    [
        ("mein-unternehmenskonto", {"sign_response": False, "sign_assertion": True}, "unsigned"),
        ("mein-unternehmenskonto", {"encrypt": False}, "assertion-not-encrypted"),
        ("mein-unternehmenskonto", {"cipher": "aes256-cbc"}, "answer-algorithm"),
        ("servicekonto-sh", {"sign_response": True, "sign_assertion": False}, "unsigned"),
        ("servicekonto-sh", {"encrypt": True}, "assertion-encrypted"),
        ("servicekonto-sh", {"name_id_format": UNSPECIFIED}, "name-id"),
        ("servicekonto-sh", {"name_id_parties": (("SPNameQualifier", "https://other.example/sp"),)}, "name-id"),
        ("servicekonto-sh", {"name_id_parties": (("NameQualifier", "https://other.example/idp"),)}, "name-id"),
        ("servicekonto-sh", {"name_id": "x" * 257}, "identifier-missing"),
        ("servicekonto-sh", {"name_id": "   "}, "identifier-missing"),
        ("generic", {"sign_assertion": False}, "unsigned"),
        ("generic", {"sign_response": False}, "unsigned"),
        ("generic", {"encrypt": False}, "assertion-not-encrypted"),
        ("generic", {"level": "urn:unknown"}, "level-unknown"),
    ],
)
def test_the_profile_is_exact(start, name, change, code):
    """How an account signs, encrypts and names is agreed; any other way is refused, even a stronger one."""
    login = start(ACCOUNTS[name])
    assert login.answered(ACCOUNTS[name].wish).subject
    _refused(login, replace(ACCOUNTS[name].wish, **change), code)


@pytest.mark.parametrize("wire", ["ElsterVertrauensniveauIdentifizierung", "ElsterVertrauensniveauAuthentifizierung"])
def test_both_levels_of_an_organisation_count(start, wire):
    """The lower of identification and authentication is the login's level; missing or unknown is none."""
    assert start(MUK, level=Level.LOW).answered(MUK.with_attributes(**{wire: ("niedrig", None)})).level is Level.LOW
    assert start(MUK).answered(MUK.with_attributes(**{wire: ("hoch", None)})).level is Level.SUBSTANTIAL
    with pytest.raises(LevelNotReached):
        start(MUK).answered(MUK.with_attributes(**{wire: ("niedrig", None)}))
    _refused(start(MUK), MUK.with_attributes(wire), "level-missing")
    _refused(start(MUK), MUK.with_attributes(**{wire: ("sehr hoch", None)}), "level-unknown")


@pytest.mark.parametrize(("told", "code"), [(None, "level-missing"), ("", "level-missing"), ("very", "level-unknown")])
def test_a_servicekonto_must_tell_its_level(start, told, code):
    """AssuranceLevel is the level; without it, or with a word nobody agreed on, there is no login."""
    wish = SERVICEKONTO.with_attributes("AssuranceLevel", **({"AssuranceLevel": (told, None)} if told else {}))
    _refused(start(SERVICEKONTO), wish, code)
    low = SERVICEKONTO.with_attributes(AssuranceLevel=("STORK-QAA-Level-2", None))
    assert start(SERVICEKONTO, level=Level.LOW).answered(low).level is Level.LOW
    with pytest.raises(LevelNotReached):
        start(SERVICEKONTO).answered(low)


def test_the_operator_names_the_level_words(start):
    """Words an operator agreed on replace the profile's."""
    words = {"levels": {"hoch": "high"}}
    wish = SERVICEKONTO.with_attributes(AssuranceLevel=("hoch", None))
    assert start(SERVICEKONTO, settings=words).answered(wish).level is Level.HIGH
    _refused(start(SERVICEKONTO, settings=words), SERVICEKONTO.wish, "level-unknown")
    _refused(start(GENERIC), replace(GENERIC.wish, level="HOCH"), "level-unknown")


def test_a_test_account_is_refused_unless_accepted(start):
    """IstTestkonto: a test account is nobody, unless this installation is for tests; an odd word counts as one."""
    for told in ("true", "ja"):
        wish = MUK.with_attributes(IstTestkonto=(told, None))
        with pytest.raises(LoginDenied) as denied:
            start(MUK).answered(wish)
        assert denied.value.code == "test-account"
        assert start(MUK, settings={"accept_test_accounts": True}).answered(wish).subject


def test_an_organisation_without_its_pseudonym_is_nobody(start):
    """DatenuebermittlerPseudonymId is the account's key; the persistent name does not take its place unasked."""
    wish = MUK.with_attributes("DatenuebermittlerPseudonymId")
    _refused(start(MUK), wish, "identifier-missing")
    _refused(start(MUK, guests_welcome=True), wish, "identifier-missing")
    assert start(MUK, settings={"subject": "name_id"}).answered(wish).subject == "e5b1c2"


def test_foreign_attributes_are_ignored(start):
    """What the profile does not name is not held: the tax number, or BundID's OIDs at an organisation's account."""
    stray = {idp.OID["given_name"]: ("ERIKA", "HOCH"), idp.OID["level"]: ("STORK-QAA-Level-4", None)}
    told = start(MUK).answered(MUK.with_attributes(**stray))
    assert (told.attributes["given_name"].value, told.level) == ("Ilse", Level.SUBSTANTIAL)
    assert not any("2662" in one.value for one in told.attributes.values())


def test_unknown_words_and_dates_are_absent(start):
    """A kind of person nobody knows and a day that is none become nothing, never a guess."""
    wish = MUK.with_attributes(
        "HandelndePerson", PersTyp=("Sonstige", None), Vorname=("Ilse", None), Geburtsdatum=("31.02.1975", None)
    )
    told = start(MUK).answered(wish).attributes
    assert "given_name" in told
    assert not {"organization_kind", "birthdate"} & set(told)


def test_two_persons_in_one_answer_are_refused(start):
    """A name told plainly and again for the acting person: which of them logged in is not ours to guess."""
    _refused(start(MUK), MUK.with_attributes(Vorname=("Otto", None)), "attributes")


def test_cancelling_at_the_organisations_account_is_a_cancelled_login(start):
    """ELSTER tells an abort as AuthnFailed inside a signed message."""
    with pytest.raises(LoginCancelled):
        start(MUK).answered(Wish(status=("Responder", "AuthnFailed"), with_assertion=False))


def test_the_request_asks_what_the_account_understands(start):
    """Without AKDB's extension: the agreed name format, and a context only where the account tells levels by it."""
    samlp = "{urn:oasis:names:tc:SAML:2.0:protocol}"
    for account, references in ((MUK, None), (SERVICEKONTO, None), (GENERIC, [SMARTCARD])):
        root = start(account).request()
        assert root.find(f"{samlp}Extensions") is None
        assert root.find(f"{samlp}NameIDPolicy").get("Format") == PERSISTENT
        context = root.find(f"{samlp}RequestedAuthnContext")
        assert references == (None if context is None else [each.text for each in context])
    assert [each.text for each in start(GENERIC, level=Level.LOW).request()[-1]] == [PASSWORD, SMARTCARD]
    assert start(GENERIC).request()[-1].get("Comparison") == "exact"
