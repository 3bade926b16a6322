"""Signed and encrypted tokens (RFC 7519), strictly: one algorithm per key, one type per token, nothing taken on trust.

joserfc reads foreign keys, judges headers and does the encryption; signatures are the vault's own (``signing``), and
every check of a claim stands here (RFC 8725).
"""

import base64
import binascii
import json
from collections.abc import Collection, Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any, cast

from joserfc import jwe, jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, OKPKey, RSAKey

from keys.errors import KeyMissing, KeyNotValid, SignatureInvalid, TokenInvalid
from keys.jwk import jose_key
from keys.keyring import Key, Keyring, PublicKey, Purpose
from keys.signing import SIGNING_PURPOSES, sign, verify

LONGEST_TOKEN = 32 * 1024  # characters

_SIGNATURES: Mapping[str, type[ECKey | RSAKey | OKPKey]] = {
    "ES256": ECKey,
    "RS256": RSAKey,
    "PS256": RSAKey,
    "Ed25519": OKPKey,
    "EdDSA": OKPKey,  # the same over Ed25519 by its older name (RFC 8037), which other issuers still use
}
_CURVES = {"ES256": "P-256", "Ed25519": "Ed25519", "EdDSA": "Ed25519"}
_SMALLEST_RSA = 2048  # bits, RFC 7518 3.3
_LARGEST_RSA = 8192  # bits; more only costs time
_PUBLIC = frozenset({"kty", "crv", "x", "y", "n", "e"})
_KEY_AGREEMENT = "ECDH-ES+A256KW"
_CONTENT = "A256GCM"


def sign_token(key: Key, claims: Mapping[str, Any], *, typ: str) -> str:
    """A compact JWS over the claims with ``alg``, ``kid`` and ``typ`` in its head (RFC 8725 3.11: always a type).

    Times in claims are whole seconds since 1970. Raises KeyNotValid for a key that does not sign.
    """
    if key.purpose not in SIGNING_PURPOSES:
        raise KeyNotValid("key-does-not-sign", f"{key.purpose} is not for signatures")
    payload = json.dumps(dict(claims), ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()
    content = f"{_head(key.algorithm, typ, key.kid)}.{_encoded(payload)}"
    return f"{content}.{_encoded(sign(key, content.encode('ascii')))}"


def verify_token(
    token: str,
    jwks: Mapping[str, Any],
    *,
    typ: str | None,
    issuer: str | None,
    audience: str | None,
    now: datetime,
    algorithms: Collection[str] = ("ES256",),
    leeway: int = 30,
    lasting: bool = False,
) -> Mapping[str, Any]:
    """The claims of a token that is genuine, of this type, from this issuer, for this audience, and valid at ``now``.

    ``typ=None`` takes only tokens without a type of their own (absent or ``JWT``), never an ``at+jwt`` or the like.
    ``issuer`` or ``audience`` None leaves that claim to the caller. ``now`` is aware UTC, ``leeway`` seconds.
    ``lasting`` allows a token without ``exp``: receipts and security events (RFC 8417 2.2). Raises TokenInvalid.
    """
    header, payload = _verified(token, jwks, frozenset(algorithms))
    _check_type(header, typ)
    claims = _object(payload)
    _check_times(claims, now.timestamp(), leeway, lasting=lasting)
    # RFC 7519 4.1.1, 4.1.3; a list of audiences is refused: our tokens are for one reader.
    if issuer is not None and claims.get("iss") != issuer:
        raise TokenInvalid("token-issuer", "iss is missing or not the expected one")
    if audience is not None and claims.get("aud") != audience:
        raise TokenInvalid("token-audience", "aud is missing, a list, or not the expected one")
    return claims


def _verified(token: str, jwks: Mapping[str, Any], algorithms: frozenset[str]) -> tuple[dict[str, Any], bytes]:
    if not algorithms <= _SIGNATURES.keys():
        raise ValueError(f"unknown algorithm among {sorted(algorithms)}")
    header, payload, signature = _parts(token, 3)
    algorithm = header.get("alg")
    if not isinstance(algorithm, str) or algorithm not in algorithms:
        raise TokenInvalid("token-algorithm", "alg is not one of the agreed ones")
    key = _choose(jwks, header.get("kid"), algorithm)
    signed = token.rpartition(".")[0]
    try:
        _HEADERS.validate_header_size(signed.partition(".")[0].encode("ascii"))
        _HEADERS.check_header(header)
        verify(key, "Ed25519" if algorithm == "EdDSA" else algorithm, signed.encode("ascii"), signature)
    except (JoseError, SignatureInvalid, ValueError, TypeError) as error:
        raise TokenInvalid("token-signature", type(error).__name__) from None
    return header, payload


class _Headers(jws.JWSRegistry):
    """What joserfc knows of headers: which parameters are of which kind."""

    max_header_length = 8 * 1024  # bytes; a DPoP proof carries its public key (RFC 9449 4.2)


# RFC 7515 4: header parameters one does not know are ignored; those named in crit were refused before.
_HEADERS = _Headers(strict_check_header=False)


def _parts(token: str, number: int) -> tuple[Any, ...]:
    """The head as an object, and each other part as bytes."""
    if not isinstance(token, str) or len(token) > LONGEST_TOKEN:
        raise TokenInvalid("token-size", f"longer than {LONGEST_TOKEN} characters, or no text")
    segments = token.split(".")
    if len(segments) != number or not token.isascii():
        raise TokenInvalid("token-malformed", f"not {number} parts")
    head, *others = [_decoded(segment) for segment in segments]
    header = _object(head)
    # RFC 7515 4.1.11: what is critical and not understood is refused; we understand none.
    if "crit" in header or "b64" in header:
        raise TokenInvalid("token-critical", "the token carries a critical header")
    return header, *others


@lru_cache(maxsize=64)
def _head(algorithm: str, typ: str, kid: str) -> str:
    return _encoded(json.dumps({"alg": algorithm, "typ": typ, "kid": kid}, separators=(",", ":")).encode())


def _encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def _decoded(segment: str) -> bytes:
    try:
        decoded = base64.b64decode(segment + "=" * (-len(segment) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise TokenInvalid("token-malformed", "not base64url") from None
    # Spare bits at the end could be set at will: one token would have many spellings.
    if base64.urlsafe_b64encode(decoded).decode().rstrip("=") != segment:
        raise TokenInvalid("token-malformed", "not the one base64url spelling")
    return decoded


def _object(data: bytes) -> dict[str, Any]:
    try:
        content = json.loads(data, object_pairs_hook=_unique, parse_constant=_refuse_constant)
        if b"\\u" in data:
            # RFC 8259 8.2: half a surrogate pair is no character; whoever wrote it down later would stumble.
            json.dumps(content, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        raise TokenInvalid("token-malformed", "not a JSON object with unique names") from None
    if not isinstance(content, dict):
        raise TokenInvalid("token-malformed", "not a JSON object")
    return content


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    # RFC 8725 2.4, RFC 7519 4: a name that stands twice would be read differently by different readers.
    content = dict(pairs)
    if len(content) != len(pairs):
        raise ValueError("name twice")
    return content


def _refuse_constant(text: str) -> None:
    raise ValueError(text)


def _choose(jwks: Mapping[str, Any], kid: object, algorithm: str) -> PublicKey:
    """The one public key this token may be checked with; keys inside the token itself are never looked at."""
    listed = jwks.get("keys")
    known = listed if isinstance(listed, list) else []
    fitting = [jwk for jwk in known if _fits(jwk, algorithm) and kid in (None, jwk.get("kid"))]
    if len(fitting) != 1:
        raise TokenInvalid("token-key", f"{len(fitting)} keys fit the token's kid and alg")
    try:
        public = frozenset((name, value) for name, value in fitting[0].items() if name in _PUBLIC)
        return _imported(_SIGNATURES[algorithm], public)
    except (JoseError, ValueError, KeyError, TypeError) as error:
        raise TokenInvalid("token-key", f"unusable key: {type(error).__name__}") from None


@lru_cache(maxsize=64)
def _imported(kind: type[ECKey | RSAKey | OKPKey], public: frozenset[tuple[str, str]]) -> PublicKey:
    """Kept by its numbers alone: whether a key may be used is asked of the key set each time."""
    return cast(PublicKey, kind.import_key(dict(public)).public_key)


def _fits(jwk: object, algorithm: str) -> bool:
    if not isinstance(jwk, Mapping) or jwk.get("kty") != _SIGNATURES[algorithm].key_type:
        return False
    if jwk.get("use", "sig") != "sig" or jwk.get("alg", algorithm) not in _names(algorithm):
        return False
    if algorithm in _CURVES:
        return bool(jwk.get("crv") == _CURVES[algorithm])
    return _SMALLEST_RSA <= _bits(jwk.get("n")) <= _LARGEST_RSA


def _names(algorithm: str) -> tuple[str, ...]:
    # RFC 9864 renamed EdDSA over Ed25519; key sets say one or the other.
    return ("EdDSA", "Ed25519") if algorithm in ("EdDSA", "Ed25519") else (algorithm,)


def _bits(number: object) -> int:
    return int.from_bytes(_decoded(number)).bit_length() if isinstance(number, str) else 0


def _check_type(header: Mapping[str, Any], typ: str | None) -> None:
    # RFC 8725 3.11; RFC 7515 4.1.9: "application/" may be left out, letters compare without case.
    found = header.get("typ", "JWT" if typ is None else None)
    wanted = "jwt" if typ is None else typ.lower()
    if not isinstance(found, str) or found.lower().removeprefix("application/") != wanted:
        raise TokenInvalid("token-type", "typ is missing or not the expected one")


def _check_times(claims: Mapping[str, Any], now: float, leeway: int, *, lasting: bool) -> None:
    expires, issued, begins = (_seconds(claims, name) for name in ("exp", "iat", "nbf"))
    # RFC 7519 4.1.4
    if expires is None and not lasting:
        raise TokenInvalid("token-expiry-missing", "exp is missing")
    if expires is not None and now >= expires + leeway:
        raise TokenInvalid("token-expired", "exp has passed")
    # RFC 7519 4.1.5, 4.1.6
    if begins is not None and now < begins - leeway:
        raise TokenInvalid("token-not-yet", "nbf lies ahead")
    if issued is not None and now < issued - leeway:
        raise TokenInvalid("token-from-the-future", "iat lies ahead")


def _seconds(claims: Mapping[str, Any], name: str) -> float | None:
    value = claims.get(name)
    if name in claims and (isinstance(value, bool) or not isinstance(value, int | float)):
        raise TokenInvalid("token-time", f"{name} is no number")
    return value


def encrypt_token(jwk_public: Mapping[str, Any], inner: str) -> str:
    """Encrypt a signed token for the holder of a P-256 key: compact JWE, ECDH-ES+A256KW, A256GCM, ``cty`` JWT.

    Raises KeyNotValid if the JWK is not for this. Encryption alone proves nothing about the sender: sign first.
    """
    if jwk_public.get("use", "enc") != "enc" or jwk_public.get("crv") != "P-256" or "d" in jwk_public:
        raise KeyNotValid("key-does-not-encrypt", "not a public P-256 key for encryption")
    public: dict[str, str | list[str]] = {name: str(jwk_public.get(name)) for name in ("kty", "crv", "x", "y")}
    header = {"alg": _KEY_AGREEMENT, "enc": _CONTENT, "cty": "JWT"}
    if "kid" in jwk_public:
        header["kid"] = str(jwk_public["kid"])
    try:
        key = ECKey.import_key(public)
    except (JoseError, ValueError) as error:
        raise KeyNotValid("key-does-not-encrypt", type(error).__name__) from None
    return jwe.encrypt_compact(header, inner.encode(), key, algorithms=[_KEY_AGREEMENT, _CONTENT])


def decrypt_token(keyring: Keyring, token: str, at: datetime) -> str:
    """The signed token inside; its signature is still to be verified. Raises TokenInvalid."""
    header, *_ = _parts(token, 5)
    if (header.get("alg"), header.get("enc"), header.get("cty")) != (_KEY_AGREEMENT, _CONTENT, "JWT"):
        raise TokenInvalid("token-algorithm", f"not {_KEY_AGREEMENT} with {_CONTENT} around a JWT")
    key = jose_key(_decryption_key(keyring, header.get("kid"), at))
    try:
        # Without DEF among the algorithms, joserfc refuses compressed content.
        opened = jwe.decrypt_compact(token, key, algorithms=[_KEY_AGREEMENT, _CONTENT])
        return (opened.plaintext or b"").decode("ascii")
    except (JoseError, ValueError, TypeError) as error:
        raise TokenInvalid("token-does-not-open", type(error).__name__) from None


def _decryption_key(keyring: Keyring, kid: object, at: datetime) -> Key:
    try:
        key = keyring.by_id(str(kid), Purpose.ADDRESS_ENCRYPTION)
    except KeyMissing:
        raise TokenInvalid("token-key", "encrypted for a key that is not here") from None
    if not key.usable_at(at):
        raise TokenInvalid("token-key", "encrypted for a key that is retired")
    return key
