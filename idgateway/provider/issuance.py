"""What a person's login brings an application at the token endpoint: access token, ID token, refresh token.

Signed first, stored after: nothing slow happens inside the one transaction in which the client's proof is noted and
the code or the refresh token is spent. Only then is there an answer.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from authlib.oauth2.rfc6749.errors import InvalidGrantError
from sqlalchemy import Connection

from idgateway.gate import Gate
from idgateway.provider import access, id_token, refresh
from idgateway.provider.clients import RegisteredClient
from idgateway.provider.granted import Granted
from idgateway.store import grants, refresh_tokens
from idgateway.store.grants import Grant
from idgateway.store.refresh_tokens import RefreshToken

Note = Callable[[Connection], None]


def for_code(
    gate: Gate,
    client: RegisteredClient,
    grant: Grant,
    granted: Granted,
    *,
    jkt: str | None,
    now: datetime,
    note: Note,
) -> dict[str, Any]:
    """The answer for a code, which it uses up. Raises InvalidGrantError if it was used or revoked in the meantime."""
    answer = _signed(gate, client, grant, granted, scope=grant.scope, nonce=grant.nonce, jkt=jkt, now=now)
    first = refresh.first(grant, now) if refresh.is_due(client, grant) else None
    with gate.database.write() as connection:
        note(connection)
        if not grants.use_code(connection, grant, now, jkt=jkt):
            raise InvalidGrantError("Invalid 'code' in request.")
        if first is not None:
            refresh_tokens.add(connection, first[1])
    return answer if first is None else {**answer, "refresh_token": first[0]}


def for_refresh(
    gate: Gate,
    client: RegisteredClient,
    grant: Grant,
    granted: Granted,
    presented: tuple[str, RefreshToken],
    *,
    scope: str,
    jkt: str | None,
    now: datetime,
    note: Note,
) -> dict[str, Any]:
    """The answer for a refresh token and its row. Raises InvalidGrantError on reuse.

    The ID token repeats who logged in and when, and no nonce (OIDC Core 12.2).
    """
    answer = _signed(gate, client, grant, granted, scope=scope, nonce=None, jkt=jkt, now=now)
    with gate.database.write() as connection:
        note(connection)
        if refresh.rotates(client):
            answer["refresh_token"] = refresh.rotate(connection, gate, *presented, now)
    return answer


def _signed(
    gate: Gate,
    client: RegisteredClient,
    grant: Grant,
    granted: Granted,
    *,
    scope: str,
    nonce: str | None,
    jkt: str | None,
    now: datetime,
) -> dict[str, Any]:
    token = access.for_person(gate, client, grant, granted, scope=scope, jkt=jkt, now=now)
    answer = access.answer(token, scope, access.PERSONAL_LIFETIME, jkt)
    if "openid" in scope.split():
        answer["id_token"] = id_token.issue(gate, client, grant, granted, nonce=nonce, access_token=token, now=now)
    return answer
