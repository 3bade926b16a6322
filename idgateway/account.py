"""What a person can look up and take back: links, consents, logins and sessions of the account they came in with.

Every act names its object by an id and finds it only among what belongs to this account. What is taken back counts at
once: sessions, codes, tokens and refresh families end in the same transaction. Evidence stays, as proof for both sides.

An undone link keeps its row and its ``sub``. A service must not take the same person for a stranger where periods run
(OIDC Core 5.7: ``sub`` alone is the stable identifier), and the postbox must not hand out a second mailbox; but a login
never makes the link again silently (attack: re-link after unlink): the page before data go says so and waits.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row

from idgateway import logout, sessions
from idgateway.assurance import Level
from idgateway.errors import NotYours
from idgateway.gate import Gate
from idgateway.own import OWN
from idgateway.provider.request import AuthorizationRequest
from idgateway.store import consents, grants, identities, overview
from idgateway.store import sessions as rows
from idgateway.store.sessions import Session

HISTORY = 50  # logins on one page


@dataclass(frozen=True, kw_only=True)
class Used:
    """One application at a link: its last login, and what it may receive without a page."""

    client_id: str
    last_login_at: datetime
    level: Level
    released: tuple[str, ...]
    consent: str  # ask | inform; empty where nothing is remembered
    given_at: datetime | None
    allowed: tuple[str, ...]
    scopes: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Linked:
    """One link that counts, with the applications behind it."""

    link_id: str
    authority: str
    since: datetime
    used: tuple[Used, ...]


@dataclass(frozen=True, kw_only=True)
class Login:
    """One login in the history."""

    at: datetime
    client_id: str
    level: Level
    means: str
    released: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Open:
    """A session that counts; ``here`` for the one this page is read in."""

    sid: str
    client_id: str
    since: datetime
    level: Level
    here: bool


@dataclass(frozen=True, kw_only=True)
class Overview:
    """Everything the page shows."""

    links: tuple[Linked, ...]
    logins: tuple[Login, ...]
    older: datetime | None  # where the history goes on
    open: tuple[Open, ...]


def login_request(gate: Gate, account: str, level: Level, language: str) -> AuthorizationRequest:
    """The gate's own request: a session for this page, and not one claim."""
    return AuthorizationRequest(
        client_id=OWN,
        redirect_uri=f"{gate.issuer}/account",
        state="",
        nonce="",
        challenge="",
        scopes=(),
        claims=(),
        id_token_claims=(),
        level=level,
        prompt=(),
        max_age=None,
        language=language,
        account=account,
        account_language=language,
    )


def own_session(gate: Gate, cookie: str, now: datetime) -> Session | None:
    """The session of this page in this browser; looking at it is using it."""
    found = next((one for one in logout.open_sessions(gate, cookie, now) if one.client_id == OWN), None)
    if found is None:
        return None
    with gate.database.write() as connection:
        alive = rows.touch(connection, found.session_hash, sessions.idle_ends_at(found.level, now))
    return found if alive else None


def look(gate: Gate, session: Session, now: datetime, *, before: datetime) -> Overview:
    """All that is kept of this account."""
    with gate.database.read() as connection:
        account = overview.account_of(connection, session.link_id)
        links = [one for one in overview.links_of(connection, account) if one.unlinked_at is None]
        last = overview.last_logins(connection, account)
        told = {(one.link_id, one.client_id): one for one in overview.consents_of(connection, account)}
        past = overview.history(connection, account, before, HISTORY + 1)
        held = overview.sessions_of(connection, account)
    return Overview(
        links=tuple(_linked(one, last, told) for one in links if one.sector != OWN and _entered(one, last)),
        logins=tuple(_login(one) for one in past[:HISTORY]),
        older=past[HISTORY - 1].at if len(past) > HISTORY else None,
        open=tuple(_open(one, session) for one in held if now < min(one.ends_at, one.idle_ends_at)),
    )


def withdraw(gate: Gate, session: Session, link_id: str, client_id: str, now: datetime) -> None:
    """Take a consent back: the application's codes and tokens end, and the page comes again. Raises NotYours."""
    with gate.database.write() as connection:
        _own_link(connection, session, link_id)
        if not consents.end(connection, link_id, client_id, now, consents.WITHDRAWN):
            raise NotYours("no such consent")
        for sid in rows.of_link(connection, link_id, client_id):
            logout.end_session(connection, gate.clients, sid, now)
        grants.revoke_of_link(connection, link_id, now, client_id=client_id)


def unlink(gate: Gate, session: Session, link_id: str, now: datetime) -> None:
    """Undo a link: its sessions, codes, tokens and consents end. Raises NotYours."""
    with gate.database.write() as connection:
        _own_link(connection, session, link_id)
        # First: a login that is under way holds the link's row, and whatever it brings is ended below.
        if not identities.unlink(connection, link_id, now):
            raise NotYours("it was undone before")
        consents.end_of_link(connection, link_id, now)
        for sid in rows.of_link(connection, link_id):
            logout.end_session(connection, gate.clients, sid, now)
        grants.revoke_of_link(connection, link_id, now)


def end(gate: Gate, session: Session, sid: str, now: datetime) -> tuple[str, ...]:
    """End one session of this account, or all where ``sid`` is empty; gives the applications. Raises NotYours."""
    with gate.database.read() as connection:
        account = overview.account_of(connection, session.link_id)
        held = [one.sid for one in overview.sessions_of(connection, account)]
    chosen = held if not sid else [one for one in held if one == sid]
    if sid and not chosen:
        raise NotYours("no such session")
    return logout.end_sessions(gate, dict.fromkeys(chosen), now).clients


def _own_link(connection: Connection, session: Session, link_id: str) -> None:
    account = overview.account_of(connection, session.link_id)
    if not any(one.id == link_id and one.sector != OWN for one in overview.links_of(connection, account)):
        raise NotYours("no such link")


def _entered(link: Row[Any], last: Sequence[Row[Any]]) -> bool:
    """Whether an application was entered by it: a delivery address alone makes the postbox's link, before any visit."""
    return any(one.link_id == link.id for one in last)


def _linked(link: Row[Any], last: Sequence[Row[Any]], told: Mapping[tuple[str, str], Row[Any]]) -> Linked:
    used = [_used(one, told.get((link.id, one.client_id))) for one in last if one.link_id == link.id]
    return Linked(
        link_id=link.id,
        authority=link.authority,
        since=link.linked_at or link.created_at,
        used=tuple(sorted({one.client_id: one for one in used}.values(), key=lambda one: one.client_id)),
    )


def _used(login: Row[Any], consent: Row[Any] | None) -> Used:
    return Used(
        client_id=login.client_id,
        last_login_at=login.at,
        level=Level(login.level),
        released=tuple(login.released),
        consent=consent.mode if consent else "",
        given_at=consent.given_at if consent else None,
        allowed=tuple(consent.claims) if consent else (),
        scopes=tuple(consent.scopes) if consent else (),
    )


def _login(row: Row[Any]) -> Login:
    return Login(
        at=row.at, client_id=row.client_id, level=Level(row.level), means=row.means, released=tuple(row.released)
    )


def _open(row: Row[Any], here: Session) -> Open:
    return Open(
        sid=row.sid,
        client_id=row.client_id,
        since=row.authenticated_at,
        level=Level(row.level),
        here=row.session_hash == here.session_hash,
    )
