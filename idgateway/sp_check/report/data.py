"""The report as data, for programs: one JSON object; its member names stay. Pure."""

import json
from typing import Any

from idgateway.sp_check.judge import Kind, Result
from idgateway.sp_check.outcome import Outcome
from idgateway.sp_check.report.words import gathered
from idgateway.sp_check.themes import theme_of

VERSION = 1


def to_json(outcome: Outcome) -> str:
    """Everything, with texts in both languages."""
    worst = outcome.worst()
    told: dict[str, Any] = {
        "version": VERSION,
        "target": outcome.target,
        "stand_in": outcome.stand_in,
        "person": outcome.person,
        "started": outcome.started.isoformat(),
        "seconds": round(outcome.seconds, 3),
        "logged_in_means": list(outcome.told_by),
        "weak_sign": outcome.only_weak,
        "honest_logins": outcome.honest_logins,
        "outage": outcome.outage,
        "warnings": list(outcome.warnings),
        "worst": worst.name.lower() if worst else "",
        "counts": {
            expectation: {verdict.value: count for verdict, count in outcome.counts(expectation).items()}
            for expectation in ("refuse", "accept")
        },
        "findings": [
            {
                "severity": found.severity.name.lower(),
                "kind": found.results[0].kind.value,
                "title": found.title,
                "meaning": found.meaning,
                "cure": found.cure,
                "answers": [result.case.name for result in found.results],
            }
            for found in gathered(outcome)
        ],
        "answers": [_answer(result) for result in outcome.results],
    }
    return json.dumps(told, ensure_ascii=False, indent=2) + "\n"


def _answer(result: Result) -> dict[str, Any]:
    return {
        "name": result.case.name,
        "family": result.case.family,
        "description": result.case.title,
        "rule": result.case.rule,
        "expectation": result.case.expectation,
        "verdict": result.verdict.value,
        "finding": result.kind.value,
        "severity": result.severity.name.lower() if result.severity else "",
        "theme": theme_of(result.case).key if result.kind in (Kind.HOLE, Kind.LED_AWAY) else "",
        "status": result.status,
        "url": result.where,
        "seconds": round(result.seconds, 3),
        "detail": result.detail,
    }
