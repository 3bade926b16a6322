"""Revocation (RFC 7009): an application gives back what it has. Another's token, or none, is answered alike: done."""

from datetime import UTC, datetime

from idgateway.attempt import digest
from idgateway.gate import Gate
from idgateway.provider import access
from idgateway.provider.clients import RegisteredClient
from idgateway.store import grants, refresh_tokens
from keys.errors import TokenInvalid


def revoke(gate: Gate, caller: RegisteredClient, token: str, now: datetime) -> None:
    """Let a token of the caller count no more: an access token alone, a refresh token with its whole family."""
    with gate.database.read() as connection:
        row = refresh_tokens.find(connection, digest(token))
        grant = grants.find(connection, row.evidence_id) if row else None
    if grant is not None:
        # RFC 7009 2.1: all access tokens of the same grant go with it; a spent token of the family will do.
        if grant.client_id == caller.client_id:
            with gate.database.write() as connection:
                grants.revoke(connection, grant.evidence_id, now)
        return
    _revoke_access_token(gate, caller, token, now)


def _revoke_access_token(gate: Gate, caller: RegisteredClient, token: str, now: datetime) -> None:
    try:
        claims = access.read(gate, token, audience=None, now=now)
    except TokenInvalid:
        return
    if claims["client_id"] == caller.client_id:
        with gate.database.write() as connection:
            grants.take_back(connection, digest(claims["jti"]), datetime.fromtimestamp(claims["exp"], UTC))
