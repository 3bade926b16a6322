"""What every use case is given: settings, database, keys, clock, objects, who attests the log, trust in seals."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from keys.keyring import Keyring
from postbox.channels.gate import GateKeys
from postbox.channels.paper import PrintService
from postbox.channels.scanner import Scanner
from postbox.channels.timestamps import Authority as StampingAuthority
from postbox.errors import NotFound
from postbox.law.calendar import DayChange
from postbox.pace import Pace, Unlimited
from postbox.seals.port import Sealer
from postbox.seals.trust import Trust
from postbox.settings import Authority, PostboxSettings
from postbox.store import Database
from postbox.store.objects import Objects

Clock = Callable[[], datetime]  # aware UTC


@dataclass(frozen=True, kw_only=True)
class Postbox:
    """One running postbox. Threads share it; it holds no state of its own besides caches."""

    settings: PostboxSettings
    database: Database
    keyring: Keyring
    clock: Clock
    gate_keys: GateKeys
    objects: Objects
    calendar_changes: tuple[DayChange, ...] = ()  # by a legal editor
    trust: Trust
    sealer: Sealer
    paper: PrintService | None = None  # none: nothing goes out on paper
    scanner: Scanner | None = None  # none: documents are not checked for malware
    stamping: tuple[StampingAuthority, ...] = ()
    pace: Pace = field(default_factory=Unlimited)  # how often applications may call

    def authority(self, ars: str) -> Authority:
        """The authority of this ARS. Raises NotFound."""
        for authority in self.settings.authorities:
            if authority.ars == ars:
                return authority
        raise NotFound("This postbox does not serve that authority.", code="unknown-authority")

    @property
    def log_origin(self) -> str:
        """The transparency log's name: as configured, else the public URL without its scheme."""
        return self.settings.log_origin or self.settings.public_url.partition("://")[2]
