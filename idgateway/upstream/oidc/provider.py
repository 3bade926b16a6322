"""One OpenID Connect account as the gate's port sees it: code flow, PKCE S256, private_key_jwt.

Sources: OpenID Connect Core 1.0 section 3.1; RFC 7636 (PKCE); RFC 9207 (``iss``); RFC 7523 (client assertion).
"""

import base64
import hashlib
import secrets
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import urlencode

from idgateway.assurance import level_from_name
from idgateway.errors import AnswerRefused, LevelNotReached, LoginCancelled, UpstreamUnavailable
from idgateway.settings import OidcProvider
from idgateway.upstream import Answer, Ask, Assertion, Handover
from idgateway.upstream.oidc.identity import attributes_of, check_id_token
from idgateway.upstream.oidc.peer import Peer, fetch
from keys.errors import KeysError
from keys.keyring import Keyring, Purpose
from keys.tokens import sign_token

ASSERTION_TYPE: Final = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
ASSERTION_LIFE: Final = timedelta(seconds=60)
_CODE_LENGTH: Final = 4096
_SECRET_BYTES: Final = 32
_ENDED: Final = frozenset({"access_denied", "login_required", "interaction_required", "consent_required"})
_BUSY: Final = frozenset({"server_error", "temporarily_unavailable"})


class OidcUpstream:
    """An OpenID Provider behind the port. Nothing is fetched before the first login."""

    def __init__(self, settings: OidcProvider, keyring: Keyring, callback_url: str) -> None:
        """Raises UnknownLevel, or UpstreamUnavailable ``issuer``: each stops the start."""
        self.name = settings.name
        self.title = settings.title
        self._level = level_from_name(settings.level)
        self._peer = Peer(settings.issuer)
        self._settings = settings
        self._keyring = keyring
        self._callback_url = callback_url

    def begin(self, ask: Ask) -> Handover:
        """Send the browser to the provider. Raises UpstreamUnavailable."""
        endpoint = self._peer.endpoints(ask.now).authorization
        verifier, nonce = secrets.token_urlsafe(_SECRET_BYTES), secrets.token_urlsafe(_SECRET_BYTES)
        parameters = {
            "response_type": "code",
            "client_id": self._settings.client_id,
            "redirect_uri": self._callback_url,
            "scope": " ".join(self._settings.scopes),
            "state": ask.relay_state,
            "nonce": nonce,
            "code_challenge": _challenge(verifier),
            "code_challenge_method": "S256",
            "ui_locales": ask.language,
        }
        url = f"{endpoint}{'&' if '?' in endpoint else '?'}{urlencode(parameters)}"
        return Handover(url=url, memory={"state": ask.relay_state, "nonce": nonce, "verifier": verifier})

    def complete(self, answer: Answer) -> Assertion:
        """Judge the answer, redeem the code, judge the ID token.

        Raises AnswerRefused, LevelNotReached, LoginCancelled or UpstreamUnavailable. As for SAML, the caller owes the
        check that ``assertion_id`` is new.
        """
        if self._level < answer.asked_level:
            raise LevelNotReached(f"this account reaches {self._level.name}")
        self._check_answer(answer)
        token = self._redeem(answer)
        identified = check_id_token(
            token,
            self._peer,
            client_id=self._settings.client_id,
            nonce=answer.memory.get("nonce", ""),
            now=answer.now,
        )
        return Assertion(
            provider=self.name,
            subject=identified.subject,
            level=self._level,
            means=self.name,
            authenticated_at=identified.authenticated_at,
            assertion_id=hashlib.sha256(str(token).encode()).hexdigest(),
            expires_at=identified.expires_at,
            attributes=attributes_of(identified.claims, staff=self._settings.staff),
        )

    def _check_answer(self, answer: Answer) -> None:
        """State, issuer and error of the authorization response, before anything is sent anywhere."""
        told = answer.parameters
        state = answer.memory.get("state", "")
        if not state or told.get("state") != state:
            raise AnswerRefused("of another login", code="state")
        # RFC 9207 2.4: compare where present, and refuse its absence where the provider promised it (mix-up attack).
        promised = self._peer.endpoints(answer.now).names_itself
        if told.get("iss", None if promised else self._peer.issuer) != self._peer.issuer:
            raise AnswerRefused("of another provider", code="issuer")
        if "error" in told:
            _refuse(told["error"])
        if not 0 < len(told.get("code", "")) <= _CODE_LENGTH:
            raise AnswerRefused("no code", code="code")

    def _redeem(self, answer: Answer) -> object:
        """Exchange the code for the ID token (OpenID Connect Core 3.1.3)."""
        form = {
            "grant_type": "authorization_code",
            "code": answer.parameters["code"],
            "redirect_uri": self._callback_url,
            "client_id": self._settings.client_id,
            "code_verifier": answer.memory.get("verifier", ""),
            "client_assertion_type": ASSERTION_TYPE,
            "client_assertion": self._assertion(answer.now),
        }
        told = fetch("POST", self._peer.endpoints(answer.now).token, form)
        if told.get("error") == "invalid_grant":
            raise AnswerRefused("the provider does not accept the code", code="code")
        if "error" in told:
            raise UpstreamUnavailable("the provider refuses us", code="token-endpoint")
        return told.get("id_token")

    def _assertion(self, now: datetime) -> str:
        """private_key_jwt; the issuer as a plain string is the only audience that cannot be misused elsewhere."""
        claims = {
            "iss": self._settings.client_id,
            "sub": self._settings.client_id,
            "aud": self._peer.issuer,
            "jti": secrets.token_urlsafe(_SECRET_BYTES),
            "iat": int(now.timestamp()),
            "exp": int((now + ASSERTION_LIFE).timestamp()),
        }
        try:
            return sign_token(self._keyring.current(Purpose.CLIENT_AUTHENTICATION, now), claims, typ="JWT")
        except KeysError as error:
            raise UpstreamUnavailable(str(error), code="signing-key") from None


def _challenge(verifier: str) -> str:
    # RFC 7636 4.2
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def _refuse(error: str) -> None:
    """An error answer (RFC 6749 4.1.2.1, OpenID Connect Core 3.1.2.6); its description is never shown."""
    if error in _ENDED:
        raise LoginCancelled(error)
    if error in _BUSY:
        raise UpstreamUnavailable(error, code="provider-error")
    raise AnswerRefused("the provider answered with an error", code="provider-error")
