"""A legal editor adds and strikes holidays: only where and when said, with a reason, in the computation itself."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from postbox.errors import EvidenceInvalid, SetupWrong, Unacceptable
from postbox.law.calculator import answer, edited, read_case
from postbox.law.calendar import Municipality, Place, is_free
from postbox.law.computation import Case, Computation
from postbox.law.editing import change_json, load_changes, read_changes
from postbox.law.periods import compute
from postbox.law.words import explain

ADDED = (
    '[[day]]\ndate = 2026-12-28\nland = "BE"\nfree = true\nreason = "Gesetz vom 1. Juli 2026"\nauthor = "Rechtsamt"\n'
)
STRUCK = '[[day]]\ndate = 2027-01-06\nland = "BW"\nfree = false\nreason = "Gesetz"\nauthor = "Rechtsamt"\n'
# Row 1 of the worked examples: its end is moved from a Sunday to Monday 28 December.
QUESTION = {"regime": "OZG_9", "available_at": "2026-11-23", "authority_land": "BE"}


def test_an_added_holiday_moves_the_end_and_is_told():
    """Monday becomes Tuesday; without the change, and in another Land, it stays Monday."""
    changes = read_changes(ADDED)
    assert answer(QUESTION)["strict_end"] == "2026-12-28"
    told = answer(QUESTION, changes)
    assert told["strict_end"] == "2026-12-29"
    assert "+changes/sha256:" in told["calendar_version"]
    assert any("Gesetz vom 1. Juli 2026" in sentence for sentence in told["reasons"]["de"])
    assert answer(QUESTION | {"authority_land": "HE"}, changes) == answer(QUESTION | {"authority_land": "HE"})
    assert answer(QUESTION | {"available_at": "2027-11-23"}, changes) == answer(
        QUESTION | {"available_at": "2027-11-23"}
    )


def test_a_struck_holiday_is_a_working_day_there_and_only_there():
    """Epiphany in Baden-Württemberg, and not in Bavaria."""
    changes = read_changes(STRUCK)
    assert is_free(date(2027, 1, 6), Place("BW"))
    assert not is_free(date(2027, 1, 6), Place("BW", changes=changes))
    assert is_free(date(2027, 1, 6), Place("BY", changes=changes))


def test_a_change_may_be_one_kind_of_municipality_only():
    """Where the file says so."""
    changes = read_changes(ADDED.replace('"BE"', '"BY"') + 'municipality = "catholic"\n')
    assert is_free(date(2026, 12, 28), Place("BY", Municipality.CATHOLIC, changes))
    assert not is_free(date(2026, 12, 28), Place("BY", changes=changes))


def test_more_days_than_any_editor_changes_are_refused_from_a_file_and_from_a_computation():
    """500 are read by both; one more by neither: whoever computes again is not kept busy by a stranger."""
    day, days = change_json(read_changes(ADDED)[0]), [date(2026, 12, 28) + timedelta(number) for number in range(501)]
    told = compute(read_case(QUESTION)).to_json()
    kept = [day | {"day": one.isoformat()} for one in days]
    assert compute(Case.from_json(told["inputs"] | {"calendar_changes": kept[:500]})).end_strict > days[499]
    with pytest.raises(EvidenceInvalid) as invalid:
        Case.from_json(told["inputs"] | {"calendar_changes": kept})
    assert invalid.value.code == "computation-invalid"
    file = [ADDED.replace("2026-12-28", one.isoformat()) for one in days + days[-1:] if one.isoweekday() < 6]
    many = [one.replace('"BE"', f'"{land}"') for land in ("BE", "BB") for one in file[:250]]
    assert len(read_changes("".join(many))) == 500
    with pytest.raises(Unacceptable) as refused:
        read_changes("".join([*many, STRUCK]))
    assert refused.value.problems[0].code == "holidays-many"


def test_the_first_change_to_a_day_counts_and_only_at_its_place():
    """A computation from outside may name a day twice; both readers must take the same one."""
    struck, added = (replace(read_changes(ADDED)[0], free=free) for free in (False, True))
    day, elsewhere = struck.day, replace(added, land="HE")
    assert is_free(day, Place("BE", changes=(elsewhere, added, struck)))
    assert not is_free(day, Place("BE", changes=(elsewhere, struck, added)))


def test_the_computation_holds_what_it_was_computed_with():
    """Stored and read back it computes alike, without the file; and says it in both languages."""
    computed = compute(edited(read_case(QUESTION), read_changes(ADDED)))
    again = Computation.from_json(computed.to_json())
    assert compute(again.case) == computed
    assert all("Rechtsamt" in explain(computed, language)[-1] for language in ("de", "en"))


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("2026-12-28", '"2026-12-28"', "holidays-date"),
        ("2026-12-28", "2026-12-27", "holidays-weekend"),
        ('"BE"', '"XX"', "holidays-land"),
        ("free = true", 'free = "yes"', "holidays-free"),
        ('reason = "Gesetz vom 1. Juli 2026"\n', "", "holidays-reason"),
        ('author = "Rechtsamt"', 'author = " "', "holidays-author"),
        ("free = true", "free = true\nname = 1", "holidays-malformed"),
        ("free = true", 'free = true\nmunicipality = "rural"', "holidays-place"),
        ("[[day]]", "[[days]]", "holidays-malformed"),
        ("date =", "date", "holidays-malformed"),
    ],
)
def test_what_is_wrong_in_the_file_is_named(old, new, code, tmp_path):
    """By code and place; and the start is refused with the same words."""
    assert read_changes(ADDED)
    with pytest.raises(Unacceptable) as refused:
        read_changes(ADDED.replace(old, new))
    assert refused.value.problems[0].code == code
    path = tmp_path / "holidays.toml"
    path.write_text(ADDED.replace(old, new))
    with pytest.raises(SetupWrong) as stopped:
        load_changes(path)
    assert stopped.value.code == code


def test_a_day_stands_once_for_its_place(tmp_path):
    """Twice is refused; a file that is not there is named; no file at all changes nothing."""
    with pytest.raises(Unacceptable):
        read_changes(ADDED + ADDED)
    with pytest.raises(SetupWrong):
        load_changes(tmp_path / "none.toml")
    assert load_changes(None) == ()
