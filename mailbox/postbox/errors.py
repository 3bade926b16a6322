"""What can go wrong in the postbox. Errors carry a stable code and know nothing of HTTP; ``faces`` translates them.

PostboxError
├── NotAuthenticated     nobody, or nobody we can verify, stands behind this request
│   ├── TokenMissing     no access token came with it
│   └── KeyNotProven     the token is bound to a key, and nobody proved to hold it
├── NotAllowed           known, but this is not theirs to do
│   └── LevelTooLow      the login's level of assurance is below what the notice asks for
├── NotFound             no such thing for this caller (also where it exists for somebody else)
│   └── UnknownRecipient a recipient reference or delivery address that leads nowhere for this authority
├── Erased               it was here; its content has been erased, its evidence remains
├── Unacceptable         well understood and refused, with every problem found
├── TooLarge             more bytes than are taken
├── NotNow               the state of the thing does not allow this
├── IdempotencyMissing   a write without an Idempotency-Key
├── IdempotencyConflict  the same Idempotency-Key with other content
├── IdempotencyInFlight  the same Idempotency-Key is still being worked on
├── ChannelDown          a channel to the outside (mail server, gate, scanner) does not answer; worth another try
├── SealRefused          a seal was asked for that cannot be made
├── StorageFailed        what was written could not be read back as it was written
├── SetupWrong           a setting names something that cannot be used
│   └── TrustUnreadable  certificates, trusted list or revocation lists that seals are judged by
├── NoRule               no rule of law in the tables decides this case
└── EvidenceInvalid      evidence that is malformed, contradicts itself or does not verify
"""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Problem:
    """One thing wrong with a request: a stable code, where (JSON pointer, RFC 6901), and an English sentence."""

    code: str
    pointer: str
    sentence: str


class PostboxError(Exception):
    """Base of the postbox's errors.

    ``code`` is stable and meant for machines and the help desk, ``detail`` is an English sentence without personal
    data, ``pointer`` a JSON pointer into the request where one place is to blame.
    """

    code = "postbox-error"

    def __init__(self, detail: str = "", *, code: str | None = None, pointer: str | None = None) -> None:
        """Keep the detail; a more exact code may replace the class's own."""
        super().__init__(detail or code or self.code)
        self.detail = detail
        self.pointer = pointer
        if code is not None:
            self.code = code


class NotAuthenticated(PostboxError):
    """Nobody, or nobody we can verify, stands behind this request."""

    code = "not-authenticated"


class TokenMissing(NotAuthenticated):
    """No access token came with the request."""

    code = "token-missing"


class KeyNotProven(NotAuthenticated):
    """The access token is bound to a key (RFC 9449), and nobody proved to hold it; ``proof`` says that a proof came."""

    code = "token-bound"

    def __init__(self, detail: str = "", *, code: str | None = None, proof: bool = False) -> None:
        """Keep whether a proof was refused, or is missing."""
        super().__init__(detail, code=code)
        self.proof = proof


class NotAllowed(PostboxError):
    """The caller is known, but this is not theirs to do."""

    code = "not-allowed"


class LevelTooLow(NotAllowed):
    """The login's level of assurance is below what the notice asks for; ``required`` is the level's name."""

    code = "level-too-low"

    def __init__(self, detail: str = "", *, required: str) -> None:
        """Keep which level would do, so that a page can offer exactly that login."""
        super().__init__(detail)
        self.required = required


class NotFound(PostboxError):
    """No such thing for this caller; the same answer where it exists for somebody else."""

    code = "not-found"


class UnknownRecipient(NotFound):
    """A recipient reference or delivery address that leads to no postbox for this authority."""

    code = "unknown-recipient"


class Erased(PostboxError):
    """The content has been erased; only evidence remains."""

    code = "erased"


class Unacceptable(PostboxError):
    """A request that was well understood and is refused; ``problems`` holds everything found, never empty."""

    code = "unacceptable"

    def __init__(self, problems: Sequence[Problem], detail: str = "") -> None:
        """Collect the problems; the first one speaks for all in logs."""
        self.problems = tuple(problems)
        super().__init__(detail or "; ".join(problem.sentence for problem in self.problems))


class TooLarge(PostboxError):
    """More bytes than are taken."""

    code = "too-large"


class NotNow(PostboxError):
    """The state of the thing does not allow this (any more, or not yet)."""

    code = "not-now"


class IdempotencyMissing(PostboxError):
    """A write came without an Idempotency-Key."""

    code = "idempotency-key-missing"


class IdempotencyConflict(PostboxError):
    """The same Idempotency-Key came with other content."""

    code = "idempotency-key-reused"


class IdempotencyInFlight(PostboxError):
    """A request with the same Idempotency-Key is still being worked on."""

    code = "idempotency-key-in-flight"


class ChannelDown(PostboxError):
    """A channel to the outside does not answer; the same attempt may succeed later."""

    code = "channel-down"


class SealRefused(PostboxError):
    """A seal was asked for that cannot be made here, or not on this document."""

    code = "seal-refused"


class StorageFailed(PostboxError):
    """What was written could not be read back as it was written; nothing may be acknowledged."""

    code = "storage-failed"


class SetupWrong(PostboxError):
    """A setting names something that cannot be used; stops the start."""

    code = "setup-wrong"


class TrustUnreadable(SetupWrong):
    """What seals are judged by cannot be read or believed; the operator's to cure."""

    code = "trust-unreadable"


class NoRule(PostboxError):
    """No rule of law in the tables decides this case; there is no default."""

    code = "no-rule"


class EvidenceInvalid(PostboxError):
    """Evidence that is malformed, contradicts itself or does not verify."""

    code = "evidence-invalid"
