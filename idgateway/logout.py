"""Ending a session: here at once, and at every application that took part in it as soon as it can be reached."""

from datetime import datetime, timedelta
from uuid import uuid4

from sqlalchemy import Connection

from idgateway.gate import Gate
from idgateway.store import grants, notices, sessions
from idgateway.store.notices import LogoutNotice

TRIED_FOR = timedelta(hours=12)  # as long as any session of ours would have lasted


def end_session(connection: Connection, gate: Gate, sid: str, now: datetime) -> tuple[str, ...]:
    """End a session with all its grants and queue the word to the applications; part of the caller's transaction.

    Gives the ids of the applications that took part. Nothing outside is asked, so nothing outside can keep it alive.
    """
    took_part = grants.clients_of_session(connection, sid)
    sessions.end(connection, sid)
    grants.revoke_of_session(connection, sid, now)
    for client_id, sub in took_part:
        client = gate.clients.get(client_id)
        if client is not None and client.backchannel_logout_uri:
            notices.add(
                connection,
                LogoutNotice(
                    id=str(uuid4()),
                    client_id=client_id,
                    sub=sub,
                    sid=sid,
                    due_at=now,
                    tries=0,
                    gives_up_at=now + TRIED_FOR,
                ),
            )
    return tuple(dict.fromkeys(client_id for client_id, _ in took_part))
