"""Who calls: client authentication, the same at every endpoint that applications call themselves (RFC 6749 2.3).

A client is registered for exactly one method and proves itself by that one alone. There are no public clients: whoever
could not keep a key or a secret would be anybody.
"""

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import unquote_plus

from authlib.oauth2.rfc6749.errors import InvalidClientError, InvalidRequestError
from sqlalchemy import Connection

from idgateway import pace
from idgateway.gate import Gate
from idgateway.provider import assertion, client_secret
from idgateway.provider.clients import RegisteredClient
from idgateway.provider.profiles import BASIC, POST, PRIVATE_KEY
from idgateway.store import grants

LONGEST_SECRET = 256  # characters; ours have 43


@dataclass(frozen=True, kw_only=True)
class ProvenClient:
    """A client that proved itself; an assertion is still to be noted as used, once, by ``note``."""

    client: RegisteredClient
    used: assertion.UsedAssertion | None = None


def authenticate(
    gate: Gate, form: Mapping[str, str], authorization: str, now: datetime, *, origin: str = ""
) -> ProvenClient:
    """The client behind a request's form and ``Authorization`` header (empty where there is none).

    ``origin`` is the network the request came from: failures are counted by client and origin, and after too
    many of them nothing but a proof that costs nothing to judge is judged there for a while.

    Raises InvalidClientError, or InvalidRequestError where it proves itself in two ways at once.
    """
    proven = _judge(gate, form, authorization, now, origin)
    gate.pace.spend(pace.CLIENT, proven.client.client_id)
    return proven


def _judge(gate: Gate, form: Mapping[str, str], authorization: str, now: datetime, origin: str) -> ProvenClient:
    method = _method(form, authorization)
    if method == PRIVATE_KEY:
        return _by_assertion(gate, form, now, origin)
    if method == BASIC:
        client_id, secret = _basic(authorization)
        if form.get("client_id", client_id) != client_id:
            raise InvalidClientError(description="client_id is another client's.")
        return _by_secret(gate, client_id, secret, BASIC, origin)
    if method == POST:
        return _by_secret(gate, form.get("client_id", ""), form["client_secret"], POST, origin)
    raise InvalidClientError(description="The client does not prove itself.")


def note(connection: Connection, proven: ProvenClient) -> None:
    """Note an assertion as used, in the caller's transaction. Raises InvalidClientError if it was used before."""
    used = proven.used
    if used and not grants.remember_jti(connection, proven.client.client_id, used.jti_hash, used.expires_at):
        raise InvalidClientError(description="The assertion was used before.")


def _method(form: Mapping[str, str], authorization: str) -> str:
    """The one way in which a request proves its client; empty for none. Raises InvalidRequestError for two."""
    ways = {
        PRIVATE_KEY: "client_assertion" in form or "client_assertion_type" in form,
        BASIC: bool(authorization),
        POST: "client_secret" in form,
    }
    taken = [way for way, is_taken in ways.items() if is_taken]
    # RFC 6749 2.3: not more than one method in each request.
    if len(taken) > 1:
        raise InvalidRequestError("The client proves itself in more than one way.")
    return taken[0] if taken else ""


def _by_assertion(gate: Gate, form: Mapping[str, str], now: datetime, origin: str) -> ProvenClient:
    if form.get("client_assertion_type") != assertion.TYPE:
        raise InvalidClientError(description="client_assertion_type is not that of a signed JWT.")
    text = form.get("client_assertion", "")
    client = _registered(gate, assertion.unverified_client_id(text), PRIVATE_KEY)
    if form.get("client_id", client.client_id) != client.client_id:
        raise InvalidClientError(description="client_id is another client's.")
    try:
        used = assertion.verify_assertion(text, client, keys=gate.client_keys, issuer=gate.issuer, now=now)
    except InvalidClientError:
        gate.pace.spend(pace.FAILURE, client.client_id, origin)
        raise
    return ProvenClient(client=client, used=used)


def _by_secret(gate: Gate, client_id: str, secret: str, method: str, origin: str) -> ProvenClient:
    """A secret that was right before is known at once, whatever others tried; any other one costs a slow hash."""
    client = _registered(gate, client_id, method)
    if not client_secret.is_remembered(secret, client.secret_hash):
        gate.pace.check(pace.FAILURE, client_id, origin)
        if len(secret) > LONGEST_SECRET or not _matches(gate, secret, client):
            gate.pace.spend(pace.FAILURE, client_id, origin)
            raise InvalidClientError(description="The secret is not the client's.")
    return ProvenClient(client=client)


def _matches(gate: Gate, secret: str, client: RegisteredClient) -> bool:
    gate.pace.spend(pace.STRETCH, client.client_id)
    gate.pace.spend(pace.STRETCH_ALL)
    return client_secret.matches(secret, client.secret_hash)


def _registered(gate: Gate, client_id: str, method: str) -> RegisteredClient:
    client = gate.clients.get(client_id)
    if client is None or client.authentication != method:
        raise InvalidClientError(description="No such client is registered here for this way to prove itself.")
    return client


def _basic(authorization: str) -> tuple[str, str]:
    """Id and secret of HTTP Basic, each form-encoded before (RFC 6749 2.3.1). Raises InvalidClientError."""
    scheme, _, credentials = authorization.partition(" ")
    try:
        client_id, colon, secret = base64.b64decode(credentials.strip(), validate=True).decode().partition(":")
        pair = unquote_plus(client_id, errors="strict"), unquote_plus(secret, errors="strict")
    except (binascii.Error, ValueError):
        pair, colon = None, ""
    if scheme.lower() != "basic" or pair is None or not colon:
        raise InvalidClientError(description="The Authorization header is no HTTP Basic.")
    return pair
