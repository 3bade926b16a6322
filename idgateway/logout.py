"""Ending sessions: here at once, and at every application that took part as soon as it can be reached.

Nothing outside is asked while a session ends, so nothing outside can keep it alive. What we cannot end we say: the
login at the account itself (BundID knows no single logout), and applications that are not told.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import uuid4

from sqlalchemy import Connection

from idgateway.attempt import digest
from idgateway.gate import Gate
from idgateway.own import OWN
from idgateway.provider.clients import RegisteredClient
from idgateway.provider.responses import with_query
from idgateway.sessions import handles_of
from idgateway.store import grants, notices, sessions
from idgateway.store.notices import LogoutNotice
from idgateway.store.sessions import Session

TRIED_FOR = timedelta(hours=12)  # as long as any session of ours would have lasted


@dataclass(frozen=True, kw_only=True)
class Ended:
    """What a logout ended, as ids of applications and names of accounts."""

    clients: tuple[str, ...] = ()
    untold: tuple[str, ...] = ()  # took part, but have no address to be told at: they may keep a login of their own
    accounts: tuple[str, ...] = ()
    frames: tuple[str, ...] = ()  # addresses that this browser is to load, to be told there (front channel)
    asked: tuple[str, ...] = ()  # told by such a frame alone: whether it was heard, nobody knows


def open_sessions(gate: Gate, cookie: str, now: datetime) -> tuple[Session, ...]:
    """The sessions of this browser that still count, the newest login first."""
    handles = handles_of(cookie)
    if not handles:
        return ()
    with gate.database.read() as connection:
        found = sessions.find(connection, [digest(handle) for handle in handles])
    return tuple(one for one in found if now < min(one.ends_at, one.idle_ends_at))


def cookie_for(cookie: str, left: Iterable[Session]) -> str:
    """The cookie's next value: the handles of the sessions that are left."""
    hashes = {one.session_hash for one in left}
    return ".".join(handle for handle in handles_of(cookie) if digest(handle) in hashes)


def end_sessions(gate: Gate, sids: Iterable[str], now: datetime) -> Ended:
    """End these sessions in one transaction, whoever of them is still there."""
    sids = tuple(sids)
    if not sids:
        return Ended()
    clients: dict[str, None] = {}
    accounts: dict[str, None] = {}
    frames: list[str] = []
    with gate.database.write() as connection:
        for sid in sids:
            took_part, at = end_session(connection, gate.clients, sid, now)
            clients |= dict.fromkeys(took_part)
            accounts |= dict.fromkeys(at)
            frames += _frames(gate, took_part, sid)
    known = [gate.clients[one] for one in clients if one in gate.clients and one != OWN]
    silent = [one for one in known if not one.backchannel_logout_uri]
    return Ended(
        clients=tuple(clients),
        untold=tuple(one.client_id for one in silent if not one.frontchannel_logout_uri),
        asked=tuple(one.client_id for one in silent if one.frontchannel_logout_uri),
        accounts=tuple(accounts),
        frames=tuple(frames),
    )


def end_session(
    connection: Connection, registered: Mapping[str, RegisteredClient], sid: str, now: datetime
) -> tuple[list[str], list[str]]:
    """End a session with all its grants and queue the word to the applications; part of the caller's transaction.

    Gives the applications that took part and the accounts the person logged in with.
    """
    ended = sessions.end(connection, sid)
    grants.revoke_of_session(connection, sid, now)
    took_part = grants.clients_of_session(connection, sid)  # last: from here on nobody else can redeem a code of it
    for client_id, sub in took_part:
        client = registered.get(client_id)
        if client is not None and client.backchannel_logout_uri:
            notices.add(connection, _notice(client_id, sub, sid, now))
    clients = [client_id for client_id, _ in (*took_part, *ended)]
    return list(dict.fromkeys(clients)), [provider for _, provider in ended]


def _frames(gate: Gate, clients: Iterable[str], sid: str) -> list[str]:
    """Front-Channel Logout 1.0, 2: with issuer and session, whether the application asked for them or not."""
    addresses = [gate.clients[one].frontchannel_logout_uri for one in clients if one in gate.clients]
    return [with_query(uri, {"iss": gate.issuer, "sid": sid}) for uri in addresses if uri]


def _notice(client_id: str, sub: str, sid: str, now: datetime) -> LogoutNotice:
    until = now + TRIED_FOR
    return LogoutNotice(id=str(uuid4()), client_id=client_id, sub=sub, sid=sid, due_at=now, tries=0, gives_up_at=until)
