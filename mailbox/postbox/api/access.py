"""Who calls: a client with an access token of the gate (RFC 9068), for this postbox and one authority.

A token that is bound to a key comes with a proof (DPoP, RFC 9449 7), for this request and once; any other as Bearer.
"""

from collections.abc import Mapping
from typing import Any, Final

from flask import request

from keys.errors import ProofInvalid, TokenInvalid
from keys.possession import verify_proof
from postbox.callers import Caller
from postbox.errors import KeyNotProven, NotAllowed, NotAuthenticated, TokenMissing
from postbox.pace import CLIENT
from postbox.store import proofs
from postbox.web import current

ACCESS_TOKEN_TYPE: Final = "at+jwt"  # noqa: S105 - a type, no secret
_SCHEMES: Final = ("bearer", "dpop")
_LONGEST: Final = 200


def caller() -> Caller:
    """The verified caller of the current request. Raises NotAuthenticated, NotAllowed, ChannelDown."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    # RFC 6750 2.1: only in the header; a token in a form or an address would end in logs.
    if scheme.lower() not in _SCHEMES or not token:
        raise TokenMissing("Send an access token of the gate in the Authorization header, as Bearer or by DPoP.")
    postbox = current()
    try:
        claims = postbox.gate_keys.verify(
            token, typ=ACCESS_TOKEN_TYPE, audience=postbox.settings.public_url, now=postbox.clock()
        )
    except TokenInvalid as error:
        raise NotAuthenticated("The access token is not valid here.", code=error.code) from error
    _check_holder(claims, scheme.lower(), token)
    known = _read(claims)
    postbox.pace.spend(CLIENT, known.client)
    return known


def _check_holder(claims: Mapping[str, Any], scheme: str, token: str) -> None:
    """RFC 9449 7.1, 7.2: a bound token counts with its key's proof alone, any other one as Bearer alone."""
    if "cnf" not in claims:
        if scheme != "bearer":
            raise NotAuthenticated("This token is bound to no key: send it as Bearer.", code="token-not-bound")
        return
    proof = request.headers.get("DPoP", "")
    if scheme != "dpop" or not proof:
        raise KeyNotProven("This token is bound to a key: send it as DPoP, with a proof in the header DPoP.")
    _use(claims["cnf"], proof, token)


def _use(bound: object, proof: str, token: str) -> None:
    postbox = current()
    url = f"{postbox.settings.public_url}{request.path}"
    try:
        key = verify_proof(proof, method=request.method, url=url, now=postbox.clock(), token=token)
    except ProofInvalid as error:
        raise KeyNotProven(error.detail, code=error.code, proof=True) from error
    if not isinstance(bound, Mapping) or bound.get("jkt") != key.jkt:
        raise KeyNotProven("The proof is made by another key than the token's.", code="proof-other-key")
    with postbox.database.write() as connection:
        is_new = proofs.remember(connection, key)
    # RFC 9449 11.1
    if not is_new:
        raise KeyNotProven("The proof was used before: make one for each request.", code="proof-used", proof=True)


def _read(claims: Mapping[str, Any]) -> Caller:
    client, authority, scope = (claims.get(name) for name in ("client_id", "authority", "scope"))
    if not isinstance(client, str) or not 0 < len(client) <= _LONGEST:
        raise NotAuthenticated("The access token names no client.", code="token-claims")
    # A client of the whole installation speaks for no authority, so it cannot send.
    if not isinstance(authority, str) or not authority:
        raise NotAllowed("The access token speaks for no authority.", code="no-authority")
    scopes = frozenset(scope.split()) if isinstance(scope, str) else frozenset()
    return Caller(client=client, authority=authority, scopes=scopes)
