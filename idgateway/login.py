"""A login in three acts: begin, complete, resume.

``complete`` runs in a cross-site POST without cookies: it verifies and stores, and opens nothing. Only ``resume``, in
the person's own browser, brings a code and a session (``arrival``, ``admission``).

So the first two wait for no disk: nothing was given away yet. A power cut may put the login back to an earlier act, as
if the person had just come there: what happens once still happens once, because the commit that gives a code takes
along, or loses, all that led to it.
"""

import base64
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from idgateway import attempt as rules
from idgateway.admission import attributes_of
from idgateway.attempt import Attempt, digest
from idgateway.errors import (
    AnswerRefused,
    GateError,
    LoginDenied,
    LoginEnded,
    RequestRefused,
)
from idgateway.gate import Gate
from idgateway.outcome import Outcome, pack
from idgateway.provider.request import AuthorizationRequest, from_json, to_json
from idgateway.sealed import reveal_json, seal, seal_json
from idgateway.store import attempts
from idgateway.upstream import Answer, Ask, Handover
from keys.derivation import derive
from keys.keyring import Purpose


@dataclass(frozen=True, kw_only=True)
class Received:
    """An answer that was taken: where the browser goes on, and why there is no login, where it was a no."""

    handle: str  # of the one-time address
    client_id: str
    refusal: str = ""  # a row of ``endings``
    again: bool = False  # the identical answer came before


def begin(gate: Gate, request: AuthorizationRequest, *, browser: str, now: datetime) -> Handover:
    """Store a single-use attempt, tied to this browser, and send the browser to the chosen account.

    Raises UpstreamUnavailable, or LoginEnded where this account can never do what is asked.
    """
    upstream = gate.upstreams[request.account]
    handle = secrets.token_urlsafe(32)
    with _setting_out(request):
        handover = upstream.begin(_ask(gate, request, handle, now))
    memory = dict(handover.memory)
    attempt = Attempt(
        handle_hash=digest(handle),
        browser_hash=digest(browser),
        client_id=request.client_id,
        request=to_json(request),
        provider=request.account,
        level=request.level,
        memory=seal_json(gate, memory, "memory", handle, now),
        state=rules.OPEN,
        asked_at=now,
        expires_at=now + rules.LIFETIME,
    )
    with gate.database.write(synchronous=False) as connection:
        attempts.add(connection, attempt)
    return handover


def complete(gate: Gate, provider: str, handle: str, parameters: Mapping[str, str], now: datetime) -> Received:
    """Verify an account's answer and store the result, a login or a proven no, for five minutes.

    The identical answer again, as an impatient browser sends it, gets the same handle. Until the answer is verified
    nothing is consumed. Raises AttemptLost, AnswerRefused or UpstreamUnavailable.
    """
    with gate.turns.of(handle):
        return _take(gate, provider, handle, parameters, now)


def _take(gate: Gate, provider: str, handle: str, parameters: Mapping[str, str], now: datetime) -> Received:
    with gate.database.read() as connection:
        found = attempts.find(connection, digest(handle))
    answer_hash = rules.digest_answer(parameters)
    continue_handle = _continue_handle(gate, handle, answer_hash, now)
    with on_behalf_of(found):
        attempt = rules.check_waiting(found, provider, now)
        if attempt.state == rules.ANSWERED:
            rules.check_same_answer(attempt, answer_hash)
            return Received(handle=continue_handle, client_id=attempt.client_id, again=True)
    with on_behalf_of(attempt):
        outcome = _judge(gate, attempt, handle, parameters, now)
    sealed = seal(gate, pack(outcome), "result", continue_handle, now)
    with gate.database.write(synchronous=False) as connection:
        stored = attempts.store_answer(
            connection,
            attempt.handle_hash,
            answer_hash=answer_hash,
            continue_hash=digest(continue_handle),
            result=sealed,
            result_expires_at=now + rules.RESULT_LIFETIME,
        )
        if not stored:
            _check_twin(attempts.find(connection, attempt.handle_hash), provider, answer_hash, now)
            return Received(handle=continue_handle, client_id=attempt.client_id, again=True)
        seen = outcome.assertion
        if seen and not attempts.remember_assertion(connection, provider, digest(seen.assertion_id), seen.expires_at):
            raise AnswerRefused("the assertion was used before", code="assertion-replayed")
    return Received(handle=continue_handle, client_id=attempt.client_id, refusal=outcome.refusal)


def refused(request: AuthorizationRequest, code: str, detail: str) -> RequestRefused:
    """A checked request that is answered with an error at its own address."""
    error = RequestRefused(detail, code=code, redirect_uri=request.redirect_uri, state=request.state)
    error.client_id, error.language, error.response_mode = request.client_id, request.language, request.response_mode
    return error


@contextmanager
def on_behalf_of(attempt: Attempt | None) -> Iterator[None]:
    """Let errors say which application the person came from, and in which language."""
    try:
        yield
    except GateError as error:
        if attempt:
            error.client_id = attempt.client_id
            error.language = from_json(attempt.request).language
        raise


def ended(attempt: Attempt, code: str, *, missing: tuple[str, ...] = ()) -> LoginEnded:
    """A login that ended without one, ready to be told to person and application."""
    request = from_json(attempt.request)
    error = LoginEnded(code=code, redirect_uri=request.redirect_uri, state=request.state, missing=missing)
    error.client_id, error.language, error.response_mode = attempt.client_id, request.language, request.response_mode
    return error


@contextmanager
def _setting_out(request: AuthorizationRequest) -> Iterator[None]:
    """Before there is an attempt: errors say where the person came from; a no is one for the application to hear."""
    try:
        yield
    except GateError as error:
        told: GateError = error
        if isinstance(error, LoginDenied):
            told = LoginEnded(code=error.code, redirect_uri=request.redirect_uri, state=request.state)
            told.response_mode = request.response_mode
        told.client_id, told.language = request.client_id, request.language
        raise told from None


def _ask(gate: Gate, request: AuthorizationRequest, handle: str, now: datetime) -> Ask:
    client = gate.clients[request.client_id]
    return Ask(
        relay_state=handle,
        level=request.level,
        attributes=attributes_of(gate, request),
        callback_url=gate.callback_url(request.account),
        display_name=client.display_name,
        online_service_id=client.online_service_id,
        language=request.account_language or request.language or "de",
        back_url=f"{gate.issuer}/back/{rules.back_ticket(digest(handle))}",
        guests_welcome=client.guests_welcome,
        now=now,
        fresh=request.wants_fresh_login or request.max_age is not None,
    )


def _judge(gate: Gate, attempt: Attempt, handle: str, parameters: Mapping[str, str], now: datetime) -> Outcome:
    answer = Answer(
        parameters=parameters,
        memory=reveal_json(gate, attempt.memory, "memory", handle),
        callback_url=gate.callback_url(attempt.provider),
        asked_level=attempt.level,
        asked_at=attempt.asked_at,
        guests_welcome=gate.clients[attempt.client_id].guests_welcome,
        now=now,
    )
    try:
        return Outcome(assertion=gate.upstreams[attempt.provider].complete(answer))
    except LoginDenied as denied:
        return Outcome(refusal=denied.code, missing=denied.missing)


def _continue_handle(gate: Gate, handle: str, answer_hash: bytes, now: datetime) -> str:
    """Derived, not random: the identical second POST must lead to the same place, and the store holds only its hash."""
    key = gate.keyring.current(Purpose.DERIVATION, now)
    return base64.urlsafe_b64encode(derive(key, "continue", handle, answer_hash.hex())).rstrip(b"=").decode()


def _check_twin(attempt: Attempt | None, provider: str, answer_hash: bytes, now: datetime) -> None:
    rules.check_same_answer(rules.check_waiting(attempt, provider, now), answer_hash)
