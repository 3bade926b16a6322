"""An application that registers itself, with an invitation of the operator's."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from http import HTTPStatus
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from idgateway.registration import administration
from idgateway.store.clients import Invitation
from tests.idgateway.login.world import CALLBACK, ISSUER, TOWN, Person, World, basic_of, query_of

BOUNDS = {
    "authority": TOWN,
    "minimum_level": "substantial",
    "accounts": ["bundid"],
    "claims": ["given_name"],
    "scopes": ["openid", "profile"],
    "grant_types": ["authorization_code"],
}


def metadata(**changes: Any) -> dict[str, Any]:
    """What a plain application says of itself; None leaves a member out."""
    said = {"redirect_uris": [CALLBACK], "client_name": "Hundesteuer", **changes}
    return {name: value for name, value in said.items() if value is not None or name in changes}


@dataclass
class Applicant:
    """Somebody with an initial access token."""

    world: World
    token: str = ""
    made: int = 0  # registrations that were taken: no two of an authority have the same name
    http: FlaskClient = field(init=False)

    def __post_init__(self) -> None:
        """Registration is switched on, and the first invitation is there."""
        gate = self.world.app.extensions["gate"]
        switched_on = replace(gate, settings=replace(gate.settings, registration=True))
        self.world.app.extensions["gate"] = self.world.app.extensions["gate.tokens"].gate = switched_on
        self.http = self.world.app.test_client()
        self.invite()

    def invite(self, *, uses: int = 1, **bounds: Any) -> Invitation:
        """The operator invites; gives the invitation, and keeps its token."""
        gate, now = self.world.app.extensions["gate"], self.world.clock.now
        made, self.token = administration.invite(
            gate.database, gate.settings, {**BOUNDS, **bounds}, uses=uses, lasts=timedelta(days=7), now=now
        )
        return made

    @property
    def shown(self) -> dict[str, Any]:
        """What a request shows."""
        return {"headers": {"Authorization": f"Bearer {self.token}"}, "base_url": ISSUER}

    def register(self, **changes: Any) -> TestResponse:
        """Come with these metadata."""
        own = {"client_name": f"Hundesteuer {self.made + 1}"} if self.made else {}
        answer = self.http.post("/register", json=metadata(**{**own, **changes}), **self.shown)
        self.made += answer.status_code == HTTPStatus.CREATED
        return answer

    def manage(self, method: str, made: Mapping[str, Any], content: Any = None) -> TestResponse:
        """Read, change or remove oneself."""
        return self.call(method, made["client_id"], made["registration_access_token"], content)

    def call(self, method: str, client_id: str, token: str, content: Any = None) -> TestResponse:
        """The same with any token."""
        headers = {"Authorization": f"Bearer {token}"}
        said = {} if content is None else {"json": content}
        return self.http.open(f"/register/{client_id}", method=method.upper(), headers=headers, base_url=ISSUER, **said)

    def page(self, made: Mapping[str, Any], *, person: Person | None = None, **changes: str) -> TestResponse:
        """What a person sees first who comes from it."""
        return (person or self.world.browser()).authorize(made["client_id"], **changes)

    def told(self, made: Mapping[str, Any]) -> Mapping[str, Any]:
        """A whole login with its secret, to the end: what userinfo tells."""
        person = self.world.browser()
        there = person.answered(person.authorize(made["client_id"], account="bundid"))
        back = person.past_the_page(person.get(there.location.removeprefix(ISSUER)))
        code = query_of(back.location)["code"]
        headers = {"Authorization": basic_of(made["client_id"], made["client_secret"])}
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": CALLBACK}
        tokens = person.post("/token", data={**form, "code_verifier": person.verifier}, headers=headers)
        assert tokens.status_code == 200, tokens.json
        return person.userinfo(tokens.json["access_token"]).json
