"""What an accepted answer means, by theme: how bad, what somebody could do with it, what to change. Pure.

The words stand in ``themes.toml``. A name that no theme knows gets its family's theme,
an unknown family the last one.
"""

import tomllib
from dataclasses import dataclass
from enum import IntEnum
from fnmatch import fnmatchcase
from importlib.resources import files
from typing import Any

from idgateway.sp_check.cases import Case

Said = dict[str, str]  # language → words


class Severity(IntEnum):
    """How bad a finding is, in order."""

    LOW = 1
    MEDIUM = 2
    HIGH = 3
    CRITICAL = 4


@dataclass(frozen=True, kw_only=True)
class Theme:
    """What several entries have in common."""

    key: str
    severity: Severity
    names: tuple[str, ...]  # patterns of entries
    families: tuple[str, ...]  # of entries whose name nobody knows
    title: Said
    meaning: Said
    cure: Said


def theme_of(case: Case) -> Theme:
    """The first theme whose pattern fits the entry's name; then its family's; then the last."""
    for theme in THEMES:
        if any(fnmatchcase(case.name, pattern) for pattern in theme.names):
            return theme
    return next((theme for theme in THEMES if case.family in theme.families), THEMES[-1])


def _theme(told: dict[str, Any]) -> Theme:
    severity = Severity[told.pop("severity").upper()]
    return Theme(severity=severity, names=tuple(told.pop("names")), families=tuple(told.pop("families")), **told)


_WORDS = (files(__package__) / "themes.toml").read_text(encoding="utf-8")
THEMES: tuple[Theme, ...] = tuple(_theme(told) for told in tomllib.loads(_WORDS)["theme"])
