"""Every known attack on SAML has its named answer in the stand-in's catalogue, or a reason why it can have none."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from idgateway.assurance import Level
from idgateway.errors import AnswerRefused
from idgateway.simulator.catalogue import BROKEN, METADATA, REFUSE
from idgateway.simulator.persons import PERSONS
from keys.keyring import GATE_PURPOSES, Keyring
from keys.minting import mint
from tests.idgateway.attacks import ATTACKS, ENGINE, SEMANTICS, SPID, TEXT, WRAPPING
from tests.idgateway.pair import make_pair
from tests.idgateway.refusals import LEFT_TO_THE_GATE, REFUSED_BY

KNOWN = BROKEN | METADATA


def test_the_lists_are_whole():
    """Seventeen wrappings, ten texts, twelve for the engine, thirty-three about meaning, SPID's numbers to 111."""
    assert list(WRAPPING) == [f"XSW{number}" for number in range(1, 18)]
    assert list(TEXT) == [f"TXT{number}" for number in range(1, 11)]
    assert list(ENGINE) == [f"XML{number}" for number in range(1, 13)]
    assert list(SEMANTICS) == [f"SEM{number}" for number in range(1, 34)]
    numbers = [int(key.removeprefix("SPID-")) for key in SPID]
    assert numbers == sorted(set(numbers))
    # Not given away by SPID's own list: 6, 7, 25, 50, 67, 84, 91, 101 and 102.
    assert set(range(1, 112)) - set(numbers) == {6, 7, 25, 50, 67, 84, 91, 101, 102}


@pytest.mark.parametrize("attack", sorted(ATTACKS))
def test_each_attack_is_in_the_catalogue_or_says_why_not(attack):
    """Named entries exist; a reason is a sentence and not an empty word."""
    answers = ATTACKS[attack]
    if isinstance(answers, str):
        assert len(answers.split()) >= 5
        return
    assert answers
    assert set(answers) <= set(KNOWN), attack


def test_what_is_named_and_has_to_be_refused_has_its_refusal():
    """No attack is covered by an entry that nobody runs against the gate."""
    named = {name for answers in ATTACKS.values() if not isinstance(answers, str) for name in answers}
    refused = {name for name in named & set(BROKEN) if BROKEN[name].expectation == REFUSE}
    assert refused <= set(REFUSED_BY) | LEFT_TO_THE_GATE
    assert len(refused) > 100


def test_the_readme_counts_what_there_is():
    """Whoever adds an answer tells it there, too."""
    refused = sum(entry.expectation == REFUSE for entry in BROKEN.values())
    text = " ".join((Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8").split())
    assert f"{refused} answers that have to be refused, {len(BROKEN) - refused} that only look odd" in text
    assert f"{len(METADATA)} documents of metadata" in text
    assert f"{len(PERSONS)} logins" in text


def test_the_gate_never_judges_without_its_request(tmp_path):
    """SEM14: an answer without the login's own memory is refused, whatever it says; with it, it is a login."""
    keyring = Keyring([mint(purpose, datetime(2026, 1, 1, tzinfo=UTC)) for purpose in GATE_PURPOSES])
    pair = make_pair(tmp_path, keyring)
    ask, handover = pair.ask(Level.HIGH, ("family_name",), guests=False)
    fields = pair.at_once(handover, "erika-eid")
    for memory in ({}, {**handover.memory, "request_id": ""}):
        with pytest.raises(AnswerRefused) as raised:
            pair.complete(ask, replace(handover, memory=memory), fields)
        assert raised.value.code == "in-response-to"
    assert pair.complete(ask, handover, fields).level is Level.HIGH
