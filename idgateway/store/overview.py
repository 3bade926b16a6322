"""What is kept of one account, gathered for the person it belongs to: links, logins, sessions, consents."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, func, select

from idgateway.store.tables import consents, evidence, links, sessions

_OF_ACCOUNT = links.c.account_id == bindparam("account")
_ACCOUNT = select(links.c.account_id).where(links.c.id == bindparam("link"))
_LINKS = select(links).where(_OF_ACCOUNT)
_EVIDENCE = select(evidence, links.c.authority).join(links, links.c.id == evidence.c.link_id).where(_OF_ACCOUNT)
_HISTORY = _EVIDENCE.where(evidence.c.at < bindparam("before")).order_by(evidence.c.at.desc(), evidence.c.id)
_USES = (
    select(evidence.c.link_id, evidence.c.client_id, func.max(evidence.c.at).label("last"))
    .join(links, links.c.id == evidence.c.link_id)
    .where(_OF_ACCOUNT)
    .group_by(evidence.c.link_id, evidence.c.client_id)
    .subquery()
)
_LAST = select(evidence).join(
    _USES,
    (evidence.c.link_id == _USES.c.link_id)
    & (evidence.c.client_id == _USES.c.client_id)
    & (evidence.c.at == _USES.c["last"]),
)
_SESSIONS = select(sessions).join(links, links.c.id == sessions.c.link_id).where(_OF_ACCOUNT)
_CONSENTS = (
    select(consents).join(links, links.c.id == consents.c.link_id).where(_OF_ACCOUNT, consents.c.ended_at.is_(None))
)


def account_of(connection: Connection, link_id: str) -> str:
    """The account a link belongs to."""
    return str(connection.execute(_ACCOUNT, {"link": link_id}).scalar_one())


def links_of(connection: Connection, account_id: str) -> Sequence[Row[Any]]:
    """Its links, the undone ones too."""
    return connection.execute(_LINKS, {"account": account_id}).all()


def last_logins(connection: Connection, account_id: str) -> Sequence[Row[Any]]:
    """The last evidence of each application at each link."""
    return connection.execute(_LAST, {"account": account_id}).all()


def history(connection: Connection, account_id: str, before: datetime, most: int) -> Sequence[Row[Any]]:
    """Evidence of logins before a moment, the newest first."""
    return connection.execute(_HISTORY.limit(most), {"account": account_id, "before": before}).all()


def sessions_of(connection: Connection, account_id: str) -> Sequence[Row[Any]]:
    """Its sessions, in every browser."""
    return connection.execute(_SESSIONS, {"account": account_id}).all()


def consents_of(connection: Connection, account_id: str) -> Sequence[Row[Any]]:
    """What it allows now."""
    return connection.execute(_CONSENTS, {"account": account_id}).all()
