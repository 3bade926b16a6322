"""What nobody needs any more is erased."""

from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, update

from idgateway.store.tables import access_tokens, attempts, codes, seen_assertions, seen_jtis, sessions

KEPT_FOR_REUSE = timedelta(hours=1)  # a used code is recognised that long, so that its reuse still revokes


def forget_expired(connection: Connection, now: datetime) -> int:
    """Erase expired attempts, codes, tokens, sessions and replay notes; gives how many rows."""
    stale = (attempts.c.result_expires_at < now) & attempts.c.result.is_not(None)
    forgotten = connection.execute(update(attempts).where(stale).values(result=None)).rowcount
    for table, column, until in (
        (attempts, attempts.c.expires_at, now),
        (codes, codes.c.expires_at, now - KEPT_FOR_REUSE),
        (access_tokens, access_tokens.c.expires_at, now),
        (seen_assertions, seen_assertions.c.expires_at, now),
        (seen_jtis, seen_jtis.c.expires_at, now),
        (sessions, sessions.c.ends_at, now),
        (sessions, sessions.c.idle_ends_at, now),
    ):
        forgotten += connection.execute(delete(table).where(column < until)).rowcount
    return forgotten
