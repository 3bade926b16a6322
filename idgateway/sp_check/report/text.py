"""The report for a terminal. Pure."""

import textwrap
from itertools import groupby

from idgateway.sp_check.outcome import Outcome
from idgateway.sp_check.report.words import SEVERITIES, Gathered, gathered, say, seconds, summary, told

_WIDTH, _INDENT, _NAME = 110, 11, 34


def to_text(outcome: Outcome, language: str) -> str:
    """Head, groups, findings with what to do, and the sum in the last line."""
    blocks = [_head(outcome, language), _groups(outcome, language)]
    found = gathered(outcome)
    if outcome.outage:
        blocks.append(_paragraph("", say("outage", language, where=outcome.outage + ".")))
    blocks += [f"{say('findings', language)}:", *(_finding(one, language) for one in found)] if found else []
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
        lines.append(f"{'':{_INDENT}}{result.case.name:<{_NAME}} {told(result, language)}")
        lines.append(_paragraph("", f"{result.case.title.get(language, '')}. {result.case.rule}", indent=_INDENT + 2))
    lines.append(_paragraph(say("meaning", language), found.meaning[language]))
    lines.append(_paragraph(say("cure", language), found.cure[language]))
    return "\n".join(lines)


def _paragraph(label: str, text: str, indent: int = _INDENT) -> str:
    start = " " * indent + (f"{label}: " if label else "")
    return textwrap.fill(text, _WIDTH, initial_indent=start, subsequent_indent=" " * (indent + 2))
