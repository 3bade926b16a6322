"""Several ways to seal beside each other: the first that has a seal of the authority makes it."""

from datetime import datetime

from postbox.errors import SealRefused
from postbox.seals.port import Level, Sealer


class Sealers:
    """A remote service for one authority, the vault for another."""

    def __init__(self, *sealers: Sealer) -> None:
        """In the order in which they are asked."""
        self._sealers = sealers

    def levels(self, authority: str, now: datetime) -> tuple[Level, ...]:
        """What the first one offers that offers anything."""
        return next((found for one in self._sealers if (found := one.levels(authority, now))), ())

    def seal(self, content: bytes, *, authority: str, level: Level, now: datetime) -> bytes:
        """As the port says."""
        for one in self._sealers:
            if one.levels(authority, now):
                return one.seal(content, authority=authority, level=level, now=now)
        raise SealRefused("This authority has no seal here.", code="seal-not-offered")
