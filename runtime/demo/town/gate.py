"""The whole connection to the gate: discovery, code flow with PKCE, private_key_jwt, userinfo, a token for the postbox.

Copy this file to connect an application of your own. Authlib does the OAuth part, joserfc checks the ID token.
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import requests
from authlib.integrations.base_client import OAuthError
from authlib.integrations.requests_client import OAuth2Session
from authlib.oauth2.rfc7523 import PrivateKeyJWT
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, KeySet

from runtime.demo.town.person import Person, level_of, person_from
from runtime.demo.town.settings import TownSettings

SUBSTANTIAL = "http://eidas.europa.eu/LoA/substantial"
_TIMEOUT = 20  # seconds
_ALGORITHMS = ["ES256", "RS256"]


class LoginFailed(Exception):
    """The login did not end well; ``error`` is the gate's OAuth error where it gave one."""

    def __init__(self, reason: str, *, error: str = "") -> None:
        """Keep a reason for the log; it holds no personal data."""
        super().__init__(reason)
        self.error = error


class GateUnavailable(Exception):
    """The gate could not be reached, or said no to this application."""


@dataclass(frozen=True, kw_only=True)
class Begun:
    """What must wait, bound to this browser, until the login comes back."""

    url: str  # where the browser goes
    client_id: str
    state: str
    nonce: str
    verifier: str  # PKCE, RFC 7636


class Gate:
    """The gate as this application sees it."""

    def __init__(self, settings: TownSettings, callback: str = "/urkunde/callback") -> None:
        """Read the client's key; the gate itself is asked when it is first needed."""
        self._settings = settings
        self._key = ECKey.import_key(settings.key_file.read_text(encoding="ascii"))
        self._redirect_uri = settings.public_url + callback
        self._known: Mapping[str, Any] | None = None

    def begin(self, *, guest: bool) -> Begun:
        """Start a login at level substantial. Raises GateUnavailable."""
        client_id = self._settings.guest_client_id if guest else self._settings.client_id
        return self.begin_as(client_id, scope="openid profile address" if guest else "openid profile address postbox")

    def begin_as(self, client_id: str, *, scope: str) -> Begun:
        """Start a login of one of the town's applications. Raises GateUnavailable."""
        session = self._session(client_id, scope=scope, code_challenge_method="S256")
        verifier, nonce = secrets.token_urlsafe(48), secrets.token_urlsafe(24)
        url, state = session.create_authorization_url(
            self._discovered("authorization_endpoint"), code_verifier=verifier, nonce=nonce, acr_values=SUBSTANTIAL
        )
        return Begun(url=url, client_id=client_id, state=state, nonce=nonce, verifier=verifier)

    def complete(self, answer: Mapping[str, str], begun: Begun) -> tuple[Person, str]:
        """Redeem the answer for the person and the ID token. Raises LoginFailed, GateUnavailable."""
        userinfo, acr, id_token = self.redeem(answer, begun)
        return person_from(userinfo, acr), id_token

    def redeem(self, answer: Mapping[str, str], begun: Begun) -> tuple[Mapping[str, Any], str, str]:
        """Redeem the answer for userinfo, the login's ``acr`` and the ID token. Raises LoginFailed, GateUnavailable."""
        self._check_answer(answer, begun)
        session = self._session(begun.client_id)
        token = self._call(
            session.fetch_token,
            self._discovered("token_endpoint"),
            grant_type="authorization_code",
            code=answer["code"],
            redirect_uri=self._redirect_uri,
            code_verifier=begun.verifier,
        )
        id_token = str(token.get("id_token", ""))
        claims = self._checked_id_token(id_token, begun)
        userinfo: Mapping[str, Any] = self._call(
            session.get, self._discovered("userinfo_endpoint"), timeout=_TIMEOUT
        ).json()
        # OpenID Connect Core 5.3.2: the answer belongs to the login only if the subjects are equal.
        if userinfo.get("sub") != claims["sub"]:
            raise LoginFailed("userinfo of another subject")
        return userinfo, str(claims["acr"]), id_token

    def goodbye(self, id_token: str, back: str) -> tuple[str, dict[str, str]]:
        """Where the browser posts what to log out at the gate too; nowhere if the gate does not offer it or is away."""
        try:
            endpoint = self._discovered("end_session_endpoint") if id_token else ""
        except GateUnavailable:
            endpoint = ""
        # OpenID Connect RP-Initiated Logout 1.0, 2; posted, because a token has no business in an address.
        return endpoint, {"id_token_hint": id_token, "post_logout_redirect_uri": back}

    def postbox_token(self, scope: str) -> str:
        """An access token for the postbox, as this application itself. Raises GateUnavailable."""
        token = self._call(
            self._session(self._settings.client_id).fetch_token,
            self._discovered("token_endpoint"),
            grant_type="client_credentials",
            scope=scope,
            resource=self._settings.postbox_url,
        )
        return str(token["access_token"])

    def _check_answer(self, answer: Mapping[str, str], begun: Begun) -> None:
        if not secrets.compare_digest(answer.get("state", "").encode(), begun.state.encode()):
            raise LoginFailed("state is not this browser's")
        # RFC 9207: an answer of another authorization server is none of ours.
        if answer.get("iss") != self._settings.issuer:
            raise LoginFailed("iss is not the gate")
        if "error" in answer:
            raise LoginFailed("the gate told an error", error=answer["error"])
        if not answer.get("code"):
            raise LoginFailed("no code")

    def _checked_id_token(self, token: str, begun: Begun) -> Mapping[str, Any]:
        # Fetched anew at each login, which is rare here: then a key rotation at the gate is nothing special.
        jwks = self._call(requests.get, self._discovered("jwks_uri"), timeout=_TIMEOUT).json()
        rules = jwt.JWTClaimsRegistry(
            iss={"essential": True, "value": self._settings.issuer},
            aud={"essential": True, "value": begun.client_id},
            nonce={"essential": True, "value": begun.nonce},
            sub={"essential": True},
            exp={"essential": True},
            acr={"essential": True},
            leeway=30,
        )
        try:
            claims = jwt.decode(token, KeySet.import_key_set(jwks), algorithms=_ALGORITHMS).claims
            rules.validate(claims)
        except (JoseError, ValueError) as error:
            raise LoginFailed(f"ID token: {type(error).__name__}") from None
        if level_of(claims["acr"]) not in ("substantial", "high"):
            raise LoginFailed("level too low")
        return claims

    def _session(self, client_id: str, **options: Any) -> OAuth2Session:
        session = OAuth2Session(
            client_id,
            client_secret=self._key,  # an ECKey object: Authlib reads a PEM as RSA
            token_endpoint_auth_method="private_key_jwt",  # noqa: S106 - a method's name
            redirect_uri=options.pop("redirect_uri", self._redirect_uri),
            default_timeout=_TIMEOUT,
            leeway=5,  # seconds; Authlib's 60 would call a token of a minute expired at birth
            **options,
        )
        # No claims=…: Authlib would write the jti into that dict and repeat it for ever.
        session.register_client_auth_method(PrivateKeyJWT(alg="ES256", headers={"kid": self._key.thumbprint()}))
        return session

    def _discovered(self, name: str) -> str:
        if self._known is None:
            url = self._settings.issuer + "/.well-known/openid-configuration"
            found = self._call(requests.get, url, timeout=_TIMEOUT).json()
            # OpenID Connect Discovery 1.0 4.3: the issuer must be exactly the one asked.
            if found.get("issuer") != self._settings.issuer:
                raise GateUnavailable("discovery names another issuer")
            self._known = found
        return str(self._known.get(name, ""))

    @staticmethod
    def _call(method: Any, *arguments: Any, **options: Any) -> Any:
        try:
            answer = method(*arguments, **options)
            if isinstance(answer, requests.Response):
                answer.raise_for_status()
        except (OAuthError, requests.RequestException) as error:
            raise GateUnavailable(type(error).__name__) from error
        return answer
