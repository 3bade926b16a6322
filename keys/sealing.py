"""Sealing at rest: AES-256-GCM (NIST SP 800-38D), always bound to a context, a version and a key id in front.

A *field* is sealed whole under a vault key. A *content* is sealed in chunks under a data key of its own, and the data
key is wrapped under a vault key (envelope): destroying the vault key or the wrapped key destroys the content.

``context`` says what the sealed thing is and where it belongs (for instance notice and document id). It is not stored;
who opens must name the same one.

Field and wrapped key: ``version 1 | length of key id 1 | key id | nonce 12 | ciphertext and tag``.
Chunks: ``version 1 | key id 16 | salt 32``, then each chunk as ``ciphertext and tag``; all but the last hold 64 KiB.
Each stream has a key of its own (HKDF-SHA-256, RFC 5869, with the salt), so its nonces can simply count. The chunk's
number and whether it is the last stand in its associated data, so nothing can be cut, swapped, doubled or added.
The form is that of STREAM (Hoang, Reyhanitabar, Rogaway, Vizár 2015).
"""

import hashlib
import hmac
import secrets
from collections.abc import Iterable, Iterator

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from keys.errors import KeyNotValid, SealBroken
from keys.keyring import Key, Keyring, Purpose

CHUNK_BYTES = 64 * 1024
DATA_KEY_BYTES = 32

_VERSION = b"\x01"
_NONCE_BYTES = 12
_TAG_BYTES = 16
_KEY_ID_BYTES = 16
_SALT_BYTES = 32
_HEAD_BYTES = len(_VERSION) + _KEY_ID_BYTES + _SALT_BYTES
_SEALED_CHUNK_BYTES = CHUNK_BYTES + _TAG_BYTES
# What is sealed as one kind never opens as another.
_FIELD, _DATA_KEY, _CHUNK = b"idgateway field", b"idgateway data key", b"idgateway chunk"


def new_data_key() -> bytes:
    """A fresh random key of 32 bytes for one content."""
    return secrets.token_bytes(DATA_KEY_BYTES)


def wrap_key(kek: Key, data_key: bytes, context: bytes) -> bytes:
    """Seal a data key under a CONTENT_SEALING key. Raises KeyNotValid for another purpose or length."""
    _check_data_key(data_key)
    return _seal(kek, Purpose.CONTENT_SEALING, data_key, _DATA_KEY, context)


def unwrap_key(keyring: Keyring, wrapped: bytes, context: bytes) -> bytes:
    """The data key. Raises KeyMissing if its vault key is gone, SealBroken if it does not open."""
    return _open(keyring, Purpose.CONTENT_SEALING, wrapped, _DATA_KEY, context)


def seal_field(key: Key, plaintext: bytes, context: bytes) -> bytes:
    """Seal a small value under a FIELD_SEALING key. Raises KeyNotValid for another purpose.

    Nonces are random: rotate the key long before 2^32 values (SP 800-38D 8.3).
    """
    return _seal(key, Purpose.FIELD_SEALING, plaintext, _FIELD, context)


def open_field(keyring: Keyring, sealed: bytes, context: bytes) -> bytes:
    """The small value. Raises KeyMissing if its key is gone, SealBroken if it does not open."""
    return _open(keyring, Purpose.FIELD_SEALING, sealed, _FIELD, context)


def _seal(key: Key, purpose: Purpose, plaintext: bytes, kind: bytes, context: bytes) -> bytes:
    if key.purpose is not purpose:
        raise KeyNotValid("key-does-not-seal", f"{key.purpose} where {purpose} is needed")
    kid = key.kid.encode("ascii")
    head = _VERSION + bytes([len(kid)]) + kid
    nonce = secrets.token_bytes(_NONCE_BYTES)
    return head + nonce + AESGCM(key.secret).encrypt(nonce, plaintext, _bound(kind, head, context))


def _open(keyring: Keyring, purpose: Purpose, sealed: bytes, kind: bytes, context: bytes) -> bytes:
    kid_end = 2 + sealed[1] if len(sealed) > 1 else 0
    nonce_end = kid_end + _NONCE_BYTES
    if sealed[:1] != _VERSION or len(sealed) < nonce_end + _TAG_BYTES:
        raise SealBroken("seal-malformed", "an unknown version, or cut short")
    head, nonce = sealed[:kid_end], sealed[kid_end:nonce_end]
    try:
        key = keyring.by_id(head[2:].decode("ascii"), purpose)
    except UnicodeDecodeError:
        raise SealBroken("seal-malformed", "the key id is no text") from None
    return _decrypt(AESGCM(key.secret), nonce, sealed[nonce_end:], _bound(kind, head, context))


def _bound(kind: bytes, head: bytes, context: bytes) -> bytes:
    """Associated data without ambiguity: ``kind`` is one of three, ``head`` tells its own length."""
    return kind + b"\x00" + head + context


def _decrypt(cipher: AESGCM, nonce: bytes, ciphertext: bytes, associated: bytes) -> bytes:
    try:
        return cipher.decrypt(nonce, ciphertext, associated)
    except InvalidTag:
        raise SealBroken("seal-broken", "changed, moved, or sealed for another context") from None


def seal_chunks(data_key: bytes, chunks: Iterable[bytes], context: bytes) -> Iterator[bytes]:
    """Seal a stream of bytes, cut anywhere, piece by piece; memory stays near one chunk plus one input piece.

    Raises KeyNotValid for a key of another length.
    """
    _check_data_key(data_key)
    head = _VERSION + _key_id(data_key) + secrets.token_bytes(_SALT_BYTES)
    stream = _Stream(data_key, head, context)
    yield head
    for number, (piece, last) in enumerate(_pieces(chunks, CHUNK_BYTES)):
        yield stream.seal(number, piece, last=last)


def open_chunks(data_key: bytes, chunks: Iterable[bytes], context: bytes) -> Iterator[bytes]:
    """The plaintext of a sealed stream, cut anywhere; no byte leaves before its chunk's tag has been verified.

    Only when the iterator ends without an error was the content whole. Raises SealBroken, KeyNotValid.
    """
    _check_data_key(data_key)
    head, rest = _take_head(iter(chunks))
    if head[:1] != _VERSION or len(head) != _HEAD_BYTES:
        raise SealBroken("seal-malformed", "an unknown version, or cut short")
    if not hmac.compare_digest(head[1 : 1 + _KEY_ID_BYTES], _key_id(data_key)):
        raise SealBroken("seal-other-key", "sealed under another data key")
    stream = _Stream(data_key, head, context)
    for number, (piece, last) in enumerate(_pieces(rest, _SEALED_CHUNK_BYTES)):
        yield stream.open(number, piece, last=last)


class _Stream:
    """One sealed stream: its own key, the head and the context every chunk is bound to."""

    def __init__(self, data_key: bytes, head: bytes, context: bytes) -> None:
        salt = head[-_SALT_BYTES:]
        derived = HKDF(algorithm=SHA256(), length=DATA_KEY_BYTES, salt=salt, info=_CHUNK).derive(data_key)
        self._cipher = AESGCM(derived)
        self._bound = _bound(_CHUNK, head, b"")
        self._context = context

    def seal(self, number: int, piece: bytes, *, last: bool) -> bytes:
        return self._cipher.encrypt(number.to_bytes(_NONCE_BYTES), piece, self._associated(number, last=last))

    def open(self, number: int, piece: bytes, *, last: bool) -> bytes:
        # An empty chunk stands for an empty content only; elsewhere it would be a second form of the same content.
        if len(piece) < _TAG_BYTES or (len(piece) == _TAG_BYTES and number > 0):
            raise SealBroken("seal-truncated", "the sealed content was cut short")
        return _decrypt(self._cipher, number.to_bytes(_NONCE_BYTES), piece, self._associated(number, last=last))

    def _associated(self, number: int, *, last: bool) -> bytes:
        return self._bound + number.to_bytes(8) + bytes([last]) + self._context


def _pieces(chunks: Iterable[bytes], size: int) -> Iterator[tuple[bytes, bool]]:
    """The same bytes in pieces of ``size``, each with whether it is the last; at least one, possibly empty."""
    buffer = bytearray()
    for chunk in chunks:
        buffer += chunk
        while len(buffer) > size:
            yield bytes(buffer[:size]), False
            del buffer[:size]
    yield bytes(buffer), True


def _take_head(chunks: Iterator[bytes]) -> tuple[bytes, Iterator[bytes]]:
    buffer = b""
    for chunk in chunks:
        buffer += chunk
        if len(buffer) >= _HEAD_BYTES:
            break
    return buffer[:_HEAD_BYTES], _chain(buffer[_HEAD_BYTES:], chunks)


def _chain(first: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    yield first
    yield from rest


def _key_id(data_key: bytes) -> bytes:
    """Names the data key without telling it; GCM alone would let one sealed thing open under two keys."""
    return hmac.digest(data_key, b"idgateway data key id", hashlib.sha256)[:_KEY_ID_BYTES]


def _check_data_key(data_key: bytes) -> None:
    if len(data_key) != DATA_KEY_BYTES:
        raise KeyNotValid("data-key-length", f"a data key has {DATA_KEY_BYTES} bytes")
