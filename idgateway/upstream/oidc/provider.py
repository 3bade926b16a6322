"""One OpenID Connect account as the gate's port sees it: code flow, PKCE S256, pushed requests where offered.

Sources: OpenID Connect Core 1.0 section 3.1; RFC 7636 (PKCE); RFC 9126 (pushed requests); RFC 9207 (``iss``).
"""

import hashlib
import secrets
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlencode

from idgateway.assurance import Level
from idgateway.errors import AnswerRefused, LevelNotReached, NotConfigured, UpstreamUnavailable
from idgateway.settings import OidcProvider
from idgateway.upstream import Answer, Ask, Assertion, Attribute, Handover
from idgateway.upstream.oidc.claims import claim_reader, staff_attributes
from idgateway.upstream.oidc.client import ProvenClient
from idgateway.upstream.oidc.identity import ALGORITHMS, Expected, Identified, check_id_token
from idgateway.upstream.oidc.levels import level_source
from idgateway.upstream.oidc.peer import Discovered, Peer
from idgateway.upstream.oidc.refusals import known_word, refuse
from idgateway.upstream.oidc.request import binding, is_fresh, wishes
from idgateway.upstream.oidc.userinfo import ask_userinfo
from keys.keyring import Keyring

PUSHED: Final = ("auto", "required", "never")
_CODE_LENGTH: Final = 4096
_SECRET_BYTES: Final = 32


class OidcUpstream:
    """An OpenID Provider behind the port. Nothing is fetched before the first login."""

    def __init__(self, settings: OidcProvider, keyring: Keyring, callback_url: str) -> None:
        """Raises UnknownLevel, NotConfigured, or UpstreamUnavailable ``issuer``: each stops the start."""
        if settings.par not in PUSHED:
            raise NotConfigured(f"gate.oidc {settings.name}: par is unknown")
        self.name = settings.name
        self.title = settings.title
        self._levels = level_source(settings)
        self._reader = claim_reader(settings)
        self._algorithms = _algorithms(settings)
        self._peer = Peer(settings.issuer)
        self._client = ProvenClient(settings, self._peer, keyring)
        self._settings = settings
        self._callback_url = callback_url

    def begin(self, ask: Ask) -> Handover:
        """Send the browser to the provider. Raises UpstreamUnavailable, or LevelNotReached where no login could do."""
        self._check_reach(ask.level)
        discovered = self._peer.discovered(ask.now)
        verifier, nonce = secrets.token_urlsafe(_SECRET_BYTES), secrets.token_urlsafe(_SECRET_BYTES)
        parameters = {
            **binding(self._settings, ask, callback_url=self._callback_url, nonce=nonce, verifier=verifier),
            **wishes(self._settings, ask, discovered, self._levels, self._reader),
        }
        if self._pushes(discovered):
            parameters = self._pushed(parameters, discovered, ask)
        memory = {
            "state": ask.relay_state,
            "nonce": nonce,
            "verifier": verifier,
            "fresh": "yes" if is_fresh(self._settings, ask) else "",
            "attributes": " ".join(ask.attributes),
        }
        endpoint = discovered.authorization
        url = f"{endpoint}{'&' if '?' in endpoint else '?'}{urlencode(parameters)}"
        return Handover(url=url, memory=memory)

    def complete(self, answer: Answer) -> Assertion:
        """Judge the answer, redeem the code, judge the ID token, and ask userinfo for what is still missing.

        Raises AnswerRefused, LoginDenied (LevelNotReached, LoginCancelled) or UpstreamUnavailable. As for SAML, the
        caller owes the check that ``assertion_id`` is new.
        """
        self._check_reach(answer.asked_level)
        self._check_answer(answer)
        told = self._redeem(answer)
        identified = check_id_token(told.get("id_token"), self._peer, self._expected(answer, told))
        level = self._levels.judge(identified.claims, answer.asked_level)
        return Assertion(
            provider=self.name,
            subject=identified.subject,
            level=level,
            means=self.name,
            authenticated_at=identified.authenticated_at,
            assertion_id=hashlib.sha256(str(told["id_token"]).encode()).hexdigest(),
            expires_at=identified.expires_at,
            attributes=self._attributes(answer, told, identified, level),
        )

    def _check_reach(self, asked: Level) -> None:
        if self._levels.highest < asked:
            raise LevelNotReached(f"this account reaches {self._levels.highest.name}")

    def _pushes(self, discovered: Discovered) -> bool:
        """RFC 9126: pushed where offered; a setting the provider contradicts stops the login, never weakens it."""
        wish, offered = self._settings.par, bool(discovered.pushed_requests)
        if (wish == "required" and not offered) or (wish == "never" and discovered.only_pushed):
            raise UpstreamUnavailable("the settings and the provider disagree on pushed requests", code="par")
        return offered and wish != "never"

    def _pushed(self, parameters: Mapping[str, str], discovered: Discovered, ask: Ask) -> dict[str, str]:
        """RFC 9126 2: the request goes over the back channel, the browser carries a reference only."""
        told = self._client.post(discovered.pushed_requests, parameters, ask.now)
        reference = told.get("request_uri")
        if "error" in told or not isinstance(reference, str) or not 0 < len(reference) <= _CODE_LENGTH:
            why = known_word(told["error"]) if "error" in told else "nothing to refer to"
            raise UpstreamUnavailable(f"the provider says: {why}", code="par")
        return {"client_id": self._settings.client_id, "request_uri": reference}

    def _check_answer(self, answer: Answer) -> None:
        """State, issuer and error of the authorization response, before anything is sent anywhere."""
        told = answer.parameters
        state = answer.memory.get("state", "")
        if not state or told.get("state") != state:
            raise AnswerRefused("of another login", code="state")
        # RFC 9207 2.4: compare where present, and refuse its absence where the provider promised it (mix-up attack).
        promised = self._peer.discovered(answer.now).names_itself
        if told.get("iss", None if promised else self._peer.issuer) != self._peer.issuer:
            raise AnswerRefused("of another provider", code="issuer")
        if "error" in told:
            refuse(told["error"])
        if not 0 < len(told.get("code", "")) <= _CODE_LENGTH:
            raise AnswerRefused("no code", code="code")

    def _redeem(self, answer: Answer) -> Mapping[str, Any]:
        """Exchange the code for the tokens (OpenID Connect Core 3.1.3)."""
        form = {
            "grant_type": "authorization_code",
            "code": answer.parameters["code"],
            "redirect_uri": self._callback_url,
            "code_verifier": answer.memory.get("verifier", ""),
        }
        told = self._client.post(self._peer.discovered(answer.now).token, form, answer.now)
        if told.get("error") == "invalid_grant":
            raise AnswerRefused("the provider does not accept the code", code="code")
        if "error" in told:
            raise UpstreamUnavailable(f"the provider says: {known_word(told['error'])}", code="token-endpoint")
        return told

    def _expected(self, answer: Answer, told: Mapping[str, Any]) -> Expected:
        return Expected(
            client_id=self._settings.client_id,
            nonce=answer.memory.get("nonce", ""),
            algorithms=self._algorithms,
            not_before=answer.asked_at if answer.memory.get("fresh") else None,
            access_token=told.get("access_token"),
            now=answer.now,
        )

    def _attributes(
        self, answer: Answer, told: Mapping[str, Any], identified: Identified, level: Level
    ) -> Mapping[str, Attribute]:
        if self._settings.staff:
            return staff_attributes(identified.claims)
        asked = answer.memory.get("attributes", "").split()
        found = self._reader.read(identified.claims, asked, level)
        discovered = self._peer.discovered(answer.now)
        enough = {name for name, one in found.items() if one.level or not discovered.verified_claims}
        if not discovered.userinfo or set(self._reader.wanted(asked).values()) <= enough:
            return found
        more = ask_userinfo(
            self._peer,
            told,
            subject=identified.subject,
            client_id=self._settings.client_id,
            algorithms=self._algorithms,
            now=answer.now,
        )
        return _better(found, self._reader.read(more, asked, level))


def _better(first: Mapping[str, Attribute], second: Mapping[str, Attribute]) -> dict[str, Attribute]:
    """Of two sources the one that proves more; where none does, the first."""
    chosen = {**second, **first}
    return chosen | {name: one for name, one in second.items() if (one.level or 0) > (chosen[name].level or 0)}


def _algorithms(settings: OidcProvider) -> tuple[str, ...]:
    """The one algorithm registered with the provider; staff accounts may leave it open."""
    if not settings.id_token_algorithm and settings.staff:
        return ALGORITHMS
    if settings.id_token_algorithm not in ALGORITHMS:
        raise NotConfigured(f"gate.oidc {settings.name}: id_token_algorithm is none of {', '.join(ALGORITHMS)}")
    return (settings.id_token_algorithm,)
