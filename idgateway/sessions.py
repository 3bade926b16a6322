"""How long a login may be reused, and for what. Pure.

By the application it was made for: nobody is logged in somewhere without having seen it happen. Applications of one
authority share a login where both are registered so (``shares_login``): there the town, not each service, is entered.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

from idgateway.assurance import Level
from idgateway.provider.clients import RegisteredClient
from idgateway.provider.request import AuthorizationRequest
from idgateway.store.sessions import Session

# Absolute and idle ceilings by level; the stronger the login, the more an open screen gives away.
_SHORT = (timedelta(hours=12), timedelta(minutes=60))
CEILINGS: dict[Level, tuple[timedelta, timedelta]] = {
    Level.BASIC: _SHORT,
    Level.LOW: _SHORT,
    Level.SUBSTANTIAL: (timedelta(hours=2), timedelta(minutes=30)),
    Level.HIGH: (timedelta(minutes=30), timedelta(minutes=5)),
}


MOST = 8  # sessions in one browser; who opens more loses the oldest


def handles_of(cookie: str) -> tuple[str, ...]:
    """The handles in a browser's cookie, the newest login first."""
    return tuple(handle for handle in cookie.split(".") if handle)[:MOST]


def ends_at(level: Level, authenticated_at: datetime) -> datetime:
    """When the session ends whatever happens."""
    return authenticated_at + CEILINGS[level][0]


def idle_ends_at(level: Level, now: datetime) -> datetime:
    """When the session ends if nobody uses it until then."""
    return now + CEILINGS[level][1]


def counts(session: Session, now: datetime) -> bool:
    """Whether it has neither ended nor been left alone too long."""
    return now < min(session.ends_at, session.idle_ends_at)


def may_serve(
    session: Session, request: AuthorizationRequest, clients: Mapping[str, RegisteredClient], now: datetime
) -> bool:
    """Whether this session answers this request without a new login."""
    asking = clients[request.client_id]
    return (
        (session.client_id == request.client_id or _shared(clients.get(session.client_id), asking))
        and session.level >= request.level
        # Where the choice is still open, it is open among the accounts of the one who asks: staff stay staff.
        and session.provider in asking.accounts
        and request.account in ("", session.provider)
        and not request.wants_fresh_login
        and counts(session, now)
        # OIDC Core 3.1.2.1: max_age counts from the login itself, not from the last use.
        and (request.max_age is None or now - session.authenticated_at <= timedelta(seconds=request.max_age))
    )


def _shared(opened_for: RegisteredClient | None, asking: RegisteredClient) -> bool:
    if opened_for is None or not (opened_for.shares_login and asking.shares_login):
        return False
    return bool(asking.authority) and opened_for.authority == asking.authority
