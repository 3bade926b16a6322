"""Check 5: how the identity provider says that there is no login.

Status may come unsigned, so its words are never shown: a stable code stands for each known case, and nothing more is
read. Sources: SAML Core 2.0, 3.2.2; BundID interface description 9.2, 9.5, 9.7.
"""

import json
from typing import Any, Final, NoReturn

from idgateway.errors import AnswerRefused, LevelNotReached, LoginCancelled
from idgateway.upstream.saml.names import STATUS, SUCCESS, p

_CANCELLED: Final = STATUS + "AuthnFailed"
_NO_CONTEXT: Final = STATUS + "NoAuthnContext"
_DENIED: Final = STATUS + "RequestDenied"
_KNOWN: Final = frozenset({_CANCELLED, _NO_CONTEXT, _DENIED, STATUS + "Requester", STATUS + "Responder"})
# BundID 9.7: the only documented code inside StatusDetail.
_MISSING_ATTRIBUTES: Final = "IDP_REQUIRED_ATTRIBUTES_MISSING"


def check_status(message: Any) -> None:
    """Return for Success. Raises LoginCancelled, LevelNotReached, or AnswerRefused with a code that names the case."""
    top = message.find(f"{p('Status')}/{p('StatusCode')}")
    codes = [code.get("Value") for code in top.iter(p("StatusCode"))]
    if codes == [SUCCESS]:
        return
    _refuse(message, codes)


def _refuse(message: Any, codes: list[str]) -> NoReturn:
    told = ", ".join(code.removeprefix(STATUS) for code in codes if code in _KNOWN) or "unknown status"
    if SUCCESS in codes:
        raise AnswerRefused("success with a reservation", code="status")
    if _CANCELLED in codes:
        raise LoginCancelled(told)
    if _NO_CONTEXT in codes:
        raise LevelNotReached(told)
    if _DENIED in codes and _MISSING_ATTRIBUTES in _detail_codes(message):
        raise AnswerRefused(told, code="attributes-missing")
    raise AnswerRefused(told, code="request-denied" if _DENIED in codes else "provider-error")


def _detail_codes(message: Any) -> frozenset[str]:
    """The codes in BundID's StatusDetail, JSON {"version", "errors": [{"code", "message"}]}; empty if it is none."""
    detail = message.find(f"{p('Status')}/{p('StatusDetail')}")
    text = "" if detail is None or len(detail) == 0 else detail[0].text or ""
    try:
        told = json.loads(text)
    except (ValueError, RecursionError):
        return frozenset()
    errors = told.get("errors") if isinstance(told, dict) else None
    entries = errors if isinstance(errors, list) else []
    return frozenset(str(entry["code"]) for entry in entries if isinstance(entry, dict) and "code" in entry)
