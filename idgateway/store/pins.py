"""Rows of what accounts' identifiers hang on: our entityID or an issuer, written once per account and never changed."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Connection, select

from idgateway.store.tables import entity_ids
from idgateway.store.writing import insert_new

_ALL = select(entity_ids.c.provider, entity_ids.c.entity_id)


def pinned_entity_ids(connection: Connection) -> dict[str, str]:
    """The entityID or issuer of each account that was ever served."""
    return {row.provider: row.entity_id for row in connection.execute(_ALL)}


def pin_entity_ids(connection: Connection, wanted: Mapping[str, str], at: datetime) -> None:
    """Keep the entityID or issuer of each account that has none yet; what is kept stays."""
    for provider, entity_id in wanted.items():
        insert_new(connection, entity_ids, {"provider": provider, "entity_id": entity_id, "since": at})
