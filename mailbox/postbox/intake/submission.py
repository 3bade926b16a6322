"""What comes in."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, BinaryIO, Final

from postbox.errors import IdempotencyMissing, Problem

_LONGEST_KEY: Final = 200


@dataclass(frozen=True, kw_only=True)
class Upload:
    """A document as it came. ``content`` can be read and sought; it lives in memory only."""

    name: str
    media_type: str
    content: BinaryIO
    code: str | None = None  # for third parties, where it is printed in the document already; none: it gets one


@dataclass(frozen=True, kw_only=True)
class Submission:
    """A notice as it came: ``content`` is the JSON object of ``POST /v1/notices``, not yet believed."""

    content: Mapping[str, Any]
    uploads: tuple[Upload, ...]
    idempotency_key: str | None


@dataclass(frozen=True, kw_only=True)
class Accepted:
    """A notice we took responsibility for. ``repeated``: this is the answer of an earlier request."""

    notice: str
    accepted_at: datetime
    receipt: str  # signed, see proof.receipts
    repeated: bool = False


class Problems:
    """A list that grows while a stage looks at everything."""

    def __init__(self) -> None:
        """Begin without a problem."""
        self.found: list[Problem] = []

    def add(self, code: str, pointer: str, sentence: str) -> None:
        """Note one more."""
        self.found.append(Problem(code=code, pointer=pointer, sentence=sentence))


def check_key(key: str | None) -> str:
    """The Idempotency-Key: visible ASCII, at most 200 characters. Raises IdempotencyMissing."""
    if not key:
        raise IdempotencyMissing("Send an Idempotency-Key, so that a repeated request is not a second notice.")
    if len(key) > _LONGEST_KEY or not key.isascii() or not key.isprintable():
        raise IdempotencyMissing(
            "An Idempotency-Key has at most 200 visible ASCII characters.", code="idempotency-key-malformed"
        )
    return key
