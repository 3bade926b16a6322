"""Rows of accounts, of their links to sectors, and of the evidence what was released when."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, insert, select, update

from idgateway.store.statement import Statement
from idgateway.store.tables import accounts, evidence, links
from idgateway.store.writing import insert_of

_FIND_ACCOUNT = Statement(
    select(accounts.c.id).where(
        accounts.c.provider == bindparam("account"), accounts.c.subject_hash == bindparam("hash")
    )
)
_ADD_EVIDENCE = Statement(insert(evidence))
_SUB_OF = Statement(select(links.c.sub).where(links.c.id == bindparam("link")))
_FIND_SUB = Statement(
    select(links.c.sub).where(
        links.c.account_id == bindparam("account"),
        links.c.authority == bindparam("place"),
        links.c.sector == bindparam("part"),
        links.c.unlinked_at.is_(None),
    )
)
_UNLINK = Statement(
    update(links)
    .where(links.c.id == bindparam("link"), links.c.unlinked_at.is_(None))
    .values(unlinked_at=bindparam("now"))
)
_RELINK = Statement(
    update(links).where(links.c.id == bindparam("link")).values(unlinked_at=None, linked_at=bindparam("now"))
)
# Two first logins at once meet in the conflict: an update that changes nothing still tells the id.


def _keep_account(dialect: str) -> Any:
    statement = insert_of(dialect, accounts)
    key = [accounts.c.provider, accounts.c.subject_hash]
    same = {"provider": statement.excluded.provider}
    return statement.on_conflict_do_update(index_elements=key, set_=same).returning(accounts.c.id)


def _keep_link(dialect: str, names: tuple[str, ...]) -> Any:
    statement = insert_of(dialect, links)
    key = [links.c.account_id, links.c.authority, links.c.sector]
    fresh = {name: statement.excluded[name] for name in names}
    kept = statement.on_conflict_do_update(index_elements=key, set_=fresh)
    return kept.returning(links.c.id, links.c.sub, links.c.unlinked_at)


_KEEP_ACCOUNT = Statement(_keep_account)
_FRESH = ("last_level", "last_login_at", "released")
_KEEP_LINK = {  # by whether the person logged in
    True: Statement(lambda dialect: _keep_link(dialect, _FRESH)),
    False: Statement(lambda dialect: _keep_link(dialect, ("authority",))),
}


def keep_account(connection: Connection, hashes: Sequence[bytes], row: Mapping[str, Any]) -> str:
    """The id of the account known under one of these hashes, or of the new one."""
    for known in hashes:  # several where the derivation key was changed: old accounts stand under an older hash
        found = _FIND_ACCOUNT.first(connection, {"account": row["provider"], "hash": known})
        if found is not None:
            return str(found["id"])
    return str(_KEEP_ACCOUNT.one(connection, row)["id"])


@dataclass(frozen=True, kw_only=True)
class KeptLink:
    """A link as it stands after ``keep_link``."""

    id: str
    sub: str
    unlinked_at: datetime | None  # when the person undid it


def keep_link(connection: Connection, row: Mapping[str, Any], *, logged_in: bool) -> KeptLink:
    """The account's link to this sector: the stored one with its ``sub``, or a new one.

    ``logged_in`` brings level, time and released names up to date; otherwise a stored link stays as it is.
    """
    return KeptLink(**_KEEP_LINK[logged_in].one(connection, row))


def unlink(connection: Connection, link_id: str, now: datetime) -> bool:
    """Note that the person undid a link; False if it was undone before."""
    return bool(_UNLINK.run(connection, {"link": link_id, "now": now}))


def relink(connection: Connection, link_id: str, now: datetime) -> None:
    """A link that was undone counts again."""
    _RELINK.run(connection, {"link": link_id, "now": now})


def add_evidence(connection: Connection, row: Mapping[str, Any]) -> None:
    """Note what was released to whom at which level."""
    _ADD_EVIDENCE.run(connection, row)


def find_sub(connection: Connection, account_id: str, authority: str, sector: str) -> str | None:
    """The stored ``sub`` of an account in a sector; None too where the person undid that link."""
    found = _FIND_SUB.first(connection, {"account": account_id, "place": authority, "part": sector})
    return None if found is None else str(found["sub"])


def sub_of(connection: Connection, link_id: str) -> str:
    """The ``sub`` of a link."""
    return str(_SUB_OF.one(connection, {"link": link_id})["sub"])


def links_of(connection: Connection, account_id: str) -> Sequence[Row[Any]]:
    """All links of an account."""
    return connection.execute(select(links).where(links.c.account_id == account_id)).all()
