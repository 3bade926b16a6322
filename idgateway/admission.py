"""Letting in: a code for the application and a session for the browser, after a login or from one that is still fresh.

A browser holds one session for each application, so that a login here ends none there; its cookie carries their
handles. A new login of the same person at the same application keeps the session's name (``sid``) under a new handle;
where another person logged in, or may have (for an organisation), the old session ends for good.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from idgateway import linking, logout, sessions
from idgateway.attempt import Attempt, digest
from idgateway.attributes import attributes_for
from idgateway.consent import narrowed
from idgateway.errors import AttemptLost, ConsentDue, KeptBack, OtherPerson
from idgateway.gate import Gate
from idgateway.outcome import assertion_from_json, assertion_to_json
from idgateway.provider.request import AuthorizationRequest
from idgateway.sealed import reveal_json, seal_json
from idgateway.store import attempts
from idgateway.store import sessions as rows
from idgateway.upstream import Assertion


@dataclass(frozen=True, kw_only=True)
class Completed:
    """A login that brought a code; ``session`` is the new cookie's value, empty where no session was opened."""

    client_id: str
    redirect_uri: str
    response_mode: str
    state: str
    code: str
    session: str


class _SessionGone(Exception):
    """The session ended while a code was made from it."""


@dataclass(frozen=True, kw_only=True)
class Resting:
    """A login that is still fresh, whose data nobody was told of yet."""

    session: rows.Session
    assertion: Assertion


def admit(
    gate: Gate,
    request: AuthorizationRequest,
    assertion: Assertion,
    now: datetime,
    *,
    consumed: Attempt,
    cookie: str,
    told: linking.Told | None = None,
) -> Completed:
    """Consume the attempt, link, release, open a session and give a code; one transaction.

    ``told`` as in ``linking.prepare``. Raises AttemptLost, OtherPerson or ConsentDue.
    """
    try:
        return _admit(gate, request, assertion, now, consumed=consumed, cookie=cookie, told=told)
    except KeptBack as kept:
        return admit(gate, narrowed(request, kept.claims), assertion, now, consumed=consumed, cookie=cookie)


def _admit(
    gate: Gate,
    request: AuthorizationRequest,
    assertion: Assertion,
    now: datetime,
    *,
    consumed: Attempt,
    cookie: str,
    told: linking.Told | None,
) -> Completed:
    grant = linking.prepare(gate, request, assertion, now, told=told)
    handle, row = _new_session(gate, request, assertion, now)
    held = sessions.handles_of(cookie)
    with gate.database.write() as connection:
        if not attempts.consume(connection, consumed.handle_hash):
            raise AttemptLost("somebody was faster", code="attempt-used")
        # Link, consent, session, grant: whoever takes them back takes them in the same order, so nobody waits for ever.
        link_id = linking.commit(connection, grant)
        left = rows.leave(connection, [digest(one) for one in held], request.client_id) if held else ()
        # Two persons of one organisation share its link: nobody can tell that the same one came back.
        sid = _sid(() if assertion.shared else left, link_id)
        for one in left:
            if one.sid != sid:
                logout.end_session(connection, gate.clients, one.sid, now)
        linking.commit_code(connection, grant, link_id=link_id, sid=sid if row else None)
        if row:
            rows.add(connection, {**row, "sid": sid, "link_id": link_id})
    gone = {one.session_hash for one in left}
    kept = [one for one in held if digest(one) not in gone] if row else []
    session = ".".join([handle, *kept][: sessions.MOST]) if row else ""
    return _completed(request, grant, session)


def reuse(gate: Gate, request: AuthorizationRequest, *, cookie: str, now: datetime) -> Completed | Resting | None:
    """Answer from a fresh session, or let it rest until the person was told; None where a new login is needed."""
    handles = {digest(handle): handle for handle in sessions.handles_of(cookie)}
    if not handles:
        return None
    with gate.database.read() as connection:
        found = rows.find(connection, list(handles))
    for known in sorted(found, key=lambda one: one.client_id != request.client_id):
        if sessions.may_serve(known, request, gate.clients, now):
            try:
                return _reused(gate, request, known, handles[known.session_hash], now)
            except OtherPerson:
                return None  # the one whom the application means has to log in
    return None


def attributes_of(gate: Gate, request: AuthorizationRequest) -> tuple[str, ...]:
    """What this request has to ask the account for."""
    guests = gate.clients[request.client_id].guests_welcome
    return attributes_for(request.claims, guests_welcome=guests, postbox=request.wants_postbox)


def serve(
    gate: Gate,
    request: AuthorizationRequest,
    session_hash: bytes,
    assertion: Assertion,
    now: datetime,
    *,
    consumed: Attempt,
    told: linking.Told | None,
) -> Completed | None:
    """Answer from the session that a waiting request rests on; None where it has ended. Raises as ``admit``."""
    with gate.database.read() as connection:
        found = rows.find(connection, [session_hash])
    if not found or not sessions.counts(found[0], now):
        return None
    return _served(gate, request, found[0], assertion, now, consumed=consumed, told=told)


def _reused(
    gate: Gate, request: AuthorizationRequest, known: rows.Session, handle: str, now: datetime
) -> Completed | Resting | None:
    content = reveal_json(gate, known.assertion, "session", handle)
    if not set(attributes_of(gate, request)) <= set(content["asked"]):
        return None  # this request may have more than was asked for then
    assertion = assertion_from_json(content["assertion"])
    try:
        return _served(gate, request, known, assertion, now)
    except KeptBack as kept:
        return _served(gate, narrowed(request, kept.claims), known, assertion, now)
    except ConsentDue:
        return Resting(session=known, assertion=assertion)


def _served(
    gate: Gate,
    request: AuthorizationRequest,
    known: rows.Session,
    assertion: Assertion,
    now: datetime,
    *,
    consumed: Attempt | None = None,
    told: linking.Told | None = None,
) -> Completed | None:
    grant = linking.prepare(gate, request, assertion, now, told=told)
    try:
        _store(gate, grant, known, now, consumed)
    except _SessionGone:
        return None
    return _completed(request, grant, "")


def _store(gate: Gate, grant: linking.Grant, known: rows.Session, now: datetime, consumed: Attempt | None) -> None:
    """One transaction, taken back as a whole where the session has ended. Raises as ``admit``, and _SessionGone."""
    with gate.database.write() as connection:
        if consumed and not attempts.consume(connection, consumed.handle_hash):
            raise AttemptLost("somebody was faster", code="attempt-used")
        link_id = linking.commit(connection, grant)
        # Here, and before the code: a logout may have been faster, and a code that came after it would outlive it.
        if not rows.touch(connection, known.session_hash, sessions.idle_ends_at(known.level, now)):
            raise _SessionGone
        linking.commit_code(connection, grant, link_id=link_id, sid=known.sid)


def _completed(request: AuthorizationRequest, grant: linking.Grant, session: str) -> Completed:
    return Completed(
        client_id=request.client_id,
        redirect_uri=request.redirect_uri,
        response_mode=request.response_mode,
        state=request.state,
        code=grant.code,
        session=session,
    )


def _sid(left: Sequence[rows.Left], link_id: str) -> str:
    """The name goes on where the same person logged in again; otherwise it is a new one."""
    return next((one.sid for one in left if one.link_id == link_id), None) or secrets.token_urlsafe(16)


def _new_session(
    gate: Gate, request: AuthorizationRequest, assertion: Assertion, now: datetime
) -> tuple[str, linking.Row | None]:
    if assertion.subject is None:
        return "", None  # a guest would get another identifier each time
    handle = secrets.token_urlsafe(32)
    content = {"assertion": assertion_to_json(assertion), "asked": list(attributes_of(gate, request))}
    return handle, {
        "session_hash": digest(handle),
        "client_id": request.client_id,
        "provider": assertion.provider,
        "level": assertion.level.value,
        "assertion": seal_json(gate, content, "session", handle, now),
        "authenticated_at": assertion.authenticated_at,
        "idle_ends_at": sessions.idle_ends_at(assertion.level, now),
        "ends_at": sessions.ends_at(assertion.level, assertion.authenticated_at),
    }
