"""A tiny OpenID Provider and postbox for the town's tests: it answers what the test told it to, over real HTTP."""

import json
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs

from joserfc import jwt
from joserfc.jwk import ECKey


@dataclass
class Provider:
    """What the next answers will be; ``seen`` keeps what was asked."""

    url: str = ""
    key: ECKey = field(default_factory=lambda: ECKey.generate_key("P-256"))
    nonce: str = ""
    id_token: dict = field(default_factory=dict)  # overrides of claims
    userinfo: dict = field(default_factory=dict)
    issuer: str = ""  # override in the discovery document
    metadata: dict = field(default_factory=dict)  # more of it
    postbox_status: int = 201
    seen: list = field(default_factory=list)

    def claims(self) -> dict:
        """The ID token's claims."""
        now = int(time.time())
        told = {
            "iss": self.url,
            "sub": "pairwise-1",
            "aud": "urkunde-online",
            "iat": now,
            "exp": now + 60,
            "nonce": self.nonce,
            "acr": "http://eidas.europa.eu/LoA/high",
        }
        return {name: value for name, value in {**told, **self.id_token}.items() if value is not None}

    def answer(self, path: str, body: str) -> tuple[int, dict]:
        """Status and JSON for a request."""
        self.seen.append((path, body))
        if path == "/.well-known/openid-configuration":
            endpoints = {name: f"{self.url}/{name}" for name in ("authorize", "token", "userinfo", "jwks")}
            return 200, {
                "issuer": self.issuer or self.url,
                "authorization_endpoint": endpoints["authorize"],
                "token_endpoint": endpoints["token"],
                "userinfo_endpoint": endpoints["userinfo"],
                "jwks_uri": endpoints["jwks"],
                **self.metadata,
            }
        if path == "/jwks":
            return 200, {"keys": [self.key.as_dict(private=False)]}
        if path == "/userinfo":
            return 200, {"sub": "pairwise-1", **self.userinfo}
        if path == "/v1/recipients":
            return self.postbox_status, {"recipient": "rcp_" + "a" * 26}
        token = {"access_token": "secret", "token_type": "Bearer", "expires_in": 60}
        if parse_qs(body).get("grant_type") == ["authorization_code"]:
            token["id_token"] = jwt.encode({"alg": "ES256"}, self.claims(), self.key)
        return 200, token


class Running:
    """The provider behind a real socket, for the length of a ``with`` block."""

    def __init__(self) -> None:
        provider = self.provider = Provider()

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self._reply("")

            def do_POST(self) -> None:
                self._reply(self.rfile.read(int(self.headers["Content-Length"])).decode())

            def _reply(self, body: str) -> None:
                status, content = provider.answer(self.path, body)
                written = json.dumps(content).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(written)))
                self.end_headers()
                self.wfile.write(written)

            def log_message(self, *arguments: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        provider.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)

    def __enter__(self) -> Provider:
        self._thread.start()
        return self.provider

    def __exit__(self, *_error: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
