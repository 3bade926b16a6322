"""The ID token, judged by numbered checks, and what of its claims becomes attributes.

 1 signature by one of the provider's keys, issuer, times   4 nonce of this login
 2 audience is us, and nobody else                          5 the person logged in, and not in the future
 3 authorized party, where named, is us                     6 subject

Source: OpenID Connect Core 1.0, 3.1.3.7.
"""

import json
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from idgateway.errors import AnswerRefused
from idgateway.upstream import Attribute
from idgateway.upstream.oidc.peer import Peer
from keys.errors import TokenInvalid
from keys.tokens import verify_token

ALGORITHMS: Final = ("ES256", "PS256", "RS256")
LEEWAY: Final = 60  # seconds
_SUBJECT_LENGTH: Final = 255  # OpenID Connect Core 2
_VALUE_LENGTH: Final = 1000
_MOST: Final = 200
_WORD: Final = re.compile(r"[A-Za-z0-9._:/-]{1,64}")
_STAFF_LISTS: Final = ("authorities", "roles")
_STAFF_TEXTS: Final = ("name",)
_CITIZEN_TEXTS: Final = ("given_name", "family_name", "birthdate", "email")


@dataclass(frozen=True, kw_only=True)
class Identified:
    """What a verified ID token says."""

    subject: str
    authenticated_at: datetime
    expires_at: datetime
    claims: Mapping[str, Any]


def check_id_token(token: object, peer: Peer, *, client_id: str, nonce: str, now: datetime) -> Identified:
    """Judge an ID token. Raises AnswerRefused; UpstreamUnavailable where the provider's keys cannot be fetched."""
    if not isinstance(token, str):
        raise AnswerRefused("no ID token", code="id-token")
    claims = _verified(token, peer, now)  # 1
    # 2: a list is allowed by the specification, another audience beside us is not trusted.
    if claims.get("aud") not in (client_id, [client_id]):
        raise AnswerRefused("not for us", code="audience")
    if claims.get("azp", client_id) != client_id:  # 3
        raise AnswerRefused("issued to another party", code="audience")
    if not nonce or claims.get("nonce") != nonce:  # 4
        raise AnswerRefused("of another login", code="nonce")
    authenticated_at = _authenticated_at(claims, now)  # 5
    subject = claims.get("sub")  # 6
    if not isinstance(subject, str) or not 0 < len(subject) <= _SUBJECT_LENGTH:
        raise AnswerRefused("no subject", code="subject")
    return Identified(
        subject=subject,
        authenticated_at=authenticated_at,
        expires_at=_instant(claims["exp"], "id-token") + timedelta(seconds=LEEWAY),
        claims=claims,
    )


def _verified(token: str, peer: Peer, now: datetime) -> Mapping[str, Any]:
    try:
        return _verify(token, peer.jwks(now), peer.issuer, now)
    except TokenInvalid as refused:
        if refused.code != "token-key":
            raise AnswerRefused(refused.detail, code="id-token") from None
    try:  # the provider may have changed its keys since
        return _verify(token, peer.jwks(now, unknown=True), peer.issuer, now)
    except TokenInvalid as refused:
        raise AnswerRefused(refused.detail, code="id-token") from None


def _verify(token: str, jwks: Mapping[str, Any], issuer: str, now: datetime) -> Mapping[str, Any]:
    return verify_token(
        token, jwks, typ=None, issuer=issuer, audience=None, now=now, algorithms=ALGORITHMS, leeway=LEEWAY
    )


def _authenticated_at(claims: Mapping[str, Any], now: datetime) -> datetime:
    at = _instant(claims.get("auth_time", claims.get("iat")), "authentication")
    if at > now + timedelta(seconds=LEEWAY):
        raise AnswerRefused("a login of the future", code="authentication")
    return min(at, now)


def _instant(seconds: object, code: str) -> datetime:
    if isinstance(seconds, bool) or not isinstance(seconds, int | float):
        raise AnswerRefused("a time is missing or no number", code=code)
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        raise AnswerRefused("no such time", code=code) from None


def attributes_of(claims: Mapping[str, Any], *, staff: bool) -> dict[str, Attribute]:
    """The claims an account of this kind may bring, by the names of ``idgateway.attributes``; the rest is dropped.

    None carries a level: the peer's claims are not verified data. Lists become one string, parted by blanks.
    Raises AnswerRefused ``claims`` for a claim of the wrong form.
    """
    texts, lists = (_STAFF_TEXTS, _STAFF_LISTS) if staff else (_CITIZEN_TEXTS, ())
    values = {name: _text(claims[name]) for name in texts if name in claims}
    values.update({name: _words(claims[name]) for name in lists if name in claims})
    return {
        name: Attribute(value=value, raw=json.dumps(claims[name], ensure_ascii=False), level=None)
        for name, value in values.items()
        if value
    }


def _text(value: object) -> str:
    if not isinstance(value, str) or len(value) > _VALUE_LENGTH:
        raise AnswerRefused("a claim is no text, or too long", code="claims")
    return unicodedata.normalize("NFC", value).strip()


def _words(value: object) -> str:
    if not isinstance(value, list) or len(value) > _MOST:
        raise AnswerRefused("a claim is no list, or too long", code="claims")
    if not all(isinstance(word, str) and _WORD.fullmatch(word) for word in value):
        raise AnswerRefused("a claim's list holds something else than plain words", code="claims")
    return " ".join(value)
