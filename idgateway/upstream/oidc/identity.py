"""The ID token, judged by numbered checks.

 1 signature by one of the provider's keys, in the       5 the person logged in: a time, not in the future and, where
   registered algorithm; issuer, times                     a fresh login was asked for, after we asked
 2 audience is us, and nobody else                       6 subject
 3 authorized party, where named, is us                  7 the access token beside it, where it names one
 4 nonce of this login

Source: OpenID Connect Core 1.0, 3.1.3.7 and 3.1.3.8.
"""

import base64
import hashlib
import hmac
import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from idgateway.errors import AnswerRefused
from idgateway.upstream.oidc.peer import Peer
from keys.errors import TokenInvalid
from keys.tokens import verify_token

ALGORITHMS: Final = ("ES256", "PS256", "RS256", "Ed25519", "EdDSA")  # the last two are one (RFC 9864)
LEEWAY: Final = 60  # seconds
REMEMBERED: Final = timedelta(days=1)  # longer than any attempt, and the nonce ties a token to one
_SUBJECT_LENGTH: Final = 255  # OpenID Connect Core 2


@dataclass(frozen=True, kw_only=True)
class Expected:
    """What an ID token of this login must fit."""

    client_id: str
    nonce: str
    algorithms: Collection[str]
    not_before: datetime | None  # a login older than this is not the one we asked for; None where an older one counts
    access_token: object  # what the token endpoint gave beside the ID token
    now: datetime


@dataclass(frozen=True, kw_only=True)
class Identified:
    """What a verified ID token says."""

    subject: str
    authenticated_at: datetime
    expires_at: datetime
    claims: Mapping[str, Any]


def check_id_token(token: object, peer: Peer, expected: Expected) -> Identified:
    """Judge an ID token. Raises AnswerRefused; UpstreamUnavailable where the provider's keys cannot be fetched."""
    if not isinstance(token, str):
        raise AnswerRefused("no ID token", code="id-token")
    claims = verified(token, peer, expected.now, expected.algorithms)  # 1
    # 2: a list is allowed by the specification, another audience beside us is not trusted.
    if claims.get("aud") not in (expected.client_id, [expected.client_id]):
        raise AnswerRefused("not for us", code="audience")
    if claims.get("azp", expected.client_id) != expected.client_id:  # 3
        raise AnswerRefused("issued to another party", code="audience")
    if not expected.nonce or claims.get("nonce") != expected.nonce:  # 4
        raise AnswerRefused("of another login", code="nonce")
    authenticated_at = _authenticated_at(claims, expected)  # 5
    subject = claims.get("sub")  # 6
    if not isinstance(subject, str) or not 0 < len(subject) <= _SUBJECT_LENGTH:
        raise AnswerRefused("no subject", code="subject")
    _check_access_token(token, claims, expected.access_token)  # 7
    return Identified(
        subject=subject,
        authenticated_at=authenticated_at,
        expires_at=min(_instant(claims["exp"], "id-token"), expected.now + REMEMBERED) + timedelta(seconds=LEEWAY),
        claims=claims,
    )


def verified(
    token: str, peer: Peer, now: datetime, algorithms: Collection[str], *, lasting: bool = False
) -> Mapping[str, Any]:
    """The claims of a token one of the provider's keys signed, fetched anew if its key id is new to us.

    ``lasting`` allows a token without an end. Raises AnswerRefused ``id-token``, or UpstreamUnavailable.
    """
    for unknown in (False, True):  # the provider may have changed its keys since
        try:
            return verify_token(
                token,
                peer.jwks(now, unknown=unknown),
                typ=None,
                issuer=peer.issuer,
                audience=None,
                now=now,
                algorithms=algorithms,
                leeway=LEEWAY,
                lasting=lasting,
            )
        except TokenInvalid as refused:
            if unknown or refused.code != "token-key":
                raise AnswerRefused(refused.detail, code="id-token") from None
    raise AssertionError("unreachable")


def _authenticated_at(claims: Mapping[str, Any], expected: Expected) -> datetime:
    # OpenID Connect Core 2: iat is required; auth_time is where max_age was asked.
    issued = _instant(claims.get("iat"), "authentication")
    if expected.not_before is not None and "auth_time" not in claims:
        raise AnswerRefused("auth_time was asked for and is missing", code="authentication")
    at = _instant(claims["auth_time"], "authentication") if "auth_time" in claims else issued
    if at > expected.now + timedelta(seconds=LEEWAY):
        raise AnswerRefused("a login of the future", code="authentication")
    if expected.not_before is not None and at < expected.not_before - timedelta(seconds=LEEWAY):
        raise AnswerRefused("an old login where a fresh one was asked for", code="authentication-old")
    return min(at, expected.now)


def _instant(seconds: object, code: str) -> datetime:
    if isinstance(seconds, bool) or not isinstance(seconds, int | float):
        raise AnswerRefused("a time is missing or no number", code=code)
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        raise AnswerRefused("no such time", code=code) from None


def _check_access_token(token: str, claims: Mapping[str, Any], access_token: object) -> None:
    """OpenID Connect Core 3.1.3.8: the left half of the access token's hash, made with the ID token's own hash."""
    if "at_hash" not in claims:
        return
    head = token.partition(".")[0]
    algorithm = json.loads(base64.urlsafe_b64decode(head + "=" * (-len(head) % 4)))["alg"]  # verified before
    made = (hashlib.sha512 if algorithm.startswith("Ed") else hashlib.sha256)(str(access_token).encode()).digest()
    half = base64.urlsafe_b64encode(made[: len(made) // 2]).rstrip(b"=")
    if not hmac.compare_digest(half, str(claims["at_hash"]).encode()):
        raise AnswerRefused("another access token", code="access-token")
