"""What an application asks when it sends a person here to log out (OpenID Connect RP-Initiated Logout 1.0).

A logout request proves itself by its ``id_token_hint`` alone: our own signature, and the session it names. Only with it
anything is ended without asking the person, and only then anybody is led back, to an address registered for exactly
that. Whatever else a request says, the worst it can bring about is a page with a question.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from idgateway.gate import Gate
from idgateway.provider.clients import RegisteredClient
from idgateway.provider.discovery import public_keys
from idgateway.provider.hints import read_hint
from idgateway.provider.request import language_of
from keys.errors import TokenInvalid

LONGEST = 4096  # characters of one parameter; a hint has its own bound


@dataclass(frozen=True, kw_only=True)
class LogoutRequest:
    """A logout request as far as it is proven."""

    client: RegisteredClient | None  # by the hint; without one, as claimed, good for a link to its own page only
    sid: str = ""  # of the session a valid hint names; empty for a guest's login
    proven: bool = False  # whether the hint is ours and nothing contradicts it
    back: str = ""  # where to lead on; set only with a proven request
    state: str = ""
    fault: str = ""  # code of what is wrong, for the operators; the person is asked instead
    language: str = ""


def examine(parameters: Iterable[tuple[str, str]], gate: Gate, now: datetime) -> LogoutRequest:
    """Read a logout request. What is repeated or malformed proves nothing, so the person is asked."""
    given = _once(parameters)
    if given is None:
        return LogoutRequest(client=None, fault="logout-malformed")
    language = language_of(given.get("ui_locales", ""))
    claimed = gate.clients.get(given.get("client_id", ""))
    if "id_token_hint" not in given:
        return LogoutRequest(client=claimed, language=language, fault="logout-unproven" if _wants_back(given) else "")
    try:
        client, sid = _hinted(given["id_token_hint"], gate, now)
    except TokenInvalid:
        return LogoutRequest(client=claimed, language=language, fault="logout-hint")
    # RP-Initiated Logout 1.0, 2: both must name the same application.
    if given.get("client_id", client.client_id) != client.client_id:
        return LogoutRequest(client=client, language=language, fault="logout-client")
    back = given.get("post_logout_redirect_uri", "")
    if back and back not in client.post_logout_redirect_uris:
        return LogoutRequest(client=client, sid=sid, language=language, fault="logout-way-back")
    state = given.get("state", "")
    return LogoutRequest(client=client, sid=sid, proven=True, back=back, state=state, language=language)


def _once(parameters: Iterable[tuple[str, str]]) -> Mapping[str, str] | None:
    """Each parameter that says something; None where one is repeated, too long or holds control characters."""
    given: dict[str, str] = {}
    for name, value in parameters:
        if name in given or (name != "id_token_hint" and (len(value) > LONGEST or not value.isprintable())):
            return None
        given[name] = value
    return {name: value for name, value in given.items() if value}


def _wants_back(given: Mapping[str, str]) -> bool:
    return "post_logout_redirect_uri" in given


def _hinted(hint: str, gate: Gate, now: datetime) -> tuple[RegisteredClient, str]:
    """Application and session of an ID token of ours, which may have expired (RP-Initiated Logout 1.0, 4)."""
    claims = read_hint(hint, public_keys(gate, now), gate.issuer, now)
    client, sid = gate.clients.get(claims["aud"]), claims.get("sid", "")
    if client is None or not isinstance(sid, str):
        raise TokenInvalid("token-audience", "no ID token of an application that is registered")
    return client, sid
