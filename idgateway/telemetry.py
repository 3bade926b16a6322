"""What the gate tells its operators: a closed list of events, counted and logged, and nothing personal in them."""

from enum import StrEnum

import structlog
from prometheus_client import CollectorRegistry, Counter, Gauge, generate_latest


class Event(StrEnum):
    """All that is ever reported. Labels are words of our own; log fields are codes and client ids."""

    LOGIN_BEGUN = "login-begun"
    LOGIN_ANSWERED = "login-answered"
    LOGIN_REFUSED = "login-refused"  # one for each answer of an account that brought no login; its code is the reason
    LOGIN_COMPLETED = "login-completed"
    LOGIN_REUSED = "login-reused"
    CONSENT_WITHDRAWN = "consent-withdrawn"
    UNLINKED = "unlinked"  # a person undid a link
    LOGGED_OUT = "logged-out"  # one for each application that took part in the session
    LOGOUT_TOLD = "logout-told"  # an application heard that a session ended
    LOGOUT_UNHEARD = "logout-unheard"  # it did not; we try again until we give up
    REQUEST_PUSHED = "request-pushed"
    REQUEST_FAILED = "request-failed"
    TOKEN_ISSUED = "token-issued"  # noqa: S105 - a word
    TOKEN_DENIED = "token-denied"  # noqa: S105 - a word
    TOKEN_REUSED = "token-reused"  # noqa: S105 - a code or refresh token came twice: two have it, and its family ended
    TOKEN_REVOKED = "token-revoked"  # noqa: S105 - a word
    TOKEN_INTROSPECTED = "token-introspected"  # noqa: S105 - a word
    CLIENT_REGISTERED = "client-registered"  # an application came by itself, with an invitation
    CLIENT_CHANGED = "client-changed"
    CLIENT_REMOVED = "client-removed"
    METADATA_TAKEN = "metadata-taken"  # an account's new metadata are in use from now on
    METADATA_REFUSED = "metadata-refused"  # or could not be read; what was in use stays
    TOO_MANY_REQUESTS = "too-many-requests"  # one for each; its code is the policy, and nothing tells whose it was
    END_NEAR = "end-near"  # once a day and threshold: something we depend on ends, or has ended


class Telemetry:
    """Counters of one application and its log. Safe to share between threads."""

    def __init__(self) -> None:
        """Begin to count."""
        self._registry = CollectorRegistry()
        self._events = Counter("gate_events", "What happened.", ["event", "code"], registry=self._registry)
        told = "Days until it ends: a provider's last certificate or its metadata, a certificate of ours."
        self._days_left = Gauge("gate_days_left", told, ["kind", "name"], registry=self._registry)
        self._log = structlog.get_logger("idgateway")

    def report(
        self,
        event: Event,
        *,
        code: str = "",
        client_id: str = "",
        provider: str = "",
        detail: str = "",
        number: str = "",
    ) -> None:
        """Count and log an event; ``number`` is the request's, ``detail`` holds no personal data."""
        self._events.labels(event.value, code).inc()
        fields = {"code": code, "client_id": client_id, "provider": provider, "detail": detail, "request_id": number}
        self._log.info(event.value, **{name: value for name, value in fields.items() if value})

    def note_days_left(self, kind: str, name: str, days: float) -> None:
        """Set how long something lasts; ``name`` is a provider of the configuration or a purpose of the vault."""
        self._days_left.labels(kind=kind, name=name).set(days)

    def metrics(self) -> bytes:
        """Counters and days left in Prometheus' text form."""
        return generate_latest(self._registry)
