"""An honest OpenID Provider on a free loopback port, with knobs that break one named thing at a time.

It uses joserfc directly, not the vault, and checks what a strict provider checks: PKCE, redirect URI, client assertion.
"""

import base64
import hashlib
import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from joserfc import jws, jwt
from joserfc.jwk import ECKey, KeySet, OctKey, OKPKey, RSAKey

CLIENT_ID = "gate"
ACCESS_TOKEN = "access-token-1"


@dataclass
class Provider:
    """The provider's memory, and what is broken about it."""

    issuer: str = ""
    client_keys: Mapping[str, Any] = field(default_factory=dict)
    keys: list[Any] = field(default_factory=lambda: [ECKey.generate_key("P-256", {"kid": "k1"})])
    discovery: dict[str, Any] = field(default_factory=dict)
    claims: dict[str, Any] = field(default_factory=dict)  # overrides; None removes
    header: dict[str, Any] = field(default_factory=dict)
    sign_with: Any = None  # another key than the last published one
    answers: dict[str, tuple[int, bytes]] = field(default_factory=dict)  # path to status and body, instead of the truth
    token_answer: Callable[[dict[str, Any]], dict[str, Any]] = lambda told: told
    logins: dict[str, dict[str, str]] = field(default_factory=dict)
    hits: list[str] = field(default_factory=list)
    assertions: list[dict[str, Any]] = field(default_factory=list)
    userinfo: dict[str, Any] = field(default_factory=lambda: {"sub": "staff-1"})
    userinfo_kind: str = "application/json"
    pushed: list[dict[str, str]] = field(default_factory=list)
    bearers: list[str] = field(default_factory=list)

    def login(self, url: str, code: str = "code-1") -> dict[str, str]:
        """Play the person: follow the authorization URL, log in, and come back with these parameters."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(url).query, strict_parsing=True).items()}
        if "request_uri" in asked:
            assert set(asked) == {"client_id", "request_uri"}
            asked = self.pushed[int(asked["request_uri"].rpartition(":")[2]) - 1]
        assert url.startswith(self.issuer + "/authorize?")
        assert (asked["response_type"], asked["code_challenge_method"]) == ("code", "S256")
        self.logins[code] = asked
        return {"code": code, "state": asked["state"], "iss": self.issuer}

    def id_token(self, asked: Mapping[str, str], now: int) -> str:
        """The ID token of a login, broken as wished."""
        claims = {
            "iss": self.issuer,
            "sub": "staff-1",
            "aud": asked["client_id"],
            "iat": now,
            "exp": now + 300,
            "auth_time": now - 2,
            "nonce": asked["nonce"],
            "name": "Frau Beispiel",
            "authorities": ["064310020020"],
            "roles": ["casework"],
            "secret": "not for the gate",
            **self.claims,
        }
        claims = {name: value for name, value in claims.items() if value is not None}
        key = self.sign_with or self.keys[-1]
        algorithm = self.header.get("alg") or {"EC": "ES256", "RSA": "RS256", "OKP": "Ed25519"}[key.key_type]
        header = {"alg": algorithm, "kid": key.kid, "typ": "JWT", **self.header}
        header = {name: value for name, value in header.items() if value is not None}
        # Not jwt.encode: as plain ASCII a provider can write down what is no text at all, half a surrogate pair.
        return jws.serialize_compact(header, json.dumps(claims).encode("ascii"), key, algorithms=[algorithm])

    def redeem(self, form: Mapping[str, str]) -> tuple[int, dict[str, Any]]:
        """The token endpoint."""
        asked = self.logins.pop(form.get("code", ""), None)
        digest = hashlib.sha256(form["code_verifier"].encode()).digest()
        if asked is None or base64.urlsafe_b64encode(digest).rstrip(b"=").decode() != asked["code_challenge"]:
            return 400, {"error": "invalid_grant"}
        if form["redirect_uri"] != asked["redirect_uri"]:
            return 400, {"error": "invalid_grant"}
        now = self._authenticate(form)
        if not now:
            return 401, {"error": "invalid_client"}
        told = {"access_token": ACCESS_TOKEN, "token_type": "Bearer", "id_token": self.id_token(asked, now)}
        return 200, self.token_answer(told)

    def push(self, form: Mapping[str, str]) -> tuple[int, dict[str, Any]]:
        """The address for pushed requests."""
        if not self._authenticate(form):
            return 401, {"error": "invalid_client"}
        self.pushed.append(dict(form))
        return 201, {"request_uri": f"urn:pushed:{len(self.pushed)}", "expires_in": 60}

    def _authenticate(self, form: Mapping[str, str]) -> int:
        """The client's proof; gives its time, 0 where it proves nothing."""
        token = jwt.decode(form["client_assertion"], KeySet.import_key_set(self.client_keys), algorithms=["ES256"])
        self.assertions.append(token.claims)
        fits = token.claims["aud"] == self.issuer and token.claims["sub"] == form["client_id"]
        return int(token.claims["iat"]) if fits else 0

    def tell(self) -> bytes:
        """Userinfo, plain or signed."""
        if self.userinfo_kind == "application/jwt":
            key = self.sign_with or self.keys[-1]
            return jwt.encode({"alg": "ES256", "kid": key.kid}, self.userinfo, key).encode()
        return json.dumps(self.userinfo).encode()

    def answer(self, method: str, path: str, body: bytes) -> tuple[int, bytes]:
        """One HTTP exchange."""
        self.hits.append(path)
        if path in self.answers:
            return self.answers[path]
        if path == "/.well-known/openid-configuration":
            document = {
                "issuer": self.issuer,
                "authorization_endpoint": self.issuer + "/authorize",
                "token_endpoint": self.issuer + "/token",
                "jwks_uri": self.issuer + "/jwks",
                "authorization_response_iss_parameter_supported": True,
                **self.discovery,
            }
            return 200, json.dumps(document).encode()
        if path.endswith("/jwks"):
            return 200, json.dumps({"keys": [key.as_dict(private=False) for key in self.keys]}).encode()
        if path == "/userinfo":
            return 200, self.tell()
        form = {name: values[0] for name, values in parse_qs(body.decode()).items()}
        status, told = self.push(form) if path == "/par" else self.redeem(form)
        return status, json.dumps(told).encode()


@contextmanager
def running() -> Iterator[Provider]:
    """A provider that serves until the block ends."""
    provider = Provider()

    class Handler(BaseHTTPRequestHandler):
        def _serve(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            status, body = provider.answer(self.command, self.path, self.rfile.read(length))
            provider.bearers.append(self.headers.get("Authorization", ""))
            self.send_response(status)
            self.send_header("Content-Type", provider.userinfo_kind if self.path == "/userinfo" else "application/json")
            if status == 302:
                self.send_header("Location", provider.issuer + "/elsewhere")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = _serve  # noqa: N815 - the names http.server asks for

        def log_message(self, *_: Any) -> None:
            """Stay silent."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    provider.issuer = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def rsa_key(kid: str) -> RSAKey:
    """A fresh RSA key."""
    return RSAKey.generate_key(2048, {"kid": kid})


def ec_key(kid: str) -> ECKey:
    """A fresh EC key."""
    return ECKey.generate_key("P-256", {"kid": kid})


def okp_key(kid: str) -> OKPKey:
    """A fresh Ed25519 key."""
    return OKPKey.generate_key("Ed25519", {"kid": kid})


def hs256(claims: Mapping[str, Any], public: Any) -> str:
    """The oldest trick: the published key, as text, taken for a shared secret (RFC 8725 2.1)."""
    secret = OctKey.import_key(json.dumps(public.as_dict(private=False)))
    return jwt.encode({"alg": "HS256", "kid": public.kid}, dict(claims), secret)


def with_own_key(claims: Mapping[str, Any]) -> str:
    """Honestly signed, by a key that came along inside the token."""
    key = ec_key("k1")
    header = {"alg": "ES256", "jwk": key.as_dict(private=False)}
    registry = jws.JWSRegistry(algorithms=["ES256"])
    registry.max_header_length = 4096
    return jws.serialize_compact(header, json.dumps(dict(claims)).encode(), key, registry=registry)


def doubled(token: str, name: str, value: str, key: Any) -> str:
    """The same claims with one of them written twice, and honestly signed again."""
    claims = base64.urlsafe_b64decode(token.split(".")[1] + "==")
    twice = claims[:-1] + f',"{name}":{json.dumps(value)}}}'.encode()
    return jws.serialize_compact({"alg": "ES256", "kid": key.kid}, twice, key)
