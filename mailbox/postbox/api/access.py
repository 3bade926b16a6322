"""Who calls: a client with an access token of the gate (RFC 9068), for this postbox and one authority."""

from collections.abc import Mapping
from typing import Any, Final

from flask import request

from keys.errors import TokenInvalid
from postbox.callers import Caller
from postbox.errors import NotAllowed, NotAuthenticated
from postbox.web import current

ACCESS_TOKEN_TYPE: Final = "at+jwt"  # noqa: S105 - a type, no secret
_LONGEST: Final = 200


def caller() -> Caller:
    """The verified caller of the current request. Raises NotAuthenticated, NotAllowed, ChannelDown."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    # RFC 6750 2.1: only in the header; a token in a form or an address would end in logs.
    if scheme.lower() != "bearer" or not token:
        raise NotAuthenticated("Send an access token of the gate as Bearer token.", code="token-missing")
    postbox = current()
    try:
        claims = postbox.gate_keys.verify(
            token, typ=ACCESS_TOKEN_TYPE, audience=postbox.settings.public_url, now=postbox.clock()
        )
    except TokenInvalid as error:
        raise NotAuthenticated("The access token is not valid here.", code=error.code) from error
    return _read(claims)


def _read(claims: Mapping[str, Any]) -> Caller:
    # RFC 9449 7.1: a token bound to a key is worth nothing without its proof, and proofs are not read here yet.
    if "cnf" in claims:
        sentence = (
            "This token is bound to a key whose proof this API cannot check yet: use a client of profile standard."
        )
        raise NotAuthenticated(sentence, code="token-bound")
    client, authority, scope = (claims.get(name) for name in ("client_id", "authority", "scope"))
    if not isinstance(client, str) or not 0 < len(client) <= _LONGEST:
        raise NotAuthenticated("The access token names no client.", code="token-claims")
    # A client of the whole installation speaks for no authority, so it cannot send.
    if not isinstance(authority, str) or not authority:
        raise NotAllowed("The access token speaks for no authority.", code="no-authority")
    scopes = frozenset(scope.split()) if isinstance(scope, str) else frozenset()
    return Caller(client=client, authority=authority, scopes=scopes)
