"""A request inside a token that the client signed (RFC 9101, OIDC Core 6): nobody on the way can have changed it.

What is wrong with it is kept in the draft until the address is proven: a broken object never chooses where it is told.
"""

import base64
import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from idgateway.errors import LinesBusy, RequestRefused, UpstreamUnavailable
from idgateway.provider import reach
from idgateway.provider.client_keys import algorithms_of
from idgateway.provider.clients import RegisteredClient
from idgateway.provider.draft import Draft
from idgateway.provider.lines import LATER, turn_of
from idgateway.provider.profiles import FAPI2
from keys.errors import TokenInvalid
from keys.tokens import LONGEST_TOKEN, verify_token

TYPE = "oauth-authz-req+jwt"
LONGEST_LIFE = timedelta(minutes=60)  # FAPI 2.0 Message Signing 5.3.1
_OF_THE_TOKEN = frozenset({"iss", "aud", "exp", "iat", "nbf", "jti"})


def read_request_object(draft: Draft) -> Draft:
    """Take the parameters of a request object for those of the request; a fault is kept for ``check_request_object``.

    A fapi2 client's object is all that counts (RFC 9101 6.3); otherwise it wins over what stands beside it.
    """
    client = draft.asker
    if not {"request", "request_uri"} & draft.given.keys():
        missing = _invalid("this client has to sign its requests") if client.require_request_object else None
        return replace(draft, fault=missing)
    try:
        signed = _parameters(_verified(_token(draft), client, draft))
    except RequestRefused as fault:
        if draft.pushed:
            raise  # the client itself hears it, so no address has to be proven
        return replace(draft, fault=_by_reference(fault) if "request_uri" in draft.given else fault)
    beside = {name: value for name, value in draft.given.items() if name not in ("request", "request_uri")}
    if client.profile == FAPI2:
        beside = {}
    return replace(draft, given={**beside, "client_id": client.client_id, **signed})


def fetch_request(uri: str, client_id: str, *, demo: bool) -> str:
    """The request object at an address of this client's, read anew each time: what was kept might be an older one.

    Raises UpstreamUnavailable.
    """
    accept = f"application/{TYPE}, application/jwt"
    document = reach.get(uri, demo=demo, accept=accept, turn=turn_of(client_id))
    return document.decode("ascii", errors="replace").strip()


def _token(draft: Draft) -> str:
    """The request object itself, by value or fetched. Raises RequestRefused."""
    uri = draft.given.get("request_uri")
    if uri is None:
        return draft.given["request"]
    # OIDC Core 6: one or the other.
    if "request" in draft.given:
        raise RequestRefused("request and request_uri exclude each other")
    if not draft.asker.request_uris:
        raise RequestRefused("this client has registered no request_uris", code="request_uri_not_supported")
    # OIDC Core 6.2: the fragment is a hash of the content, for who keeps it; we keep nothing.
    address = uri.partition("#")[0]
    if address not in {one.partition("#")[0] for one in draft.asker.request_uris}:
        raise RequestRefused("request_uri is not a registered one", code="invalid_request_uri")
    try:
        return draft.sources.fetched(address, draft.asker.client_id)
    except UpstreamUnavailable as error:
        raise _unfetched("request_uri cannot be fetched", error, "invalid_request_uri") from None


def _unfetched(told: str, error: UpstreamUnavailable, code: str) -> RequestRefused:
    return RequestRefused(f"{told}: {error.code}", code=LATER if isinstance(error, LinesBusy) else code)


def _by_reference(fault: RequestRefused) -> RequestRefused:
    """OIDC Core 3.1.2.6 has a name of its own for what is not supported by reference."""
    code = "request_uri_not_supported" if fault.code == "request_not_supported" else fault.code
    return RequestRefused(fault.detail, code=code)


def check_request_object(draft: Draft) -> Draft:
    """Nothing was wrong with the object."""
    if draft.fault is not None:
        raise draft.fault
    return draft


def _verified(token: str, client: RegisteredClient, draft: Draft) -> Mapping[str, Any]:
    strict = client.profile == FAPI2
    header = _header(token)
    if not client.has_keys or (header.get("alg") == "none" and not strict):
        raise RequestRefused("request objects of this client would be unsigned", code="request_not_supported")
    verify = partial(
        verify_token,
        token,
        typ=TYPE if str(header.get("typ", "")).lower() == TYPE else None,
        issuer=None,
        audience=None,
        now=draft.now,
        algorithms=algorithms_of(client, client.request_object_algorithm),
        lasting=not strict,
    )
    try:
        claims = draft.sources.client_keys.verified(client, draft.now, lambda jwks: verify(jwks=jwks))
    except TokenInvalid as error:
        raise _invalid(f"the request object is not valid: {error.code}") from None
    except UpstreamUnavailable as error:
        raise _unfetched("the keys at jwks_uri cannot be had", error, "invalid_request_object") from None
    _check_claims(claims, client, draft.issuer)
    if strict:
        _check_life(claims, draft.now)
    return claims


def _check_claims(claims: Mapping[str, Any], client: RegisteredClient, issuer: str) -> None:
    audience, strict = claims.get("aud"), client.profile == FAPI2
    meant = audience if isinstance(audience, list) else [audience]
    # OIDC Core 6.1, RFC 9101 4; several audiences are fine here: the object opens nothing elsewhere.
    if issuer not in meant and (strict or audience is not None):
        raise _invalid("aud is not this provider")
    if claims.get("iss", None if strict else client.client_id) != client.client_id:
        raise _invalid("iss is not the client")
    if claims.get("client_id", client.client_id) != client.client_id:
        raise _invalid("the request object is another client's")
    # RFC 9101 10.8: so that it is no client assertion, nor an assertion it.
    if "sub" in claims:
        raise _invalid("a request object has no sub")


def _check_life(claims: Mapping[str, Any], now: datetime) -> None:
    longest, moment = LONGEST_LIFE.total_seconds(), now.timestamp()
    if "nbf" not in claims or claims["nbf"] < moment - longest or claims["exp"] > moment + longest:
        raise _invalid("the request object has no nbf, is too old, or lives too long")


def _parameters(claims: Mapping[str, Any]) -> dict[str, str]:
    """The claims as the parameters of a request. Raises RequestRefused."""
    # RFC 9101 4: an object holds no other one.
    if "request" in claims or "request_uri" in claims:
        raise _invalid("a request object in a request object")
    return {name: _text(value) for name, value in claims.items() if name not in _OF_THE_TOKEN}


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if isinstance(value, dict):
        return json.dumps(value)
    raise _invalid("a parameter in the request object is no text, number or object")


def _header(token: str) -> Mapping[str, Any]:
    segment = token[:LONGEST_TOKEN].split(".", maxsplit=1)[0]
    try:
        header = json.loads(base64.urlsafe_b64decode(segment + "=" * (-len(segment) % 4)))
    except (ValueError, RecursionError):
        raise _invalid("the request object cannot be read") from None
    return header if isinstance(header, dict) else {}


def _invalid(detail: str) -> RequestRefused:
    return RequestRefused(detail, code="invalid_request_object")
