"""Reading the members of a JSON object that nobody believes yet: each notes what is wrong and goes on. Pure."""

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from postbox.intake.submission import Problems


def flag(content: Mapping[str, Any], name: str, problems: Problems) -> bool:
    """A truth, false where it is missing."""
    value = content.get(name, False)
    if not isinstance(value, bool):
        problems.add(f"{name}-malformed", f"/{name}", f"{name} is true or false.")
        return False
    return value


def text(
    content: Mapping[str, Any],
    name: str,
    problems: Problems,
    *,
    longest: int,
    needed: bool = True,
    lines: bool = False,
    under: str = "",
) -> str:
    """A text of printable characters; ``lines`` allows breaks, ``under`` is the pointer of the object it stands in."""
    value = content.get(name)
    pointer = f"{under}/{name}"
    if value is None or value == "":
        if needed:
            problems.add("member-missing", pointer, f"{name} is needed.")
        return ""
    if not isinstance(value, str) or len(value) > longest or not _printable(value, lines=lines):
        problems.add("text-malformed", pointer, f"{name} is a text of at most {longest} printable characters.")
        return ""
    return value


def _printable(value: str, *, lines: bool) -> bool:
    # Line breaks in a title would become header injection somewhere downstream; surrogates are no text.
    return (value.replace("\n", "").replace("\r", "") if lines else value).isprintable()


def moment(content: Mapping[str, Any], name: str, problems: Problems) -> datetime | None:
    """An instant with its zone, or None."""
    value = content.get(name)
    if value is None:
        return None
    try:
        at = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        at = None
    if at is None or at.tzinfo is None:
        example = "2026-11-24T06:00:00+01:00"
        problems.add(
            f"{name.replace('_', '-')}-malformed", f"/{name}", f"{name} is an instant with zone, like {example}."
        )
        return None
    return at


def day(content: Mapping[str, Any], name: str, problems: Problems) -> date | None:
    """A day, or None."""
    value = content.get(name)
    if value is None:
        return None
    try:
        return date.fromisoformat(value)
    except (TypeError, ValueError):
        problems.add(f"{name.replace('_', '-')}-malformed", f"/{name}", f"{name} is a day like 2026-11-23.")
        return None


def matching(
    content: Mapping[str, Any], name: str, problems: Problems, pattern: re.Pattern[str], *, default: str
) -> str:
    """A text that matches a pattern whole."""
    value = content.get(name, default)
    if not isinstance(value, str) or not pattern.fullmatch(value):
        problems.add(f"{name}-malformed", f"/{name}", f"{name} is a tag like {default}.")
        return default
    return value


def one_of(
    content: Mapping[str, Any], name: str, problems: Problems, known: Sequence[str], *, otherwise: str | None = None
) -> str:
    """One of the known words; where it is none, ``otherwise`` or the last of them stands in."""
    value = content.get(name)
    if value not in known:
        problems.add(f"{name.replace('_', '-')}-unknown", f"/{name}", f"{name} is one of {', '.join(known)}.")
        return otherwise or known[-1]
    return str(value)


def escaped(name: str) -> str:
    """A name as part of a JSON pointer."""
    # RFC 6901 3; an unknown name may be anything, so it is also cut.
    return name[:60].replace("~", "~0").replace("/", "~1")
