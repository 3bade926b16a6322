"""Where the level of a login comes from: the operator's word for the whole account, or the peer's ``acr``. Pure.

Exactly one of both is configured. An ``acr`` that is missing or not listed never becomes a level.
Sources: OpenID Connect Core 2 (``acr``), 3.1.2.1 (``acr_values``), 5.5.1.1.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from idgateway.assurance import Level, level_from_name
from idgateway.errors import AnswerRefused, LevelNotReached, NotConfigured
from idgateway.settings import OidcProvider


@dataclass(frozen=True, kw_only=True)
class LevelSource:
    """One account's way to a level."""

    vouched: Level | None
    by_acr: Mapping[str, Level]  # as the settings list them

    @property
    def highest(self) -> Level:
        """The best this account can ever reach."""
        return self.vouched if self.vouched is not None else max(self.by_acr.values())

    def acr_values(self, asked: Level) -> tuple[str, ...]:
        """What to ask the peer for: every ``acr`` that suffices, the weakest first; nothing where nobody reads it."""
        fitting = [(level, acr) for acr, level in self.by_acr.items() if level >= asked]
        return tuple(acr for _, acr in sorted(fitting, key=lambda one: one[0]))

    def judge(self, claims: Mapping[str, Any], asked: Level) -> Level:
        """The level of this login. Raises AnswerRefused ``acr``, or LevelNotReached."""
        level = self.vouched if self.vouched is not None else self._read(claims.get("acr"))
        if level < asked:
            raise LevelNotReached(f"{level.name} instead of {asked.name}")
        return level

    def _read(self, acr: object) -> Level:
        if not isinstance(acr, str) or not acr:
            raise AnswerRefused("acr is missing or no text", code="acr")
        if acr not in self.by_acr:
            raise LevelNotReached("an acr that is not listed reaches no level")
        return self.by_acr[acr]


def level_source(settings: OidcProvider) -> LevelSource:
    """Read it from the settings. Raises UnknownLevel, or NotConfigured unless there is exactly one source."""
    if bool(settings.level) == bool(settings.levels):
        raise NotConfigured(f"gate.oidc {settings.name}: exactly one of level and levels says how sure a login is")
    return LevelSource(
        vouched=level_from_name(settings.level) if settings.level else None,
        by_acr={acr: level_from_name(word) for acr, word in settings.levels.items()},
    )
