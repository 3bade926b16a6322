"""The whole run: calibrate by honest logins, try every case, repeat the honest login in between and at the end."""

import base64
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import groupby

from idgateway.sp_check.cases import OTHER_BROWSER, PLANTED_COOKIE, REPLAY, Case, chosen
from idgateway.sp_check.errors import CheckVoid, StandInRefused
from idgateway.sp_check.evidence import Trace, place_of
from idgateway.sp_check.judge import Attempt, Result, Yardstick, doubted, judge, not_tried
from idgateway.sp_check.outcome import Outcome
from idgateway.sp_check.signs import Wanted, calibrate, door_of
from idgateway.sp_check.standin import NOT_OFFERED, UNFIT, Reply
from idgateway.sp_check.visit import Begun, Service, deliver, from_another

_BATCH = 20  # cases between two honest logins: how far the blame for a lock-out may reach
_USUAL = "erika-eid"  # the person with every value
_NONSENSE = base64.b64encode(b"no answer at all").decode()
_CANCELLED = "status-cancelled"
_PATIENCE = 3  # an answer may take that many times an honest one's time before it counts as slow
Tell = Callable[[int, int, Case], None]


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What to try and how."""

    only: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    person: str = ""  # empty: whoever fits the service's request
    wanted: Wanted = field(default_factory=Wanted)
    slow: float = 3.0  # seconds
    pause: float = 0.0  # seconds before each case
    jobs: int = 1


def cases_of(service: Service, plan: Plan) -> tuple[Case, ...]:
    """The cases, as far as they were asked for. Raises CaseUnknown."""
    return chosen(service.stand_in.cases, only=plan.only, without=plan.without)


def check(service: Service, plan: Plan, tell: Tell) -> Outcome:
    """Check a service.

    Args:
        service: where its login begins, and the stand-in it trusts.
        plan: what to try.
        tell: called after each case with its number, how many there are, and itself.

    Raises:
        CheckVoid: the honest login fails, or cannot be told from a refusal.
        StandInRefused: the stand-in refuses the service's request.
        CaseUnknown: the plan names a case that is not there.
    """
    cases, started, clock = cases_of(service, plan), datetime.now(UTC), time.monotonic()
    run = _Run(service, plan)
    results = tuple(run.results(cases, tell))
    return Outcome(
        target=service.url,
        stand_in=service.stand_in.base,
        person=run.person,
        started=started,
        seconds=time.monotonic() - clock,
        told_by=run.yardstick.signs.words,
        only_weak=run.yardstick.signs.only_weak,
        honest_logins=run.honest_logins,
        outage=run.outage,
        warnings=tuple(service.stand_in.warnings[code] for code in sorted(run.warnings)),
        families=service.stand_in.families,
        results=results,
    )


class _Run:
    """A run under way: calibrated by being made."""

    def __init__(self, service: Service, plan: Plan) -> None:
        self.service, self.plan = service, plan
        self.person, self.door, self.outage, self.honest_logins = plan.person, "", "", 0
        self.warnings: set[str] = set()
        self.yardstick = self._calibrated()

    def results(self, cases: tuple[Case, ...], tell: Tell) -> Iterator[Result]:
        """Judge each case; stop when the honest login fails, for then no refusal proves anything."""
        done = 0
        for batch in _batches(cases):
            if self.outage:
                yield from (not_tried(case, "the honest login failed before") for case in batch)
                continue
            judged = []
            with ThreadPoolExecutor(max_workers=self.plan.jobs) as pool:
                for number, attempt in enumerate(pool.map(self._attempt, batch), start=done + 1):
                    tell(number, len(cases), attempt.case)
                    judged.append(judge(attempt, self.yardstick))
            done += len(batch)
            self.outage = self._outage_behind(batch)
            yield from (doubted(one, "the honest login failed afterwards") if self.outage else one for one in judged)

    # --- calibration --------------------------------------------------------------------------------------------

    def _calibrated(self) -> Yardstick:
        first = self._first_login()
        second = self._sound(door="")
        self.door = door_of(first.stop, second.stop)
        sound = (self._sound(self.door), self._sound(self.door)) if self.door else (first, second)
        names = dict(self.service.stand_in.persons).get(self.person, "").split()[-1:]
        signs = calibrate(sound, tuple(self._refusals()), (*names, "MALLORY"), self.plan.wanted)
        slowest = max(trace.stop.first_seconds for trace in (first, second, *sound))
        origins = frozenset(place_of(trace.stop.url).origin for trace in (first, second, *sound))
        return Yardstick(signs=signs, origins=origins, slow=max(self.plan.slow, _PATIENCE * slowest))

    def _first_login(self) -> Trace:
        """Find a person who fits the service's request, and log in."""
        others = [key for key, _ in self.service.stand_in.persons if key != _USUAL]
        for person in [self.plan.person] if self.plan.person else [_USUAL, *others]:
            self.person = person
            try:
                return self._sound(door="")
            except StandInRefused as error:
                if error.code != NOT_OFFERED:
                    raise
        cause = "None of the stand-in's persons fits what the service asks for (level, means, data)."
        raise CheckVoid(cause, "Choose another with --person; the stand-in's start page lists them.")

    def _sound(self, door: str) -> Trace:
        """An honest login. Raises CheckVoid where it ends in an error."""
        with self.service.begin() as begun:
            reply = self._reply(begun)
            trace = deliver(begun, reply, door)
        self.warnings.update(reply.warnings)
        stop = trace.stop
        self.honest_logins += 1
        if stop.broke or stop.status >= 400 or stop.handed:  # noqa: PLR2004 - RFC 9110 15.5
            why = stop.broke or (f"status {stop.status}, “{stop.title}”" if stop.status else "it asks to log in again")
            cause = f"The honest login of {self.person} fails at {stop.shown} ({why}): no refusal would prove anything."
            raise CheckVoid(cause, "First make a login at the stand-in's pages work in a browser.")
        return trace

    def _refusals(self) -> Iterator[Trace]:
        """What everybody gets who is not logged in: a stranger, nonsense, a login that was cancelled."""
        if self.door:
            yield self.service.stranger(self.door)
        with self.service.begin() as begun:
            reply = self._reply(begun)
            fields = [(name, _NONSENSE if name == "SAMLResponse" else value) for name, value in reply.fields]
            yield deliver(begun, replace(reply, fields=tuple(fields)), self.door)
        if any(case.name == _CANCELLED for case in self.service.stand_in.cases):
            with self.service.begin() as begun:
                yield deliver(begun, self._reply(begun, (("fault", _CANCELLED),)), self.door)

    # --- cases --------------------------------------------------------------------------------------------------

    def _attempt(self, case: Case) -> Attempt:
        time.sleep(self.plan.pause)
        if case.name == PLANTED_COOKIE and not self.door:
            return Attempt(case=case, unfit="no address is known that opens for logged-in people only")
        try:
            return Attempt(case=case, traces=tuple(self._traces(case)))
        except StandInRefused as error:
            if error.code in UNFIT:
                return Attempt(case=case, unfit="cannot occur with this service's request")
            return Attempt(case=case, lost=error.cause)
        except CheckVoid as error:
            return Attempt(case=case, lost=error.cause)

    def _traces(self, case: Case) -> Iterator[Trace]:
        with self.service.begin() as begun:
            if case.name == OTHER_BROWSER:
                with self.service.begin() as thief:
                    yield deliver(from_another(begun, thief), self._reply(begun), self.door)
            elif case.name == PLANTED_COOKIE:
                yield self._with_cookies_of_before(begun)
            elif case.name == REPLAY:
                yield from self._replayed(begun, self._reply(begun, case.wishes))
            else:
                yield deliver(begun, self._reply(begun, case.wishes), self.door)

    def _replayed(self, begun: Begun, reply: Reply) -> Iterator[Trace]:
        """Once as it should be; again by somebody with a login of his own; again by the browser as it was before."""
        with closing(begun.browser.twin()) as before, self.service.begin() as thief:
            yield deliver(begun, reply, self.door)
            yield deliver(from_another(begun, thief), reply, self.door)
            yield deliver(replace(begun, browser=before), reply, self.door)

    def _with_cookies_of_before(self, begun: Begun) -> Trace:
        """What somebody gets who knew, or planted, the cookies that the browser had before its sound login."""
        with closing(begun.browser.twin()) as before:
            deliver(begun, self._reply(begun), self.door)
            stop = before.open(self.door)
        return Trace(stop=stop, door=stop)

    def _reply(self, begun: Begun, wishes: tuple[tuple[str, str], ...] = ()) -> Reply:
        return self.service.stand_in.reply(begun.request, self.person, wishes)

    def _outage_behind(self, batch: tuple[Case, ...]) -> str:
        """How the honest login fails now; empty where it works, if need be at the second try."""
        why = ""
        for wait in (0, 1):
            time.sleep(wait)
            try:
                if self.yardstick.signs.logged_in(self._sound(self.door)):
                    return ""
                why = "the login is refused"
            except (CheckVoid, StandInRefused) as error:
                why = error.cause
        return f"{batch[0].name} … {batch[-1].name}: {why}"


def _batches(cases: tuple[Case, ...]) -> Iterator[tuple[Case, ...]]:
    for _, family in groupby(cases, key=lambda case: case.family):
        members = tuple(family)
        for start in range(0, len(members), _BATCH):
            yield members[start : start + _BATCH]
