"""What belongs to a notice or a draft, sealed under its own data key and opened again.

The data key is wrapped by the period key of the vault and bound to its owner's id: destroying the wrapped key erases
everything sealed under it, wherever copies of the rest may lie. ``words`` are small JSON objects in a table's column,
documents are objects of their own.
"""

import hashlib
import hmac
import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import IO, Any, Final

from keys.errors import KeysError
from keys.keyring import Purpose
from keys.sealing import (
    CHUNK_BYTES,
    new_data_key,
    open_chunks,
    open_field,
    seal_chunks,
    seal_field,
    unwrap_key,
    wrap_key,
)
from postbox.context import Postbox
from postbox.errors import Erased, StorageFailed

_WORDS: Final = b"words"
_CONTENT: Final = b"content"


def new_key(postbox: Postbox, owner: str, now: datetime) -> tuple[bytes, bytes]:
    """A fresh data key for the notice or draft ``owner``: the key itself and its wrapped form to store."""
    data_key = new_data_key()
    return data_key, wrap_key(postbox.keyring.current(Purpose.CONTENT_SEALING, now), data_key, owner.encode())


def key_of(postbox: Postbox, row: Mapping[Any, Any]) -> bytes:
    """The data key of a stored notice or draft. Raises Erased where it was destroyed."""
    if row["wrapped_key"] is None:
        raise Erased("The content has been erased.")
    return unwrap_key(postbox.keyring, row["wrapped_key"], str(row["id"]).encode())


def seal_words(data_key: bytes, words: Mapping[str, Any], owner: str) -> bytes:
    """Seal a small JSON object that belongs to ``owner`` (the id of a notice, document or draft)."""
    return b"".join(seal_chunks(data_key, [json.dumps(dict(words)).encode()], _context(_WORDS, owner)))


def open_words(data_key: bytes, row: Mapping[Any, Any], column: str = "words") -> dict[str, Any]:
    """The small JSON object of a stored row."""
    content: dict[str, Any] = json.loads(
        b"".join(open_chunks(data_key, [row[column]], _context(_WORDS, str(row["id"]))))
    )
    return content


def store_document(postbox: Postbox, data_key: bytes, owner: str, content: IO[bytes], digest: bytes) -> str:
    """Seal a document piece by piece, store it durably, read it back and compare; the object's name.

    ``digest`` is the SHA-256 of the plaintext. Raises StorageFailed.
    """
    content.seek(0)
    name = postbox.objects.write(seal_chunks(data_key, _pieces(content), _context(_CONTENT, owner)))
    # Durable before acknowledged: only what can be read back as it came may be accepted.
    if not hmac.compare_digest(_digest_of_stored(postbox, data_key, owner, name), digest):
        postbox.objects.remove(name)
        raise StorageFailed("What was stored is not what came.")
    return name


def _digest_of_stored(postbox: Postbox, data_key: bytes, owner: str, name: str) -> bytes:
    """SHA-256 of what opens again; of nothing where the seal does not open."""
    found = hashlib.sha256()
    try:
        for piece in open_document(postbox, data_key, owner, name):
            found.update(piece)
    except KeysError:
        return b""
    return found.digest()


def open_document(postbox: Postbox, data_key: bytes, owner: str, name: str) -> Iterator[bytes]:
    """The plaintext of a stored document, no piece before it is verified. Raises StorageFailed, SealBroken."""
    return open_chunks(data_key, postbox.objects.read(name), _context(_CONTENT, owner))


def seal_text(postbox: Postbox, text: str, owner: str, now: datetime) -> bytes:
    """Seal a short text that belongs to no notice (a mailbox's address, an applicant's name)."""
    return seal_field(postbox.keyring.current(Purpose.FIELD_SEALING, now), text.encode(), owner.encode())


def open_text(postbox: Postbox, sealed: bytes, owner: str) -> str:
    """The short text again."""
    return open_field(postbox.keyring, sealed, owner.encode()).decode()


def _pieces(content: IO[bytes]) -> Iterable[bytes]:
    while piece := content.read(CHUNK_BYTES):
        yield piece


def _context(kind: bytes, owner: str) -> bytes:
    return kind + b"\x00" + owner.encode()
