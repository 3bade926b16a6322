"""A remote signing service as the Cloud Signature Consortium's API v2 describes it: it authorises, refuses, really signs.

It binds each SAD to its hash and takes it once. With a fault it lies, breaks or waits.
"""

import base64
import hashlib
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.serialization import Encoding
from flask import Flask, Response, jsonify, request

from tests.postbox.seals.pki import Holder

SHA256 = "2.16.840.1.101.3.4.2.1"
ECDSA, PSS, PKCS1, RSA = (
    "1.2.840.10045.4.3.2",
    "1.2.840.113549.1.1.10",
    "1.2.840.113549.1.1.11",
    "1.2.840.113549.1.1.1",
)
HASH = Prehashed(hashes.SHA256())


class Fault(StrEnum):
    """What it may do; ``NONE`` is the honest one."""

    NONE = ""
    DOWN = "down"  # 503
    BUSY = "busy"  # 429
    SLOW = "slow"
    PAGE = "page"  # 200 and HTML, as from a portal in between
    NO_SAD = "no-sad"
    OTHER_SAD = "other-sad"  # it authorises another hash
    OTHER_HASH = "other-hash"  # it signs something else
    OTHER_KEY = "other-key"
    CUT = "cut"
    TWO = "two"
    NO_BASE64 = "no-base64"
    OTHER_CERTIFICATE = "other-certificate"
    DISABLED = "disabled"
    EXPIRED_THERE = "expired-there"
    NO_CERTIFICATE = "no-certificate"
    NO_ALGORITHM = "no-algorithm"
    ASKS_A_PERSON = "asks-a-person"
    REFUSES_TOKENS = "refuses-tokens"
    TOKEN_ELSEWHERE = "token-elsewhere"
    VERSION_1 = "version-1"
    NO_HASHES = "no-hashes"


@dataclass
class Service:
    """The service, with one credential; ``calls`` are the methods asked, in order, with their bodies."""

    holder: Holder
    chain: tuple[Holder, ...]
    stranger: Holder
    fault: str = ""
    pin: str = ""
    algorithms: tuple[str, ...] = (ECDSA, PSS, RSA)
    secret: str = "secret-of-the-town"
    url: str = ""
    calls: list[tuple[str, Any]] = field(default_factory=list)
    tokens: set[str] = field(default_factory=set)
    sads: dict[str, str] = field(default_factory=dict)
    waits: float = 3.0

    def app(self) -> Flask:
        app = Flask("csc")

        @app.before_request
        def wait_or_break() -> Response | None:
            name = request.path.removeprefix("/csc/v2/").lstrip("/")
            self.calls.append((name, request.get_json(silent=True) or dict(request.form)))
            if self.fault == Fault.SLOW and name != "oauth2/token":
                time.sleep(self.waits)
            if self.fault in (Fault.DOWN, Fault.BUSY):
                return Response(status=503 if self.fault == Fault.DOWN else 429)
            if self.fault == Fault.PAGE:
                return Response("<html>Welcome</html>", content_type="text/html")
            if name not in ("info", "oauth2/token") and not self._known(request.headers.get("Authorization", "")):
                return _refused("invalid_token", 401)
            return None

        for path, answer in self._methods().items():
            app.add_url_rule(path, path, answer, methods=["POST"])
        return app

    def _known(self, header: str) -> bool:
        token = header.removeprefix("Bearer ")
        return header.startswith("Bearer ") and token in self.tokens and self.fault != Fault.REFUSES_TOKENS

    def _methods(self) -> dict[str, Callable[[], Any]]:
        return {
            "/csc/v2/info": self.info,
            "/oauth2/token": self.token,
            "/csc/v2/credentials/list": lambda: jsonify(credentialIDs=["seal-of-viernheim"]),
            "/csc/v2/credentials/info": self.credential,
            "/csc/v2/credentials/authorize": self.authorize,
            "/csc/v2/signatures/signHash": self.sign,
        }

    def info(self) -> Any:
        methods = ["info", "oauth2/token", "credentials/list", "credentials/info", "credentials/authorize"]
        methods += [] if self.fault == Fault.NO_HASHES else ["signatures/signHash"]
        return jsonify(
            specs="1.0.4.0" if self.fault == Fault.VERSION_1 else "2.0.0.2",
            name="Test",
            region="DE",
            lang="de-DE",
            authType=["oauth2client"],
            oauth2="http://127.0.0.2:9" if self.fault == Fault.TOKEN_ELSEWHERE else self.url,
            methods=methods,
        )

    def token(self) -> Any:
        given = request.form
        if (given.get("grant_type"), given.get("client_id"), given.get("client_secret")) != (
            "client_credentials", "idgateway", self.secret):  # fmt: skip
            return _refused("invalid_client", 401)
        token = secrets.token_urlsafe(24)
        self.tokens.add(token)
        return jsonify(access_token=token, token_type="Bearer", expires_in=3600)

    def credential(self) -> Any:
        if request.get_json()["credentialID"] != "seal-of-viernheim":
            return _refused("invalid_request")
        holder = self.stranger if self.fault == Fault.OTHER_CERTIFICATE else self.holder
        held = [base64.b64encode(one.der).decode() for one in (holder, *self.chain)]
        auth: dict[str, Any] = {"mode": "implicit"}
        if self.pin:
            auth = {"mode": "explicit", "expression": "PIN", "objects": [{"type": "Password", "id": "PIN"}]}
        if self.fault == Fault.ASKS_A_PERSON:
            auth = {"mode": "oauth2code"}
        return jsonify(
            key={
                "status": "disabled" if self.fault == Fault.DISABLED else "enabled",
                "algo": ["1.2.840.10045.4.3.4"] if self.fault == Fault.NO_ALGORITHM else list(self.algorithms),
                "len": 256,
            },
            cert={
                "status": "expired" if self.fault == Fault.EXPIRED_THERE else "valid",
                "certificates": ["bm8="] if self.fault == Fault.NO_CERTIFICATE else held,
            },
            auth=auth,
            SCAL="2",
            multisign=1,
        )

    def authorize(self) -> Any:
        asked = request.get_json()
        given = {one["id"]: one["value"] for one in asked.get("authData", [])}
        if self.pin and given != {"PIN": self.pin}:
            return _refused("invalid_pin")
        if asked["numSignatures"] != 1 or asked["hashAlgorithmOID"] != SHA256 or len(asked["hashes"]) != 1:
            return _refused("invalid_request")
        if self.fault == Fault.NO_SAD:
            return jsonify(expiresIn=60)
        sad = secrets.token_urlsafe(24)
        other = base64.b64encode(hashlib.sha256(b"other").digest()).decode()
        self.sads[sad] = other if self.fault == Fault.OTHER_SAD else asked["hashes"][0]
        return jsonify(SAD=sad, expiresIn=60)

    def sign(self) -> Any:
        """SCAL 2: only the hash that the SAD was given for, and once."""
        asked = request.get_json()
        if asked["hashes"] != [self.sads.pop(asked.get("SAD", ""), None)]:
            return _refused("invalid_request")
        if asked["signAlgo"] not in self.algorithms:
            return _refused("invalid_request")
        digest = base64.b64decode(asked["hashes"][0])
        if self.fault == Fault.OTHER_HASH:
            digest = hashlib.sha256(b"other").digest()
        key = self.stranger.key if self.fault == Fault.OTHER_KEY else self.holder.key
        text = base64.b64encode(_signed(key, digest, asked["signAlgo"])).decode()
        answers = {Fault.CUT: [text[:40]], Fault.TWO: [text, text], Fault.NO_BASE64: ["no base64!"]}
        return jsonify(signatures=answers.get(self.fault, [text]))


def _signed(key: Any, digest: bytes, algorithm: str) -> bytes:
    if isinstance(key, rsa.RSAPrivateKey):
        pss = padding.PSS(mgf=padding.MGF1(hashes.SHA256()), salt_length=32)
        return key.sign(digest, pss if algorithm == PSS else padding.PKCS1v15(), HASH)
    return key.sign(digest, ec.ECDSA(HASH))


def _refused(error: str, status: int = 400) -> Any:
    return jsonify(error=error, error_description="Erika Mustermann is not to stand in a log"), status


def pem(*holders: Holder) -> bytes:
    """Certificates as an operator pins them."""
    return b"".join(one.certificate.public_bytes(Encoding.PEM) for one in holders)
