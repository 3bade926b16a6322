"""The report as one HTML file that needs nothing else: to keep, to send, to print. Pure."""

from html import escape
from itertools import groupby

from idgateway.sp_check.judge import Result
from idgateway.sp_check.outcome import Outcome
from idgateway.sp_check.report.words import SEVERITIES, Gathered, gathered, say, seconds, severities, summary, told

_STYLE = """
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem }
body { color: #171a2b; background: #fff }
table { border-collapse: collapse; width: 100%; margin: 1rem 0 }
th, td { text-align: left; vertical-align: top; padding: .35rem .5rem; border-bottom: 1px solid #c5c8d4 }
td { overflow-wrap: anywhere }
code { font-size: .95em } dt { font-weight: 600 } dd { margin: 0 0 .5rem }
section { border-left: .4rem solid #555; padding: .1rem 1rem; margin: 1.5rem 0; break-inside: avoid }
section.critical, section.high { border-color: #a3001b } section.medium { border-color: #b35c00 }
.bad { color: #a3001b; font-weight: 600 } .sum { font-size: 1.2rem; font-weight: 600 }
"""
_HEAD = """<meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">"""


def to_html(outcome: Outcome, language: str) -> str:
    """The whole document."""
    title, none = say("title", language), f"<p>{say('none', language)}</p>"
    findings = "".join(_finding(one, language) for one in gathered(outcome))
    findings = f"<p>{severities(outcome, language)}</p>{findings}" if findings else ""
    if outcome.outage:
        findings = f'<p class="bad">{escape(say("outage", language, where=outcome.outage + "."))}</p>{findings}'
    return (
        f'<!DOCTYPE html>\n<html lang="{language}"><head>{_HEAD}<title>{escape(title)}</title><style>{_STYLE}</style>'
        f'</head><body><main><h1>{escape(title)}</h1><p class="sum">{escape(summary(outcome, language))}</p>'
        f"{_head(outcome, language)}<h2>{say('findings', language)}</h2>{findings or none}"
        f"<h2>{say('all', language)}</h2><p>{say('legend', language)}</p>{_tables(outcome, language)}"
        "</main></body></html>\n"
    )


def _head(outcome: Outcome, language: str) -> str:
    rows = [
        ("service", outcome.target),
        ("stand-in", outcome.stand_in),
        ("person", outcome.person),
        ("started", outcome.started.strftime("%Y-%m-%d %H:%M UTC")),
        ("lasted", seconds(outcome.seconds, language)),
        ("told-by", "; ".join(sign[language] for sign in outcome.told_by)),
    ]
    if not outcome.outage:
        rows.append(("honest", say("honest-ok", language, count=outcome.honest_logins)))
    if outcome.only_weak:
        rows.append(("told-by", say("weak", language)))
    rows += [("request", one[language]) for one in outcome.warnings]
    return "<dl>" + "".join(f"<dt>{say(key, language)}</dt><dd>{escape(value)}</dd>" for key, value in rows) + "</dl>"


def _finding(found: Gathered, language: str) -> str:
    items = "".join(
        f"<li><code>{escape(result.case.name)}</code>: {escape(result.case.title.get(language, ''))} – "
        f'{escape(told(result, language))}. <span lang="en">{escape(result.case.rule)}</span></li>'
        for result in found.results
    )
    return (
        f'<section class="{found.severity.name.lower()}"><h3>{SEVERITIES[found.severity][language]}: '
        f"{escape(found.title[language])}</h3><p><strong>{say('meaning', language)}:</strong> "
        f"{escape(found.meaning[language])}</p><p><strong>{say('cure', language)}:</strong> "
        f"{escape(found.cure[language])}</p><ul>{items}</ul></section>"
    )


def _tables(outcome: Outcome, language: str) -> str:
    head = "".join(f'<th scope="col">{say(key, language)}</th>' for key in ("answer", "about", "verdict"))
    tables = []
    for family, members in groupby(outcome.results, key=lambda result: result.case.family):
        title = escape(outcome.families.get(family, {}).get(language, family))
        rows = "".join(_row(result, language) for result in members)
        tables.append(f"<h3>{title}</h3><table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>")
    return "".join(tables)


def _row(result: Result, language: str) -> str:
    mark = ' class="bad"' if result.kind else ""
    return (
        f"<tr><td><code>{escape(result.case.name)}</code></td><td>{escape(result.case.title.get(language, ''))}</td>"
        f"<td{mark}>{escape(told(result, language))}</td></tr>"
    )
