"""Names that people take for one another, and sectors that are somebody else's: not by registration (catalogue S18, T8)."""

from dataclasses import replace

import pytest

from idgateway.errors import NotConfigured
from idgateway.provider.clients import sector_of
from idgateway.provider.registry import Clients
from idgateway.registration.names import fault_of, is_taken_for
from idgateway.registration.sector import check_unreserved
from idgateway.settings import Client
from tests.idgateway.login.world import CALLBACK, OTHER_TOWN, TOWN, World
from tests.idgateway.registration.applicant import BOUNDS, Applicant, metadata


@pytest.fixture
def dialect() -> str:
    """What is compared never depends on the engine."""
    return "sqlite"


SAME = {
    "Hundesteuer": (
        "hundesteuer",
        "HUNDESTEUER",
        "Hunde-Steuer",
        "Hunde steuer",
        "Hundesteuer!",
        "Hündestéuer",
        "„Hundesteuer“",
    ),
    "Müll": ("Mull", "MÜLL", "Mu11", "MüIl", "Mül1", "Mułł"),
    "Wohngeld": ("W0hngeld", "VVohngeld", "Wøhngeld", "Wohngel\u0111"),
    "Ummeldung": ("Umrneldung", "U m m e l d u n g"),
    "Kinderkonto": ("\u0138inderkonto", "Ki\u014bderkonto", "Ki\u0149derkonto"),
    "Straße 5": ("Strasse 5", "STRASSE 5"),
}


@pytest.mark.parametrize("name", SAME)
def test_s18_what_looks_alike_is_alike(name: str):
    """Case, spaces, signs, accents, and letters that pass for others; nothing else."""
    for other in (name, *SAME[name]):
        assert is_taken_for(name, other), other
        assert is_taken_for(other, name), other
    for other in (*(set(SAME) - {name}), f"{name} 2", f"{name}amt", name[1:]):
        assert not is_taken_for(name, other), other


@pytest.mark.parametrize(
    "name", ["Kindertagesstätten – § 22", "Țară și Ștefan", "Tiếng Việt, Ơ ơ Ư ư Ǎ ǜ", "GROẞ", "Dvořák"]
)
def test_s18_letters_of_real_names_are_taken(name: str):
    """Accents of Europe's languages and Vietnamese; the capital ß."""
    assert fault_of(name) == ""


@pytest.mark.parametrize(
    "name", ["K\u0196TA", "\u0184ürgerbüro", "\u0197", "\u019a", "\u0237", "\u1e9c", "Wohngeld\u0430mt"]
)
def test_s18_letters_that_only_look_like_plain_ones_are_refused(name: str):
    """Iota and tone six, barred letters, dotless j, and another alphabet's a."""
    assert "not Latin" in fault_of(name)


def refused(answer) -> str:
    assert (answer.status_code, answer.json["error"]) == (400, "invalid_client_metadata"), answer.text
    return answer.json["error_description"]


def test_s18_no_application_carries_the_name_of_another(applicant: Applicant):
    """A configured one's, a registered one's, the whole installation's: refused, and the invitation is still good."""
    gate = applicant.world.app.extensions["gate"]
    names = {one.client_id: one.name for one in gate.settings.clients}
    for client_id in ("urkunde", "postbox"):
        told = refused(applicant.register(client_name=names[client_id].upper()))
        assert "client_name" in told
        assert names[client_id] not in told
    refused(applicant.register(client_name="Kontoübersicht"))
    first = applicant.register(client_name="Hundesteuer").json
    applicant.invite()
    refused(applicant.register(client_name="Hunde\u00adsteuer".replace("\u00ad", "-")))
    second = applicant.register(client_name="Katzensteuer").json
    whole = {**metadata(), "client_id": second["client_id"]}
    refused(applicant.manage("put", second, {**whole, "client_name": "hundesteuer"}))
    assert applicant.manage("put", second, {**whole, "client_name": "Katzensteuer"}).status_code == 200
    assert applicant.manage("put", second, {**whole, "client_name": "Katzen-Steuer"}).status_code == 200
    assert applicant.manage("delete", first).status_code == 204
    assert applicant.manage("put", second, {**whole, "client_name": "Hundesteuer"}).status_code == 200


def test_s18_another_town_may_call_its_service_the_same(applicant: Applicant):
    """People see the town beside the name."""
    assert applicant.register(client_name="Hundesteuer").status_code == 201
    applicant.invite(authority=OTHER_TOWN)
    assert applicant.register(client_name="Hundesteuer").status_code == 201


def client(**changes) -> Client:
    given = {"client_id": "c", "name": "N", "authority": TOWN, "minimum_level": "basic", "accounts": ("bundid",)}
    return Client(**{**given, "redirect_uris": ("https://rp.example/cb",), **changes})


@pytest.mark.parametrize("host", ["intranet", "postbox", "ai"])
def test_t8_a_word_is_nobodys_sector(applicant: Applicant, host: str):
    """OIDC Core 8.1: the sector decides who may compare people; a host without a dot has no owner. Others have."""
    for wrong in (
        client(redirect_uris=(f"https://{host}/cb",)),
        client(sector_identifier_uri=f"https://{host}/sector.json"),
    ):
        with pytest.raises(NotConfigured, match="without a dot"):
            sector_of(wrong)
    assert "without a dot" in refused(applicant.register(redirect_uris=[f"https://{host}/cb"]))
    assert sector_of(client(redirect_uris=(f"https://{host}/cb",), sector="named")) == "named"
    for fine in ("rp.example", "localhost", "127.0.0.1", "9.9.9.9"):
        assert sector_of(client(redirect_uris=(f"https://{fine}/cb",))) == fine
    assert sector_of(client(redirect_uris=("https://[2620:fe::9]/cb",))) == "2620:fe::9"
    assert sector_of(client(redirect_uris=())) == "c"
    assert applicant.register().status_code == 201


def test_t8_a_reserved_sector_is_for_its_own_authority(applicant: Applicant, world: World):
    """What a configured client's identifiers hang on is taken by nobody of another town; by its own it is shared."""
    gate = applicant.world.app.extensions["gate"]
    amt = ("https://amt.example/cb",)
    configured = tuple(
        replace(one, redirect_uris=amt, initiate_login_uri="", home="") if one.client_id == "urkunde" else one
        for one in gate.settings.clients
    )
    settings = replace(gate.settings, clients=configured)
    moved = replace(gate, settings=settings, clients=Clients(settings, gate.database, gate.clock))
    applicant.world.app.extensions["gate"] = moved
    assert BOUNDS["authority"] == TOWN
    applicant.invite(authority=OTHER_TOWN)
    assert "reserved" in refused(applicant.register(redirect_uris=list(amt)))
    assert applicant.register(redirect_uris=["https://other.example/cb"]).status_code == 201
    applicant.invite()
    assert applicant.register(redirect_uris=list(amt)).status_code == 201
    applicant.invite(authority=OTHER_TOWN)
    assert applicant.register(redirect_uris=[CALLBACK]).status_code == 201  # this machine is nobody's


@pytest.mark.parametrize("sector", ["postbox", "idgateway-account"])
def test_t8_the_houses_own_sectors_are_nobodys(applicant: Applicant, sector: str):
    """Whatever names them: one person has one postbox, and ``/account`` is the gate's."""
    settings = applicant.world.app.extensions["gate"].settings
    with pytest.raises(NotConfigured, match="reserved"):
        check_unreserved(client(sector=sector), settings)
    check_unreserved(client(sector="anders"), settings)
