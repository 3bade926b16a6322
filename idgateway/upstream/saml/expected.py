"""What an answer is compared with: our names, and what this login's request said."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from idgateway.assurance import Level
from idgateway.upstream.saml.profile import Profile


@dataclass(frozen=True, kw_only=True)
class Expected:
    """The other side of every comparison; times are aware UTC."""

    provider: str
    profile: Profile
    entity_id: str
    callback_url: str
    request_id: str
    attributes: tuple[str, ...]
    means: tuple[str, ...]
    asked_level: Level
    asked_at: datetime
    guests_welcome: bool
    now: datetime
    skew: timedelta
