"""Refresh tokens (RFC 6749 6, RFC 9700 4.14): families that die together, and an answer that may be asked for twice.

A family is a grant. Whoever is registered with profile ``standard`` gets a new token at each use and the old one is
spent; a spent token that comes again means that two have it, and the family ends. One case is innocent: the answer was
lost on its way. So for a few seconds the spent token brings the very same successor, as long as nobody has used that;
it is derived from the spent one with a vault key, so nothing readable is stored. With profile ``fapi2`` the token stays
the same (FAPI 2.0 5.3.2.1): it is worth nothing without the client's key.

A family lives as long as a session of its level would (12 h, 2 h, 30 min after the login), whoever uses it however
often: no application reads a person's data longer than that login would count. Guests, who are known once and never
again, get none. The registration is the agreement that OpenID Connect Core 11 asks for instead of ``prompt=consent``.
"""

import base64
import secrets
from datetime import datetime, timedelta

from authlib.oauth2.rfc6749.errors import InvalidGrantError
from sqlalchemy import Connection

from idgateway.attempt import digest
from idgateway.gate import Gate
from idgateway.provider.clients import REFRESH, RegisteredClient
from idgateway.provider.profiles import STANDARD
from idgateway.store import refresh_tokens as rows
from idgateway.store.grants import Grant
from idgateway.store.refresh_tokens import RefreshToken
from keys.derivation import derive
from keys.keyring import Key, Purpose

SCOPE = "offline_access"
GRACE = timedelta(seconds=10)  # an honest client asks again at once


def is_due(client: RegisteredClient, grant: Grant) -> bool:
    """Whether this grant brings a refresh token: agreed, asked for, and for a person who is known again."""
    return client.check_grant_type(REFRESH) and SCOPE in grant.scope.split() and grant.sid is not None


def rotates(client: RegisteredClient) -> bool:
    """Whether each use brings a new token."""
    return client.profile == STANDARD


def first(grant: Grant, now: datetime) -> tuple[str, RefreshToken]:
    """A family's first token, and its row."""
    text = secrets.token_urlsafe(32)
    return text, _row(text, grant.evidence_id, grant.ends_at, now)


def rotate(connection: Connection, gate: Gate, text: str, row: RefreshToken, now: datetime) -> str:
    """Spend a token and give its successor, part of the caller's transaction. Raises InvalidGrantError on reuse."""
    key = gate.keyring.current(Purpose.DERIVATION, now)
    if rows.use(connection, row.token_hash, now):
        successor = _successor(key, text)
        rows.add(connection, _row(successor, row.evidence_id, row.ends_at, now))
        return successor
    again = rows.find(connection, row.token_hash)
    lost = again and _lost_answer(connection, gate, text, again, now)
    if not lost:
        raise InvalidGrantError("The refresh token was used before.")
    return lost


def is_reused(connection: Connection, gate: Gate, text: str, row: RefreshToken, now: datetime) -> bool:
    """Whether this token was spent before, and not just now with an answer that was lost."""
    again = rows.find(connection, row.token_hash)
    return again is not None and again.used_at is not None and not _lost_answer(connection, gate, text, again, now)


def _lost_answer(connection: Connection, gate: Gate, text: str, row: RefreshToken, now: datetime) -> str:
    """The successor that was made a moment ago and that nobody has used; empty where there is none."""
    if row.used_at is None or now >= row.used_at + GRACE:
        return ""
    for key in gate.keyring.usable(Purpose.DERIVATION, now):  # the key may have been changed in between
        successor = _successor(key, text)
        found = rows.find(connection, digest(successor))
        if found is not None and found.used_at is None:
            return successor
    return ""


def _successor(key: Key, text: str) -> str:
    return base64.urlsafe_b64encode(derive(key, "refresh token", text)).rstrip(b"=").decode()


def _row(text: str, evidence_id: str, ends_at: datetime, now: datetime) -> RefreshToken:
    return RefreshToken(token_hash=digest(text), evidence_id=evidence_id, issued_at=now, used_at=None, ends_at=ends_at)
