"""Logout tokens (OpenID Connect Back-Channel Logout 1.0, 2.4): a session has ended, in a word that only we can say.

Made when it is sent, and good for two minutes only. Typed, so that nobody takes it for an ID token, and without a
nonce, as the specification demands.
"""

import secrets
from datetime import datetime, timedelta

from idgateway.provider.clients import RegisteredClient
from idgateway.provider.id_token import PURPOSES
from idgateway.store.notices import LogoutNotice
from keys.keyring import Keyring
from keys.tokens import sign_token

LIFETIME = timedelta(minutes=2)
EVENT = "http://schemas.openid.net/event/backchannel-logout"


def issue(issuer: str, keyring: Keyring, client: RegisteredClient, notice: LogoutNotice, now: datetime) -> str:
    """Sign the word with the algorithm of the client's ID tokens."""
    claims = {
        "iss": issuer,
        "aud": client.client_id,
        "iat": int(now.timestamp()),
        "exp": int((now + LIFETIME).timestamp()),
        "jti": secrets.token_urlsafe(16),
        "sub": notice.sub,
        "sid": notice.sid,
        "events": {EVENT: {}},
    }
    return sign_token(keyring.current(PURPOSES[client.id_token_algorithm], now), claims, typ="logout+jwt")
