"""Rows of pushed authorization requests (RFC 9126), each good for one login."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, insert, select, update

from idgateway.store.statement import Statement
from idgateway.store.tables import pushed_requests


@dataclass(frozen=True, kw_only=True)
class Pushed:
    """A pushed request as stored, already checked."""

    request_hash: bytes
    client_id: str
    request: dict[str, Any]
    expires_at: datetime
    used_at: datetime | None


_SAME = pushed_requests.c.request_hash == bindparam("hash")
_ADD = Statement(insert(pushed_requests))
_FIND = Statement(select(pushed_requests).where(_SAME, pushed_requests.c.client_id == bindparam("client")))
_USE = Statement(
    update(pushed_requests).where(_SAME, pushed_requests.c.used_at.is_(None)).values(used_at=bindparam("now"))
)


def add(connection: Connection, row: Mapping[str, Any]) -> None:
    """Store a new one."""
    _ADD.run(connection, row)


def find(connection: Connection, request_hash: bytes, client_id: str) -> Pushed | None:
    """This client's request, used or not; another client's is nobody's."""
    row = _FIND.first(connection, {"hash": request_hash, "client": client_id})
    return None if row is None else Pushed(**row)


def use(connection: Connection, request_hash: bytes, now: datetime) -> bool:
    """Use it up; False if somebody was faster."""
    return bool(_USE.run(connection, {"hash": request_hash, "now": now}))
