"""The postbox as an ordinary OpenID Connect client of the gate: code flow, PKCE, private_key_jwt.

What a login must remember until it returns travels sealed in a cookie of its own in the browser: state, nonce and
verifier are bound to this browser by that alone, logins in several tabs do not disturb each other, and the server keeps
nothing for logins that never finish.
"""

import base64
import hashlib
import json
import secrets
import threading
import uuid
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from hmac import compare_digest
from typing import Any
from urllib.parse import urlencode

import requests

from keys.errors import KeysError
from keys.keyring import Keyring, Purpose
from keys.sealing import open_field, seal_field
from keys.tokens import sign_token
from postbox.channels.gate import GateKeys
from postbox.errors import ChannelDown, NotAuthenticated
from postbox.levels import acr_of, level_of

LOGIN_LIFETIME = timedelta(minutes=30)  # an identity provider may take its time
METADATA_LIFETIME = timedelta(minutes=10)
_TIMEOUT = (3, 10)  # seconds to connect, to answer
_COOKIE_CONTEXT = b"postbox-login-v1"
_ENDED = {"access_denied": "login-cancelled", "unmet_authentication_requirements": "login-too-weak"}
_MARK = 10  # letters of a hash of the state: enough to tell a browser's few logins apart


@dataclass(frozen=True, kw_only=True)
class PendingLogin:
    """What a login that has left for the gate must remember."""

    state: str
    nonce: str
    verifier: str
    next: str  # local path to return to
    level: str  # the level asked for
    begun_at: float  # POSIX seconds


@dataclass(frozen=True, kw_only=True)
class Person:
    """Who came back from the gate: verified, with the level reached and the claims of ID token and userinfo."""

    subject: str
    level: str
    claims: Mapping[str, Any]
    id_token: str  # as it came: at the logout it proves which session of the gate is meant


class RelyingParty:
    """One client of the gate. Threads may share it."""

    def __init__(
        self, *, issuer: str, client_id: str, redirect_uri: str, scope: str, keyring: Keyring, gate_keys: GateKeys
    ) -> None:
        """Keep the names; the gate is asked for its metadata at the first login."""
        self._issuer = issuer
        self._client_id = client_id
        self._redirect_uri = redirect_uri
        self._scope = scope
        self._keyring = keyring
        self._gate_keys = gate_keys
        self._lock = threading.Lock()
        self._metadata: dict[str, Any] = {}
        self._fetched_at: datetime | None = None

    def begin(
        self, *, level: str, next_path: str, language: str, fresh: bool, now: datetime
    ) -> tuple[str, PendingLogin]:
        """Where to send the browser, and what it must bring back. Raises ChannelDown when the gate does not answer."""
        metadata = self._gate(now)
        pending = PendingLogin(
            state=secrets.token_urlsafe(24),
            nonce=secrets.token_urlsafe(24),
            verifier=secrets.token_urlsafe(48),
            next=next_path,
            level=level,
            begun_at=now.timestamp(),
        )
        parameters = {
            "client_id": self._client_id,
            "response_type": "code",
            "redirect_uri": self._redirect_uri,
            "scope": self._scope,
            "state": pending.state,
            "nonce": pending.nonce,
            "code_challenge": _challenge(pending.verifier),
            "code_challenge_method": "S256",
            "acr_values": acr_of(level, self._issuer),
            "ui_locales": language,
        }
        if fresh:
            parameters["prompt"] = "login"
        return f"{metadata['authorization_endpoint']}?{urlencode(parameters)}", pending

    def complete(self, parameters: Mapping[str, str], pending: PendingLogin, now: datetime) -> Person:
        """Redeem the code and verify who came. Raises NotAuthenticated, ChannelDown."""
        code = _check_answer(parameters, pending, self._issuer, now)
        metadata = self._gate(now)
        tokens = self._redeem(metadata["token_endpoint"], code, pending, now)
        id_token = str(tokens.get("id_token", ""))
        claims = self._verified(id_token, now)
        # OIDC Core 3.1.3.7 no. 11: the nonce must be the one this browser left with.
        if not compare_digest(str(claims.get("nonce", "")).encode(), pending.nonce.encode()):
            raise NotAuthenticated("the ID token belongs to another login", code="login-nonce")
        more = self._userinfo(metadata["userinfo_endpoint"], str(tokens["access_token"]), str(claims["sub"]))
        return Person(
            subject=str(claims["sub"]),
            level=level_of(claims.get("acr"), self._issuer),
            claims={**more, **claims},
            id_token=id_token,
        )

    def goodbye(self, id_token: str, back: str, language: str, now: datetime) -> tuple[str, dict[str, str]]:
        """Where the browser posts what to log out at the gate too (OpenID Connect RP-Initiated Logout 1.0, 2).

        Posted, because an ID token has no business in an address. The address is empty where the gate cannot be asked.
        """
        try:
            endpoint = str(self._gate(now).get("end_session_endpoint", ""))
        except ChannelDown:
            return "", {}
        fields = {"id_token_hint": id_token, "client_id": self._client_id, "post_logout_redirect_uri": back}
        return endpoint, {**fields, "ui_locales": language}

    def _redeem(self, endpoint: str, code: str, pending: PendingLogin, now: datetime) -> dict[str, Any]:
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self._redirect_uri,
            "code_verifier": pending.verifier,
            "client_id": self._client_id,
            "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
            "client_assertion": self._assertion(now),
        }
        answer = _json(requests.post, endpoint, data=form)
        if not isinstance(answer.get("access_token"), str):
            raise NotAuthenticated(f"the gate refused the code: {answer.get('error')}", code="login-code-refused")
        return answer

    def _assertion(self, now: datetime) -> str:
        # RFC 7523 3: issuer and subject are the client; the audience is the issuer as one string.
        stamp = int(now.timestamp())
        claims = {"iss": self._client_id, "sub": self._client_id, "aud": self._issuer, "jti": str(uuid.uuid4())}
        key = self._keyring.current(Purpose.CLIENT_AUTHENTICATION, now)
        return sign_token(key, {**claims, "iat": stamp, "exp": stamp + 60}, typ="JWT")

    def _verified(self, token: str, now: datetime) -> Mapping[str, Any]:
        try:
            return self._gate_keys.verify(token, typ="JWT", audience=self._client_id, now=now)
        except KeysError as error:
            raise NotAuthenticated(f"the ID token does not verify: {error.code}", code="login-token") from error

    def _userinfo(self, endpoint: str, access_token: str, subject: str) -> dict[str, Any]:
        claims = _json(requests.get, endpoint, headers={"Authorization": f"Bearer {access_token}"})
        # OIDC Core 5.3.2: a userinfo answer about somebody else must not be used.
        if claims.get("sub") != subject:
            raise NotAuthenticated("userinfo speaks of another person", code="login-userinfo")
        return claims

    def _gate(self, now: datetime) -> dict[str, Any]:
        with self._lock:
            if self._fetched_at is None or now - self._fetched_at > METADATA_LIFETIME:
                metadata = _json(requests.get, f"{self._issuer}/.well-known/openid-configuration")
                # OIDC Discovery 4.3: the issuer must be exactly the one asked.
                if metadata.get("issuer") != self._issuer:
                    raise ChannelDown("the gate's metadata name another issuer", code="gate-metadata")
                self._metadata, self._fetched_at = metadata, now
            return self._metadata


def _check_answer(parameters: Mapping[str, str], pending: PendingLogin, issuer: str, now: datetime) -> str:
    # As bytes: the comparison refuses to look at letters outside ASCII, and anybody may send some.
    if not compare_digest(parameters.get("state", "").encode(), pending.state.encode()):
        raise NotAuthenticated("the login was begun elsewhere", code="login-state")
    # RFC 9207 2.4: the answer names who gave it.
    if parameters.get("iss") != issuer:
        raise NotAuthenticated("the answer comes from another issuer", code="login-issuer")
    if now.timestamp() - pending.begun_at > LOGIN_LIFETIME.total_seconds():
        raise NotAuthenticated("the login took too long", code="login-expired")
    if "error" in parameters:
        raise NotAuthenticated("the login was not finished", code=_ENDED.get(parameters["error"], "login-refused"))
    return parameters.get("code", "")


def _challenge(verifier: str) -> str:
    # RFC 7636 4.2: S256.
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def _json(call: Any, url: str, **options: Any) -> dict[str, Any]:
    try:
        answer = call(url, timeout=_TIMEOUT, allow_redirects=False, **options).json()
    except (requests.RequestException, ValueError) as error:
        raise ChannelDown("the login service does not answer", code="gate-unreachable") from error
    if not isinstance(answer, dict):
        raise ChannelDown("the login service answers nonsense", code="gate-unreachable")
    return answer


def seal_pending(pending: PendingLogin, keyring: Keyring, now: datetime) -> str:
    """The cookie value that carries a pending login: sealed, so only we can read or write it."""
    sealed = seal_field(
        keyring.current(Purpose.FIELD_SEALING, now), json.dumps(asdict(pending)).encode(), _COOKIE_CONTEXT
    )
    return base64.urlsafe_b64encode(sealed).decode()


def open_pending(cookie: str, keyring: Keyring) -> PendingLogin:
    """Read the cookie of a pending login. Raises NotAuthenticated when it is missing or not ours."""
    try:
        return PendingLogin(**json.loads(open_field(keyring, base64.urlsafe_b64decode(cookie), _COOKIE_CONTEXT)))
    except (KeysError, ValueError, TypeError) as error:
        raise NotAuthenticated("this browser has no login under way", code="login-lost") from error


def mark_of(state: str) -> str:
    """What tells the cookies of pending logins apart; it says nothing about the state."""
    return hashlib.sha256(state.encode()).hexdigest()[:_MARK]
