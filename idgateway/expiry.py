"""When what the gate depends on ends: each SAML account's certificates or metadata, and our own certificates."""

import contextlib
from collections.abc import Iterator
from datetime import datetime, timedelta

from idgateway.gate import Gate
from idgateway.upstream.saml.provider import SamlUpstream
from keys.errors import KeysError
from keys.keyring import GATE_PURPOSES

DAY = timedelta(days=1)
ALARMS = (7, 30, 60)  # days before the end, the most urgent first


def days_left(gate: Gate, now: datetime) -> Iterator[tuple[str, str, float]]:
    """Kind (``provider`` or ``certificate``), name, and the days until it ends; negative when it has ended."""
    for name, upstream in gate.upstreams.items():
        if isinstance(upstream, SamlUpstream) and upstream.known:
            yield "provider", name, (upstream.known.not_after - now) / DAY
    for purpose in GATE_PURPOSES:
        with contextlib.suppress(KeysError):  # a purpose without a key is told by /readyz
            certificate = gate.keyring.current(purpose, now).certificate
            if certificate is not None:
                yield "certificate", purpose.value, (certificate.not_valid_after_utc - now) / DAY


def alarm(days: float) -> int | None:
    """The most urgent alarm reached so many days before the end, 0 after it; None while there is time."""
    return 0 if days <= 0 else next((threshold for threshold in ALARMS if days <= threshold), None)
