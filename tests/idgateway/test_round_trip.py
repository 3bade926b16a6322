"""Gate and stand-in face to face: a request of the one, the pages of the other, and the answer judged by the first.

Neither knows the other's code; they meet in the wire format only, and the papers of BundID decide who is right.
"""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from idgateway.assurance import Level
from idgateway.attributes import BY_OID, TABLE
from idgateway.errors import AnswerRefused, LevelNotReached, LoginCancelled
from idgateway.simulator.names import ATTRIBUTES
from idgateway.simulator.persons import BY_KEY, PERSONS
from keys.keyring import GATE_PURPOSES, Keyring
from keys.minting import mint
from tests.idgateway.pair import BASE, NOW, Pair, make_pair

TRUST = {"NORMAL": Level.LOW, "SUBSTANTIELL": Level.SUBSTANTIAL, "HOCH": Level.HIGH, "UNTERGEORDNET": Level.BASIC}


@pytest.fixture(scope="module")
def keyring() -> Keyring:
    return Keyring([mint(purpose, datetime(2026, 1, 1, tzinfo=UTC)) for purpose in GATE_PURPOSES])


@pytest.fixture(scope="module", params=["rsa-sha256", "rsa-pss"])
def pair(request: pytest.FixtureRequest, keyring: Keyring, tmp_path_factory: pytest.TempPathFactory) -> Pair:
    return make_pair(tmp_path_factory.mktemp("pair"), keyring, request.param)


REACHABLE = [person for person in PERSONS if person.means != "FINK"]


def test_both_name_the_same_attributes():
    """OID by OID, both houses' tables agree; only what BundID retired or never fills is known to one side alone."""
    ours = {known.oid for known in TABLE if known.oid}
    theirs = {entry.urn for entry in ATTRIBUTES.values()}
    assert ours <= theirs
    assert {entry.friendly for entry in ATTRIBUTES.values() if entry.urn not in ours} == {"bPK", "DeMail"}


@pytest.mark.parametrize("person", REACHABLE, ids=lambda person: person.key)
def test_every_person_comes_through_with_every_value(pair, person):
    """Level, means, subject and each attribute with its trust arrive exactly as the stand-in's data have them."""
    assertion = pair.log_in(person)
    assert assertion.provider == "bundid"
    assert assertion.level == Level(person.level.value)
    assert assertion.means == person.means
    assert assertion.authenticated_at == NOW
    assert (assertion.subject is None) == (person.account is None)
    for value in person.values:
        arrived = assertion.attributes[BY_OID[ATTRIBUTES[value.name].urn]]
        assert arrived.raw == value.value
        assert arrived.level == (TRUST[value.trust.value] if value.trust else None)
    told = {value.name for value in person.values}
    absent = {BY_OID.get(entry.urn) for name, entry in ATTRIBUTES.items() if name not in told} & {
        "given_name",
        "birth_name",
        "street_address",
        "nationality",
        "pseudonym",
    }
    assert not absent & set(assertion.attributes)


def test_the_accounts_identifier_is_the_subject(pair):
    """bPK2 becomes the subject: the same account by card and by password, another for the second account."""
    subjects = {key: pair.log_in(BY_KEY[key]).subject for key in ("erika-eid", "erika-password", "erika-second-eid")}
    assert subjects["erika-eid"] == subjects["erika-password"]
    assert subjects["erika-eid"] != subjects["erika-second-eid"]
    assert all(len(subject) == 43 for subject in subjects.values())


def test_only_requested_attributes_arrive(pair):
    """A service that asks for a name gets a name, and what the gate itself needs to judge the login."""
    assertion = pair.log_in(BY_KEY["erika-eid"], attributes=("family_name",))
    assert set(assertion.attributes) <= {"family_name", "level", "proved_by", "pairwise_id"}
    assert assertion.attributes["family_name"].value == "MUSTERMANN"


def test_what_the_gate_leaves_out_is_not_offered(pair):
    """FINK is no means of the gate; a weaker person cannot be chosen at a higher level."""
    for person, level in ((BY_KEY["fink"], Level.BASIC), (BY_KEY["elster"], Level.HIGH)):
        _, handover = pair.ask(level, ("family_name",), guests=False)
        path = pair.arrive(handover)
        assert pair.client.post(f"{path}/person", data={"person": person.key}).location == path
    assert pair.log_in(BY_KEY["elster"], level=Level.SUBSTANTIAL).level is Level.SUBSTANTIAL


def test_a_stronger_login_satisfies_a_weaker_request(pair):
    """``minimum``: the card serves a request at the basic level, and the level told is the card's."""
    assert pair.log_in(BY_KEY["erika-eid"], level=Level.BASIC).level is Level.HIGH


def test_a_replay_carries_the_same_assertion(pair):
    """The replay is a sound answer twice: the assertion's id is the same, which the gate's store has to notice."""
    ask, handover = pair.ask(Level.HIGH, ("family_name",), guests=False)
    fields = pair.decide(pair.arrive(handover), "erika-eid", "broken", "replay")
    first, second = (pair.complete(ask, handover, fields) for _ in range(2))
    assert first.assertion_id == second.assertion_id
    assert pair.log_in(BY_KEY["erika-eid"]).assertion_id != first.assertion_id


def test_an_answer_belongs_to_its_request(pair):
    """The answer to one login is refused in another."""
    ask, first = pair.ask(Level.HIGH, ("family_name",), guests=False)
    _, second = pair.ask(Level.HIGH, ("family_name",), guests=False)
    fields = pair.decide(pair.arrive(first), "erika-eid")
    with pytest.raises(AnswerRefused):
        pair.complete(ask, second, fields)
    assert pair.complete(ask, first, fields).level is Level.HIGH


@pytest.mark.parametrize(("decision", "error"), [("cancel", LoginCancelled), ("failure", LevelNotReached)])
def test_the_ways_out_have_their_errors(pair, decision, error):
    """Cancelling and a technical failure come back as SAML errors the gate tells apart."""
    with pytest.raises(error):
        pair.log_in(BY_KEY["erika-eid"], decision=decision)


def test_a_request_is_good_once(pair):
    """The stand-in refuses the gate's request when a browser sends it again (the back button)."""
    _, handover = pair.ask(Level.HIGH, ("family_name",), guests=False)
    pair.arrive(handover)
    again = pair.client.post(handover.url.removeprefix(BASE), data=dict(handover.fields))
    assert again.location.endswith("idp.code=sim-request-replayed")


def test_without_an_online_service_id_the_stand_in_warns(pair):
    """BundID made the identifier mandatory: who registers a client without one learns it here, not on the first day."""
    ask, handover = pair.ask(Level.HIGH, ("family_name",), guests=False)
    assert "sim-online-service-id-missing" not in pair.client.get(pair.arrive(handover)).text
    handover = pair.upstream.begin(replace(ask, online_service_id=""))
    assert "sim-online-service-id-missing" in pair.client.get(pair.arrive(handover)).text
