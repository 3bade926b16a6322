"""Telling applications that a session ended (OpenID Connect Back-Channel Logout 1.0, 2.5), until they have heard it.

The word was queued in the transaction that ended the session. A worker claims it, signs a token that lives two minutes,
posts it, and forgets it when the application says that it heard. Otherwise it tries again, ever more rarely.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus
from urllib.parse import urlencode

from idgateway.errors import UpstreamUnavailable
from idgateway.gate import Clock
from idgateway.provider import logout_token, reach
from idgateway.provider.clients import RegisteredClient
from idgateway.settings import GateSettings
from idgateway.store import Database, notices
from idgateway.store.notices import LogoutNotice
from idgateway.telemetry import Event, Telemetry
from keys.keyring import Keyring

LEASE = timedelta(minutes=1)  # far longer than one exchange; whoever died over it is replaced after it
FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=5), timedelta(minutes=15)
_ROUND = 20  # words in one round
_HEARD = (HTTPStatus.OK, HTTPStatus.NO_CONTENT)  # 2.8; 204 is what several libraries answer


@dataclass(frozen=True, kw_only=True)
class Outbox:
    """What the worker needs to tell: no account, no web."""

    clock: Clock
    settings: GateSettings
    database: Database
    keyring: Keyring
    clients: Mapping[str, RegisteredClient]
    telemetry: Telemetry


def run_due(outbox: Outbox) -> int:
    """Tell what is due and nobody else is telling; gives how many words were taken on."""
    with outbox.database.read() as connection:  # an idle worker leaves the writer's lane alone
        due = notices.due(connection, outbox.clock(), _ROUND)
    taken = 0
    for notice in due:
        with outbox.database.write() as connection:
            claimed = notices.claim(connection, notice, outbox.clock() + LEASE)
        if claimed:
            taken += 1
            _tell(outbox, notice, outbox.clock())
    return taken


def _tell(outbox: Outbox, notice: LogoutNotice, now: datetime) -> None:
    client = outbox.clients.get(notice.client_id)
    if client is None or not client.backchannel_logout_uri:  # not registered any more
        fault, last = "unregistered", True
    else:
        fault = _post(outbox, client, notice, now)
        last = now + _pause(notice.tries) >= notice.gives_up_at
    with outbox.database.write() as connection:
        if fault and not last:
            notices.put_off(connection, notice, now + _pause(notice.tries))
        else:
            notices.done(connection, notice)
    event = Event.LOGOUT_UNHEARD if fault else Event.LOGOUT_TOLD
    outbox.telemetry.report(event, code=fault, client_id=notice.client_id, detail="given up" if fault and last else "")


def _post(outbox: Outbox, client: RegisteredClient, notice: LogoutNotice, now: datetime) -> str:
    """Why it was not heard; empty where it was."""
    token = logout_token.issue(outbox.settings.issuer, outbox.keyring, client, notice, now)
    form = urlencode({"logout_token": token}).encode()
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "*/*", "User-Agent": "idgateway"}
    try:
        status = reach.post(client.backchannel_logout_uri, form, demo=outbox.settings.demo, headers=headers)
    except UpstreamUnavailable as error:
        return error.code
    return "" if status in _HEARD else f"status-{status}"


def _pause(tries: int) -> timedelta:
    doubled: int = 2 ** min(tries, 10)
    return min(FIRST_PAUSE * doubled, LONGEST_PAUSE)
