"""A relying party as the certification suite plays it: no PKCE unless asked, strict about every answer (catalogue A0)."""

import math
import secrets
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from werkzeug.test import TestResponse

from keys.tokens import verify_token
from tests.http import forms_of
from tests.idgateway.login.world import CALLBACK, ISSUER, Person, World, query_of

_KEPT = ("login", "code", "state", "iss", "error", "error_description")


def entropy(text: str) -> float:
    """Shannon entropy of a text, in bits."""
    counts = Counter(text)
    return sum(-count * math.log2(count / len(text)) for count in counts.values())


@dataclass
class RelyingParty:
    """One client of the suite, in front of one browser."""

    world: World
    mode: str = "query"
    client_id: str = "basic"
    person: Person = field(init=False)
    nonce: str = ""
    state: str = ""

    def __post_init__(self) -> None:
        """A fresh browser."""
        self.person = self.world.browser()

    def parameters(self, **changes: str | None) -> dict[str, str]:
        """A request as the suite makes it; None leaves a parameter out."""
        self.nonce, self.state = secrets.token_urlsafe(10), secrets.token_urlsafe(10)
        given = {
            "client_id": self.client_id,
            "scope": "openid",
            "redirect_uri": CALLBACK,
            "state": self.state,
            "nonce": self.nonce,
            "response_type": "code",
            "response_mode": "form_post" if self.mode == "form_post" else None,
            **changes,
        }
        return {name: value for name, value in given.items() if value is not None}

    def ask(self, **changes: str | None) -> TestResponse:
        """Send the browser to the provider."""
        return self.person.get("/authorize", query_string=self.parameters(**changes))

    def authenticate(self, page: TestResponse, **said: Any) -> TestResponse:
        """The person logs in at the account; gives the page that answers the application."""
        there = self.person.answered(page, **said)
        return self.person.past_the_page(self.person.get(urlsplit(there.location).path))

    def heard(self, answer: TestResponse) -> Mapping[str, str]:
        """A0.1: what came at the callback, by the way that was asked for, with exact state and issuer and nothing else."""
        if self.mode == "form_post":
            assert answer.status_code == 200, answer.text
            (form,) = [form for form in forms_of(answer.text) if form["action"] == CALLBACK]
            assert form["method"].lower() == "post"
            told = form["fields"]
        else:
            assert answer.status_code == 303, answer.text
            assert answer.location.startswith(CALLBACK + "?")
            told = query_of(answer.location)
        assert (told["state"], told["iss"]) == (self.state, ISSUER)
        assert told.keys() <= set(_KEPT)
        return told

    def login(self, **changes: str | None) -> Mapping[str, str]:
        """A login with its page; gives what the application heard."""
        told = self.heard(self.authenticate(self.ask(**changes)))
        # A0.2
        assert len(told["code"]) >= 22
        assert entropy(told["code"]) > 96
        return told

    def silently(self, **changes: str | None) -> Mapping[str, str]:
        """A request that needs no page."""
        return self.heard(self.ask(**changes))

    def redeemed(self, code: str, **changes: str | None) -> TestResponse:
        """The token answer, whatever it is."""
        return self.person.redeem(code, self.client_id, **{"code_verifier": None, **changes})

    def tokens(self, code: str, **changes: str | None) -> Mapping[str, Any]:
        """A0.3: a good token answer."""
        answer = self.redeemed(code, **changes)
        assert answer.status_code == 200, answer.json
        assert "no-store" in answer.headers["Cache-Control"]
        assert answer.json["token_type"] == "Bearer"
        assert isinstance(answer.json["expires_in"], int)
        return answer.json

    def id_token(self, tokens: Mapping[str, Any]) -> Mapping[str, Any]:
        """A0.4: the ID token, verified by a key of the published set."""
        jwks, now = self.person.get("/jwks").json, self.world.clock.now
        claims = verify_token(
            tokens["id_token"], jwks, typ=None, issuer=ISSUER, audience=self.client_id, now=now, algorithms=("RS256",)
        )
        assert claims.get("nonce") == (self.nonce or None)
        assert claims["sub"].isascii()
        assert len(claims["sub"]) <= 255
        return claims

    def whole(self, **changes: str | None) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
        """A login to its end: ID token and userinfo."""
        tokens = self.tokens(self.login(**changes)["code"])
        told = self.person.userinfo(tokens["access_token"])
        assert told.status_code == 200
        return self.id_token(tokens), told.json
