"""A client of the dynamic plan: registers itself with a key of its own, and logs people in."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey
from werkzeug.test import TestResponse

from tests.idgateway.documents import Documents
from tests.idgateway.login.world import CALLBACK, ISSUER, Person, World, query_of
from tests.idgateway.registration.applicant import Applicant

_ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


@dataclass
class DynamicClient:
    """One registration, in front of one browser; ``at`` is where it publishes its keys instead of handing them over."""

    applicant: Applicant
    metadata: dict[str, Any]
    at: Documents | None = None
    key: ECKey | RSAKey = field(default_factory=lambda: ECKey.generate_key("P-256"))
    algorithm: str = "ES256"
    kid: str = "first"
    said: Mapping[str, Any] = field(init=False)
    person: Person = field(init=False)

    def __post_init__(self) -> None:
        """Register."""
        keys = {"jwks_uri": self.at.put("/jwks", self._jwks())} if self.at else {"jwks": self._jwks()}
        answer = self.applicant.register(token_endpoint_auth_method="private_key_jwt", **keys, **self.metadata)
        assert answer.status_code == 201, answer.json
        self.said, self.person = answer.json, self.world.browser()

    @property
    def world(self) -> World:
        return self.applicant.world

    @property
    def client_id(self) -> str:
        return self.said["client_id"]

    def rotate(self) -> None:
        """Another key takes the place of the old one where they are published."""
        self.key, self.kid = ECKey.generate_key("P-256"), "second"
        self.at.put("/jwks", self._jwks())

    def published(self, algorithm: str) -> dict[str, Any]:
        """The provider's newest key of this kind."""
        return next(one for one in self.person.get("/jwks").json["keys"] if one["alg"] == algorithm)

    def first_page(self) -> TestResponse:
        """What a person sees before the login."""
        return self.person.authorize(self.client_id, **_WITHOUT_PKCE)

    def ask(self, **changes: str | None) -> TestResponse:
        """A request that skips that page, without PKCE as the suite sends it."""
        usual = {"account": "bundid", "redirect_uri": self.said["redirect_uris"][0], **_WITHOUT_PKCE}
        return self.person.authorize(self.client_id, **{**usual, **changes})

    def back(self, **changes: str | None) -> str:
        """A login; gives the address that the person is led back to."""
        there = self.person.answered(self.ask(**changes))
        assert there.status_code == 303, there.text
        return self.person.past_the_page(self.person.get(there.location.removeprefix(ISSUER))).location

    def refused(self, **changes: str | None) -> str:
        """The error the client hears at once."""
        return query_of(self.ask(**changes).location)["error"]

    def tokens(self, *, audience: str = f"{ISSUER}/token", **changes: str | None) -> Mapping[str, Any]:
        """A login to its tokens."""
        code = query_of(self.back(**changes))["code"]
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": CALLBACK}
        answer = self.person.post("/token", data={**form, **self._proof(audience)})
        assert answer.status_code == 200, answer.json
        return answer.json

    def refresh(self, token: str) -> TestResponse:
        """Another access token."""
        form = {"grant_type": "refresh_token", "refresh_token": token}
        return self.person.post("/token", data={**form, **self._proof(f"{ISSUER}/token")})

    def request_object(self, **changes: str) -> str:
        """A signed request."""
        asked = {**self.person.request_of(self.client_id, **_WITHOUT_PKCE), "iss": self.client_id, "aud": ISSUER}
        return jwt.encode(self._header(), {**asked, **changes}, self.key)

    def _proof(self, audience: str) -> dict[str, str]:
        now = int(self.world.clock.now.timestamp())
        who = {"iss": self.client_id, "sub": self.client_id, "aud": audience}
        claims = {**who, "jti": secrets.token_hex(8), "iat": now, "exp": now + 60}
        return {"client_assertion_type": _ASSERTION, "client_assertion": jwt.encode(self._header(), claims, self.key)}

    def _header(self) -> dict[str, str]:
        return {"alg": self.algorithm, "kid": self.kid}

    def _jwks(self) -> dict[str, Any]:
        return {"keys": [self.key.as_dict(private=False, kid=self.kid, use="sig", alg=self.algorithm)]}


_WITHOUT_PKCE: dict[str, str | None] = {"code_challenge": None, "code_challenge_method": None}
