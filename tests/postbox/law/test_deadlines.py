"""Dates are computed as a court would: the worked vectors, and what must hold for every case."""

import tomllib
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from postbox.errors import EvidenceInvalid, NoRule
from postbox.law.calendar import (
    LAENDER,
    Municipality,
    Place,
    add_months,
    calendar_version,
    is_free,
    legal_day,
    next_workday,
)
from postbox.law.computation import DAYS, Announced, Case, Computation
from postbox.law.periods import compute
from postbox.law.regimes import RULES, Regime, choose
from postbox.law.words import explain
from postbox.proof.canonical import canonical_json, read_json

VECTORS = Path(__file__).parents[2] / "vectors/deadlines"
UNSTATED = {
    "available_at": None,
    "recipient_land": None,
    "notified_at": None,
    "notification_proven": False,
    "retrieved_at": None,
    "issued_on": None,
    "authority_municipality": "ordinary",
    "recipient_municipality": "ordinary",
    "remedy_information_complete": True,
    "abroad": False,
    "account_reference": "",
}
UNSENT = {
    "sent_at": None,
    "posted": False,
    "received_at": None,
    "receipt_denied": False,
    "ack_date": None,
    "ack_received_at": None,
    "fiction_announced": False,
}


def _vectors():
    for path in sorted(VECTORS.glob("*.toml")):
        for number, case in enumerate(tomllib.loads(path.read_text())["case"]):
            yield pytest.param(case, id=f"{path.stem}-{number}")


@pytest.mark.parametrize("vector", list(_vectors()))
def test_the_worked_vectors(vector):
    """Every date that a vector names comes out, in both readings."""
    sending = UNSENT if "sent_at" in vector["facts"] else {}
    computed = compute(Case.from_json(UNSTATED | sending | vector["facts"])).to_json()
    came_out = {name: "" if computed[name] is None else computed[name] for name in vector["dates"]}
    assert came_out == vector["dates"]


def test_all_vectors_are_there():
    """Nobody turns the suite green by losing a vector: twenty for retrieval, eight for what is sent."""
    assert [path.name[:2] for path in sorted(VECTORS.glob("*.toml"))] == [f"{number:02}" for number in range(1, 29)]


MOMENTS = st.datetimes(datetime(2026, 1, 2), datetime(2034, 12, 1), timezones=st.just(UTC))  # noqa: DTZ001 - naive bounds are Hypothesis's wish


@st.composite
def cases(draw):
    """Draw a case of any regime in which everything happened in order."""
    available = draw(MOMENTS)
    notified = draw(st.none() | st.timedeltas(timedelta(), timedelta(days=3)))
    retrieved = draw(st.none() | st.timedeltas(timedelta(), timedelta(days=20)))
    return Case(
        regime=draw(st.sampled_from(Regime)),
        available_at=available,
        authority_land=draw(st.sampled_from(sorted(LAENDER))),
        recipient_land=draw(st.none() | st.sampled_from(sorted(LAENDER))),
        authority_municipality=draw(st.sampled_from([Municipality.ORDINARY, Municipality.CATHOLIC])),
        period_months=draw(st.sampled_from([None, 1, 2, 3])),
        notified_at=None if notified is None else available + notified,
        notification_proven=draw(st.booleans()),
        retrieved_at=None if retrieved is None else available + retrieved,
        issued_on=draw(st.sampled_from([date(2025, 12, 30), date(2026, 1, 1)])),
        remedy_information_complete=draw(st.booleans()),
        abroad=draw(st.booleans()),
        sent_at=available,
        posted=draw(st.booleans()),
        received_at=draw(st.none() | st.just(available + timedelta(days=9))),
        receipt_denied=draw(st.booleans()),
        ack_date=draw(st.none() | st.just(legal_day(available) + timedelta(days=2))),
        ack_received_at=draw(st.none() | st.just(available + timedelta(days=draw(st.integers(2, 8))))),
        fiction_announced=draw(st.booleans()),
    )


@given(cases())
@settings(max_examples=300, deadline=None)
def test_strict_never_comes_after_lenient_and_no_end_is_on_a_free_day(case):
    """The citizen's dates are the early ones, the authority's the late ones, and periods end on working days."""
    computed = compute(case)
    pairs = [
        (computed.announced_strict, computed.announced_lenient),
        (computed.end_strict, computed.end_lenient),
        (computed.end_lenient, computed.fallback_end),
        (computed.citizen_safe_until, computed.final_not_before),
    ]
    assert all(early <= late for early, late in pairs if early and late)
    for end in (computed.end_strict, computed.end_lenient, computed.fallback_end):
        assert end is None or not is_free(end, case.authority)
    if computed.announced is not Announced.YES:
        assert computed.final_not_before is None
    if computed.final_not_before:
        assert computed.final_not_before > (
            computed.end_lenient if case.remedy_information_complete else computed.fallback_end
        )


@given(cases(), st.timedeltas(timedelta(), timedelta(days=5)))
@settings(deadline=None)
def test_a_later_availability_never_announces_earlier(case, delay):
    """Moving everything later moves no date forward (monotone in time)."""
    later = replace(
        case,
        available_at=case.available_at + delay,
        notified_at=case.notified_at and case.notified_at + delay,
        retrieved_at=case.retrieved_at and case.retrieved_at + delay,
        sent_at=case.sent_at + delay,
        received_at=case.received_at and case.received_at + delay,
        ack_date=case.ack_date and legal_day(case.available_at + delay) + timedelta(days=2),
        ack_received_at=case.ack_received_at and case.ack_received_at + delay,
    )
    before, after = compute(case), compute(later)
    assume(before.announced is after.announced)
    for name in ("announced_strict", "announced_lenient", "end_strict", "end_lenient", "final_not_before"):
        early, late = getattr(before, name), getattr(after, name)
        assert early is None or late is None or early <= late


@given(cases(), st.sampled_from(["America/New_York", "Asia/Tokyo", "Europe/Berlin", "Pacific/Apia"]))
@settings(deadline=None)
def test_the_zone_an_instant_is_written_in_does_not_matter(case, zone):
    """The same instant in another zone gives the same dates and the same stored inputs."""
    elsewhere = replace(case, available_at=case.available_at.astimezone(ZoneInfo(zone)))
    assert compute(elsewhere).to_json() == compute(case).to_json()


@given(cases())
@settings(deadline=None)
def test_a_computation_survives_storage_and_is_computed_again_alike(case):
    """Stored and read back it is equal, its inputs give the same again, and every step has a sentence."""
    computed = compute(case)
    stored = read_json(canonical_json(computed.to_json()))
    assert Computation.from_json(stored).to_json() == stored
    assert compute(Case.from_json(stored["inputs"])).to_json() == stored
    for language in ("de", "en"):
        sentences = explain(computed, language)
        assert sentences
        assert all(" " in sentence and "{" not in sentence and "None" not in sentence for sentence in sentences)


@pytest.mark.parametrize(
    ("name", "value"),
    [("announced", "perhaps"), ("announced_strict", "tomorrow"), ("citations", None), ("inputs", {}), ("format", "x")],
)
def test_reading_a_computation_is_strict(name, value):
    """Words and days that no computation holds are refused."""
    stored = compute(_ozg()).to_json()
    assert Computation.from_json(stored)
    with pytest.raises(EvidenceInvalid):
        Computation.from_json(stored | {name: value})


def _ozg(**changes):
    case = Case(
        regime=Regime.OZG_9, available_at=datetime(2026, 11, 23, 9, tzinfo=UTC), authority_land="HE", period_months=1
    )
    return replace(case, **changes)


def test_the_regime_follows_from_channel_law_land_and_date():
    """§ 9 OZG reaches only a postbox that is part of a user account; a town's own portal is § 41(2a) VwVfG."""
    facts = {"channel": "own", "procedural_law": "VwVfG", "land": "HE", "on": date(2026, 11, 23)}
    assert choose(**facts, part_of_user_account="").regime is Regime.VWVFG_41_2A
    assert choose(**facts, part_of_user_account="§ 2 Abs. 5 OZG").id == "OZG_9/four-days"
    assert choose(**facts | {"channel": "zbp"}, part_of_user_account="").regime is Regime.OZG_9
    assert choose(**facts | {"on": date(2024, 12, 31)}, part_of_user_account="x").id == "OZG_9/three-days"
    assert choose(**facts | {"procedural_law": "SGB X"}, part_of_user_account="x").regime is Regime.SGBX_37_2A
    tax = choose(**facts | {"procedural_law": "AO"}, part_of_user_account="x", issued_on=date(2025, 12, 31))
    assert tax.id == "AO_122A/old-four-days"
    assert choose(**facts | {"procedural_law": "BEEG"}, part_of_user_account="x").regime is Regime.OZG_9


@pytest.mark.parametrize(
    "changes",
    [
        {"channel": "pigeon"},
        {"procedural_law": "ZPO"},
        {"procedural_law": "AO"},
        {"procedural_law": "BEEG"},
        {"land": "XX"},
        {"land": "SH"},
        {"on": date(2023, 12, 31)},
    ],
    ids=["channel", "law", "no-day-of-issue", "beeg-own-portal", "no-land", "land-of-its-own-act", "before-the-tables"],
)
def test_there_is_no_default_regime(changes):
    """What the tables do not decide is refused."""
    facts = {
        "channel": "own", "procedural_law": "VwVfG", "land": "HE", "on": date(2026, 11, 23), "part_of_user_account": "",
    }  # fmt: skip
    assert choose(**facts)
    with pytest.raises(NoRule):
        choose(**facts | changes)


@pytest.mark.parametrize("regime", Regime)
def test_each_day_has_exactly_one_rule(regime):
    """The dated rows of a regime neither overlap nor leave a gap from August 2024 on."""
    for offset in range(1500):
        day = date(2024, 8, 1) + timedelta(days=offset)
        rows = [rule for rule in RULES if rule.regime is regime and rule.first <= day <= (rule.last or date.max)]
        issued = [
            rule
            for rule in rows
            if (rule.issued_first or date.min) <= min(day, date(2030, 1, 1)) <= (rule.issued_last or date.max)
        ]
        assert len(issued) == 1, (day, regime)


def test_three_or_four_days_follow_the_day_of_making_available():
    """Old § 122a AO counts from the notification, but the number of days follows the day of making available."""
    facts = {"regime": Regime.AO_122A, "issued_on": date(2024, 12, 30), "notification_proven": True}
    at = datetime(2024, 12, 31, 12, tzinfo=UTC)
    old = compute(_ozg(**facts, available_at=at, notified_at=at + timedelta(days=1)))
    assert (old.rule_id, old.announced_strict) == ("AO_122A/old-three-days", date(2025, 1, 6))
    new = compute(_ozg(**facts, available_at=at + timedelta(days=1), notified_at=at + timedelta(days=1)))
    assert (new.rule_id, new.announced_strict) == ("AO_122A/old-four-days", date(2025, 1, 6))


def test_without_proof_of_the_notification_nothing_becomes_final_before_retrieval():
    """SGB X: unproven and not retrieved, the act is never final; retrieved, the later day counts for the authority."""
    at = datetime(2026, 12, 21, 12, tzinfo=UTC)
    case = _ozg(regime=Regime.SGBX_37_2A, available_at=at, notified_at=at)
    unproven = compute(case)
    assert (unproven.announced, unproven.final_not_before) == (Announced.UNPROVEN, None)
    assert unproven.citizen_safe_until == date(2027, 1, 25)
    retrieved = compute(replace(case, retrieved_at=at + timedelta(days=20)))
    assert (retrieved.announced_strict, retrieved.announced_lenient) == (date(2026, 12, 25), date(2027, 1, 10))
    assert retrieved.final_not_before == date(2027, 2, 11)
    early = compute(replace(case, retrieved_at=at))
    assert early.announced_strict == date(2026, 12, 21)
    silent = compute(replace(case, notified_at=None))
    assert (silent.announced, silent.announced_strict) == (Announced.UNPROVEN, None)


def test_retrieval_in_the_extension_of_the_ten_days_is_contestable():
    """§ 41(2a) VwVfG: the tenth day is a Saturday; a retrieval on Monday counts for the citizen and proves nothing."""
    at = datetime(2026, 11, 25, 12, tzinfo=UTC)
    case = _ozg(regime=Regime.VWVFG_41_2A, available_at=at, notified_at=at)
    monday = compute(replace(case, retrieved_at=datetime(2026, 12, 7, 12, tzinfo=UTC)))
    assert (monday.announced, monday.retrieve_until) == (Announced.UNPROVEN, date(2026, 12, 7))
    assert (monday.announced_strict, monday.contestable, monday.final_not_before) == (date(2026, 12, 8), True, None)
    friday = compute(replace(case, retrieved_at=datetime(2026, 12, 4, 12, tzinfo=UTC)))
    assert (friday.announced, friday.contestable) == (Announced.YES, False)
    tuesday = compute(replace(case, retrieved_at=datetime(2026, 12, 8, 12, tzinfo=UTC)))
    assert (tuesday.announced, tuesday.announced_strict) == (Announced.NO, None)


def test_a_notification_after_the_day_of_making_available_makes_it_contestable():
    """§ 9(1) s. 6 OZG: five minutes past midnight in Berlin is a day too late; early retrieval advances nothing."""
    late = datetime(2026, 11, 23, 23, 5, tzinfo=UTC)
    assert compute(_ozg(notified_at=late)).contestable
    assert not compute(_ozg(notified_at=late - timedelta(minutes=10))).contestable
    assert compute(_ozg(retrieved_at=late)).announced_strict == date(2026, 11, 27)


def test_an_act_without_a_remedy_has_no_period():
    """Where no remedy is named there is an announcement and no end."""
    computed = compute(_ozg(period_months=None))
    assert computed.announced_strict == date(2026, 11, 27)
    assert [getattr(computed, name) for name in DAYS[2:]] == [None] * 6
    with pytest.raises(NoRule):
        compute(_ozg(period_months=0))


def test_months_end_where_they_end():
    """§ 188(3) BGB: a month without that day ends with its last one; twelve months from leap day too."""
    assert add_months(date(2027, 1, 31), 1) == date(2027, 2, 28)
    assert add_months(date(2028, 2, 29), 12) == date(2029, 2, 28)
    assert add_months(date(2026, 12, 28), 1) == date(2027, 1, 28)


def test_holidays_follow_land_and_municipality():
    """Corpus Christi, Assumption Day and the peace festival are free where the law says so, and only there."""
    assert is_free(date(2026, 6, 4), Place("HE"))
    assert not is_free(date(2026, 6, 4), Place("BE"))
    assert not is_free(date(2025, 8, 15), Place("BY"))
    assert is_free(date(2025, 8, 15), Place("BY", Municipality.CATHOLIC))
    assert is_free(date(2025, 8, 8), Place("BY", Municipality.AUGSBURG))
    assert is_free(date(2025, 8, 15), Place("BY", Municipality.AUGSBURG))
    assert not is_free(date(2025, 8, 8), Place("BY", Municipality.CATHOLIC))
    assert is_free(date(2026, 6, 4), Place("SN", Municipality.CATHOLIC))
    assert next_workday(date(2027, 3, 26), Place("HE")) == date(2027, 3, 30)
    with pytest.raises(NoRule):
        Place("HE", Municipality.AUGSBURG)
    with pytest.raises(NoRule):
        is_free(date(2101, 1, 3), Place("HE"))


def test_a_naive_instant_belongs_to_no_day():
    """Without a zone nobody knows the legal day."""
    assert legal_day(datetime(2026, 11, 22, 23, 30, tzinfo=UTC)) == date(2026, 11, 23)
    with pytest.raises(NoRule):
        legal_day(datetime(2026, 11, 22, 23, 30))  # noqa: DTZ001 - naive on purpose


def test_the_calendar_is_the_pinned_one():
    """Another table of holidays changes this hash: then look at what changed before you change the line."""
    assert calendar_version() == (
        "holidays-0.109/sha256:c28cddd3427f3f42475e0cfe46e84aad24c9e142768acebd77bcbfb91b90aa94"
    )


def test_the_reasons_read_as_plain_sentences():
    """The citizen reads which rule, why, both readings, and until when to act."""
    computed = compute(
        _ozg(available_at=datetime(2026, 12, 22, 9, tzinfo=UTC), account_reference="§ 2 Abs. 5 OZG, Demo")
    )
    german = "\n".join(explain(computed, "de"))
    assert "Teil eines Nutzerkontos (§ 2 Abs. 5 OZG, Demo)" in german
    assert "Am vierten Tag danach gilt er als bekannt gegeben: Samstag, 26. Dezember 2026" in german
    assert "umstritten" in german
    assert "Wenn Sie bis Dienstag, 26. Januar 2027 handeln" in german
    assert "frühestens ab Freitag, 29. Januar 2027" in german
    assert "Tuesday, 26 January 2027" in "\n".join(explain(computed, "en"))
