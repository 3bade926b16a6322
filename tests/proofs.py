"""Proofs of possession (RFC 9449) as an application makes them, right or wrong."""

import base64
import hashlib
import json
import secrets

from joserfc import jws
from joserfc.jwk import ECKey

KEY, OTHER = ECKey.generate_key("P-256"), ECKey.generate_key("P-256")


def ath_of(token: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(token.encode()).digest()).rstrip(b"=").decode()


def proof_of(url: str, at, key=KEY, *, head: dict | None = None, **changes) -> str:
    """A correct proof; None leaves a claim or a part of the head out."""
    claims = {"htm": "POST", "htu": url, "iat": int(at.timestamp()), "jti": secrets.token_urlsafe(12)}
    algorithm = {"EC": "ES256", "RSA": "PS256", "OKP": "EdDSA", "oct": "HS256"}[key.key_type]
    header = {"typ": "dpop+jwt", "alg": algorithm, "jwk": key.as_dict(private=False) if key.key_type != "oct" else {}}
    header = {name: value for name, value in {**header, **(head or {})}.items() if value is not None}
    body = {name: value for name, value in {**claims, **changes}.items() if value is not None}
    return jws.serialize_compact(header, json.dumps(body).encode(), key, registry=Anything(algorithms=[algorithm]))


class Anything(jws.JWSRegistry):
    """Signs whatever head a test wants."""

    max_header_length = 10_000

    def check_header(self, header) -> None:
        """Everything is fine."""

    def get_alg(self, name: str):
        return jws.JWSRegistry.algorithms["Ed25519" if name == "EdDSA" else name]
