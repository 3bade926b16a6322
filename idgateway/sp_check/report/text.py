"""The report for a terminal. Pure."""

import textwrap
from itertools import groupby

from idgateway.sp_check.judge import Result
from idgateway.sp_check.outcome import Outcome
from idgateway.sp_check.report.words import SEVERITIES, Gathered, gathered, say, seconds, severities, summary, told

_WIDTH, _INDENT, _NAME = 120, 11, 38


def to_text(outcome: Outcome, language: str) -> str:
    """Head, groups, findings with what to do, and the sum in the last line."""
    blocks = [_head(outcome, language), _groups(outcome, language)]
    found = gathered(outcome)
    if outcome.outage:
        blocks.append(_paragraph("", say("outage", language, where=outcome.outage + ".")))
    blocks += [f"{say('findings', language)}: {severities(outcome, language)}"] if found else []
    blocks += [_finding(one, language) for one in found]
    last = "" if found or outcome.outage else f" {say('none', language)}"
    blocks.append(f"{summary(outcome, language)}{last} ({seconds(outcome.seconds, language)})")
    return "\n\n".join(blocks) + "\n"


def _head(outcome: Outcome, language: str) -> str:
    rows = [
        (say("service", language), outcome.target),
        (say("stand-in", language), f"{outcome.stand_in}, {say('person', language)} {outcome.person}"),
        (say("honest", language), say("honest-ok", language, count=outcome.honest_logins)),
    ]
    if outcome.outage:
        rows.pop()
    rows += [
        (say("told-by", language) if not number else "", sign[language]) for number, sign in enumerate(outcome.told_by)
    ]
    if outcome.only_weak:
        rows.append(("", say("weak", language)))
    rows += [
        (say("request", language) if not number else "", one[language]) for number, one in enumerate(outcome.warnings)
    ]
    return "\n".join(f"{name:<22}{value}" for name, value in rows)


def _groups(outcome: Outcome, language: str) -> str:
    lines = []
    for family, members in groupby(outcome.results, key=lambda result: result.case.family):
        results = tuple(members)
        bad = sum(bool(result.kind) for result in results)
        sign = "✗" if bad else "✓"
        title = outcome.families.get(family, {}).get(language, family)
        count = f"{len(results) - bad}/{len(results)}"
        lines.append(f"{sign} {title:<36}{count:>8}")
    return "\n".join(lines)


def _finding(found: Gathered, language: str) -> str:
    lines = [f"{SEVERITIES[found.severity][language]:<{_INDENT}}{found.title[language]}"]
    for result in found.results:
        about = f"{result.case.title.get(language, '')} – {told(result, language)}"
        lines.append(
            textwrap.fill(about, _WIDTH, initial_indent=_named(result), subsequent_indent=" " * (_INDENT + _NAME))
        )
    rules = dict.fromkeys(result.case.rule for result in found.results)
    for key, text in (
        ("meaning", found.meaning[language]),
        ("cure", found.cure[language]),
        ("rule", " · ".join(rules)),
    ):
        lines.append(_paragraph(say(key, language), text))
    return "\n".join(lines)


def _named(result: Result) -> str:
    name = f"{result.case.name:<{_NAME - 1}} "
    return f"{'':{_INDENT}}{name}"


def _paragraph(label: str, text: str, indent: int = _INDENT) -> str:
    start = " " * indent + (f"{label}: " if label else "")
    return textwrap.fill(text, _WIDTH, initial_indent=start, subsequent_indent=" " * (indent + 2))
