"""Public keys as JSON Web Keys (RFC 7517), their ids (RFC 7638), and joserfc's key objects, made once per key."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from joserfc.jwk import ECKey, OKPKey, RSAKey

from keys.keyring import Key, Keyring, PrivateKey, PublicKey, Purpose

JoseKey = ECKey | RSAKey | OKPKey

_KID_LENGTH = 16  # 96 bits of the thumbprint: enough to tell our own keys apart
_ENCRYPTION = frozenset({Purpose.ADDRESS_ENCRYPTION, Purpose.SAML_ENCRYPTION})


def wrap(key: PrivateKey | PublicKey) -> JoseKey:
    """A joserfc key around an object already parsed: no PEM, no second check of the key."""
    if isinstance(key, EllipticCurvePrivateKey | EllipticCurvePublicKey):
        return ECKey(key, key)
    if isinstance(key, RSAPrivateKey | RSAPublicKey):
        return RSAKey(key, key)
    return OKPKey(key, key)


@lru_cache(maxsize=64)
def _kept(private_key: PrivateKey) -> JoseKey:
    return wrap(private_key)


def jose_key(key: Key) -> JoseKey:
    """The private key as joserfc's (and so Authlib's) object, kept between calls. Raises KeyNotValid if symmetric."""
    return _kept(key.private_key)


def thumbprint(public_key: PublicKey) -> str:
    """The key id: the first 16 characters of the RFC 7638 thumbprint (SHA-256, base64url)."""
    return str(wrap(public_key).thumbprint())[:_KID_LENGTH]


def public_jwk(key: Key) -> dict[str, Any]:
    """The public half with ``kid``, ``use`` and ``alg``. Raises KeyNotValid for a symmetric key."""
    use = "enc" if key.purpose in _ENCRYPTION else "sig"
    return {**_public(key.private_key), "kid": key.kid, "use": use, "alg": key.algorithm}


@lru_cache(maxsize=64)
def _public(private_key: PrivateKey) -> Mapping[str, Any]:
    return wrap(private_key.public_key()).as_dict()


def public_jwks(keyring: Keyring, purposes: Iterable[Purpose], at: datetime) -> dict[str, Any]:
    """The JSON Web Key Set of all keys of these purposes that are announced, current or still valid, newest first."""
    return {"keys": [public_jwk(key) for purpose in purposes for key in keyring.published(purpose, at)]}
