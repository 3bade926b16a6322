"""From what was seen to a verdict, and from a verdict to a finding. Pure: every rule of the tool stands here.

1. A service that led to a foreign address, or showed an answer's script as markup, has a hole, whoever is logged in.
2. Where the signs say "logged in", the answer was accepted; for RelayState entries that alone is no harm.
3. Where they contradict each other, or the login could not even begin, nothing is decided.
4. Not logged in, and an error of the 500s, a broken connection or silence on the way: it crashed. Two exceptions:
   hanging up on more than a megabyte is how servers refuse; and where the answer itself reports a failure at the
   provider, 502 to 504 say just that.
5. Anything else is a refusal.
"""

from dataclasses import dataclass
from enum import StrEnum

from idgateway.sp_check.cases import ACCEPT, MANNER, OUTCOME, RELAY, REPLAY, STATUS, Case
from idgateway.sp_check.evidence import NO_ANSWER, Stop, Trace, place_of
from idgateway.sp_check.signs import Signs
from idgateway.sp_check.themes import Severity, theme_of

_LARGE = 1_000_000  # bytes
_TOO_MANY = 429  # RFC 6585 4
_FAILURE, _GATEWAY = 500, (502, 503, 504)  # RFC 9110 15.6
_SCRIPT = "<script>alert(1)</script>"  # what the catalogue's StatusMessage holds
_SCRIPT_LINK = "javascript:alert"  # what its RelayState holds


class Verdict(StrEnum):
    """What became of one answer."""

    REFUSED = "refused"
    ACCEPTED = "accepted"
    CRASHED = "crashed"
    UNDECIDED = "undecided"
    SKIPPED = "skipped"  # it cannot occur with this service's request, or was not tried any more


class Kind(StrEnum):
    """What is to be told about it; NONE where all is well."""

    NONE = ""
    HOLE = "hole"  # accepted what must be refused
    LED_AWAY = "led-away"  # followed a foreign address, or ran what an answer carried
    TOO_STRICT = "too-strict"  # refused what BundID may send
    CRASH = "crash"
    SLOW = "slow"
    UNDECIDED = "undecided"


@dataclass(frozen=True, kw_only=True)
class Attempt:
    """What was seen of one case: its deliveries in order, or why there are none."""

    case: Case
    traces: tuple[Trace, ...] = ()
    unfit: str = ""  # why it cannot be tried at this service
    lost: str = ""  # why the login could not begin


@dataclass(frozen=True, kw_only=True)
class Result:
    """One line of the report."""

    case: Case
    verdict: Verdict
    kind: Kind = Kind.NONE
    severity: Severity | None = None
    status: int = 0
    where: str = ""
    seconds: float = 0.0
    detail: str = ""


@dataclass(frozen=True, kw_only=True)
class Yardstick:
    """What is normal for this service: its signs, the hosts an honest login visits, how long an answer may take."""

    signs: Signs
    origins: frozenset[str]
    slow: float  # seconds


def judge(attempt: Attempt, yardstick: Yardstick) -> Result:
    """The verdict on one case, and its finding where there is one."""
    case = attempt.case
    if attempt.unfit:
        return Result(case=case, verdict=Verdict.SKIPPED, detail=attempt.unfit)
    if attempt.lost or not attempt.traces:
        return _result(attempt, Verdict.UNDECIDED, Kind.UNDECIDED, Severity.LOW, attempt.lost)
    if harm := _harm(attempt, yardstick):
        return _result(attempt, Verdict.ACCEPTED, Kind.LED_AWAY, Severity.HIGH, harm)
    verdict, detail = _verdict(attempt, yardstick)
    kind, severity = _finding(case, verdict)
    slowest = max(trace.stop.first_seconds for trace in attempt.traces)
    if kind is Kind.CRASH and detail == NO_ANSWER:
        kind, severity = Kind.SLOW, Severity.HIGH
    elif kind is Kind.NONE and slowest > yardstick.slow:
        kind, severity, detail = Kind.SLOW, Severity.MEDIUM, f"{slowest:.1f} s"
    return _result(attempt, verdict, kind, severity, detail)


def not_tried(case: Case, why: str) -> Result:
    """A case that was not tried any more."""
    return Result(case=case, verdict=Verdict.SKIPPED, detail=why)


def doubted(result: Result, why: str) -> Result:
    """A refusal that proves nothing: the honest login behind it failed as well."""
    if result.verdict is not Verdict.REFUSED:
        return result
    return Result(
        **{
            **result.__dict__,
            "verdict": Verdict.UNDECIDED,
            "kind": Kind.UNDECIDED,
            "severity": Severity.LOW,
            "detail": why,
        }
    )


def _verdict(attempt: Attempt, yardstick: Yardstick) -> tuple[Verdict, str]:
    said = [yardstick.signs.logged_in(trace) for trace in attempt.traces]
    if attempt.case.name == REPLAY:
        if not said[0]:
            return Verdict.UNDECIDED, "the first, sound delivery was not accepted"
        said = said[1:]
    if True in said:
        return Verdict.ACCEPTED, _which(attempt.case, said)
    if None in said:
        return Verdict.UNDECIDED, "the signs of a login contradict each other"
    stops = [trace.stop for trace in attempt.traces]
    if any(stop.status == _TOO_MANY for stop in stops):
        return Verdict.UNDECIDED, "too many requests (429)"
    crashed = next((stop for stop in stops if _crashed(attempt.case, stop)), None)
    return (Verdict.CRASHED, crashed.broke) if crashed else (Verdict.REFUSED, "")


def _crashed(case: Case, stop: Stop) -> bool:
    if stop.broke:
        return stop.sent_bytes <= _LARGE
    allowed = _GATEWAY if case.family in (STATUS, OUTCOME) else ()
    return any(status >= _FAILURE and status not in allowed for status in stop.statuses)


def _which(case: Case, said: list[bool | None]) -> str:
    if case.name != REPLAY:
        return ""
    places = [place for place, one in zip(("another browser", "the same browser"), said, strict=False) if one]
    return "again from " + " and from ".join(places)


def _finding(case: Case, verdict: Verdict) -> tuple[Kind, Severity | None]:
    if verdict is Verdict.UNDECIDED:
        return Kind.UNDECIDED, Severity.LOW
    if verdict is Verdict.CRASHED:
        return Kind.CRASH, Severity.MEDIUM if case.expectation == ACCEPT else Severity.LOW
    if case.expectation == ACCEPT:
        strict = Severity.LOW if case.family == MANNER else Severity.MEDIUM
        return (Kind.NONE, None) if verdict is Verdict.ACCEPTED else (Kind.TOO_STRICT, strict)
    if verdict is Verdict.REFUSED or case.name.startswith(RELAY):
        return Kind.NONE, None
    return Kind.HOLE, theme_of(case).severity


def _harm(attempt: Attempt, yardstick: Yardstick) -> str:
    """What an answer made the service do to its visitor, whoever is logged in."""
    for trace in attempt.traces:
        stop = trace.stop
        if stop.led_to and place_of(stop.led_to).origin not in yardstick.origins:
            return f"led to {stop.shown}"
        if attempt.case.name == "relay-state-script" and any(_SCRIPT_LINK in target for target in stop.targets):
            return "the RelayState's javascript: link is on the page"
        if attempt.case.name == "status-message-script" and _SCRIPT in stop.text:
            return "the StatusMessage's script is part of the page"
    return ""


def _result(attempt: Attempt, verdict: Verdict, kind: Kind, severity: Severity | None, detail: str) -> Result:
    stop = attempt.traces[-1].stop if attempt.traces else None
    return Result(
        case=attempt.case,
        verdict=verdict,
        kind=kind,
        severity=severity,
        status=stop.status if stop else 0,
        where=stop.shown if stop else "",
        seconds=max((trace.stop.first_seconds for trace in attempt.traces), default=0.0),
        detail=detail,
    )
