"""``deadline``: from when an act counts as announced, and until when one may object. One case, or JSON lines."""

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from runtime.commands.options import add_json

if TYPE_CHECKING:
    from postbox.law.calendar import DayChange
    from postbox.law.computation import Computation
    from runtime.commands.options import Commands

RESULTS = (
    ("announced_strict", "Bekannt gegeben, frühestens", "Announced, at the earliest"),
    ("announced_lenient", "Bekannt gegeben, spätestens", "Announced, at the latest"),
    ("retrieve_until", "Abrufbar bis", "Can be retrieved until"),
    ("citizen_safe_until", "Widerspruch sicher bis", "Objection safe until"),
    ("end_lenient", "Ende der Frist, späteste Lesart", "End of the period, latest reading"),
    ("final_not_before", "Bestandskräftig nicht vor", "Final not before"),
)
# Option, member of the question, help. Flags come after those with a value.
_VALUES = (
    ("regime", "regime", "the provision, e.g. OZG_9; there is no default"),
    ("channel", "channel", "own, zbp, post, transmission or acknowledgement: with --law instead of --regime"),
    ("law", "procedural_law", "VwVfG, AO, 'SGB X' or BEEG"),
    ("account", "part_of_user_account", "the reference that makes the postbox part of a user account"),
    ("land", "authority_land", "the authority's Land, two letters"),
    ("municipality", "municipality", "its municipality: ordinary, catholic or augsburg"),
    ("available", "available_at", "made available (German time)"),
    ("notified", "notified_at", "when the notification was sent"),
    ("retrieved", "retrieved_at", "when it was first retrieved"),
    ("sent", "sent_at", "when it was posted or sent electronically"),
    ("received", "received_at", "when it came, where that is known to be later than presumed"),
    ("ack-date", "ack_date", "the day written in the acknowledgement of receipt"),
    ("ack-received", "ack_received_at", "when that acknowledgement came back"),
    ("issued", "issued_on", "day of issue (§ 122a AO only)"),
    ("recipient-land", "recipient_land", "where the recipient lives, two letters"),
    ("recipient-municipality", "recipient_municipality", "its municipality"),
)
_FLAGS = (
    ("notification-proven", "notification_proven", True, "receipt of the notification can be proven"),
    ("posted", "posted", True, "sent by post, not electronically"),
    ("receipt-denied", "receipt_denied", True, "the recipient credibly denies receipt"),
    ("fiction-announced", "fiction_announced", True, "§ 5(7) VwZG: the fiction was announced before"),
    ("abroad", "abroad", True, "the recipient lives abroad"),
    ("remedy-incomplete", "remedy_ok", False, "information on remedies missing or wrong"),
)


def add_deadline(commands: "Commands") -> None:
    """Declare ``deadline``."""
    parser = commands.add_parser(
        "deadline",
        help="compute announcement and objection period of a notice",
        epilog="Moments are written 2026-11-23T14:30 (German time, or with a zone), days 2026-11-23.",
    )
    parser.add_argument("--lines", action="store_true", help="read cases from standard input, one JSON object a line")
    for option, _, told in _VALUES:
        parser.add_argument(f"--{option}", help=told, metavar=option.rpartition("-")[2].upper())
    parser.add_argument("--months", type=int, default=1, help="of the period (%(default)s); 0: no remedy")
    for option, _, _, told in _FLAGS:
        parser.add_argument(f"--{option}", action="store_true", help=told)
    parser.add_argument("--holidays", type=Path, metavar="FILE", help="a legal editor's changes to the calendar (TOML)")
    add_json(parser)
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Print the reasoning as numbered sentences, then the dates; with ``--lines`` an answer for each line."""
    from postbox.errors import NoRule, Unacceptable
    from postbox.law.calculator import edited, read_case
    from postbox.law.periods import compute
    from runtime.errors import SettingsError

    changes = _changes(options.holidays)
    if options.lines:
        return _answer_lines(changes)
    try:
        computation = compute(edited(read_case(_question(options)), changes))
    except Unacceptable as error:
        raise SettingsError(
            "\n".join(_complaint(one.pointer, one.sentence, options) for one in error.problems)
        ) from None
    except NoRule as error:
        raise SettingsError(str(error)) from None
    if options.json:
        print(json.dumps(computation.to_json(), ensure_ascii=False, indent=2))
    else:
        _show(computation, options.language)
    return 0


def _answer_lines(changes: "tuple[DayChange, ...]") -> int:
    """One answer per line, in order; a line that cannot be answered says why, and the exit code is 1 in the end."""
    from postbox.errors import NoRule, PostboxError, Unacceptable
    from postbox.law.calculator import answer

    failed = False
    for line in sys.stdin:
        if not line.strip():
            continue
        try:
            told = answer(_object(line), changes)
        except Unacceptable as error:
            told = {
                "errors": [{"code": one.code, "pointer": one.pointer, "detail": one.sentence} for one in error.problems]
            }
        except (NoRule, PostboxError) as error:
            told = {"errors": [{"code": error.code, "pointer": "", "detail": error.detail}]}
        failed = failed or "errors" in told
        print(json.dumps(told, ensure_ascii=False), flush=True)
    return 1 if failed else 0


def _changes(path: Path | None) -> "tuple[DayChange, ...]":
    from postbox.errors import SetupWrong
    from postbox.law.editing import load_changes
    from runtime.errors import SettingsError

    try:
        return load_changes(path)
    except SetupWrong as error:
        raise SettingsError(str(error)) from None


def _object(line: str) -> dict[str, Any]:
    from postbox.errors import Problem, Unacceptable

    try:
        content = json.loads(line)
    except (ValueError, RecursionError):
        content = None
    if not isinstance(content, dict):
        sentence = "Each line is one JSON object."
        raise Unacceptable([Problem(code="json-malformed", pointer="", sentence=sentence)])
    return content


def _question(options: argparse.Namespace) -> dict[str, Any]:
    given = vars(options)
    told: dict[str, Any] = {"period_months": options.months or None}
    told |= {member: given[_name(option)] for option, member, _ in _VALUES if given[_name(option)] is not None}
    return told | {member: value for option, member, value, _ in _FLAGS if given[_name(option)]}


def _complaint(pointer: str, sentence: str, options: argparse.Namespace) -> str:
    """The fault at the option where it was typed."""
    for option, member, _ in _VALUES:
        if pointer == f"/{member}":
            given = vars(options)[_name(option)]
            return f"--{option}{'' if given is None else f' {given!r}'}: {sentence}"
    return sentence


def _name(option: str) -> str:
    return option.replace("-", "_")


def _show(computation: "Computation", language: str) -> None:
    from postbox.law.words import day_text, explain

    for number, sentence in enumerate(explain(computation, language), start=1):
        print(f"{number:>2}. {sentence}")
    print()
    for name, german, english in RESULTS:
        day = getattr(computation, name)
        label = f"{german if language == 'de' else english}:"
        print(f"{label:<36}{day_text(day, language) if day else '–'}")
    print(f"\n{computation.rule_id}; {'; '.join(computation.citations)}")
