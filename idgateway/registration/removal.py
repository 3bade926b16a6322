"""The end of an application (RFC 7592 2.3): all that hangs on it ends with it, and whoever shared it is told."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Connection

from idgateway import logout
from idgateway.provider.clients import RegisteredClient
from idgateway.store import clients as rows
from idgateway.store import consents, grants, notices, sessions


def erase(connection: Connection, registered: Mapping[str, RegisteredClient], client_id: str, now: datetime) -> bool:
    """Erase an application in the caller's transaction; False, with nothing done, if none of this id is stored.

    The sessions it opened end for every application that took part in them, each told as after any logout. Whoever
    gets the same id later begins with nothing: no grant, no session, no consent, no word that waits. A login under way
    ends at the gate, unless the new one has registered its redirect URI as well (``arrival``).
    """
    if not rows.remove(connection, client_id):
        return False
    consents.end_of_client(connection, client_id, now)  # before the sessions, as a login takes them
    for sid in sessions.of_client(connection, client_id):
        logout.end_session(connection, registered, sid, now)
    grants.revoke_of_client(connection, client_id, now)
    notices.drop_of_client(connection, client_id)
    return True
