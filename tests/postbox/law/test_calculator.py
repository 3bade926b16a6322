"""The calculator takes flat JSON, says what is wrong with it all at once, and answers with both readings."""

import pytest

from postbox.errors import NoRule, Unacceptable
from postbox.law.calculator import answer
from postbox.law.regimes import RULES, Regime

QUESTION = {"regime": "OZG_9", "available_at": "2026-12-22", "authority_land": "BE", "recipient_land": "BE"}


def test_the_answer_has_both_readings_with_rule_and_reasons():
    """Boxing Day on a Saturday: the citizen is told the early end, the authority the late one."""
    told = answer(QUESTION)
    days = {name: told[name] for name in ("strict_day", "lenient_day", "strict_end", "lenient_end")}
    assert days == {
        "strict_day": "2026-12-26",
        "lenient_day": "2026-12-28",
        "strict_end": "2027-01-26",
        "lenient_end": "2027-01-28",
    }
    assert (told["citizen_safe_until"], told["final_not_before"]) == ("2027-01-26", "2027-01-29")
    assert (told["announced"], told["disputed"]) == ("yes", True)
    assert told["rules"][0]["citation"] == "§ 9 Abs. 1 Satz 4 OZG"
    assert any("umstritten" in sentence for sentence in told["reasons"]["de"])


@pytest.mark.parametrize(
    ("facts", "regime"),
    [
        ({"channel": "own", "procedural_law": "VwVfG", "available_at": "2026-11-23"}, "VWVFG_41_2A"),
        ({"channel": "zbp", "procedural_law": "VwVfG", "available_at": "2026-11-23"}, "OZG_9"),
        (
            {
                "channel": "own",
                "procedural_law": "VwVfG",
                "available_at": "2026-11-23",
                "part_of_user_account": "§ 2 Abs. 5 OZG",
            },
            "OZG_9",
        ),
        ({"channel": "post", "procedural_law": "AO", "sent_at": "2026-11-23"}, "AO_122_2"),
    ],
)
def test_the_regime_follows_where_it_is_not_named(facts, regime):
    """From channel, procedural law, Land, date and user account; never from a default."""
    assert answer(facts | {"authority_land": "HE"})["regime"] == regime


def test_by_post_to_abroad_is_known_from_the_channel():
    """Who posts need not say so twice: abroad the postal days do not count."""
    posted = {"channel": "post", "procedural_law": "VwVfG", "sent_at": "2026-11-23", "authority_land": "HE"}
    assert answer(posted | {"abroad": True})["announced"] == "unproven"
    assert answer(posted)["announced"] == "yes"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("regime", "OZG9"),
        ("available_at", "23.11.2026"),
        ("available_at", 20261123),
        ("issued_on", "2026-13-01"),
        ("ack_date", True),
        ("authority_land", "Hessen"),
        ("recipient_land", ["HE"]),
        ("municipality", "rural"),
        ("abroad", "yes"),
        ("period_months", "one"),
        ("period_months", True),
        ("part_of_user_account", "x" * 201),
    ],
)
def test_a_member_of_the_wrong_form_is_named(name, value):
    """Where it stands, and how to write it."""
    with pytest.raises(Unacceptable) as refused:
        answer(QUESTION | {name: value})
    assert [(one.code, one.pointer) for one in refused.value.problems] == [("member-malformed", f"/{name}")]


def test_everything_wrong_is_told_at_once():
    """An unknown member with the nearest known one, a missing Land, a missing regime."""
    with pytest.raises(Unacceptable) as refused:
        answer({"avaliable_at": "2026-11-23", "abroad": "no"})
    told = {(one.code, one.pointer) for one in refused.value.problems}
    assert told == {
        ("member-unknown", "/avaliable_at"),
        ("member-malformed", "/abroad"),
        ("member-missing", "/authority_land"),
        ("member-missing", "/regime"),
    }
    assert "available_at" in refused.value.problems[0].sentence


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"available_at": None}, "facts-missing"),
        ({"period_months": 0}, "period-unknown"),
        ({"available_at": "2019-01-01"}, "no-rule"),
        ({"municipality": "augsburg"}, "unknown-land"),
    ],
)
def test_what_no_rule_decides_is_refused(change, code):
    """Not guessed: each with a code of its own; the question itself is answered."""
    assert answer(QUESTION)
    with pytest.raises(NoRule) as refused:
        answer(QUESTION | change)
    assert refused.value.code == code


def test_no_remedy_is_null_and_silence_is_one_month():
    """``period_months``: null where nothing can be contested; not said, the usual month."""
    assert answer(QUESTION | {"period_months": None})["strict_end"] is None
    assert answer(QUESTION | {"period_months": 1}) == answer(QUESTION)


def test_every_regime_can_be_asked_for():
    """Nothing in the tables is out of reach."""
    facts = {"available_at": "2026-11-23", "sent_at": "2026-11-23", "authority_land": "HE", "issued_on": "2026-11-20"}
    assert {answer(facts | {"regime": regime.value})["rules"][0]["id"] for regime in Regime} <= {
        rule.id for rule in RULES
    }
