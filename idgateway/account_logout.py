"""Logging out at an account ends our sessions of that person too, where the account speaks of it (SAML Core 3.7)."""

from collections.abc import Mapping
from datetime import datetime

from idgateway.attempt import digest
from idgateway.errors import AnswerRefused
from idgateway.gate import Gate
from idgateway.linking import account_hashes
from idgateway.logout import end_session
from idgateway.store import attempts, sessions
from idgateway.upstream.saml.binding import Letter
from idgateway.upstream.saml.provider import SamlUpstream


def speaks_of_logout(gate: Gate, provider: str) -> bool:
    """Whether this account's logouts are heard here."""
    upstream = gate.upstreams.get(provider)
    return isinstance(upstream, SamlUpstream) and upstream.hears_logout


def obey(gate: Gate, provider: str, parameters: Mapping[str, str], now: datetime) -> tuple[Letter, tuple[str, ...]]:
    """End all sessions of whom the account names; gives the signed word back, and the applications that took part.

    Raises AnswerRefused, nothing having ended; UpstreamUnavailable.
    """
    upstream = gate.upstreams[provider]
    if not isinstance(upstream, SamlUpstream):
        raise AnswerRefused("this account knows no logout", code="logout-unknown")
    asked = upstream.logout_asked(parameters, now)
    hashes, took_part = account_hashes(gate, provider, asked.subject, now), dict[str, None]()
    with gate.database.write() as connection:
        if not attempts.remember_assertion(connection, provider, digest(asked.request_id), asked.expires_at):
            raise AnswerRefused("the logout request was used before", code="logout-replayed")
        for sid in sessions.of_account(connection, provider, hashes):
            clients, _ = end_session(connection, gate.clients, sid, now)
            took_part |= dict.fromkeys(clients)
    untold = any(one in gate.clients and not gate.clients[one].backchannel_logout_uri for one in took_part)
    letter = upstream.logout_answer(asked, relay_state=parameters.get("RelayState", ""), partial=untold, now=now)
    return letter, tuple(took_part)
