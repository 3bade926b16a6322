"""How an application hears the answer to its authorization request: in the query, or by a form that the browser posts.

Either way it may be a token of ours (OAuth 2.0 Multiple Response Types 2.1, Form Post Response Mode, JARM). Whoever
calls has proven the address before.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Protocol
from urllib.parse import urlencode, urlsplit

from idgateway.gate import Gate
from idgateway.provider.id_token import PURPOSES
from idgateway.provider.request import FORM_POST, SIGNED
from keys.tokens import sign_token

LIFETIME = timedelta(minutes=10)  # of a signed answer, JARM 2.1


class Addressee(Protocol):
    """Who is to hear an answer, and which way."""

    @property
    def client_id(self) -> str:
        """The application."""

    @property
    def redirect_uri(self) -> str:
        """The proven address."""

    @property
    def state(self) -> str:
        """Given back as it came."""

    @property
    def response_mode(self) -> str:
        """The way the client asked for."""


@dataclass(frozen=True, kw_only=True)
class Reply:
    """An answer on its way: a URL to go to, or to post these fields to."""

    url: str
    fields: Mapping[str, str] = field(default_factory=dict)

    @property
    def origin(self) -> str:
        """The address's origin; a page that posts there needs it in its policy."""
        return origin_of(self.url)


def reply(gate: Gate, to: Addressee, parameters: Mapping[str, str]) -> Reply:
    """The answer with ``state`` and our name (RFC 9207), the way the client asked for."""
    said = {**parameters, "state": to.state, "iss": gate.issuer}
    answer = {name: value for name, value in said.items() if value}
    if to.response_mode in SIGNED:
        answer = {"response": _signed(gate, to.client_id, answer)}
    if SIGNED.get(to.response_mode, to.response_mode) == FORM_POST:
        return Reply(url=to.redirect_uri, fields=answer)
    return Reply(url=with_query(to.redirect_uri, answer))


def _signed(gate: Gate, client_id: str, answer: Mapping[str, str]) -> str:
    """JARM 2.1, 3: the answer as claims, for this client, for minutes, by the algorithm it registered."""
    now = gate.clock()
    claims = {**answer, "aud": client_id, "exp": int((now + LIFETIME).timestamp())}
    key = gate.keyring.current(PURPOSES[gate.clients[client_id].authorization_algorithm], now)
    return sign_token(key, claims, typ="JWT")


def origin_of(url: str) -> str:
    """Scheme, host and port of a web address."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def with_query(url: str, values: Mapping[str, str]) -> str:
    """A URL with parameters added; empty ones are left out."""
    query = urlencode({name: value for name, value in values.items() if value})
    return f"{url}{'&' if '?' in url else '?'}{query}"
