"""What the provider tells at its userinfo address, plain or signed; it counts only for the person of the ID token.

Source: OpenID Connect Core 1.0, 5.3.
"""

import re
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any, Final

from idgateway.errors import AnswerRefused, UpstreamUnavailable
from idgateway.upstream.oidc.identity import verified
from idgateway.upstream.oidc.peer import Peer
from idgateway.upstream.oidc.transport import JSON, JWT, Reply, read, send

_TOKEN: Final = re.compile(r"[A-Za-z0-9._~+/=-]{1,16384}")  # RFC 6750 2.1


def ask_userinfo(
    peer: Peer, told: Mapping[str, Any], *, subject: str, client_id: str, algorithms: Collection[str], now: datetime
) -> Mapping[str, Any]:
    """The person's claims, fetched with the access token in ``told``, the token endpoint's answer.

    Raises AnswerRefused ``access-token``, ``userinfo-subject`` or ``userinfo``, or UpstreamUnavailable.
    """
    token, kind = told.get("access_token"), told.get("token_type")
    # RFC 6749 7.1: a token of a type one does not know must not be used; RFC 6749 5.1: the type has no case.
    if not isinstance(token, str) or not _TOKEN.fullmatch(token) or str(kind).lower() != "bearer":
        raise AnswerRefused("no bearer token beside the ID token", code="access-token")
    reply = send("GET", peer.discovered(now).userinfo, authorization=f"Bearer {token}", accept=f"{JSON}, {JWT};q=0.9")
    claims = _signed(peer, reply, client_id, algorithms, now) if reply.good and reply.kind == JWT else read(reply)
    # OpenID Connect Core 5.3.2: another subject's claims must not be used (token substitution).
    if claims.get("sub") != subject:
        raise AnswerRefused("userinfo of another person", code="userinfo-subject")
    return claims


def _signed(peer: Peer, reply: Reply, client_id: str, algorithms: Collection[str], now: datetime) -> Mapping[str, Any]:
    """OpenID Connect Core 5.3.2: signed userinfo names issuer and audience; it needs no end."""
    try:
        token = reply.body.decode("ascii")
    except UnicodeDecodeError:
        raise UpstreamUnavailable(f"{reply.host}: no JSON Web Token", code="nonsense") from None
    claims = verified(token, peer, now, algorithms, lasting=True)
    if claims.get("aud") not in (client_id, [client_id]):
        raise AnswerRefused("userinfo for another party", code="userinfo")
    return claims
