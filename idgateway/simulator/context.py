"""What every page of the stand-in works with: its settings, its keys, its clock, the logins under way."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from flask import current_app

from idgateway.simulator.identity import Identity
from idgateway.simulator.settings import SimulatorSettings
from idgateway.simulator.visits import Visits

NAME = "idgateway.simulator"


@dataclass(frozen=True, kw_only=True)
class Simulator:
    """One stand-in; ``clock`` is the one on the wall, ``now`` the time it lives in."""

    settings: SimulatorSettings
    identity: Identity
    clock: Callable[[], datetime]
    visits: Visits = field(default_factory=Visits)

    def now(self) -> datetime:
        """The stand-in's own time: the wall's, moved by the offset it was started with."""
        return self.clock() + timedelta(seconds=self.settings.clock_offset_seconds)


def wall_clock() -> datetime:
    """The clock on the wall."""
    return datetime.now(UTC)


def simulator() -> Simulator:
    """The stand-in behind this request."""
    found: Simulator = current_app.extensions[NAME]
    return found
