"""Keys of others: what of a published set (RFC 7517) may verify a signature, and key pairs made for somebody else."""

import base64
from collections import Counter
from collections.abc import Mapping
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, OKPKey, RSAKey

from keys.errors import KeyNotValid

MOST_KEYS = 20
_SECRET = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})  # RFC 7518 6.2.2, 6.3.2, 6.4.1
_KINDS: Mapping[tuple[str, str], type[ECKey | RSAKey | OKPKey]] = {
    ("EC", "P-256"): ECKey,
    ("RSA", ""): RSAKey,
    ("OKP", "Ed25519"): OKPKey,
}
_NUMBERS = {"EC": ("crv", "x", "y"), "RSA": ("n", "e"), "OKP": ("crv", "x")}
_RSA_BITS = range(2048, 8193)  # RFC 7518 3.3; more only costs time
_SMALLEST_EXPONENT, _LONGEST_EXPONENT = 65537, 64  # value and bits; 1 lets everybody sign, 3 has a history


def read_key_set(document: object) -> dict[str, Any]:
    """The public keys for signatures in a JSON Web Key Set, of each its public numbers, ``kid``, ``use`` and ``alg``.

    Keys for encryption, and of kinds that we do not verify with, are left out. Raises KeyNotValid: ``key-set`` (no such
    set), ``key-private``, ``key-weak``, ``key-unusable``, ``key-shared`` (one key for two uses), ``key-ids``,
    ``key-none``.
    """
    listed = document.get("keys") if isinstance(document, Mapping) else None
    if not isinstance(listed, list) or len(listed) > MOST_KEYS or not all(isinstance(one, dict) for one in listed):
        raise KeyNotValid("key-set", f'not {{"keys": [...]}} with at most {MOST_KEYS} keys')
    if any(_SECRET & one.keys() for one in listed):
        raise KeyNotValid("key-private", "a private or secret key is among them")
    _check_uses(listed)
    found = [_public(one) for one in listed if one.get("use", "sig") == "sig" and _kind(one) in _KINDS]
    if not found:
        raise KeyNotValid("key-none", "no key for signatures is among them")
    ids = [one.get("kid") for one in found]
    # RFC 7517 4.5: with several keys, each is told by its id.
    if len(found) > 1 and (None in ids or len(set(ids)) < len(ids)):
        raise KeyNotValid("key-ids", "several keys, and not each has a kid of its own")
    return {"keys": found}


def make_key_pair() -> tuple[bytes, dict[str, Any]]:
    """A new P-256 key for somebody else: the private half as PEM (PKCS 8), the public half as a JSON Web Key Set."""
    made = ec.generate_private_key(ec.SECP256R1())
    pem = made.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return pem, public_half(pem)


def public_half(pem: bytes) -> dict[str, Any]:
    """The public half of such a private key, as a JSON Web Key Set. Raises ValueError where it is none."""
    key = ECKey.import_key(pem.decode("ascii"))
    return {"keys": [{**key.as_dict(private=False), "kid": key.thumbprint(), "use": "sig", "alg": "ES256"}]}


def _kind(jwk: Mapping[str, Any]) -> tuple[str, str]:
    kind, curve = jwk.get("kty"), jwk.get("crv", "")
    return (kind, curve) if isinstance(kind, str) and isinstance(curve, str) else ("", "")


def _check_uses(listed: list[dict[str, Any]]) -> None:
    # RFC 7517 4.2, NIST SP 800-57 5.2: one key, one use.
    numbers = Counter(str(_numbers(one)) for one in listed if _numbers(one))
    if any(times > 1 for times in numbers.values()):
        raise KeyNotValid("key-shared", "one key stands twice, or for two uses")


def _numbers(jwk: Mapping[str, Any]) -> dict[str, Any]:
    names = _NUMBERS.get(_kind(jwk)[0], ())
    return {name: jwk[name] for name in names if name in jwk}


def _public(jwk: Mapping[str, Any]) -> dict[str, Any]:
    public = {"kty": jwk["kty"], **_numbers(jwk)}
    try:
        if jwk["kty"] == "RSA":
            _check_strength(_number(jwk["n"]), _number(jwk["e"]))
        _KINDS[_kind(jwk)].import_key(public)
    except (JoseError, ValueError, KeyError, TypeError):
        raise KeyNotValid("key-unusable", "one of them cannot be read") from None
    said = {name: jwk[name] for name in ("kid", "alg") if isinstance(jwk.get(name), str)}
    return {**public, **said, "use": "sig"}


def _number(text: Any) -> int:
    return int.from_bytes(base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True))


def _check_strength(modulus: int, exponent: int) -> None:
    fine = exponent >= _SMALLEST_EXPONENT and exponent % 2 and exponent.bit_length() <= _LONGEST_EXPONENT
    if modulus.bit_length() not in _RSA_BITS or not fine:
        raise KeyNotValid("key-weak", "an RSA key is smaller than 2048 bits, or its exponent than 65537")
