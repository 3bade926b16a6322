"""Bytes in evidence: canonical JSON (RFC 8785), and strict reading back."""

import base64
import binascii
import json
from collections.abc import Mapping
from typing import Any, Final, NoReturn

import rfc8785

from postbox.errors import EvidenceInvalid

MAX_DEPTH: Final = 32  # no evidence of ours nests deeper; deeper input is an attack on the reader


def canonical_json(value: Mapping[str, Any]) -> bytes:
    """Serialise as RFC 8785 demands. Raises EvidenceInvalid for what JSON cannot say exactly."""
    try:
        return rfc8785.dumps(dict(value))
    except (rfc8785.CanonicalizationError, RecursionError, UnicodeError, TypeError, ValueError):
        raise EvidenceInvalid("This value has no canonical form in JSON.", code="not-canonical") from None


def read_json(data: bytes) -> dict[str, Any]:
    """Read a JSON object strictly: UTF-8, no duplicate names, no floats, bounded depth.

    Raises EvidenceInvalid.
    """
    try:
        value = json.loads(data.decode("utf-8"), object_pairs_hook=_unique, parse_constant=_refuse, parse_float=_refuse)
    except (ValueError, RecursionError):
        raise EvidenceInvalid("This is not strict JSON.", code="not-json") from None
    if not isinstance(value, dict) or _depth(value) > MAX_DEPTH:
        raise EvidenceInvalid("A JSON object of bounded depth was expected.", code="not-json")
    return value


def text_of(data: bytes) -> str:
    """Bytes as base64url without padding (RFC 4648 section 5)."""
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def bytes_of(text: object, length: int | None = None) -> bytes:
    """Read what ``text_of`` wrote, in its one spelling and of that length. Raises EvidenceInvalid."""
    try:
        data = base64.b64decode(str(text) + "=" * (-len(str(text)) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise EvidenceInvalid("This is not base64url.", code="not-base64url") from None
    if text_of(data) != text or (length is not None and len(data) != length):
        raise EvidenceInvalid("This is not base64url of that length.", code="not-base64url")
    return data


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("duplicate name")
    return found


def _refuse(token: str) -> NoReturn:
    raise ValueError(token)


def _depth(value: object) -> int:
    if isinstance(value, dict):
        return 1 + max(map(_depth, value.values()), default=0)
    if isinstance(value, list):
        return 1 + max(map(_depth, value), default=0)
    return 0
