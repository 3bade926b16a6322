"""The happy roads: what the stand-in offers, what it answers, and what an independent library makes of that."""

import base64

import pytest
from lxml import etree

from idgateway.simulator.persons import PERSONS
from tests.idgateway.simulator.sp import NS, OID, PSS

ALL = tuple(OID)
IDENTITY = ("givenName", "surname", "birthdate", "postalAddress", "localityName")


def test_erika_with_her_card_is_accepted_by_an_independent_library(walk):
    """An eID login comes back signed, encrypted and valid, with upper-case names and the capital sharp s untouched."""
    login = walk.log_in("erika-eid", level=4, extension=walk.provider.extension(wanted=ALL))
    assert login.valid, login.response.get_error()
    assert login.form.url == walk.provider.acs_url
    assert login.form.fields["RelayState"] == "opaque-handle"
    attributes = login.response.get_attributes()
    assert attributes[OID["surname"]] == ["MUSTERMANN"]
    assert attributes[OID["postalAddress"]] == ["HEIDESTRAẞE 17"]
    assert len(attributes[OID["bPK2"]][0]) == 43
    assert login.response.get_authn_contexts() == ["STORK-QAA-Level-4"]


def test_answers_use_pss_gcm_and_oaep(walk):
    """Response and assertion are signed with RSA-PSS; the assertion travels in AES-256-GCM under RSA-OAEP."""
    login = walk.log_in("erika-eid")
    outer = etree.fromstring(base64.b64decode(login.form.fields["SAMLResponse"]))
    methods = [found.get("Algorithm") for found in outer.iter(f"{{{NS['xenc']}}}EncryptionMethod")]
    assert methods == ["http://www.w3.org/2009/xmlenc11#aes256-gcm", NS["xenc"] + "rsa-oaep-mgf1p"]
    assert [found.get("Algorithm") for found in outer.iter(f"{{{NS['ds']}}}SignatureMethod")] == [PSS]
    assert [found.get("Algorithm") for found in login.assertion.iter(f"{{{NS['ds']}}}SignatureMethod")] == [PSS]
    assert outer.find(".//saml:Assertion", NS) is None


def test_trust_levels_are_those_of_bundids_own_sample(walk):
    """Identity data of a card are HOCH; bPK2, handle, mail and level merely NORMAL; the salutation UNTERGEORDNET."""
    trust = walk.log_in("erika-eid", extension=walk.provider.extension(wanted=ALL)).trust()
    assert trust["surname"] == ("MUSTERMANN", "HOCH")
    assert {trust[name][1] for name in ("givenName", "birthdate", "postalAddress", "localityName")} == {"HOCH"}
    normal = ("bPK2", "legacyPostkorbHandle", "mail", "EID-CITIZEN-QAA-LEVEL")
    assert {trust[name][1] for name in normal} == {"NORMAL"}
    assert trust["gender"] == ("2", "UNTERGEORDNET")
    assert trust["pseudonym"][1] is None


def test_a_password_login_keeps_the_strong_values_of_an_upgraded_account(walk):
    """Erika with her password reaches the basic level only, yet her card's values stay HOCH; it is the same account."""
    wanted = walk.provider.extension(wanted=ALL)
    weak = walk.log_in("erika-password", level=1, extension=wanted).trust()
    strong = walk.log_in("erika-eid", level=1, extension=wanted).trust()
    assert weak["EID-CITIZEN-QAA-LEVEL"][0] == "STORK-QAA-Level-1"
    assert weak["surname"][1] == "HOCH"
    assert weak["bPK2"] == strong["bPK2"]
    assert walk.log_in("password", level=1, extension=wanted).trust()["surname"] == ("Beispiel", "NORMAL")


def test_two_accounts_of_one_person_differ(walk):
    """Erika's second account has another identifier and another mailbox."""
    wanted = walk.provider.extension(wanted=ALL)
    first, second = (walk.log_in(name, extension=wanted).trust() for name in ("erika-eid", "erika-second-eid"))
    assert first["surname"] == second["surname"]
    assert first["bPK2"] != second["bPK2"]
    assert first["legacyPostkorbHandle"] != second["legacyPostkorbHandle"]


def test_only_what_was_asked_goes_over(walk):
    """Attributes are filtered to the request; what the login lacks is absent, not empty."""
    trust = walk.log_in("single-name-eid", extension=walk.provider.extension(wanted=("surname", "givenName"))).trust()
    assert trust == {"surname": ("ANJALI", "HOCH")}


def test_a_guest_has_a_pseudonym_and_neither_identifier_nor_mailbox(walk):
    """Without a request for bPK2 or handle a guest may log in; the answer names no account."""
    trust = walk.log_in("guest-eid", extension=walk.provider.extension(wanted=("surname", "pseudonym"))).trust()
    assert trust["pseudonym"][0].startswith("DKK-")
    assert set(trust) == {"surname", "pseudonym"}


@pytest.mark.parametrize("person", [person.key for person in PERSONS])
def test_every_person_can_log_in(walk, person):
    """Each person's answer passes python3-saml in strict mode with signed message, signed assertion, encryption."""
    login = walk.log_in(person, level=1, extension=walk.provider.extension(wanted=(*IDENTITY, "level", "provedBy")))
    assert login.valid, login.response.get_error()


@pytest.mark.parametrize(
    ("level", "expected"),
    [
        (1, {"eID", "Elster", "eIDAS", "Benutzername", "FINK"}),
        (2, {"eID", "Elster", "eIDAS"}),
        (3, {"eID", "Elster", "eIDAS"}),
        (4, {"eID"}),
    ],
)
def test_weaker_means_are_not_offered(walk, level, expected):
    """With ``minimum`` only means that reach the level are shown; nobody can slip past by typing a key."""
    path = walk.begin(level=level)
    assert set(walk.entrances(path)) == expected
    if level == 4:
        assert walk.client.post(f"{path}/person", data={"person": "elster"}).location == path
    assert ("eidas-low" in walk.persons(path)) == (level <= 2)


def test_requested_attributes_hide_means_that_cannot_deliver(walk):
    """bPK2 hides guests; the mailbox handle hides guests and FINK; neither hides nobody."""
    offered = {
        wanted: set(walk.persons(walk.begin(level=1, extension=walk.provider.extension(wanted=wanted))))
        for wanted in (("surname",), ("surname", "bPK2"), ("surname", "handle"))
    }
    assert {"guest-eid", "fink"} <= offered[("surname",)]
    assert "guest-eid" not in offered[("surname", "bPK2")]
    assert "fink" in offered[("surname", "bPK2")]
    assert not {"guest-eid", "fink"} & offered[("surname", "handle")]


def test_listed_means_limit_the_offer_and_leave_guests_alone(walk):
    """AuthnMethods: unlisted is out, Enabled=false is out, listed is in; the guest login is no method."""
    methods = "<akdb:AuthnMethods><akdb:Elster><akdb:Enabled>\n false </akdb:Enabled></akdb:Elster><akdb:eIDAS/></akdb:AuthnMethods>"
    wanted = walk.provider.extension(methods=methods, wanted=("surname",))
    assert set(walk.entrances(walk.begin(level=3, extension=wanted))) == {"eIDAS", "guest"}


def test_pairwise_identifiers_hang_on_the_host_of_the_entity_id(walk, prepared, tmp_path):
    """Another host gives another bPK2; another path on the same host the same one."""
    from dataclasses import replace

    from idgateway.simulator.app import create_app
    from idgateway.simulator.settings import SimulatorSettings

    wanted = walk.provider.extension(wanted=("bPK2",))
    honest = walk.log_in("erika-eid", extension=wanted).trust()["bPK2"]
    for entity_id, same in (("https://service.example.org/other", True), ("https://elsewhere.example.org/sp", False)):
        walk.provider = replace(walk.provider, entity_id=entity_id)
        metadata = walk.provider.write_metadata(tmp_path / f"{same}.xml")
        settings = SimulatorSettings(
            base_url="http://127.0.0.1:8081", directory=prepared, service_providers=(metadata,)
        )
        walk.client = create_app(settings, clock=walk.clock).test_client()
        assert (walk.log_in("erika-eid", extension=wanted).trust()["bPK2"] == honest) is same


def test_a_pss_signed_request_is_served(walk):
    """Requests may be signed with RSA-PSS as well as with RSA-SHA256."""
    request = walk.provider.sign(walk.provider.request(), pss=True)
    assert walk.code_of({"SAMLRequest": walk.provider.encoded(request)}) is None


def test_metadata_files_may_appear_after_the_start(walk, prepared, tmp_path):
    """A service is unknown until its file is there; then it is known without a restart."""
    from idgateway.simulator.app import create_app
    from idgateway.simulator.settings import SimulatorSettings

    late = tmp_path / "late.xml"
    settings = SimulatorSettings(base_url="http://127.0.0.1:8081", directory=prepared, service_providers=(late,))
    walk.client = create_app(settings, clock=walk.clock).test_client()
    assert walk.code_of(walk.provider.form()) == "sim-issuer-unknown"
    walk.provider.write_metadata(late)
    assert walk.code_of(walk.provider.form()) is None
