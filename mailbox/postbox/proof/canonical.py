"""Bytes and times in evidence: canonical JSON (RFC 8785), UTC instants with microseconds, strict reading back."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
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


def instant_text(at: datetime) -> str:
    """Write an aware instant as ``2026-11-22T23:30:00.000000Z``. Raises EvidenceInvalid for a naive one."""
    if at.tzinfo is None:
        raise EvidenceInvalid("An instant without a time zone proves nothing.", code="naive-instant")
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def read_instant(text: object) -> datetime:
    """Read exactly what ``instant_text`` writes. Raises EvidenceInvalid."""
    try:
        at = datetime.strptime(str(text), "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=UTC)
    except ValueError:
        raise EvidenceInvalid("This is not an instant in UTC.", code="not-an-instant") from None
    if instant_text(at) != text:
        raise EvidenceInvalid("An instant has one spelling only.", code="not-an-instant")
    return at


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
