"""A call of an application that proves itself: parameters once, the client proven, its proof used up, then the act.

The proof counts as used whatever comes of the call, so it is noted first, in a transaction of its own.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from authlib.oauth2.rfc6749.errors import InvalidRequestError, OAuth2Error

from idgateway.gate import Gate
from idgateway.provider import authentication
from idgateway.provider.clients import RegisteredClient

Act = Callable[[RegisteredClient, Mapping[str, str]], Mapping[str, Any]]


@dataclass(frozen=True, kw_only=True)
class CallAnswer:
    """Status and JSON body; ``client_id`` is empty where nobody was proven."""

    status: int
    body: Mapping[str, Any]
    client_id: str = ""


def answer_call(
    gate: Gate,
    pairs: Iterable[tuple[str, str]],
    now: datetime,
    act: Act,
    *,
    authorization: str = "",
    origin: str = "",
) -> CallAnswer:
    """Lead a call to its act; ``authorization`` is its header, ``origin`` its network.

    What the client did wrong becomes an OAuth error.
    """
    client_id = ""
    try:
        form = once(pairs)
        proven = authentication.authenticate(gate, form, authorization, now, origin=origin)
        if proven.used is not None:
            with gate.database.write() as connection:
                authentication.note(connection, proven)
        client_id = proven.client.client_id
        return CallAnswer(status=200, body=act(proven.client, form), client_id=client_id)
    except OAuth2Error as error:
        status, body, _ = error()
        content = json.loads(body) if isinstance(body, str) else dict(body)
        # RFC 6749 5.2
        status = 401 if content.get("error") == "invalid_client" else status
        return CallAnswer(status=status, body=content, client_id=client_id)


def once(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """A form in which every parameter stands once (RFC 6749 3.2). Raises InvalidRequestError."""
    form: dict[str, str] = {}
    for name, value in pairs:
        if name in form:
            raise InvalidRequestError("A parameter is repeated.")
        form[name] = value
    return form


def the_token(form: Mapping[str, str]) -> str:
    """The token a call is about (RFC 7009 2.1, RFC 7662 2.1). Raises InvalidRequestError where it is missing."""
    if not form.get("token"):
        raise InvalidRequestError("token is missing.")
    return form["token"]
