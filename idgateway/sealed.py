"""Sealing of small values at rest, each bound to what it is and where it belongs."""

import json
from datetime import datetime
from typing import Any

from idgateway.gate import Gate
from keys.keyring import Purpose
from keys.sealing import open_field, seal_field


def seal(gate: Gate, content: bytes, kind: str, place: str, now: datetime) -> bytes:
    """Seal a value under the gate's current key."""
    return seal_field(gate.keyring.current(Purpose.FIELD_SEALING, now), content, _context(kind, place))


def reveal(gate: Gate, sealed: bytes, kind: str, place: str) -> bytes:
    """Open a sealed value. Raises KeyMissing or SealBroken."""
    return open_field(gate.keyring, sealed, _context(kind, place))


def seal_json(gate: Gate, content: Any, kind: str, place: str, now: datetime) -> bytes:
    """Seal a value of plain JSON parts."""
    return seal(gate, json.dumps(content, ensure_ascii=False).encode(), kind, place, now)


def reveal_json(gate: Gate, sealed: bytes, kind: str, place: str) -> Any:
    """Open a sealed JSON value. Raises KeyMissing or SealBroken."""
    return json.loads(reveal(gate, sealed, kind, place))


def _context(kind: str, place: str) -> bytes:
    return f"gate {kind} {place}".encode()
