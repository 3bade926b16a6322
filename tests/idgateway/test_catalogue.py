"""The stand-in's catalogue against the gate: each broken answer fails the check it is named for, the odd ones pass.

The refusing check is written down per fault, so that a fault refused for another reason is noticed, too.
"""

from datetime import UTC, datetime

import pytest

from idgateway.assurance import Level
from idgateway.attributes import oid_of
from idgateway.errors import GateError
from idgateway.simulator.catalogue import ACCEPT, BROKEN, FAMILIES, REFUSE
from idgateway.simulator.persons import BY_KEY
from keys.keyring import GATE_PURPOSES, Keyring
from keys.minting import mint
from tests.idgateway.pair import Pair, make_pair
from tests.idgateway.refusals import LEFT_TO_THE_GATE, REFUSED_BY

ERIKA = BY_KEY["erika-eid"]


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Pair:
    keyring = Keyring([mint(purpose, datetime(2026, 1, 1, tzinfo=UTC)) for purpose in GATE_PURPOSES])
    return make_pair(tmp_path_factory.mktemp("catalogue"), keyring)


def test_every_broken_answer_has_its_check():
    """No entry is left out of the table, and none is in it twice."""
    refused = {name for name, entry in BROKEN.items() if entry.expectation == REFUSE}
    assert refused == set(REFUSED_BY) | LEFT_TO_THE_GATE
    assert not set(REFUSED_BY) & LEFT_TO_THE_GATE


def test_every_entry_explains_itself():
    """Name, family, a sentence in each language and the rule; no two entries say the same."""
    for name, entry in BROKEN.items():
        assert name == entry.name == name.lower()
        assert entry.family in FAMILIES
        assert entry.expectation in (REFUSE, ACCEPT)
        assert all(entry.title), name
        assert entry.rule, name
    for language in (0, 1):
        titles = [entry.title[language] for entry in BROKEN.values()]
        assert len(set(titles)) == len(titles)


@pytest.mark.parametrize("fault", sorted(REFUSED_BY))
def test_the_gate_refuses_every_broken_answer(pair, fault):
    """Each broken answer fails the very check it is named for and names nobody; its unbroken twin is accepted."""
    with pytest.raises(GateError) as raised:
        pair.log_in(ERIKA, decision="broken", fault=fault)
    assert raised.value.code == REFUSED_BY[fault]
    assert "MUSTERMANN" not in str(raised.value).upper()
    assert "MALLORY" not in str(raised.value).upper()
    assert oid_of("pairwise_id") not in str(raised.value)
    assert pair.log_in(ERIKA).level is Level.HIGH


@pytest.mark.parametrize("fault", sorted(name for name, entry in BROKEN.items() if entry.expectation == ACCEPT))
def test_the_gate_accepts_what_only_looks_odd(pair, fault):
    """An unusual but sound answer is a login, with the person's own values."""
    assertion = pair.log_in(ERIKA, level=Level.SUBSTANTIAL, decision="broken", fault=fault)
    assert assertion.level is Level.HIGH
    assert assertion.attributes["family_name"].value == "MUSTERMANN"


def test_weak_values_stay_weak_in_a_strong_login(pair):
    """A login at the highest level does not lift a value its source does not vouch for."""
    weak = pair.log_in(ERIKA, decision="broken", fault="trust-weaker-than-login")
    assert weak.attributes["family_name"].level is Level.BASIC
    assert pair.log_in(ERIKA).attributes["family_name"].level is Level.HIGH


def test_parted_marks_come_together_again(pair):
    """A town sent in two characters per umlaut is shown in one, and kept as it came beside that."""
    odd = pair.log_in(ERIKA, decision="broken", fault="values-decomposed").attributes["locality"]
    assert odd.value == pair.log_in(ERIKA).attributes["locality"].value == "KÖLN"
    assert odd.raw == "KO\u0308LN"


def test_values_are_known_by_their_oid_alone(pair):
    """Wrong friendly names, blanks in an OID, another order, numbers for letters: the same values."""
    honest = {name: value.value for name, value in pair.log_in(ERIKA).attributes.items() if name != "application_id"}
    for fault in ("friendly-names-lie", "oid-with-blanks", "values-in-another-order", "character-references"):
        odd = pair.log_in(ERIKA, decision="broken", fault=fault).attributes
        assert {name: value.value for name, value in odd.items() if name != "application_id"} == honest


def test_what_nobody_asked_for_is_left_aside(pair):
    """A value beyond the request does not reach the gate's users."""
    asked = ("family_name", "pairwise_id")
    assertion = pair.log_in(ERIKA, attributes=asked, decision="broken", fault="value-not-requested")
    assert set(assertion.attributes) <= {*asked, "level", "proved_by"}
    assert "de-mail" not in str(assertion)


def test_a_trust_nobody_knows_is_none(pair):
    """Missing and unknown trust never become a level; known trust does."""
    for fault in ("trust-missing", "trust-unknown"):
        assert pair.log_in(ERIKA, decision="broken", fault=fault).attributes["family_name"].level is None
    assert pair.log_in(ERIKA).attributes["family_name"].level is Level.HIGH


def test_a_replay_is_twice_the_same_sound_answer(pair):
    """Nothing in it is wrong the first time: the second is the store's to notice."""
    assert pair.log_in(ERIKA, decision="broken", fault="replay").level is Level.HIGH
    assert BROKEN["replay"].deliveries == 2
