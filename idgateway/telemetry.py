"""What the gate tells its operators: a closed list of events, counted and logged, and nothing personal in them."""

from enum import StrEnum

import structlog
from prometheus_client import CollectorRegistry, Counter, generate_latest


class Event(StrEnum):
    """All that is ever reported. Labels are words of our own; log fields are codes and client ids."""

    LOGIN_BEGUN = "login-begun"
    LOGIN_ANSWERED = "login-answered"
    LOGIN_COMPLETED = "login-completed"
    LOGIN_REUSED = "login-reused"
    REQUEST_FAILED = "request-failed"
    TOKEN_ISSUED = "token-issued"  # noqa: S105 - a word
    TOKEN_DENIED = "token-denied"  # noqa: S105 - a word


class Telemetry:
    """Counters of one application and its log. Safe to share between threads."""

    def __init__(self) -> None:
        """Begin to count."""
        self._registry = CollectorRegistry()
        self._events = Counter("gate_events", "What happened.", ["event", "code"], registry=self._registry)
        self._log = structlog.get_logger("idgateway")

    def report(self, event: Event, *, code: str = "", client_id: str = "", detail: str = "", number: str = "") -> None:
        """Count and log an event; ``number`` is the request's, ``detail`` holds no personal data."""
        self._events.labels(event=event.value, code=code).inc()
        fields = {"code": code, "client_id": client_id, "detail": detail, "request_id": number}
        self._log.info(event.value, **{name: value for name, value in fields.items() if value})

    def metrics(self) -> bytes:
        """The counters in Prometheus' text form."""
        return generate_latest(self._registry)
