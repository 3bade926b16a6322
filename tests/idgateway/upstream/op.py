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

from joserfc import jwt
from joserfc.jwk import ECKey, KeySet, RSAKey

CLIENT_ID = "gate"


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

    def login(self, url: str, code: str = "code-1") -> dict[str, str]:
        """Play the person: follow the authorization URL, log in, and come back with these parameters."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(url).query, strict_parsing=True).items()}
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
        algorithm = "ES256" if key.key_type == "EC" else "RS256"
        header = {"alg": algorithm, "kid": key.kid, "typ": "JWT", **self.header}
        header = {name: value for name, value in header.items() if value is not None}
        return jwt.encode(header, claims, key, algorithms=[algorithm])

    def redeem(self, form: Mapping[str, str]) -> tuple[int, dict[str, Any]]:
        """The token endpoint."""
        asked = self.logins.pop(form.get("code", ""), None)
        digest = hashlib.sha256(form["code_verifier"].encode()).digest()
        if asked is None or base64.urlsafe_b64encode(digest).rstrip(b"=").decode() != asked["code_challenge"]:
            return 400, {"error": "invalid_grant"}
        if form["redirect_uri"] != asked["redirect_uri"]:
            return 400, {"error": "invalid_grant"}
        token = jwt.decode(form["client_assertion"], KeySet.import_key_set(self.client_keys), algorithms=["ES256"])
        self.assertions.append(token.claims)
        if token.claims["aud"] != self.issuer or token.claims["sub"] != form["client_id"]:
            return 401, {"error": "invalid_client"}
        told = {"access_token": "x", "token_type": "Bearer", "id_token": self.id_token(asked, token.claims["iat"])}
        return 200, self.token_answer(told)

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
        if path == "/jwks":
            return 200, json.dumps({"keys": [key.as_dict(private=False) for key in self.keys]}).encode()
        form = {name: values[0] for name, values in parse_qs(body.decode()).items()}
        status, told = self.redeem(form)
        return status, json.dumps(told).encode()


@contextmanager
def running() -> Iterator[Provider]:
    """A provider that serves until the block ends."""
    provider = Provider()

    class Handler(BaseHTTPRequestHandler):
        def _serve(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            status, body = provider.answer(self.command, self.path, self.rfile.read(length))
            self.send_response(status)
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
