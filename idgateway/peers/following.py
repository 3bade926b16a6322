"""How a running gate learns of new metadata: on the back of a login, at most once a minute, without the network."""

import threading
from datetime import datetime, timedelta
from pathlib import Path

from idgateway.errors import UpstreamUnavailable
from idgateway.gate import Gate
from idgateway.peers.alarms import Alarms
from idgateway.peers.keeping import keep, kept_of, terms_with
from idgateway.settings import SamlProvider
from idgateway.store import peers
from idgateway.telemetry import Event, Telemetry
from idgateway.upstream.saml.metadata.acceptance import accept, accept_new
from idgateway.upstream.saml.metadata.theirs import IdentityProvider, file_content
from idgateway.upstream.saml.provider import SamlUpstream

PAUSE = timedelta(minutes=1)
PAUSE_WITHOUT = timedelta(seconds=2)  # while an account has no metadata at all
_Trace = tuple[int, int, int] | None  # of a file: changes whenever it is written or replaced; None: it is not there


class Follower:
    """Keeps this process's accounts up to date, and has their ends told. Safe to share between threads."""

    def __init__(self, gate: Gate, telemetry: Telemetry) -> None:
        """Due at once."""
        self._gate = gate
        self._telemetry = telemetry
        self._alarms = Alarms(gate, telemetry)
        self._turn = threading.Lock()
        self._next: datetime | None = None
        self._traces: dict[str, _Trace] = {}
        self._refused: dict[str, bytes] = {}  # kept documents that were found unfit here, by digest

    def follow(self, now: datetime) -> None:
        """Take over what is new, if it is time and nobody else is at it. Raises NotConfigured."""
        if (self._next is not None and now < self._next) or not self._turn.acquire(blocking=False):
            return
        try:
            waiting = False
            for provider, upstream in self._accounts():
                self._renew(provider, upstream, now)
                waiting = waiting or upstream.known is None
            self._next = now + (PAUSE_WITHOUT if waiting else PAUSE)
            self._alarms.tell(now)
        finally:
            self._turn.release()

    def _accounts(self) -> list[tuple[SamlProvider, SamlUpstream]]:
        found = [(one, self._gate.upstreams.get(one.name)) for one in self._gate.settings.saml]
        return [(one, upstream) for one, upstream in found if isinstance(upstream, SamlUpstream)]

    def _renew(self, provider: SamlProvider, upstream: SamlUpstream, now: datetime) -> None:
        try:
            found = self._of_file(provider, provider.metadata_file, now) if provider.metadata_file else None
            found = found or self._of_store(provider, upstream)
        except UpstreamUnavailable as refused:
            told = {"code": refused.code, "detail": refused.detail, "provider": provider.name}
            self._telemetry.report(Event.METADATA_REFUSED, **told)
            return
        if found is not None and (upstream.known is None or found.digest != upstream.known.digest):
            upstream.adopt(found)
            self._telemetry.report(Event.METADATA_TAKEN, provider=provider.name)

    def _of_file(self, provider: SamlProvider, path: Path, now: datetime) -> IdentityProvider | None:
        """What a file says that was written since the last look; kept for a start at which it is broken."""
        trace = _trace(path)
        if provider.name in self._traces and self._traces[provider.name] == trace:
            return None
        self._traces[provider.name] = trace
        document = file_content(path)
        kept = kept_of(self._gate.database, provider)
        found = accept_new(document, terms_with(kept, provider, demo=self._gate.settings.demo), now)
        keep(self._gate.database, provider, found, document, now)
        return found

    def _of_store(self, provider: SamlProvider, upstream: SamlUpstream) -> IdentityProvider | None:
        """What a worker has fetched since."""
        if provider.metadata_file:
            return None
        with self._gate.database.read() as connection:
            digest = peers.digests(connection).get(provider.name, b"")
        if digest in (b"", upstream.known.digest if upstream.known else b"", self._refused.get(provider.name)):
            return None
        kept = kept_of(self._gate.database, provider)
        self._refused[provider.name] = digest
        if kept is None or not kept.document:
            return None
        found = accept(kept.document, terms_with(kept, provider, demo=self._gate.settings.demo))
        self._refused.pop(provider.name, None)
        return found


def _trace(path: Path) -> _Trace:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size, status.st_ino
