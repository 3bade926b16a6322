"""Every way to prove who one is, behind one port.

The gate promises: an upstream returns a verified ``Assertion`` or raises. Nothing unverified leaves it, no XML and no
foreign token survives beyond it, and it decides nothing about applications.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from idgateway.assurance import Level


@dataclass(frozen=True, kw_only=True)
class Ask:
    """What a login asks of an identity provider."""

    relay_state: str  # opaque one-time handle of the attempt, never a URL
    level: Level  # at least this level
    attributes: tuple[str, ...]  # names of idgateway.attributes, only what the application may have
    callback_url: str
    display_name: str  # OrganizationDisplayName, at most 50 characters
    online_service_id: str
    language: str  # "de" or "en"
    back_url: str  # where "back to the service" leads
    guests_welcome: bool
    now: datetime
    fresh: bool = False  # the application asked for a new login, or for none older than a given age


@dataclass(frozen=True, kw_only=True)
class Handover:
    """How the browser is sent on: a form to post (``fields`` not empty) or a plain redirect.

    ``memory`` is what the upstream needs again to judge the answer (request id, nonce, code verifier); strings only.
    """

    url: str
    fields: Mapping[str, str] = field(default_factory=dict)
    memory: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What came back through the browser, unverified, with the memory the upstream left in the attempt."""

    parameters: Mapping[str, str]
    memory: Mapping[str, str]
    callback_url: str
    asked_level: Level
    asked_at: datetime
    guests_welcome: bool
    now: datetime


@dataclass(frozen=True, kw_only=True)
class Attribute:
    """One verified attribute with the trust its source puts in it; ``level`` is None where the source says nothing."""

    value: str  # display form: NFC, trimmed
    raw: str  # exactly as delivered
    level: Level | None


@dataclass(frozen=True, kw_only=True)
class Assertion:
    """A verified statement of an identity provider about the person in front of this browser."""

    provider: str
    subject: str | None  # bPK2 or persistent id; None for a guest login
    level: Level
    means: str  # eID, Elster, Benutzername, ... as the provider names it
    authenticated_at: datetime
    assertion_id: str  # for the replay store
    expires_at: datetime  # until when the replay store must remember it
    attributes: Mapping[str, Attribute]  # keyed by the names of idgateway.attributes
    shared: bool = False  # an organisation's account: another person may stand behind the same subject next time


class Upstream(Protocol):
    """An identity provider as the gate sees it."""

    name: str

    def begin(self, ask: Ask) -> Handover:
        """Build the request. Raises UpstreamUnavailable, or LevelNotReached where no login there could ever do."""
        ...

    def complete(self, answer: Answer) -> Assertion:
        """Verify the answer. Raises AnswerRefused, LoginDenied (LevelNotReached, …) or UpstreamUnavailable."""
        ...
