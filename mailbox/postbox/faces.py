"""The one translation of the postbox's errors into what the outside sees. Pure: no request, no database.

The API gets a problem document (RFC 9457), a page gets the same face in words (``pages`` owns the texts). Codes are
stable; sentences are English and carry no personal data.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final

from keys.possession import ALGORITHMS
from postbox import errors

PROBLEM_TYPE: Final = "application/problem+json"
# The most exact class first found in the error's ancestry decides.
_STATUS: Final[Mapping[type[errors.PostboxError], tuple[int, str]]] = MappingProxyType(
    {
        errors.NotAuthenticated: (401, "Who you are could not be verified"),
        errors.NotAllowed: (403, "This is not yours to do"),
        errors.LevelTooLow: (403, "A login of a higher level is needed"),
        errors.NotFound: (404, "Not found"),
        errors.UnknownRecipient: (422, "The recipient is not known"),
        errors.Erased: (410, "The content has been erased"),
        errors.Unacceptable: (422, "The request cannot be accepted as it is"),
        errors.TooLarge: (413, "Too large"),
        errors.NotNow: (409, "The state does not allow this"),
        errors.IdempotencyMissing: (400, "The Idempotency-Key is missing"),
        errors.IdempotencyConflict: (422, "The Idempotency-Key was used with other content"),
        errors.IdempotencyInFlight: (409, "A request with this Idempotency-Key is still running"),
        errors.ChannelDown: (503, "Something we depend on does not answer"),
        errors.SealRefused: (422, "The seal cannot be made"),
        errors.TrustUnreadable: (503, "Seals cannot be judged at the moment"),
        errors.StorageFailed: (503, "The content could not be stored"),
        errors.NoRule: (422, "No rule of law is known for this case"),
        errors.EvidenceInvalid: (422, "The evidence is not valid"),
    }
)
_DPOP: Final = f'DPoP algs="{" ".join(ALGORITHMS)}"'
_RETRY_AFTER: Final[Mapping[int, int]] = MappingProxyType({503: 5})
_HTTP_TITLES: Final[Mapping[int, tuple[str, str]]] = MappingProxyType(
    {
        400: ("bad-request", "The request cannot be read"),
        404: ("not-found", "Not found"),
        405: ("method-not-allowed", "This method is not offered here"),
        413: ("too-large", "Too large"),
        415: ("unsupported-media-type", "This media type is not taken here"),
        414: ("address-too-long", "The address is too long"),
        429: ("too-many-requests", "Too many requests in a short time"),
        431: ("headers-too-large", "The headers are too large"),
        500: ("internal-error", "Something went wrong on our side"),
    }
)


@dataclass(frozen=True, kw_only=True)
class Face:
    """What the outside sees of an error."""

    status: int
    code: str
    title: str
    detail: str = ""
    problems: tuple[Mapping[str, str], ...] = ()  # each: code, pointer, detail
    headers: Mapping[str, str] = field(default_factory=dict)

    def problem(self, *, instance: str, request_id: str) -> dict[str, Any]:
        """The problem document's members (RFC 9457 3.1). ``instance`` is the request's path without query."""
        body: dict[str, Any] = {
            "type": f"urn:idgateway:problem:{self.code}",
            "title": self.title,
            "status": self.status,
            "code": self.code,
            "instance": instance,
            "request_id": request_id,
        }
        if self.detail:
            body["detail"] = self.detail
        if self.problems:
            body["errors"] = [dict(problem) for problem in self.problems]
        return body


def face_of(error: errors.PostboxError) -> Face:
    """How an error of ours looks from outside; one without an entry looks like our own fault."""
    status, title = next((_STATUS[cls] for cls in type(error).__mro__ if cls in _STATUS), (500, _HTTP_TITLES[500][1]))
    return Face(
        status=status,
        code=error.code,
        title=title,
        detail=error.detail if status != 500 else "",  # noqa: PLR2004 - HTTP
        problems=_problems(error),
        headers=_headers(error, status),
    )


def face_of_status(status: int) -> Face:
    """How a refusal of the web framework looks (unknown path, wrong method, body too large)."""
    code, title = _HTTP_TITLES.get(status, ("http-error", "The request was refused"))
    return Face(status=status, code=code, title=title)


def _problems(error: errors.PostboxError) -> tuple[Mapping[str, str], ...]:
    if isinstance(error, errors.Unacceptable):
        return tuple({"code": one.code, "pointer": one.pointer, "detail": one.sentence} for one in error.problems)
    if error.pointer is not None:
        return ({"code": error.code, "pointer": error.pointer, "detail": error.detail},)
    return ()


def _challenge(error: errors.NotAuthenticated) -> str:
    if isinstance(error, errors.TokenMissing):
        # RFC 6750 3.1: who brings nothing learns how to ask, and no error code.
        return f"Bearer, {_DPOP}"
    if isinstance(error, errors.KeyNotProven):
        # RFC 9449 7.1
        return f'{_DPOP}, error="{"invalid_dpop_proof" if error.proof else "invalid_token"}"'
    # RFC 6750 3
    return 'Bearer error="invalid_token"'


def _headers(error: errors.PostboxError, status: int) -> dict[str, str]:
    if isinstance(error, errors.NotAuthenticated):
        return {"WWW-Authenticate": _challenge(error)}
    if isinstance(error, errors.IdempotencyInFlight):
        return {"Retry-After": "1"}
    if status in _RETRY_AFTER:
        return {"Retry-After": str(_RETRY_AFTER[status])}
    return {}
