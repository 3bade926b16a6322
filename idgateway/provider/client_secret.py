"""Secrets of applications that know no keys: made by us, shown once, kept only as a hash (scrypt, RFC 7914).

A secret has 256 bits, so nobody guesses it; the slow hash is for the day when the configuration is read by others.
"""

import base64
import binascii
import hashlib
import hmac
import secrets

_COST, _BLOCK, _LANES = 2**14, 8, 1  # scrypt's N, r, p: 16 MiB for some 40 ms
_SCHEME = "scrypt"
_SALT_BYTES, _HASH_BYTES = 16, 32


def new_secret() -> tuple[str, str]:
    """A secret for the application, and what the configuration keeps of it (``secret_hash``)."""
    secret, salt = secrets.token_urlsafe(32), secrets.token_bytes(_SALT_BYTES)
    hashed = _stretch(_folded(secret), salt, _COST)
    return secret, ":".join((_SCHEME, str(_COST), _text(salt), _text(hashed)))


def is_hash(text: str) -> bool:
    """Whether this is a ``secret_hash`` as ``new_secret`` makes it; anything weaker is none."""
    try:
        cost, salt, hashed = _parts(text)
    except ValueError:
        return False
    powers_of_two = cost & (cost - 1) == 0
    return powers_of_two and _COST <= cost <= 2**17 and len(salt) >= _SALT_BYTES and len(hashed) == _HASH_BYTES


_known: dict[str, bytes] = {}  # hash to what was right for it: one entry per client, which no wrong secret displaces


def is_remembered(secret: str, secret_hash: str) -> bool:
    """Whether this secret proved to be the one behind the hash before, in this process."""
    return hmac.compare_digest(_known.get(secret_hash, b""), _folded(secret))


def matches(secret: str, secret_hash: str) -> bool:
    """Whether this is the secret behind the hash. What is right is remembered, so that a good client pays once."""
    if is_remembered(secret, secret_hash):
        return True
    folded = _folded(secret)
    cost, salt, hashed = _parts(secret_hash)
    right = hmac.compare_digest(_stretch(folded, salt, cost), hashed)
    if right:
        _known[secret_hash] = folded
    return right


def _folded(secret: str) -> bytes:
    # What is remembered is a digest: the secret itself stays in no memory of ours.
    return hashlib.sha256(secret.encode()).digest()


def _stretch(folded: bytes, salt: bytes, cost: int) -> bytes:
    memory = 2 * 128 * cost * _BLOCK
    return hashlib.scrypt(folded, salt=salt, n=cost, r=_BLOCK, p=_LANES, maxmem=memory, dklen=_HASH_BYTES)


def _parts(text: str) -> tuple[int, bytes, bytes]:
    scheme, cost, salt, hashed = text.split(":")
    if scheme != _SCHEME:
        raise ValueError(scheme)
    try:
        return int(cost), _bytes(salt), _bytes(hashed)
    except binascii.Error as error:
        raise ValueError("not base64url") from error


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _bytes(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
