"""A legal editor's changes to the calendar: days added or struck, each with place, reason and who answers for it.

The file is TOML, one ``[[day]]`` per change. What an editor changed goes into every computation that it may touch, so
that whoever computes again needs no file of ours.
"""

import hashlib
import json
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Final

from postbox.errors import Problem, SetupWrong, Unacceptable
from postbox.law.calendar import LAENDER, DayChange, Municipality

_MEMBERS: Final = frozenset({"date", "land", "municipality", "free", "reason", "author"})
_LONGEST: Final = 200
_MOST: Final = 500  # changes: more than any editor ever made, and no work for whoever computes again
_TOUCHED: Final = timedelta(days=460)  # a year of missing information on remedies, and what lies around it


def load_changes(path: Path | None) -> tuple[DayChange, ...]:
    """The changes in a file; none where no file is named. Raises SetupWrong, which names everything that is wrong."""
    if path is None:
        return ()
    try:
        return read_changes(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError):
        raise SetupWrong(f"{path} cannot be read.", code="holidays-unreadable") from None
    except Unacceptable as error:
        told = " ".join(f"{one.pointer}: {one.sentence}" for one in error.problems)
        raise SetupWrong(f"{path}: {told}", code=error.problems[0].code) from None


def read_changes(text: str) -> tuple[DayChange, ...]:
    """The changes in a file, in the order of their days. Raises Unacceptable with everything that is wrong."""
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        told = Problem(code="holidays-malformed", pointer="", sentence=f"No valid TOML: {error}.")
        raise Unacceptable([told]) from None
    entries = document.get("day", [])
    if set(document) - {"day"} or not isinstance(entries, list) or not all(isinstance(one, dict) for one in entries):
        sentence = "The file holds tables [[day]] and nothing else."
        raise Unacceptable([Problem(code="holidays-malformed", pointer="", sentence=sentence)])
    if len(entries) > _MOST:
        sentence = f"At most {_MOST} days. Leave out those long past."
        raise Unacceptable([Problem(code="holidays-many", pointer="", sentence=sentence)])
    problems = [problem for number, one in enumerate(entries) for problem in _problems(one, f"/day/{number}")]
    problems = problems or list(_twice(entries))
    if problems:
        raise Unacceptable(problems)
    return tuple(sorted((_change(one) for one in entries), key=lambda change: (change.day, change.land)))


def touching(changes: Iterable[DayChange], lands: Iterable[str | None], start: date) -> tuple[DayChange, ...]:
    """Those that may move a date of a notice that went out on ``start``, at one of these places."""
    known = set(lands)
    return tuple(one for one in changes if one.land in known and start <= one.day <= start + _TOUCHED)


def changes_version(changes: tuple[DayChange, ...]) -> str:
    """What a computation's calendar version says of changes: their SHA-256, or nothing where there are none."""
    if not changes:
        return ""
    text = json.dumps([change_json(one) for one in changes], sort_keys=True, ensure_ascii=False)
    return f"+changes/sha256:{hashlib.sha256(text.encode()).hexdigest()}"


def change_json(change: DayChange) -> dict[str, Any]:
    """A change in JSON types, as computations keep it."""
    return {
        "day": change.day.isoformat(),
        "land": change.land,
        "municipality": change.municipality.value if change.municipality else None,
        "free": change.free,
        "reason": change.reason,
        "author": change.author,
    }


def read_kept(values: Sequence[Mapping[str, Any]]) -> tuple[DayChange, ...]:
    """Read the changes a computation keeps; it may be a stranger's. Raises KeyError, TypeError or ValueError."""
    if len(values) > _MOST:
        raise ValueError("A computation with more changes than an editor may make.")
    return tuple(map(_kept, values))


def _kept(value: Mapping[str, Any]) -> DayChange:
    kind = value["municipality"]
    texts = (value["land"], value["reason"], value["author"])
    if not all(type(text) is str for text in texts) or type(value["free"]) is not bool:
        raise TypeError("A change of the calendar in other types.")
    return DayChange(
        day=date.fromisoformat(value["day"]),
        land=value["land"],
        municipality=None if kind is None else Municipality(kind),
        free=value["free"],
        reason=value["reason"],
        author=value["author"],
    )


def _change(entry: Mapping[str, Any]) -> DayChange:
    kind = entry.get("municipality")
    return DayChange(
        day=entry["date"],
        land=entry["land"],
        municipality=None if kind is None else Municipality(kind),
        free=entry["free"],
        reason=entry["reason"],
        author=entry["author"],
    )


def _problems(entry: Mapping[str, Any], pointer: str) -> Iterable[Problem]:
    """Everything wrong with one entry."""
    for name in sorted(set(map(str, entry)) - _MEMBERS):
        yield Problem(code="holidays-malformed", pointer=f"{pointer}/{name}", sentence="No such member is known here.")
    day = entry.get("date")
    if type(day) is not date:
        yield Problem(code="holidays-date", pointer=f"{pointer}/date", sentence="Write a day: date = 2027-03-08.")
    elif day.isoweekday() >= 6:  # noqa: PLR2004 - § 31(3) VwVfG names Saturday and Sunday by themselves
        sentence = "Saturdays and Sundays are free by the law itself."
        yield Problem(code="holidays-weekend", pointer=f"{pointer}/date", sentence=sentence)
    if entry.get("land") not in LAENDER:
        yield Problem(code="holidays-land", pointer=f"{pointer}/land", sentence='Write a Land: land = "BE".')
    if entry.get("municipality") not in (None, *Municipality):
        kinds = ", ".join(Municipality)
        yield Problem(code="holidays-place", pointer=f"{pointer}/municipality", sentence=f"One of {kinds}, or none.")
    if not isinstance(entry.get("free"), bool):
        sentence = "free = true adds the day, free = false strikes it."
        yield Problem(code="holidays-free", pointer=f"{pointer}/free", sentence=sentence)
    for name in ("reason", "author"):
        text = entry.get(name)
        if not isinstance(text, str) or not text.strip() or len(text) > _LONGEST:
            sentence = "Say by which act, and which role answers for it."
            yield Problem(code=f"holidays-{name}", pointer=f"{pointer}/{name}", sentence=sentence)


def _twice(entries: Iterable[Mapping[str, Any]]) -> Iterable[Problem]:
    seen: set[tuple[Any, ...]] = set()
    for number, one in enumerate(entries):
        key = (one["date"], one["land"], one.get("municipality"))
        if key in seen:
            sentence = "This day stands twice for its place."
            yield Problem(code="holidays-twice", pointer=f"/day/{number}", sentence=sentence)
        seen.add(key)
