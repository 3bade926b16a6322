"""What nobody needs any more is erased."""

from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, update

from idgateway.store.tables import (
    attempts,
    grants,
    logout_notices,
    pushed_requests,
    refresh_tokens,
    revoked_tokens,
    seen_assertions,
    seen_jtis,
    sessions,
)

KEPT_FOR_THE_LATE = timedelta(hours=12)  # an attempt says that long which application to begin again at
KEPT_FOR_REUSE = timedelta(hours=1)  # a grant that ended is recognised that long: a late second use is still an event


def forget_expired(connection: Connection, now: datetime) -> int:
    """Erase expired attempts, grants, tokens, sessions and replay notes; gives how many rows."""
    forgotten = 0
    # What a login said is erased at once; only the empty row stays for a while.
    results = (attempts.c.result_expires_at < now) & attempts.c.result.is_not(None)
    forgotten += connection.execute(update(attempts).where(results).values(result=None)).rowcount
    ended = (grants.c.ends_at <= now) & (grants.c.released != b"")
    forgotten += connection.execute(update(grants).where(ended).values(released=b"")).rowcount
    for table, column, until in (
        (attempts, attempts.c.expires_at, now - KEPT_FOR_THE_LATE),
        (refresh_tokens, refresh_tokens.c.ends_at, now - KEPT_FOR_REUSE),
        (grants, grants.c.ends_at, now - KEPT_FOR_REUSE),
        # It outlives every login that was begun with it, so that none of them finds it unused.
        (pushed_requests, pushed_requests.c.expires_at, now - KEPT_FOR_REUSE),
        (revoked_tokens, revoked_tokens.c.expires_at, now),
        (seen_assertions, seen_assertions.c.expires_at, now),
        (seen_jtis, seen_jtis.c.expires_at, now),
        (sessions, sessions.c.ends_at, now),
        (sessions, sessions.c.idle_ends_at, now),
        (logout_notices, logout_notices.c.gives_up_at, now),
    ):
        forgotten += connection.execute(delete(table).where(column < until)).rowcount
    return forgotten
