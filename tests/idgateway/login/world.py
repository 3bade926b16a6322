"""A small world around the gate: an honest identity provider, applications with keys of their own, a clock to turn."""

import base64
import hashlib
import hmac
import json
import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from flask import Flask
from flask.testing import FlaskClient
from joserfc import jwt
from joserfc.jwk import ECKey
from werkzeug.test import TestResponse

from idgateway.assurance import Level
from idgateway.attributes import normalise
from idgateway.errors import AnswerRefused, LevelNotReached, LoginCancelled
from idgateway.provider.client_secret import new_secret
from idgateway.provider.request import SIGNED
from idgateway.settings import Authority, Client, GateSettings, OidcProvider, PostboxPeer
from idgateway.upstream import Answer, Ask, Assertion, Attribute, Handover
from tests.http import forms_of

ISSUER = "http://localhost:8080"
TOWN, OTHER_TOWN = "064310020020", "064310022022"
CALLBACK = "http://localhost:8083/callback"
RESTART = "http://localhost:8083/login"
GOODBYE = "http://localhost:8083/goodbye"
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
HIGH = "http://eidas.europa.eu/LoA/high"
SUBSTANTIAL = "http://eidas.europa.eu/LoA/substantial"
SECRETS = {name: new_secret() for name in ("basic", "post")}  # each with its hash

PERSONAL = ("openid", "profile", "email", "address", "phone")
PURPOSE = "Wir prüfen, ob Ihnen die Urkunde zusteht (§ 62 PStG)."
LASTING = {
    "grant_types": ("authorization_code", "refresh_token"),
    "scopes": (*PERSONAL, "postbox", "offline_access"),
}

ERIKA = {
    "given_name": ("Erika", Level.HIGH),
    "family_name": ("Mustermann", Level.HIGH),
    "birth_name": ("Gabler", Level.HIGH),
    "birthdate": ("1964-08-12", Level.HIGH),
    "place_of_birth": ("Berlin", Level.HIGH),
    "nationality": ("D", Level.HIGH),
    "street_address": ("Heidestraße 17", Level.HIGH),
    "postal_code": ("51147", Level.HIGH),
    "locality": ("Köln", Level.HIGH),
    "country": ("D", Level.HIGH),
    "salutation": ("2", Level.BASIC),
    "email": ("erika@example.org", Level.LOW),
    "phone": ("+49 6204 9880", Level.LOW),
}


@dataclass
class Clock:
    """A clock that stands until somebody turns it."""

    now: datetime = NOW

    def __call__(self) -> datetime:
        return self.now

    def turn(self, **by: float) -> None:
        self.now += timedelta(**by)


@dataclass
class HonestProvider:
    """An identity provider behind the gate's port that really checks: a MAC, the request, the level, the receiver."""

    name: str
    secret: bytes = field(default_factory=lambda: secrets.token_bytes(32))
    asks: list[Ask] = field(default_factory=list)

    def begin(self, ask: Ask) -> Handover:
        self.asks.append(ask)
        fields = {"question": secrets.token_hex(8), "RelayState": ask.relay_state}
        return Handover(url="https://idp.example/sso", fields=fields, memory={"question": fields["question"]})

    def complete(self, answer: Answer) -> Assertion:
        body, mac = answer.parameters.get("answer", ""), answer.parameters.get("mac", "")
        if not hmac.compare_digest(self._mac(body), mac):
            raise AnswerRefused("bad mac", code="signature")
        said = json.loads(body)
        if said["question"] != answer.memory["question"]:
            raise AnswerRefused("another question", code="in-response-to")
        if said.get("cancelled"):
            raise LoginCancelled("cancelled")
        level = Level(said["level"])
        if level < answer.asked_level:
            raise LevelNotReached("too low")
        return Assertion(
            provider=self.name,
            subject=said["subject"],
            level=level,
            means=said["means"],
            authenticated_at=answer.now,
            assertion_id=said["id"],
            expires_at=answer.now + timedelta(minutes=5),
            attributes={
                name: Attribute(value=normalise(name, raw), raw=raw, level=Level(trust) if trust else None)
                for name, (raw, trust) in said["attributes"].items()
            },
        )

    def answer(self, fields: dict[str, str], **said) -> dict[str, str]:
        """What this provider sends for a question: by default Erika's online ID card."""
        content = {
            "question": fields["question"],
            "id": secrets.token_hex(8),
            "subject": "bpk2-of-erika",
            "level": Level.HIGH.value,
            "means": "eID",
            "attributes": {name: [raw, level.value] for name, (raw, level) in ERIKA.items()},
            **said,
        }
        body = json.dumps(content)
        return {"answer": body, "mac": self._mac(body), "RelayState": fields["RelayState"]}

    def _mac(self, body: str) -> str:
        return hmac.new(self.secret, body.encode(), hashlib.sha256).hexdigest()


def _account(name: str, *, staff: bool = False) -> OidcProvider:
    issuer = f"https://{name}.example"
    whom = "Für alle, die in Bayern wohnen." if name == "bayernid" else ""
    return OidcProvider(
        name=name, title=name, issuer=issuer, client_id="gate", level="high", staff=staff, for_whom=whom
    )


def settings_in(folder: Path, keys: dict[str, ECKey], postbox_jwks: dict) -> GateSettings:
    """The gate's settings: two towns, three services, the postbox and its staff side."""
    for name, key in keys.items():
        jwks = {"keys": [key.as_dict(private=False, kid=name, use="sig", alg="ES256")]}
        (folder / f"{name}.json").write_text(json.dumps(jwks))
    (folder / "postbox-enc.json").write_text(json.dumps(postbox_jwks))
    personal = (
        "given_name",
        "family_name",
        "birth_family_name",
        "birthdate",
        "place_of_birth",
        "nationalities",
        "address",
    )

    def client(client_id: str, **given) -> Client:
        values = {
            "name": client_id.title(),
            "authority": TOWN,
            "minimum_level": "substantial",
            "accounts": ("bundid",),
            "explain_login": "never",
            "consent": "none",
            "redirect_uris": (CALLBACK,),
            "post_logout_redirect_uris": (GOODBYE,),
            "jwks_file": folder / f"{client_id}.json",
            "claims": (*personal, "salutation"),
            "scopes": (*PERSONAL, "postbox"),
            **given,
        }
        return Client(client_id=client_id, **values)

    def secret(method: str) -> dict[str, str | None]:
        return {"authentication": f"client_secret_{method}", "secret_hash": SECRETS[method][1], "jwks_file": None}

    return GateSettings(
        issuer=ISSUER,
        keys_directory=folder,
        database_url="",
        demo=True,
        postbox=PostboxPeer(audience="http://localhost:8082", jwks_file=folder / "postbox-enc.json"),
        authorities=(
            Authority(ars=TOWN, name="Stadt Viernheim", land="HE"),
            Authority(ars=OTHER_TOWN, name="Stadt Lorsch", land="HE"),
        ),
        clients=(
            client(
                "urkunde",
                grant_types=("authorization_code", "refresh_token", "client_credentials"),
                scopes=(*PERSONAL, "postbox", "offline_access", "notices:write"),
                resources=("http://localhost:8082",),
                initiate_login_uri=RESTART,
            ),
            client("wohngeld", minimum_level="basic", claims=("given_name",), **LASTING),
            client("lorsch", authority=OTHER_TOWN, id_token_algorithm="RS256"),
            client("gast", guests_welcome=True, minimum_level="basic", **LASTING),
            client("einsicht", consent="inform", purpose=PURPOSE, **LASTING, claims=(*personal, "email")),
            client("zustimmung", consent="ask", **LASTING, claims=(*personal, "email")),
            client("wahl", accounts=("bundid", "bayernid")),
            client(
                "postbox",
                authority="",
                sector="postbox",
                minimum_level="basic",
                claims=("email",),
                audience="http://localhost:8082",
            ),
            client("casework", authority="", sector="casework", accounts=("staff",), claims=()),
            client(
                "basic",
                **secret("basic"),
                require_pkce=False,
                id_token_algorithm="RS256",
                claims=(*personal, "email", "phone_number"),
            ),
            client("post", **secret("post"), require_pkce=False, id_token_algorithm="RS256"),
            client("fapi", profile="fapi2", response_modes=("query", "form_post", *SIGNED), **LASTING),
            client("geteilt-a", shares_login=True, backchannel_logout_uri="http://127.0.0.1:1/told"),
            client("geteilt-b", shares_login=True),
            client("geteilt-lorsch", shares_login=True, authority=OTHER_TOWN, userinfo_algorithm="RS256"),
        ),
        oidc=(_account("bundid"), _account("bayernid"), _account("staff", staff=True)),
    )


@dataclass
class World:
    """The gate's dressed application with everybody around it."""

    app: Flask
    clock: Clock
    providers: dict[str, HonestProvider]
    keys: dict[str, ECKey]

    def browser(self) -> "Person":
        return Person(self, self.app.test_client())


@dataclass
class Person:
    """A browser with a person in front of it, and the application that sent them."""

    world: World
    http: FlaskClient
    verifier: str = "v" * 64
    state: str = "state-of-the-application"

    def get(self, path: str, **options) -> TestResponse:
        return self.http.get(path, base_url=ISSUER, **options)

    def post(self, path: str, **options) -> TestResponse:
        return self.http.post(path, base_url=ISSUER, **options)

    def request_of(self, client_id: str = "urkunde", **changes) -> dict[str, str]:
        """The parameters of a correct authorization request; None leaves one out."""
        given = {
            "client_id": client_id,
            "redirect_uri": CALLBACK,
            "response_type": "code",
            "scope": "openid profile",
            "state": self.state,
            "nonce": "nonce-1",
            "code_challenge": challenge_of(self.verifier),
            "code_challenge_method": "S256",
            **changes,
        }
        return {name: value for name, value in given.items() if value is not None}

    def authorize(self, client_id: str = "urkunde", **changes) -> TestResponse:
        if client_id == "fapi":
            return self.open(self.push(client_id, **changes).json["request_uri"], client_id)
        return self.get("/authorize", query_string=self.request_of(client_id, **changes))

    def push(self, client_id: str = "urkunde", **changes) -> TestResponse:
        """The application pushes a correct authorization request; None leaves a parameter out."""
        form = {**self.request_of(client_id), **self.proof(client_id), **changes}
        return self.call("/par", client_id, form)

    def open(self, request_uri: str, client_id: str = "urkunde", **more) -> TestResponse:
        """The browser opens a pushed request."""
        return self.get("/authorize", query_string={"client_id": client_id, "request_uri": request_uri, **more})

    def answered(self, page: TestResponse, *, account: str = "bundid", **said) -> TestResponse:
        """The provider's answer, arriving as a cross-site request without this browser's cookies."""
        fields = hidden_fields(page.text)
        parameters = self.world.providers[account].answer(fields, **said)
        return self.deliver(parameters, account=account)

    def deliver(self, parameters: dict[str, str], *, account: str = "bundid") -> TestResponse:
        stranger = self.world.app.test_client()
        query = {**parameters, "state": parameters["RelayState"]}
        return stranger.get(f"/oidc/{account}/callback", query_string=query, base_url=ISSUER)

    def login(
        self, client_id: str = "urkunde", *, account: str = "bundid", said: dict | None = None, **changes
    ) -> dict:
        """A whole login; gives what came back at the application's address."""
        page = self.authorize(client_id, **changes)
        if page.status_code == 303:
            return query_of(page.location)
        there = self.answered(page, account=account, **(said or {}))
        assert there.status_code == 303, there.text
        back = self.past_the_page(self.get(urlsplit(there.location).path))
        assert back.status_code == 303, back.text
        return query_of(back.location)

    def past_the_page(self, page: TestResponse, decision: str = "agreed", *claims: str) -> TestResponse:
        """The person answers the page before data go, where there is one; gives what came after."""
        forms = [one for one in forms_of(page.text) if "/continue/" in one["action"]]
        if page.status_code != 200 or not forms:
            return page
        (form,) = forms
        return self.post(form["action"], data={**form["fields"], "decision": decision, "claim": list(claims)})

    def redeem(self, code: str, client_id: str = "urkunde", **changes) -> TestResponse:
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": CALLBACK,
            "code_verifier": self.verifier,
            **self.proof(client_id),
            **changes,
        }
        return self.call("/token", client_id, form)

    def call(self, path: str, client_id: str, form: dict) -> TestResponse:
        """A request of the application itself; what proves it by form is already there."""
        headers = {"Authorization": basic_of(client_id, SECRETS["basic"][0])} if client_id == "basic" else {}
        if client_id == "fapi" and path == "/token":
            headers["DPoP"] = self.dpop("POST", path)
        given = {name: value for name, value in form.items() if value is not None}
        return self.post(path, data=given, headers=headers)

    def refresh(self, token: str, client_id: str = "urkunde", **changes) -> TestResponse:
        form = {"grant_type": "refresh_token", "refresh_token": token, **self.proof(client_id), **changes}
        return self.call("/token", client_id, form)

    def lasting(self, client_id: str = "urkunde", **options) -> dict:
        """Log in and redeem with offline_access; gives the token answer."""
        scope = options.pop("scope", "openid profile offline_access")
        return self.redeem(self.login(client_id, scope=scope, **options)["code"], client_id).json

    def proof(self, client_id: str = "urkunde", **changes) -> dict[str, str]:
        """What proves the client by form: its signed assertion, fresh each time, or its secret."""
        if client_id in SECRETS:
            return {"client_id": client_id, "client_secret": SECRETS["post"][0]} if client_id == "post" else {}
        now = int(self.world.clock.now.timestamp())
        claims = {
            "iss": client_id,
            "sub": client_id,
            "aud": ISSUER if client_id == "fapi" else f"{ISSUER}/token",
            "jti": secrets.token_hex(8),
            "iat": now,
            "exp": now + 60,
            **changes,
        }
        token = jwt.encode({"alg": "ES256", "kid": client_id}, claims, self.world.keys[client_id])
        kind = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
        return {"client_assertion_type": kind, "client_assertion": token}

    def dpop(self, method: str, path: str, token: str = "") -> str:
        """The application's proof that it holds its one key (RFC 9449)."""
        now, key = int(self.world.clock.now.timestamp()), self.world.keys["fapi"]
        claims = {"htm": method, "htu": ISSUER + path, "iat": now, "jti": secrets.token_hex(8)}
        if token:
            claims["ath"] = challenge_of(token)
        header = {"alg": "ES256", "typ": "dpop+jwt", "jwk": key.as_dict(private=False)}
        return jwt.encode(header, claims, key)

    def bound_userinfo(self, token: str) -> TestResponse:
        """Userinfo with a token that is bound to the application's key."""
        headers = {"Authorization": f"DPoP {token}", "DPoP": self.dpop("GET", "/userinfo", token)}
        return self.get("/userinfo", headers=headers)

    def userinfo(self, token: str) -> TestResponse:
        return self.get("/userinfo", headers={"Authorization": f"Bearer {token}"})

    def told(self, client_id: str = "urkunde", **options) -> dict:
        """Log in, redeem, and give what userinfo tells."""
        tokens = self.redeem(self.login(client_id, **options)["code"], client_id).json
        return self.userinfo(tokens["access_token"]).json


def basic_of(client_id: str, secret: str) -> str:
    return "Basic " + base64.b64encode(f"{client_id}:{secret}".encode()).decode()


def challenge_of(verifier: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def query_of(url: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(url).query, strict_parsing=True).items()}


def hidden_fields(html: str) -> dict[str, str]:
    return forms_of(html)[0]["fields"]
