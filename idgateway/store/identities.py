"""Rows of accounts, of their links to sectors, and of the evidence what was released when."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Row, insert, select

from idgateway.store.tables import accounts, evidence, links
from idgateway.store.writing import insert_or


def keep_account(connection: Connection, hashes: Sequence[bytes], row: Mapping[str, Any]) -> str:
    """The id of the account known under one of these hashes, or of the new one."""
    if len(hashes) > 1:  # the derivation key was changed: old accounts stand under an older hash
        known = select(accounts.c.id).where(accounts.c.provider == row["provider"], accounts.c.subject_hash.in_(hashes))
        if (found := connection.execute(known).scalar()) is not None:
            return str(found)
    statement = insert_or(connection, accounts).values(**row)
    # Two first logins at once meet here: an update that changes nothing still tells the id.
    statement = statement.on_conflict_do_update(
        index_elements=[accounts.c.provider, accounts.c.subject_hash], set_={"provider": statement.excluded.provider}
    )
    return str(connection.execute(statement.returning(accounts.c.id)).scalar_one())


def keep_link(connection: Connection, row: Mapping[str, Any], *, logged_in: bool) -> str:
    """The id of the account's link to this sector: the stored one with its ``sub``, or a new one.

    ``logged_in`` brings level, time and released names up to date; otherwise a stored link stays as it is.
    """
    statement = insert_or(connection, links).values(**row)
    # An update that changes nothing still tells the id.
    fresh = ("last_level", "last_login_at", "released") if logged_in else ("authority",)
    statement = statement.on_conflict_do_update(
        index_elements=[links.c.account_id, links.c.authority, links.c.sector],
        set_={name: statement.excluded[name] for name in fresh},
    )
    return str(connection.execute(statement.returning(links.c.id)).scalar_one())


def add_evidence(connection: Connection, row: Mapping[str, Any]) -> None:
    """Note what was released to whom at which level."""
    connection.execute(insert(evidence).values(**row))


def find_sub(connection: Connection, account_id: str, authority: str, sector: str) -> str | None:
    """The stored ``sub`` of an account in a sector."""
    statement = select(links.c.sub).where(
        links.c.account_id == account_id, links.c.authority == authority, links.c.sector == sector
    )
    return connection.execute(statement).scalar()


def links_of(connection: Connection, account_id: str) -> Sequence[Row[Any]]:
    """All links of an account."""
    return connection.execute(select(links).where(links.c.account_id == account_id)).all()
