"""Stage two: is the notice well-formed? Everything that is wrong is told at once. Pure."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final

from postbox.errors import Unacceptable
from postbox.identifiers import NOTICE, RECIPIENT, is_id
from postbox.intake.submission import Problems
from postbox.levels import LEVELS

MOST_DOCUMENTS: Final = 10
LONGEST_ADDRESS: Final = 8192
_LANGUAGE: Final = re.compile(r"[a-z]{2}(-[A-Z]{2})?")
_DIGEST: Final = re.compile(r"[0-9a-f]{64}")
_LONGEST_PERIOD: Final = 12  # months
_FIELDS: Final = {
    "recipient", "postbox_address", "title", "summary", "language", "minimum_level", "procedural_law", "issued_on",
    "publish_at", "replaces", "form", "remedy", "remedy_waiver", "sender_reference", "documents",
}  # fmt: skip
# Why a notice names no remedy. Only the first starts no period at all.
NO_ACT: Final = "no-administrative-act"
OMITTED: Final = "information-omitted"  # § 58(2) VwGO: one year instead of one month
WAIVERS: Final = (NO_ACT, OMITTED)


@dataclass(frozen=True, kw_only=True)
class Remedy:
    """Information on legal remedies (§ 37(6) VwVfG): which, where to lodge it, where that is, how long."""

    kind: str
    office: str
    seat: str
    period_months: int

    def to_json(self) -> dict[str, Any]:
        """Every member."""
        return {"kind": self.kind, "office": self.office, "seat": self.seat, "period_months": self.period_months}


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """A well-formed notice; whether it fits is another question."""

    recipient: str | None
    postbox_address: str | None = field(repr=False)
    title: str = field(repr=False)
    summary: str = field(repr=False)
    language: str
    minimum_level: str
    procedural_law: str
    issued_on: date | None
    form: str
    remedy: Remedy | None
    remedy_waiver: str
    sender_reference: str = field(repr=False)
    publish_at: datetime | None  # not before; None: at once
    replaces: str | None
    declared: tuple[str | None, ...]  # SHA-256 (hex) the sender says, per document; empty: says nothing

    @property
    def period_months(self) -> int | None:
        """The remedy period to compute with; None starts no period."""
        if self.remedy is not None:
            return self.remedy.period_months
        return 1 if self.remedy_waiver == OMITTED else None

    @property
    def remedy_complete(self) -> bool:
        """Whether the citizen is told everything about remedies, or need not be."""
        return self.remedy_waiver != OMITTED


def check_wellformed(content: Mapping[str, Any]) -> Wanted:
    """The notice's JSON object, member by member. Raises Unacceptable with every problem found."""
    problems = Problems()
    for name in sorted(set(map(str, content)) - _FIELDS):
        problems.add("unknown-member", f"/{_escaped(name)}", "No such member is known here.")
    wanted = Wanted(
        recipient=_recipient(content, problems),
        postbox_address=_text(content, "postbox_address", problems, longest=LONGEST_ADDRESS, needed=False) or None,
        title=_text(content, "title", problems, longest=200),
        summary=_text(content, "summary", problems, longest=1000, needed=False, lines=True),
        language=_matching(content, "language", problems, _LANGUAGE, default="de"),
        minimum_level=_one_of(content, "minimum_level", problems, LEVELS),
        procedural_law=_text(content, "procedural_law", problems, longest=20),
        issued_on=_day(content, "issued_on", problems),
        form=_text(content, "form", problems, longest=20),
        remedy=_remedy(content, problems),
        remedy_waiver=_waiver(content, problems),
        sender_reference=_text(content, "sender_reference", problems, longest=200, needed=False),
        publish_at=_moment(content, "publish_at", problems),
        replaces=_replaces(content, problems),
        declared=_declared(content, problems),
    )
    if (wanted.recipient is None) == (wanted.postbox_address is None) and not _about(problems, "/recipient"):
        problems.add("recipient-needed", "/recipient", "Give either recipient or postbox_address, and not both.")
    if problems.found:
        raise Unacceptable(problems.found)
    return wanted


def _recipient(content: Mapping[str, Any], problems: Problems) -> str | None:
    value = content.get("recipient")
    if value is None:
        return None
    if not is_id(value, RECIPIENT):
        problems.add("recipient-malformed", "/recipient", "A recipient reference looks like rcp_ and 26 characters.")
        return None
    return str(value)


def _remedy(content: Mapping[str, Any], problems: Problems) -> Remedy | None:
    value = content.get("remedy")
    if value is None:
        return None
    if not isinstance(value, dict) or set(value) - {"kind", "office", "seat", "period_months"}:
        problems.add("remedy-malformed", "/remedy", "A remedy has kind, office, seat and period_months, nothing else.")
        return None
    months = value.get("period_months")
    if type(months) is not int or not 1 <= months <= _LONGEST_PERIOD:
        problems.add("period-malformed", "/remedy/period_months", "A period is a number of months from 1 to 12.")
        months = 1
    return Remedy(
        kind=_text(value, "kind", problems, longest=100, under="/remedy"),
        office=_text(value, "office", problems, longest=200, under="/remedy"),
        seat=_text(value, "seat", problems, longest=200, under="/remedy"),
        period_months=months,
    )


def _waiver(content: Mapping[str, Any], problems: Problems) -> str:
    waiver = content.get("remedy_waiver")
    if content.get("remedy") is not None:
        if waiver is not None:
            problems.add("remedy-and-waiver", "/remedy_waiver", "A notice names a remedy or says why not, not both.")
        return ""
    if waiver not in WAIVERS:
        sentence = f"Without a remedy, remedy_waiver says why: {' or '.join(WAIVERS)}."
        problems.add("remedy-missing", "/remedy", sentence)
        return NO_ACT
    return str(waiver)


def _declared(content: Mapping[str, Any], problems: Problems) -> tuple[str | None, ...]:
    value = content.get("documents", [])
    if not isinstance(value, list) or len(value) > MOST_DOCUMENTS:
        problems.add("documents-malformed", "/documents", f"documents is a list of at most {MOST_DOCUMENTS} objects.")
        return ()
    return tuple(_digest(item, f"/documents/{number}", problems) for number, item in enumerate(value))


def _digest(item: object, pointer: str, problems: Problems) -> str | None:
    digest = item.get("sha256") if isinstance(item, dict) and set(item) <= {"sha256"} else 0
    if digest is not None and not (isinstance(digest, str) and _DIGEST.fullmatch(digest)):
        problems.add("document-malformed", pointer, "Say sha256 of the document in 64 small hexadecimal digits.")
        return None
    return digest


def _text(
    content: Mapping[str, Any],
    name: str,
    problems: Problems,
    *,
    longest: int,
    needed: bool = True,
    lines: bool = False,
    under: str = "",
) -> str:
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


def _replaces(content: Mapping[str, Any], problems: Problems) -> str | None:
    value = content.get("replaces")
    if value is not None and not is_id(value, NOTICE):
        problems.add("replaces-malformed", "/replaces", "A notice looks like ntc_ and 26 characters.")
        return None
    return value


def _moment(content: Mapping[str, Any], name: str, problems: Problems) -> datetime | None:
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


def _day(content: Mapping[str, Any], name: str, problems: Problems) -> date | None:
    value = content.get(name)
    if value is None:
        return None
    try:
        return date.fromisoformat(value)
    except (TypeError, ValueError):
        problems.add(f"{name.replace('_', '-')}-malformed", f"/{name}", f"{name} is a day like 2026-11-23.")
        return None


def _matching(
    content: Mapping[str, Any], name: str, problems: Problems, pattern: re.Pattern[str], *, default: str
) -> str:
    value = content.get(name, default)
    if not isinstance(value, str) or not pattern.fullmatch(value):
        problems.add(f"{name}-malformed", f"/{name}", f"{name} is a tag like {default}.")
        return default
    return value


def _one_of(content: Mapping[str, Any], name: str, problems: Problems, known: Sequence[str]) -> str:
    value = content.get(name)
    if value not in known:
        problems.add(f"{name.replace('_', '-')}-unknown", f"/{name}", f"{name} is one of {', '.join(known)}.")
        return known[-1]
    return str(value)


def _about(problems: Problems, pointer: str) -> bool:
    return any(problem.pointer == pointer for problem in problems.found)


def _escaped(name: str) -> str:
    # RFC 6901 3; an unknown name may be anything, so it is also cut.
    return name[:60].replace("~", "~0").replace("/", "~1")
