"""Back in the person's own browser: the page before data go to an application, then the code.

A login that needs the page rests as it is: its attempt stays answered, its result sealed; nobody is linked, nothing is
released, and the one-time address leads to the page again after a reload or a step back. The answer ends the attempt.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime

from idgateway import attempt as rules
from idgateway import logout
from idgateway.admission import Completed, Resting, admit, reuse, serve
from idgateway.attempt import Attempt, digest
from idgateway.consent import narrowed
from idgateway.errors import (
    AttemptLost,
    ConsentDue,
    OtherPerson,
    RedirectNotRegistered,
    UnknownClient,
    WrongBrowser,
)
from idgateway.gate import Gate
from idgateway.linking import Told
from idgateway.login import ended, on_behalf_of, refused
from idgateway.outcome import Outcome, pack, unpack
from idgateway.provider.request import AuthorizationRequest, from_json, to_json
from idgateway.sealed import reveal, reveal_json, seal, seal_json
from idgateway.store import attempts, identities
from idgateway.upstream import Assertion


@dataclass(frozen=True, kw_only=True)
class Question:
    """What the page before data go asks, and until when it can be answered."""

    handle: str
    request: AuthorizationRequest
    assertion: Assertion
    relinks: bool  # the person undid this link once: going on makes it again
    until: datetime


@dataclass(frozen=True, kw_only=True)
class Decision:
    """What the person answered: whether to go on, and which voluntary claims with it."""

    agreed: bool
    claims: tuple[str, ...] = ()
    relinks: bool = False  # as the page said that was answered


@dataclass(frozen=True, kw_only=True)
class Waiting:
    """A login that waits for its answer at a one-time address."""

    handle: str


def resume(
    gate: Gate, handle: str, *, browser: str, session: str, now: datetime, decision: Decision | None = None
) -> Completed | Question:
    """Consume the attempt, link, release, and give a code, in one transaction; or the question that comes before.

    ``session`` is the value of the session cookie as it was.
    Raises AttemptLost, WrongBrowser, UnknownClient, RedirectNotRegistered (the attempt is burnt) or LoginEnded (for
    person and application to hear; until the result grows old it is told again after a reload).
    """
    attempt = _waiting(gate, handle, browser, now)
    request = from_json(attempt.request)
    try:
        _check_way_back(gate, attempt, request)
    except (UnknownClient, RedirectNotRegistered):
        _burn(gate, attempt)
        raise
    assertion = _brought(gate, attempt, handle)
    if decision is not None and not decision.agreed:
        _burn(gate, attempt)
        raise ended(attempt, "consent-refused")
    try:
        return _admitted(gate, attempt, assertion, now, handle=handle, cookie=session, decision=decision)
    except ConsentDue as due:
        until = _hold(gate, attempt)
        return Question(handle=handle, request=request, assertion=assertion, relinks=due.relinks, until=until)
    except OtherPerson as error:
        _burn(gate, attempt)
        _end_session_of_expected(gate, request, session, now)
        raise refused(request, "login_required", error.detail) from None


def from_session(
    gate: Gate, request: AuthorizationRequest, *, cookie: str, browser: str, now: datetime
) -> Completed | Waiting | None:
    """Answer from a login that is still fresh, or let it wait for the person; None where a new login is needed.

    Raises RequestRefused where nobody may be asked (``prompt=none``, OIDC Core 3.1.2.6).
    """
    found = reuse(gate, request, cookie=cookie, now=now)
    if not isinstance(found, Resting):
        return found
    if "none" in request.prompt:
        raise refused(request, "consent_required", "the person has to be told first which data go to this client")
    return Waiting(handle=_park(gate, request, found, browser, now))


def _park(gate: Gate, request: AuthorizationRequest, resting: Resting, browser: str, now: datetime) -> str:
    """An attempt that the session answered, under a handle of its own: two tabs wait side by side."""
    handle = secrets.token_urlsafe(32)
    attempt = Attempt(
        handle_hash=digest(secrets.token_urlsafe(32)),
        browser_hash=digest(browser),
        client_id=request.client_id,
        request=to_json(request),
        provider=resting.session.provider,
        level=request.level,
        memory=seal_json(gate, {"session": resting.session.session_hash.hex()}, "memory", handle, now),
        state=rules.ANSWERED,
        asked_at=now,
        expires_at=now + rules.LIFETIME,
        continue_hash=digest(handle),
        result=seal(gate, pack(Outcome(assertion=resting.assertion)), "result", handle, now),
        result_expires_at=now + rules.LIFETIME,
    )
    with gate.database.write() as connection:
        attempts.add(connection, attempt)
    return handle


def _waiting(gate: Gate, handle: str, browser: str, now: datetime) -> Attempt:
    with gate.database.read() as connection:
        found = attempts.find_to_continue(connection, digest(handle))
    with on_behalf_of(found):
        attempt = rules.check_resumable(found, now)
    try:
        with on_behalf_of(attempt):
            rules.check_browser(attempt, browser)
    except WrongBrowser:
        _burn(gate, attempt)
        raise
    return attempt


def _check_way_back(gate: Gate, attempt: Attempt, request: AuthorizationRequest) -> None:
    """As registered now: a redirect URI that was taken out during the login hears no code and no error."""
    client = gate.clients.get(attempt.client_id)
    with on_behalf_of(attempt):
        # RFC 9700 2.1, as exactly as when the login began (``provider.checks``).
        if client is None:
            raise UnknownClient("the application was removed during the login")
        if request.redirect_uri not in client.redirect_uris:
            raise RedirectNotRegistered("the redirect URI was taken out during the login")


def _brought(gate: Gate, attempt: Attempt, handle: str) -> Assertion:
    """Who logged in, high enough. Raises LoginEnded."""
    outcome = unpack(reveal(gate, attempt.result or b"", "result", handle))
    if outcome.assertion is None:
        no = ended(attempt, outcome.refusal, missing=outcome.missing)
        no.reported = True  # ``complete`` gave the reason
        raise no
    if outcome.assertion.level < attempt.level:
        # Asked again here, where the code is born: the level of the login itself, not of the upstream's good will.
        _burn(gate, attempt)
        raise ended(attempt, "level-not-reached")
    return outcome.assertion


def _admitted(
    gate: Gate,
    attempt: Attempt,
    assertion: Assertion,
    now: datetime,
    *,
    handle: str,
    cookie: str,
    decision: Decision | None,
) -> Completed:
    request, told = from_json(attempt.request), None
    if decision is not None:
        request, whole = narrowed(request, decision.claims), request
        declined = tuple(claim for claim in whole.claims if claim not in request.claims)
        told = Told(declined=declined, relinks=decision.relinks)
    if not attempt.from_session:
        return admit(gate, request, assertion, now, consumed=attempt, cookie=cookie, told=told)
    session = bytes.fromhex(reveal_json(gate, attempt.memory, "memory", handle)["session"])
    done = serve(gate, request, session, assertion, now, consumed=attempt, told=told)
    if done is None:
        with on_behalf_of(attempt):
            raise AttemptLost("the session ended while the page was open", code="attempt-expired")
    return done


def _hold(gate: Gate, attempt: Attempt) -> datetime:
    """Keep the result until the login as a whole would be over: reading takes longer than following a redirect."""
    until = max(attempt.expires_at, attempt.result_expires_at or attempt.expires_at)
    if until != attempt.result_expires_at:
        with gate.database.write() as connection:
            attempts.hold(connection, attempt.handle_hash, until)
    return until


def _burn(gate: Gate, attempt: Attempt) -> None:
    with gate.database.write() as connection:
        attempts.consume(connection, attempt.handle_hash)


def _end_session_of_expected(gate: Gate, request: AuthorizationRequest, cookie: str, now: datetime) -> None:
    """Somebody else sits at this browser now: whom the application meant is logged out of it there."""
    held = [one for one in logout.open_sessions(gate, cookie, now) if one.client_id == request.client_id]
    with gate.database.read() as connection:
        theirs = [one.sid for one in held if identities.sub_of(connection, one.link_id) == request.expected_sub]
    if theirs:
        logout.end_sessions(gate, theirs, now)
