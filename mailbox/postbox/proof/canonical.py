"""Bytes in evidence: canonical JSON (RFC 8785), and strict reading back."""

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
