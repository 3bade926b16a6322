"""When what the gate depends on ends: each SAML account's certificates or metadata, and our own certificates."""

import contextlib
from collections.abc import Iterator
from datetime import datetime, timedelta

from idgateway.gate import Gate
from idgateway.upstream.saml.provider import SamlUpstream
from keys.errors import KeysError
from keys.keyring import GATE_PURPOSES

DAY = timedelta(days=1)


def days_left(gate: Gate, now: datetime) -> Iterator[tuple[str, str, float]]:
    """Kind (``provider`` or ``certificate``), name, and the days until it ends; negative when it has ended."""
    for name, upstream in gate.upstreams.items():
        if isinstance(upstream, SamlUpstream):
            yield "provider", name, (upstream.peer.not_after - now) / DAY
    for purpose in GATE_PURPOSES:
        with contextlib.suppress(KeysError):  # a purpose without a key is told by /readyz
            certificate = gate.keyring.current(purpose, now).certificate
            if certificate is not None:
                yield "certificate", purpose.value, (certificate.not_valid_after_utc - now) / DAY
