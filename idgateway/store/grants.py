"""Rows of grants: what one login gave one application, from its code to its last token.

A grant is known by the evidence of its login. Revoking it is one update, and ends code, access tokens and refresh
tokens at once: none of them counts without its grant. Beside them, single access tokens that were taken back, and the
client assertions that were used.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, insert, select, update

from idgateway.store.statement import Statement
from idgateway.store.tables import grants, links, revoked_tokens, seen_jtis
from idgateway.store.writing import insert_new


@dataclass(frozen=True, kw_only=True)
class Grant:
    """A grant as stored, with the ``sub`` and account of the link it stands for; ``released`` is sealed."""

    evidence_id: str
    client_id: str
    link_id: str
    sid: str | None  # of the session it belongs to; a guest has none
    scope: str
    nonce: str | None
    redirect_uri: str
    challenge: str
    code_hash: bytes
    code_expires_at: datetime
    code_used_at: datetime | None
    jkt: str | None  # RFC 7638 thumbprint of the key its tokens are bound to (RFC 9449)
    released: bytes
    ends_at: datetime
    revoked_at: datetime | None
    sub: str
    account_id: str | None

    def lives(self, now: datetime) -> bool:
        """Whether anything of it still counts."""
        return self.revoked_at is None and now < self.ends_at


_JOINED = select(grants, links.c.sub, links.c.account_id).join(links, links.c.id == grants.c.link_id)
_ADD = Statement(insert(grants))
_FIND = Statement(_JOINED.where(grants.c.evidence_id == bindparam("evidence")))
_FIND_CODE = Statement(
    _JOINED.where(grants.c.code_hash == bindparam("hash"), grants.c.client_id == bindparam("client"))
)
_USE_CODE = Statement(
    update(grants)
    .where(
        grants.c.evidence_id == bindparam("evidence"), grants.c.code_used_at.is_(None), grants.c.revoked_at.is_(None)
    )
    .values(code_used_at=bindparam("now"), jkt=bindparam("thumbprint"))
)
_DEAD = {"revoked_at": bindparam("now"), "released": b""}
_REVOKE = Statement(
    update(grants).where(grants.c.evidence_id == bindparam("evidence"), grants.c.revoked_at.is_(None)).values(_DEAD)
)
_OF_SESSION = select(grants.c.client_id, links.c.sub).distinct().join(links, links.c.id == grants.c.link_id)
_FIND_OF_SESSION = Statement(
    _OF_SESSION.where(grants.c.sid == bindparam("session"), grants.c.code_used_at.is_not(None))
)
_REVOKE_OF_SESSION = Statement(
    update(grants).where(grants.c.sid == bindparam("session"), grants.c.revoked_at.is_(None)).values(_DEAD)
)
_IS_REVOKED = Statement(select(revoked_tokens.c.jti_hash).where(revoked_tokens.c.jti_hash == bindparam("hash")))


def add(connection: Connection, row: Mapping[str, Any]) -> None:
    """Store a new grant with its code."""
    _ADD.run(connection, row)


def find(connection: Connection, evidence_id: str) -> Grant | None:
    """The grant of this evidence, whatever its state."""
    row = _FIND.first(connection, {"evidence": evidence_id})
    return None if row is None else Grant(**row)


def find_code(connection: Connection, code_hash: bytes, client_id: str) -> Grant | None:
    """The grant of this client's code, used or not; another client's code is nobody's."""
    row = _FIND_CODE.first(connection, {"hash": code_hash, "client": client_id})
    return None if row is None else Grant(**row)


def use_code(connection: Connection, grant: Grant, now: datetime, *, jkt: str | None) -> bool:
    """Use the code up and bind what it brings to a key; False if somebody was faster."""
    values = {"evidence": grant.evidence_id, "now": now, "thumbprint": jkt}
    return bool(_USE_CODE.run(connection, values))


def revoke(connection: Connection, evidence_id: str, now: datetime) -> bool:
    """End a grant and erase what it carried (RFC 6749 4.1.2, RFC 7009 2.1); False if it was ended before."""
    return bool(_REVOKE.run(connection, {"evidence": evidence_id, "now": now}))


def clients_of_session(connection: Connection, sid: str) -> Sequence[tuple[str, str]]:
    """Client and ``sub`` of every application that received tokens in this session."""
    return [(row["client_id"], row["sub"]) for row in _FIND_OF_SESSION.all(connection, {"session": sid})]


def revoke_of_session(connection: Connection, sid: str, now: datetime) -> int:
    """End all grants of a session; gives how many lived."""
    return _REVOKE_OF_SESSION.run(connection, {"session": sid, "now": now})


def revoke_of_link(connection: Connection, link_id: str, now: datetime, *, client_id: str = "") -> None:
    """End all grants of a link, or those of one application: codes, access tokens and refresh families with them."""
    chosen = (grants.c.link_id == link_id, *([grants.c.client_id == client_id] if client_id else []))
    connection.execute(update(grants).where(*chosen, grants.c.revoked_at.is_(None)).values(_DEAD), {"now": now})


def revoke_of_client(connection: Connection, client_id: str, now: datetime) -> None:
    """End all grants of an application, in whatever session."""
    living = (grants.c.client_id == client_id, grants.c.revoked_at.is_(None))
    connection.execute(update(grants).where(*living).values(_DEAD), {"now": now})


def take_back(connection: Connection, jti_hash: bytes, expires_at: datetime) -> None:
    """Let one access token count no more (RFC 7009); kept until it would have expired."""
    insert_new(connection, revoked_tokens, {"jti_hash": jti_hash, "expires_at": expires_at})


def is_taken_back(connection: Connection, jti_hash: bytes) -> bool:
    """Whether this access token was taken back by itself."""
    return _IS_REVOKED.first(connection, {"hash": jti_hash}) is not None


def remember_jti(connection: Connection, client_id: str, jti_hash: bytes, expires_at: datetime) -> bool:
    """Note that a client assertion was used; False if it had been before."""
    row = {"client_id": client_id, "jti_hash": jti_hash, "expires_at": expires_at}
    return insert_new(connection, seen_jtis, row)
