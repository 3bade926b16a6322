"""Rows of consents: what a person was told or agreed to, for one link and one application. Ended ones stay as proof."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, insert, select, update

from idgateway.consent import Consent
from idgateway.store.statement import Statement
from idgateway.store.tables import consents

REPLACED, WITHDRAWN, UNLINKED, REMOVED = "replaced", "withdrawn", "unlinked", "removed"


_LIVING = (
    consents.c.link_id == bindparam("link"),
    consents.c.client_id == bindparam("client"),
    consents.c.ended_at.is_(None),
)
_NAMES = ("mode", "claims", "declined", "scopes")
# Held until the transaction ends (PostgreSQL), so that a withdrawal comes before the code or after it, never beside it.
_FIND = Statement(select(*(consents.c[name] for name in _NAMES)).where(*_LIVING).with_for_update(read=True))
_END = update(consents).values(ended_at=bindparam("now"), ended_by=bindparam("reason"))
_ADD = Statement(insert(consents))


def find(connection: Connection, link_id: str, client_id: str) -> Consent | None:
    """The living consent of a link and an application."""
    row = _FIND.first(connection, {"link": link_id, "client": client_id})
    if row is None:
        return None
    return Consent(mode=row["mode"], **{name: frozenset(row[name]) for name in _NAMES[1:]})


def put(connection: Connection, row: Mapping[str, Any]) -> None:
    """Store a new answer; it takes the place of the one before."""
    end(connection, row["link_id"], row["client_id"], row["given_at"], REPLACED)
    _ADD.run(connection, row)


def end(connection: Connection, link_id: str, client_id: str, now: datetime, reason: str) -> bool:
    """End the living consent; False if there is none."""
    values = {"link": link_id, "client": client_id, "now": now, "reason": reason}
    return bool(connection.execute(_END.where(*_LIVING), values).rowcount)


def end_of_link(connection: Connection, link_id: str, now: datetime) -> None:
    """End all consents of a link that is undone."""
    living = (consents.c.link_id == bindparam("link"), consents.c.ended_at.is_(None))
    connection.execute(_END.where(*living), {"link": link_id, "now": now, "reason": UNLINKED})


def end_of_client(connection: Connection, client_id: str, now: datetime) -> None:
    """End all consents for an application that is no more."""
    living = (consents.c.client_id == bindparam("client"), consents.c.ended_at.is_(None))
    connection.execute(_END.where(*living), {"client": client_id, "now": now, "reason": REMOVED})
