"""Stage two: is the notice well-formed? Everything that is wrong is told at once. Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final

from postbox.errors import Unacceptable
from postbox.identifiers import NOTICE, RECIPIENT, is_id
from postbox.intake.documents import Declared, Role
from postbox.intake.members import day, escaped, flag, matching, moment, one_of, text
from postbox.intake.submission import Problems
from postbox.intake.written import Written, read_written
from postbox.levels import LEVELS
from postbox.seals.port import Level
from postbox.seals.requirement import LEGAL_BASES, Form
from postbox.writing.typeset import remedy_paragraph

MOST_DOCUMENTS: Final = 10
LONGEST_ADDRESS: Final = 8192
_LANGUAGE: Final = re.compile(r"[a-z]{2}(-[A-Z]{2})?")
_DIGEST: Final = re.compile(r"[0-9a-f]{64}")
_LONGEST_PERIOD: Final = 12  # months
_FIELDS: Final = {
    "recipient", "postbox_address", "title", "summary", "language", "minimum_level", "procedural_law", "issued_on",
    "publish_at", "replaces", "renews", "form", "form_basis", "seal", "responsible", "automated", "remedy",
    "remedy_waiver", "sender_reference", "documents", "template", "fields",
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
    form: Form
    form_basis: str  # the rule that asks for the form; empty: none
    seal: Level | None  # by us, before it is stored
    responsible: str = field(repr=False)  # § 37(3) VwVfG: head, deputy or agent; empty: no act, or an automated one
    automated: bool  # § 37(5) VwVfG: made by automatic means, so the name may be missing
    remedy: Remedy | None
    remedy_waiver: str
    sender_reference: str = field(repr=False)
    publish_at: datetime | None  # not before; None: at once
    replaces: str | None
    written: Written | None  # set here from a template; None: it comes as a document
    renews: str | None
    declared: tuple[Declared, ...]  # what the sender says of each document; empty: nothing

    @property
    def period_months(self) -> int | None:
        """The remedy period to compute with; None starts no period."""
        if self.remedy is not None:
            return self.remedy.period_months
        return 1 if self.remedy_waiver == OMITTED else None

    @property
    def frame(self) -> dict[str, Any]:
        """What a template takes from the notice itself, so that paper, page and computation say the same."""
        told = self.remedy
        paragraph = remedy_paragraph(told.kind, told.office, told.seat, told.period_months) if told else ""
        return {
            "title": self.title,
            "responsible": self.responsible,
            "remedy": paragraph,
        }

    @property
    def remedy_complete(self) -> bool:
        """Whether the citizen is told everything about remedies, or need not be."""
        return self.remedy_waiver != OMITTED


def check_wellformed(content: Mapping[str, Any]) -> Wanted:
    """The notice's JSON object, member by member. Raises Unacceptable with every problem found."""
    problems = Problems()
    for name in sorted(set(map(str, content)) - _FIELDS):
        problems.add("unknown-member", f"/{escaped(name)}", "No such member is known here.")
    wanted = Wanted(
        recipient=_recipient(content, problems),
        postbox_address=text(content, "postbox_address", problems, longest=LONGEST_ADDRESS, needed=False) or None,
        title=text(content, "title", problems, longest=200),
        summary=text(content, "summary", problems, longest=1000, needed=False, lines=True),
        language=matching(content, "language", problems, _LANGUAGE, default="de"),
        minimum_level=one_of(content, "minimum_level", problems, LEVELS),
        procedural_law=text(content, "procedural_law", problems, longest=20),
        issued_on=day(content, "issued_on", problems),
        form=Form(one_of(content, "form", problems, tuple(Form), otherwise=Form.NONE)),
        form_basis=_basis(content, problems),
        seal=_seal(content, problems),
        responsible=_responsible(content, problems),
        automated=flag(content, "automated", problems),
        remedy=_remedy(content, problems),
        remedy_waiver=_waiver(content, problems),
        sender_reference=text(content, "sender_reference", problems, longest=200, needed=False),
        publish_at=moment(content, "publish_at", problems),
        replaces=_notice(content, "replaces", problems),
        renews=_notice(content, "renews", problems),
        written=read_written(content, problems),
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
        kind=text(value, "kind", problems, longest=100, under="/remedy"),
        office=text(value, "office", problems, longest=200, under="/remedy"),
        seat=text(value, "seat", problems, longest=200, under="/remedy"),
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


def _basis(content: Mapping[str, Any], problems: Problems) -> str:
    """The rule that asks for the declared form: named, so that it can be checked later why it was chosen."""
    form, basis = content.get("form"), content.get("form_basis")
    known = LEGAL_BASES[Form(form)] if form in tuple(Form) else ()
    if basis is None and not known:
        return ""
    if basis not in known:
        allowed = f"one of {'; '.join(known)}" if known else "not given where form is none"
        problems.add("form-basis-unknown", "/form_basis", f"form_basis is {allowed}.")
        return ""
    return str(basis)


def _seal(content: Mapping[str, Any], problems: Problems) -> Level | None:
    if content.get("seal") is None:
        return None
    return Level(one_of(content, "seal", problems, tuple(Level)))


def _responsible(content: Mapping[str, Any], problems: Problems) -> str:
    """§ 37(3) VwVfG: an act shows who answers for it; what decides nothing, or comes from a machine (5), need not."""
    needed = content.get("remedy_waiver") != NO_ACT and content.get("automated") is not True
    if needed and content.get("responsible") in (None, ""):
        sentence = "An act names who is responsible for it (§ 37(3) VwVfG), or says that it is automated (§ 37(5))."
        problems.add("responsible-missing", "/responsible", sentence)
        return ""
    return text(content, "responsible", problems, longest=200, needed=False)


def _declared(content: Mapping[str, Any], problems: Problems) -> tuple[Declared, ...]:
    value = content.get("documents", [])
    if not isinstance(value, list) or len(value) > MOST_DOCUMENTS:
        problems.add("documents-malformed", "/documents", f"documents is a list of at most {MOST_DOCUMENTS} objects.")
        return ()
    return tuple(_document(item, number, problems) for number, item in enumerate(value))


def _document(item: object, number: int, problems: Problems) -> Declared:
    pointer, usual = f"/documents/{number}", Role.ADDITIONAL if number else Role.MAIN
    if not isinstance(item, dict) or set(item) - {"sha256", "role", "language"}:
        problems.add("document-malformed", pointer, "Of a document, say role, language and sha256, nothing else.")
        return Declared(role=usual)
    role, digest, language = item.get("role", usual), item.get("sha256"), item.get("language", "")
    # Exactly one act, and it stands first; everything else belongs to it.
    if role not in tuple(Role) or (role == Role.MAIN) != (number == 0):
        problems.add(
            "role-unknown", f"{pointer}/role", "The first document is main, others are additional, translation or data."
        )
        role = usual
    if digest is not None and not (isinstance(digest, str) and _DIGEST.fullmatch(digest)):
        problems.add("document-malformed", pointer, "Say sha256 of the document in 64 small hexadecimal digits.")
        digest = None
    if not isinstance(language, str) or bool(_LANGUAGE.fullmatch(language)) != (role == Role.TRANSLATION):
        problems.add("language-malformed", f"{pointer}/language", "A translation, and nothing else, says its language.")
        language = ""
    return Declared(role=Role(role), language=language, sha256=digest)


def _notice(content: Mapping[str, Any], name: str, problems: Problems) -> str | None:
    value = content.get(name)
    if value is not None and not is_id(value, NOTICE):
        problems.add(f"{name}-malformed", f"/{name}", "A notice looks like ntc_ and 26 characters.")
        return None
    return value


def _about(problems: Problems, pointer: str) -> bool:
    return any(problem.pointer == pointer for problem in problems.found)
