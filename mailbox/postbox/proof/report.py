"""What a verification found: numbered steps, each with a plain sentence in German and English, and one verdict."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from postbox.proof.words import SENTENCES, VERDICTS


class Status(StrEnum):
    """How a step ended."""

    OK = "ok"
    FAILED = "failed"
    NOT_PROVEN = "not-proven"


@dataclass(frozen=True, kw_only=True)
class Step:
    """One check. ``code`` is stable and says exactly what failed; empty where nothing did."""

    number: int
    name: str
    status: Status
    code: str
    german: str
    english: str

    def sentence(self, language: str) -> str:
        """The step's sentence in ``de`` or ``en``."""
        return self.german if language == "de" else self.english


@dataclass(frozen=True, kw_only=True)
class Report:
    """All steps in order. ``ok`` only if no step failed; what is not proven is said and does not hide."""

    notice_id: str | None
    steps: tuple[Step, ...]

    @property
    def ok(self) -> bool:
        """Whether no check failed."""
        return all(step.status is not Status.FAILED for step in self.steps)

    def verdict(self, language: str) -> str:
        """The result in one sentence, ``de`` or ``en``."""
        return VERDICTS[self.ok][0 if language == "de" else 1]

    def to_json(self) -> dict[str, Any]:
        """For machines."""
        return {
            "format": "postbox-report-1",
            "ok": self.ok,
            "notice_id": self.notice_id,
            "verdict": {"de": self.verdict("de"), "en": self.verdict("en")},
            "steps": [
                {
                    "number": step.number,
                    "name": step.name,
                    "status": step.status.value,
                    "code": step.code,
                    "de": step.german,
                    "en": step.english,
                }
                for step in self.steps
            ],
        }


@dataclass(frozen=True, kw_only=True)
class Finding:
    """A check that did not fail; ``values`` fill its sentence."""

    status: Status = Status.OK
    values: Mapping[str, tuple[str, str] | str] = field(default_factory=dict)


def step(number: int, name: str, status: Status, values: Mapping[str, tuple[str, str] | str], code: str = "") -> Step:
    """A step with its sentences; a value may be one text for both languages or a pair (German, English)."""
    german, english = SENTENCES[name][status.value]
    return Step(
        number=number,
        name=name,
        status=status,
        code=code,
        german=german.format_map(_side(values, 0)),
        english=english.format_map(_side(values, 1)),
    )


def _side(values: Mapping[str, tuple[str, str] | str], index: int) -> dict[str, str]:
    return {name: value if isinstance(value, str) else value[index] for name, value in values.items()}
