"""What a browser may have seen, made by hand for the pure parts."""

from datetime import UTC, datetime

from idgateway.sp_check.cases import ACCEPT, REFUSE, Case
from idgateway.sp_check.evidence import Stop, Trace
from idgateway.sp_check.judge import Attempt, Result, Yardstick, judge
from idgateway.sp_check.outcome import Outcome
from idgateway.sp_check.signs import Wanted, calibrate

SITE = "https://service.test"
ME = f"{SITE}/me"


def stop(url: str = ME, status: int = 200, **more: object) -> Stop:
    return Stop(**{"url": url, "status": status, "statuses": (302, status), "title": "Account", **more})


def inside(**more: object) -> Trace:
    """A login that succeeded."""
    return Trace(stop=stop(**more), cookies=frozenset({"session"}), door=stop())


def outside(url: str = f"{SITE}/acs", status: int = 400, **more: object) -> Trace:
    """A login that was refused: the protected page leads to the start."""
    seen = stop(url, status, **{"title": "Refused", **more})
    return Trace(stop=seen, door=stop(f"{SITE}/", title="Start"))


def yardstick(slow: float = 3.0) -> Yardstick:
    signs = calibrate((inside(), inside()), (outside(), outside()), ("Mustermann", "MALLORY"), Wanted())
    return Yardstick(signs=signs, origins=frozenset({SITE}), slow=slow)


def case(name: str = "wrong-audience", family: str = "semantics", expectation: str = REFUSE) -> Case:
    title = {"de": "für einen anderen Dienst", "en": "meant for another service <b>"}
    return Case(name=name, family=family, title=title, rule="SAML Core 2.5.1.4", expectation=expectation)


def judged(one: Case, *traces: Trace, slow: float = 3.0, **more: str) -> Result:
    return judge(Attempt(case=one, traces=traces, **more), yardstick(slow))


def outcome(*results: Result, outage: str = "") -> Outcome:
    """A run with these results."""
    return Outcome(
        target=f"{SITE}/login",
        stand_in="http://127.0.0.1:8081",
        person="erika-eid",
        started=datetime(2026, 11, 24, 9, 30, tzinfo=UTC),
        seconds=12.345,
        told_by=yardstick().signs.words,
        only_weak=False,
        honest_logins=7,
        outage=outage,
        warnings=({"de": "Zu lang.", "en": "Too long."},),
        families={"semantics": {"de": "Aussage", "en": "Statement"}, "timing": {"de": "Zeiten", "en": "Times"}},
        results=results,
    )


def mixed() -> Outcome:
    """One of everything."""
    return outcome(
        judged(case("tampered"), outside()),
        judged(case("wrong-audience"), inside()),
        judged(case("level-too-low"), inside()),
        judged(case("only-response-signed", expectation=ACCEPT), outside()),
        judged(case("expired", "timing"), outside(status=500)),
        judged(case("aged", "timing"), outside(first_seconds=9.0)),
        judged(case("issued-2018", "timing"), lost="the login does not begin"),
        judged(case("issued-2099", "timing"), unfit="sim-fault-without-bite"),
    )
