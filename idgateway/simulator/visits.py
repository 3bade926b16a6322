"""Logins under way: what the stand-in remembers between its pages, keyed by an unguessable handle; no cookies.

One process remembers; another does not. That is enough for a stand-in, and its command starts one process only.
"""

import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from idgateway.simulator.errors import RequestRefused
from idgateway.simulator.manner import Manner
from idgateway.simulator.offers import as_wished
from idgateway.simulator.persons import BY_KEY, Person
from idgateway.simulator.requests import LoginRequest

LIFETIME = timedelta(minutes=30)
REPLAY_MEMORY = timedelta(minutes=15)  # longer than a request can be fresh
_MOST = 10_000


@dataclass(frozen=True, kw_only=True)
class Answered:
    """The form that goes back: kept, so that a reload or a second click shows the same one.

    Without fields it is no form but an address to go to (BackURL).
    """

    url: str
    fields: tuple[tuple[str, str], ...]  # in this order; a broken answer may send one twice
    deliveries: int


@dataclass(frozen=True, kw_only=True)
class Visit:
    """One login under way."""

    handle: str
    request: LoginRequest
    language: str
    begun_at: datetime
    manner: Manner
    person: str = ""  # key of persons.BY_KEY, once chosen
    authenticated_at: datetime | None = None
    answered: Answered | None = None

    @property
    def who(self) -> Person:
        """The chosen person, as this login's switches have them. Raises KeyError where nobody is chosen."""
        return as_wished(BY_KEY[self.person], self.manner)


class Visits:
    """All logins under way, and the identifiers of requests already seen."""

    def __init__(self) -> None:
        """Begin with none."""
        self._lock = threading.Lock()
        self._visits: dict[str, Visit] = {}
        self._seen: dict[tuple[str, str], datetime] = {}

    def begin(self, request: LoginRequest, language: str, now: datetime, manner: Manner) -> Visit:
        """Remember a verified request. Raises RequestRefused where its identifier came before (BundID 8.2)."""
        handle = secrets.token_urlsafe(24)
        visit = Visit(handle=handle, request=request, language=language, begun_at=now, manner=manner)
        with self._lock:
            self._forget(now)
            sent = (request.provider.entity_id, request.request_id)
            if sent in self._seen:
                raise RequestRefused("sim-request-replayed")
            self._seen[sent] = now
            self._visits[visit.handle] = visit
        return visit

    def get(self, handle: str, now: datetime) -> Visit:
        """The login behind a handle. Raises RequestRefused when there is none (any more)."""
        with self._lock:
            visit = self._visits.get(handle)
        if visit is None or visit.begun_at + LIFETIME < now:
            raise RequestRefused("sim-login-unknown")
        return visit

    def change(self, handle: str, now: datetime, **changes: object) -> Visit:
        """Remember a step of the person. Raises RequestRefused when there is no such login."""
        self.get(handle, now)
        with self._lock:
            changed: Visit = replace(self._visits[handle], **changes)  # type: ignore[arg-type]  # open by nature
            self._visits[handle] = changed
        return changed

    def finish(self, handle: str, now: datetime, make: Callable[[Visit], Answered]) -> Answered:
        """Answer once: the first call makes the answer, later ones get the same. Raises RequestRefused."""
        visit = self.get(handle, now)
        made = visit.answered or make(visit)
        with self._lock:
            kept = self._visits[handle].answered or made
            self._visits[handle] = replace(self._visits[handle], answered=kept)
        return kept

    def _forget(self, now: datetime) -> None:
        self._seen = {sent: at for sent, at in self._seen.items() if at + REPLAY_MEMORY > now}
        self._visits = {key: visit for key, visit in self._visits.items() if visit.begun_at + LIFETIME > now}
        while len(self._visits) >= _MOST:
            self._visits.pop(next(iter(self._visits)))
