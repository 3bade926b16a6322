"""One login attempt from the first redirect to the code: when it may be answered, and by whom. Pure.

open ──answer verified──▶ answered ──same browser──▶ done. Nothing leads back, and time ends every state.
"""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from idgateway.assurance import Level
from idgateway.errors import AttemptLost, WrongBrowser

LIFETIME = timedelta(minutes=30)  # a person looks for card, reader and PIN
RESULT_LIFETIME = timedelta(minutes=5)  # the browser follows a redirect
OPEN, ANSWERED, DONE = "open", "answered", "done"


@dataclass(frozen=True, kw_only=True)
class Attempt:
    """A login attempt as stored; hashes are SHA-256, ``memory`` and ``result`` are sealed."""

    handle_hash: bytes
    browser_hash: bytes
    client_id: str
    request: Mapping[str, Any]
    provider: str
    level: Level
    memory: bytes
    state: str
    asked_at: datetime
    expires_at: datetime
    answer_hash: bytes | None = None
    continue_hash: bytes | None = None
    result: bytes | None = None
    result_expires_at: datetime | None = None

    @property
    def from_session(self) -> bool:
        """Whether a login that was still fresh answered it, and no account; ``memory`` then says which session."""
        return self.continue_hash is not None and self.answer_hash is None


def digest(handle: str) -> bytes:
    """What stands in the store instead of a handle, code, token or cookie that only its owner may know."""
    return hashlib.sha256(handle.encode()).digest()


def digest_answer(parameters: Mapping[str, str]) -> bytes:
    """One value for one answer, whatever the order of its parameters."""
    parts = [f"{len(name)}:{name}{len(value)}:{value}" for name, value in sorted(parameters.items())]
    return digest("".join(parts))


def back_ticket(handle_hash: bytes) -> str:
    """The attempt's name in the address that the account's "back to the service" leads to.

    It is the handle's hash: enough to find the attempt, and of no use to answer it.
    """
    return base64.urlsafe_b64encode(handle_hash).rstrip(b"=").decode()


def read_back_ticket(ticket: str) -> bytes:
    """The handle's hash again. Raises AttemptLost."""
    try:
        return base64.b64decode(ticket + "=", altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise AttemptLost("no such way back", code="attempt-unknown") from None


def check_waiting(attempt: Attempt | None, provider: str, now: datetime) -> Attempt:
    """The attempt an answer belongs to. Raises AttemptLost.

    An answer that another provider's address received is nobody's (RFC 9207, mix-up).
    """
    if attempt is None or attempt.provider != provider:
        raise AttemptLost("no attempt stands behind this answer", code="attempt-unknown")
    if attempt.state == DONE:
        raise AttemptLost("the attempt was used", code="attempt-used")
    if now >= attempt.expires_at:
        raise AttemptLost("the attempt is too old", code="attempt-expired")
    return attempt


def check_same_answer(attempt: Attempt, answer_hash: bytes) -> None:
    """A second answer to an answered attempt is welcome only if it is the first one again. Raises AttemptLost."""
    if attempt.answer_hash is None or not hmac.compare_digest(attempt.answer_hash, answer_hash):
        raise AttemptLost("another answer came first", code="attempt-answered")


def check_resumable(attempt: Attempt | None, now: datetime) -> Attempt:
    """The answered attempt behind a one-time continue handle. Raises AttemptLost."""
    if attempt is None or attempt.state != ANSWERED or attempt.result is None:
        raise AttemptLost("nothing to continue", code="attempt-used")
    if attempt.result_expires_at is None or now >= attempt.result_expires_at:
        raise AttemptLost("the result is too old", code="attempt-expired")
    return attempt


def check_browser(attempt: Attempt, browser: str) -> None:
    """The browser that comes back is the one that set out. Raises WrongBrowser."""
    if not browser or not hmac.compare_digest(attempt.browser_hash, digest(browser)):
        raise WrongBrowser("the browser's cookie is missing or another one")
