"""The delivery address: an opaque string with which an application reaches a person's postbox, and nobody else can.

Signed by us, because anyone can encrypt to a public key; encrypted for the postbox, because the application needs to
know nothing in it. Bound to authority and client, valid 90 days, and never in a URL.
"""

import uuid
from datetime import datetime, timedelta

from idgateway.assurance import acr_of
from idgateway.gate import Gate
from idgateway.provider.clients import RegisteredClient
from idgateway.provider.granted import Granted
from keys.keyring import Purpose
from keys.tokens import encrypt_token, sign_token

LIFETIME = timedelta(days=90)
LONGEST = 2048  # characters; fits the field every specialist system has


def issue(
    gate: Gate, client: RegisteredClient, granted: Granted, *, postbox_sub: str, evidence_id: str, now: datetime
) -> str | None:
    """The delivery address for this application, or None where the gate knows no postbox.

    The BundID mailbox handle is not in it: no channel uses one yet, so none is asked for.
    """
    peer = gate.settings.postbox
    if peer is None or gate.postbox_key is None:
        return None
    claims = {
        "iss": gate.issuer,
        "aud": peer.audience,
        "authority": client.authority,
        "client_id": client.client_id,
        "sub": postbox_sub,
        "acr": acr_of(granted.level, gate.issuer),
        "consent": evidence_id,
        "jti": str(uuid.uuid4()),
        "iat": int(now.timestamp()),
        "exp": int((now + LIFETIME).timestamp()),
    }
    email = granted.notification_address
    if email and len(email) <= 254:  # noqa: PLR2004 - RFC 5321 4.5.3.1.3
        claims["email"] = email
    inner = sign_token(gate.keyring.current(Purpose.TOKEN_SIGNING, now), claims, typ="postbox-address+jwt")
    address = encrypt_token(gate.postbox_key, inner)
    if len(address) > LONGEST:
        raise ValueError("the delivery address has outgrown its field")
    return address
