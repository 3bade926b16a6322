"""What ends is told 60, 30 and 7 days before, so that a change of keys is planned and not suffered."""

from datetime import UTC, datetime

from idgateway.expiry import alarm, days_left
from idgateway.gate import Gate
from idgateway.store import peers
from idgateway.telemetry import Event, Telemetry


class Alarms:
    """Writes one line a day for each end that is near, whichever of the gate's processes is first."""

    def __init__(self, gate: Gate, telemetry: Telemetry) -> None:
        """Nothing is told yet."""
        self._gate = gate
        self._telemetry = telemetry
        self._told: frozenset[tuple[datetime, str, str, int]] = frozenset()  # by this process, today

    def tell(self, now: datetime) -> None:
        """Tell what has come near: the most urgent threshold it has passed, once a day; 0 once it has ended."""
        day = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        near = [(kind, name, alarm(days)) for kind, name, days in days_left(self._gate, now)]
        due = frozenset((day, kind, name, threshold) for kind, name, threshold in near if threshold is not None)
        for day, kind, name, threshold in sorted(due - self._told):
            with self._gate.database.write() as connection:
                first = peers.raise_alarm(connection, day=day, kind=kind, name=name, threshold=threshold)
            if first:
                code = f"{threshold}-days" if threshold else "ended"
                self._telemetry.report(Event.END_NEAR, code=code, detail=f"{kind} {name}")
        self._told = due
