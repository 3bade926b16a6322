"""Every honest way to build an answer, against the gate: accepted, with the person's own values; and the two clocks."""

import itertools
from datetime import UTC, datetime

import pytest

from idgateway.assurance import Level
from idgateway.errors import AnswerRefused
from idgateway.simulator.manner import CHOICES
from keys.keyring import GATE_PURPOSES, Keyring
from keys.minting import mint
from tests.idgateway.pair import Pair, make_pair

ASKED = ("family_name", "pairwise_id", "eidas_country", "mfa")
MATRIX = [*itertools.product(CHOICES["signed"], CHOICES["signature"], CHOICES["encryption"], CHOICES["transport"])]


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Pair:
    keyring = Keyring([mint(purpose, datetime(2026, 1, 1, tzinfo=UTC)) for purpose in GATE_PURPOSES])
    return make_pair(tmp_path_factory.mktemp("manners"), keyring)


def _log_in(pair, person="erika-eid", level=Level.SUBSTANTIAL, **wishes):
    ask, handover = pair.ask(level, ASKED, guests=False)
    return pair.complete(ask, handover, pair.at_once(handover, person, **wishes))


@pytest.mark.parametrize("signed", CHOICES["signed"])
@pytest.mark.parametrize("signature", CHOICES["signature"])
def test_every_signature_encryption_and_key_transport_is_a_login(pair, signed, signature):
    """All 108 combinations of what is signed, how, with which cipher and transport are accepted, none as less."""
    assert len(MATRIX) == 108
    for encryption, transport in itertools.product(CHOICES["encryption"], CHOICES["transport"]):
        wishes = {"signed": signed, "signature": signature, "encryption": encryption, "transport": transport}
        assertion = _log_in(pair, **wishes)
        assert assertion.level is Level.HIGH, wishes
        assert assertion.attributes["family_name"].value == "MUSTERMANN", wishes


@pytest.mark.parametrize("country", ["AT", "EL", "PT"])
@pytest.mark.parametrize(("named", "level"), [("substantial", Level.SUBSTANTIAL), ("high", Level.HIGH)])
def test_an_identity_of_another_state_at_each_level(pair, country, named, level):
    """The level is the means', the state is told, and every value is as strong as the login."""
    assertion = _log_in(pair, "eidas-substantial", country=country, eidas_level=named)
    assert (assertion.level, assertion.means) == (level, "eIDAS")
    assert assertion.attributes["eidas_country"].value == country
    assert assertion.attributes["family_name"].level is level


@pytest.mark.parametrize(("person", "factor"), [("erika-eid", "true"), ("elster", "true")])
@pytest.mark.parametrize("wished", ["true", "false"])
def test_a_second_factor_is_told(pair, person, factor, wished):
    """The attribute arrives as the provider states it, switched or not."""
    assert _log_in(pair, person).attributes["mfa"].value == factor
    assert _log_in(pair, person, mfa=wished).attributes["mfa"].value == wished


@pytest.mark.parametrize("seconds", [-60, -59, -1, 0, 1, 59, 60, 61])
def test_clocks_within_the_skew_are_one_time(pair, seconds):
    """The gate allows 60 s either way; one more has passed when the answer arrives (``pair``: a second later)."""
    assert _log_in(pair, clock_offset=str(seconds)).level is Level.HIGH


@pytest.mark.parametrize(("seconds", "code"), [(-3600, "window"), (-120, "window"), (-61, "window"), (62, "window")])
def test_clocks_too_far_apart_are_refused_by_name(pair, seconds, code):
    """An answer from before the login or from the future names its reason."""
    with pytest.raises(AnswerRefused) as raised:
        _log_in(pair, clock_offset=str(seconds))
    assert raised.value.code == code
