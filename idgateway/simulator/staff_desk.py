"""The staff provider's rules without the web: which authorization requests are served, which codes are worth a token.

Sources: RFC 6749 4.1, RFC 7636 (PKCE), RFC 9207 (iss in the response), OpenID Connect Core 3.1. What is remembered is
remembered in this process only.
"""

import base64
import hashlib
import hmac
import json
import secrets
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from joserfc.jwk import ECKey

from idgateway.simulator.settings import StaffClient
from idgateway.simulator.staff_people import StaffPerson
from idgateway.simulator.staff_tokens import ASSERTION_TYPE, AssertionInvalid, check_assertion, identity_token

ACR = "http://eidas.europa.eu/LoA/substantial"
CODE_LIFETIME, TOKEN_LIFETIME, PAGE_LIFETIME = timedelta(seconds=60), timedelta(minutes=5), timedelta(minutes=30)


class AddressUnknown(Exception):
    """Client or redirect URI are not registered: answered by a page, never by a redirect."""


class StaffRefused(Exception):
    """An OAuth error (RFC 6749 4.1.2.1, 5.2): ``code`` and a sentence for the developer."""

    def __init__(self, code: str, description: str) -> None:
        """Keep both for the answer."""
        super().__init__(description)
        self.code = code


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A checked authorization request."""

    client: StaffClient
    redirect_uri: str
    state: str
    nonce: str
    challenge: str
    language: str
    at: datetime


@dataclass(frozen=True, kw_only=True)
class Granted:
    """What a code stands for."""

    asked: Asked
    person: StaffPerson
    at: datetime


@dataclass(kw_only=True)
class Desk:
    """The provider's memory and its key; every method is safe in threads."""

    issuer: str
    clients: tuple[StaffClient, ...]
    key: ECKey = field(repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)
    _asked: dict[str, Asked] = field(default_factory=dict, repr=False)
    _codes: dict[str, Granted] = field(default_factory=dict, repr=False)
    _jtis: dict[tuple[str, str], float] = field(default_factory=dict, repr=False)

    def find_client(self, parameters: Mapping[str, str]) -> tuple[StaffClient, str]:
        """Client and redirect URI, both registered character for character. Raises AddressUnknown."""
        redirect_uri = parameters.get("redirect_uri", "")
        for client in self.clients:
            if client.client_id == parameters.get("client_id") and redirect_uri in client.redirect_uris:
                return client, redirect_uri
        raise AddressUnknown

    def ask(self, parameters: Mapping[str, str], now: datetime) -> str:
        """Remember a checked authorization request under a handle. Raises AddressUnknown or StaffRefused."""
        client, redirect_uri = self.find_client(parameters)
        check_parameters(parameters)
        asked = Asked(
            client=client,
            redirect_uri=redirect_uri,
            state=parameters.get("state", ""),
            nonce=parameters["nonce"],
            challenge=parameters["code_challenge"],
            language="en" if parameters.get("ui_locales", "").startswith("en") else "de",
            at=now,
        )
        handle = secrets.token_urlsafe(24)
        with self._lock:
            self._asked = {key: kept for key, kept in self._asked.items() if kept.at + PAGE_LIFETIME > now}
            self._asked[handle] = asked
        return handle

    def asked(self, handle: str, now: datetime) -> Asked | None:
        """The authorization request behind a handle, if it is still open."""
        with self._lock:
            found = self._asked.get(handle)
        return found if found and found.at + PAGE_LIFETIME > now else None

    def grant(self, asked: Asked, person: StaffPerson, now: datetime) -> str:
        """A code, good once and for a minute."""
        code = secrets.token_urlsafe(32)
        with self._lock:
            self._codes = {key: kept for key, kept in self._codes.items() if kept.at + CODE_LIFETIME > now}
            self._codes[code] = Granted(asked=asked, person=person, at=now)
        return code

    def redeem(self, form: Mapping[str, str], now: datetime) -> dict[str, Any]:
        """A token answer for a code. Raises StaffRefused."""
        if form.get("grant_type") != "authorization_code":
            raise StaffRefused("unsupported_grant_type", "only authorization_code")
        client = self._authenticated(form, now)
        with self._lock:
            granted = self._codes.pop(form.get("code", ""), None)
        if granted is None or granted.at + CODE_LIFETIME <= now or granted.asked.client != client:
            raise StaffRefused("invalid_grant", "the code is unknown, used, expired, or another client's")
        if granted.asked.redirect_uri != form.get("redirect_uri"):
            raise StaffRefused("invalid_grant", "redirect_uri differs from the authorization request's")
        check_verifier(form.get("code_verifier", ""), granted.asked.challenge)
        return {
            "access_token": secrets.token_urlsafe(32),  # opens nothing here: OAuth 2.0 wants one
            "token_type": "Bearer",
            "expires_in": int(TOKEN_LIFETIME.total_seconds()),
            "id_token": identity_token(self.key, self._claims(granted, now)),
        }

    def _claims(self, granted: Granted, now: datetime) -> dict[str, Any]:
        issued = int(now.timestamp())
        return {
            "iss": self.issuer,
            "sub": granted.person.key,
            "aud": granted.asked.client.client_id,
            "iat": issued,
            "exp": issued + int(TOKEN_LIFETIME.total_seconds()),
            "auth_time": int(granted.at.timestamp()),
            "nonce": granted.asked.nonce,
            "acr": ACR,
            "name": granted.person.name,
            "authorities": list(granted.person.authorities),
            "roles": list(granted.person.roles),
        }

    def _authenticated(self, form: Mapping[str, str], now: datetime) -> StaffClient:
        """private_key_jwt, and nothing else (OpenID Connect Core 9)."""
        if form.get("client_assertion_type") != ASSERTION_TYPE:
            raise StaffRefused("invalid_client", "private_key_jwt is required")
        assertion = form.get("client_assertion", "")
        for client in self.clients:
            if form.get("client_id", _subject(assertion)) == client.client_id:
                self._check_once(client, assertion, now)
                return client
        raise StaffRefused("invalid_client", "unknown client")

    def _check_once(self, client: StaffClient, assertion: str, now: datetime) -> None:
        audiences = (self.issuer, self.issuer + "/token")
        try:
            jti, expires = check_assertion(assertion, client.client_id, client.jwks_file, audiences, now)
        except AssertionInvalid as error:
            raise StaffRefused("invalid_client", str(error)) from error
        with self._lock:
            self._jtis = {seen: until for seen, until in self._jtis.items() if until + 60 > now.timestamp()}
            if (client.client_id, jti) in self._jtis:
                raise StaffRefused("invalid_client", "this assertion was used before")
            self._jtis[(client.client_id, jti)] = expires


def check_parameters(parameters: Mapping[str, str]) -> None:
    """What may be told at the client's address. Raises StaffRefused."""
    if parameters.get("response_type") != "code":
        raise StaffRefused("unsupported_response_type", "response_type must be code")
    if "openid" not in parameters.get("scope", "").split():
        raise StaffRefused("invalid_scope", "scope must contain openid")
    if not parameters.get("nonce"):
        raise StaffRefused("invalid_request", "nonce is required")
    # RFC 7636 4.3: a missing method would mean "plain", which is not offered.
    if parameters.get("code_challenge_method") != "S256" or not parameters.get("code_challenge"):
        raise StaffRefused("invalid_request", "PKCE with S256 is required")
    if "none" in parameters.get("prompt", "").split():
        raise StaffRefused("login_required", "there are no sessions here")


def check_verifier(verifier: str, challenge: str) -> None:
    """RFC 7636 4.6. Raises StaffRefused."""
    digest = hashlib.sha256(verifier.encode()).digest()
    made = base64.urlsafe_b64encode(digest).rstrip(b"=")
    if not hmac.compare_digest(made, challenge.encode()):
        raise StaffRefused("invalid_grant", "code_verifier does not fit the challenge")


def _subject(assertion: str) -> str:
    """Whom an unverified assertion names; used only to find the keys that judge it."""
    try:
        body = assertion.split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
        return str(claims.get("sub", ""))
    except (IndexError, ValueError, AttributeError):
        return ""
