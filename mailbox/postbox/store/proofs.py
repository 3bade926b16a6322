"""Proofs of possession that were used: each counts once, and is forgotten when no clock accepts it any more."""

from sqlalchemy import Connection

from keys.possession import HeldKey
from postbox.store.tables import proofs
from postbox.store.writing import insert_once


def remember(connection: Connection, key: HeldKey) -> bool:
    """Note a proof as used; False if it was used before, also at this very moment."""
    return insert_once(connection, proofs, {"jkt": key.jkt, "jti_hash": key.jti_hash, "expires_at": key.expires_at})
