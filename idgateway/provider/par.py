"""Pushed authorization requests (RFC 9126): the client brings its request itself, proven, and the browser a reference.

A reference is good for one login of its client. It is used up when the login is complete, not when it is first seen: a
page that was reloaded, or opened in a second tab, still leads on.
"""

import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from authlib.oauth2.rfc6749.errors import InvalidRequestError, OAuth2Error

from idgateway.attempt import digest
from idgateway.errors import GateError, RequestLost, RequestRefused
from idgateway.gate import Gate
from idgateway.provider import dpop, holder
from idgateway.provider.authorization import examine
from idgateway.provider.clients import RegisteredClient
from idgateway.provider.discovery import public_keys
from idgateway.provider.draft import Sources, with_account
from idgateway.provider.lines import LATER
from idgateway.provider.request import AuthorizationRequest, from_json, to_json
from idgateway.provider.request_object import fetch_request
from idgateway.store import pushed
from keys.possession import HeldKey

PREFIX = "urn:ietf:params:oauth:request_uri:"
LIFETIME = timedelta(minutes=5)  # until it is opened last; a person may read the page before the login meanwhile
_PROOF = frozenset({"client_assertion", "client_assertion_type", "client_secret"})


def push(
    gate: Gate, client: RegisteredClient, form: Mapping[str, str], now: datetime, *, dpop_proof: str = ""
) -> dict[str, Any]:
    """Check the request a proven client pushes, keep it, and give its reference. Raises OAuth2Error.

    The code will be bound to the key that ``dpop_proof``, the header, proves (RFC 9449 10.1).
    """
    key = None
    if dpop_proof:
        key = dpop.verify_proof(gate, dpop_proof, endpoint="par", now=now, nonce=client.dpop_nonce)
    # RFC 9126 2.1: a reference cannot stand for another one.
    if "request_uri" in form:
        raise InvalidRequestError("request_uri cannot be pushed.")
    asked = {name: value for name, value in form.items() if name not in _PROOF}
    pairs = {"client_id": client.client_id, **asked}.items()
    try:
        checked = _examined(gate, pairs, now, pushed=True)
    except RequestRefused as error:
        status = 503 if error.code == LATER else None
        raise OAuth2Error(description=error.detail, error=error.code, status_code=status) from None
    except GateError as error:
        raise InvalidRequestError(error.detail) from None
    if key and checked.dpop_jkt not in ("", key.jkt):
        raise InvalidRequestError("dpop_jkt names another key than the proof.")
    return _kept(gate, replace(checked, dpop_jkt=key.jkt) if key else checked, key, now)


def receive(gate: Gate, parameters: Iterable[tuple[str, str]], now: datetime) -> AuthorizationRequest:
    """The checked request that a browser brings, by itself or by reference.

    Raises RequestLost, UnknownClient or RedirectNotRegistered (for a page), RequestRefused (for the client's address).
    """
    pairs = list(parameters)
    references = [value for name, value in pairs if name == "request_uri"]
    if any(one.startswith(PREFIX) for one in references):
        return opened(gate, _single(pairs), now)
    return _examined(gate, pairs, now, pushed=False)


def put_aside(gate: Gate, asked: AuthorizationRequest, given: Mapping[str, str], now: datetime) -> dict[str, str]:
    """Keep a checked request as if it had been pushed; gives what the same browser comes back with at once.

    ``given`` are its parameters. None of them stands in the address then but the account, where one was chosen.
    """
    # What was pushed stays the one it is, and is used once.
    reference = given["request_uri"] if asked.pushed else str(_kept(gate, asked, None, now)["request_uri"])
    return {"client_id": asked.client_id, "request_uri": reference, "account": given.get("account", "")}


def opened(gate: Gate, given: Mapping[str, str], now: datetime) -> AuthorizationRequest:
    """The pushed request behind a browser's ``request_uri``; what else the browser brings does not count.

    Only the account is chosen on our own page, later. Raises RequestLost (for a page).
    """
    client = gate.clients.get(given.get("client_id", ""))
    reference = given["request_uri"]
    if client is None:
        raise RequestLost("a pushed request of nobody", code="unknown-client")
    with gate.database.read() as connection:
        found = pushed.find(connection, digest(reference), client.client_id)
    # RFC 9126 2.2, 4, 7.1: bound to the client, short-lived, once.
    if found is None:
        raise _lost("no such request was pushed by this client", client, "request-unknown")
    if found.used_at is not None:
        raise _lost("the pushed request was used", client, "request-used")
    if now >= found.expires_at:
        raise _lost("the pushed request is too old", client, "request-expired")
    asked = from_json(found.request)
    if asked.redirect_uri not in client.redirect_uris:
        raise _lost("its redirect URI is registered no more", client, "redirect-not-registered")
    return replace(with_account(asked, client, given.get("account", "")), pushed=digest(reference).hex())


def _single(pairs: Sequence[tuple[str, str]]) -> Mapping[str, str]:
    given = dict(pairs)
    if len(given) != len(pairs):
        raise RequestLost("a parameter is repeated beside a request_uri", code="parameter-repeated")
    return given


def _examined(gate: Gate, pairs: Iterable[tuple[str, str]], now: datetime, *, pushed: bool) -> AuthorizationRequest:
    fetched = partial(fetch_request, demo=gate.settings.demo)
    sources = Sources(our_keys=partial(public_keys, gate, now), client_keys=gate.client_keys, fetched=fetched)
    return examine(pairs, gate.clients, gate.issuer, now, sources=sources, pushed=pushed)


def _kept(gate: Gate, checked: AuthorizationRequest, key: HeldKey | None, now: datetime) -> dict[str, Any]:
    reference = PREFIX + secrets.token_urlsafe(32)
    row = {"request_hash": digest(reference), "client_id": checked.client_id, "request": to_json(checked)}
    with gate.database.write() as connection:
        if key:
            holder.note(connection, key)
        pushed.add(connection, {**row, "expires_at": now + LIFETIME})
    return {"request_uri": reference, "expires_in": int(LIFETIME.total_seconds())}


def _lost(detail: str, client: RegisteredClient, code: str) -> RequestLost:
    error = RequestLost(detail, code=code)
    error.client_id = client.client_id
    return error
