"""``deadline``: from when a notice counts as announced, and until when one may object."""

import argparse
import json
from datetime import date, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from runtime.commands.options import add_json

if TYPE_CHECKING:
    from postbox.law.computation import Computation
    from runtime.commands.options import Commands

BERLIN = ZoneInfo("Europe/Berlin")
REGIMES = ("OZG_9", "VWVFG_41_2A", "AO_122A", "SGBX_37_2A")
RESULTS = (
    ("announced_strict", "Bekannt gegeben, frühestens", "Announced, at the earliest"),
    ("announced_lenient", "Bekannt gegeben, spätestens", "Announced, at the latest"),
    ("retrieve_until", "Abrufbar bis", "Can be retrieved until"),
    ("citizen_safe_until", "Widerspruch sicher bis", "Objection safe until"),
    ("end_lenient", "Ende der Frist, späteste Lesart", "End of the period, latest reading"),
    ("final_not_before", "Bestandskräftig nicht vor", "Final not before"),
)


def add_deadline(commands: "Commands") -> None:
    """Declare ``deadline``."""
    parser = commands.add_parser("deadline", help="compute announcement and objection period of a notice")
    parser.add_argument("--regime", required=True, choices=REGIMES, help="the provision; there is no default")
    parser.add_argument("--land", required=True, help="the authority's Land, two letters")
    parser.add_argument("--available", required=True, type=_moment, metavar="WHEN", help="made available (German time)")
    parser.add_argument("--notified", type=_moment, metavar="WHEN", help="when the notification was sent")
    parser.add_argument("--notification-proven", action="store_true", help="and its receipt can be proven")
    parser.add_argument("--retrieved", type=_moment, metavar="WHEN", help="when it was first retrieved")
    parser.add_argument("--issued", type=_day, metavar="DAY", help="day of issue (AO only)")
    parser.add_argument("--months", type=int, default=1, help="of the period (%(default)s); 0: no remedy")
    parser.add_argument("--recipient-land", help="where the recipient lives, two letters")
    parser.add_argument("--abroad", action="store_true", help="the recipient lives abroad")
    parser.add_argument("--remedy-incomplete", action="store_true", help="information on remedies missing or wrong")
    add_json(parser)
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Print the reasoning as numbered sentences, then the dates."""
    from postbox.errors import NoRule
    from runtime.errors import SettingsError

    try:
        computation = _compute(options)
    except NoRule as error:
        raise SettingsError(str(error)) from None
    if options.json:
        print(json.dumps(computation.to_json(), ensure_ascii=False, indent=2))
    else:
        _show(computation, options.language)
    return 0


def _compute(options: argparse.Namespace) -> "Computation":
    from postbox.law.computation import Case
    from postbox.law.periods import compute
    from postbox.law.regimes import Regime

    return compute(
        Case(
            regime=Regime(options.regime),
            available_at=options.available,
            notified_at=options.notified,
            notification_proven=options.notification_proven,
            retrieved_at=options.retrieved,
            issued_on=options.issued,
            authority_land=options.land,
            recipient_land=options.recipient_land,
            period_months=options.months or None,
            remedy_information_complete=not options.remedy_incomplete,
            abroad=options.abroad,
        )
    )


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


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no day; write 2026-11-23") from None


def _moment(text: str) -> datetime:
    """An instant; without a zone it is German time, a day alone is its noon."""
    try:
        moment = datetime.fromisoformat(text if len(text) > len("2026-11-20") else f"{text}T12:00")
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no moment; write 2026-11-23 or 2026-11-23T14:30") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=BERLIN)
