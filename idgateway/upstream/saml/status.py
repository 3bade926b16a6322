"""Check 5: how the identity provider says that there is no login.

Its words are never shown: a stable code of ours stands for each known case (``idgateway.endings``), and nothing more is
read. A status that no signature covers may be anybody's: it gets its page, but it ends no login and burns no attempt.
Sources: SAML Core 2.0, 3.2.2; BundID interface description 9.2, 9.5, 9.7.
"""

import json
import re
from typing import Any, Final, NoReturn

from idgateway.attributes import TABLE
from idgateway.errors import AnswerRefused, LevelNotReached, LoginCancelled, LoginDenied
from idgateway.upstream.saml.names import STATUS, SUCCESS, p

_OURS: Final = "request-faulty"
_THEIRS: Final = "provider-error"
# SAML Core 3.2.2.2, and what each means here; the most telling one of an answer counts, in this order.
_MEANING: Final = {
    "AuthnFailed": "login-cancelled",
    "NoAuthnContext": "means-failed",
    "RequestDenied": "request-denied",
    "UnknownPrincipal": "account-unknown",
    "InvalidAttrNameOrValue": _OURS,
    "InvalidNameIDPolicy": _OURS,
    "NoPassive": _OURS,
    "ProxyCountExceeded": _OURS,
    "RequestUnsupported": _OURS,
    "RequestVersionDeprecated": _OURS,
    "RequestVersionTooHigh": _OURS,
    "RequestVersionTooLow": _OURS,
    "ResourceNotRecognized": _OURS,
    "TooManyResponses": _OURS,
    "UnknownAttrProfile": _OURS,
    "UnsupportedBinding": _OURS,
    "VersionMismatch": _OURS,
    "NoAvailableIDP": _THEIRS,
    "NoSupportedIDP": _THEIRS,
    "PartialLogout": _THEIRS,
    "Responder": _THEIRS,
    "Requester": _OURS,
}
# BundID 9.7: the only documented code inside StatusDetail.
_MISSING_ATTRIBUTES: Final = "IDP_REQUIRED_ATTRIBUTES_MISSING"
_NAMES: Final = {known.oid: known.name for known in TABLE if known.oid}
_OID: Final = re.compile(r"urn:oid:[0-9.]{3,64}")


def check_status(message: Any, *, signed: bool, failed_means_cancelled: bool = False) -> None:
    """Return for Success. ``signed``: whether a verified signature covers this status.

    ``failed_means_cancelled``: this account tells AuthnFailed for an abort whatever stands above it.

    Raises LoginDenied (or its LoginCancelled, LevelNotReached) with the code of the case; AnswerRefused with the same
    code where nobody vouches for it, and ``status`` for a contradiction.
    """
    top = message.find(f"{p('Status')}/{p('StatusCode')}")
    codes = [code.get("Value") for code in top.iter(p("StatusCode"))]
    if codes == [SUCCESS]:
        return
    if SUCCESS in codes:
        raise AnswerRefused("success with a reservation", code="status")
    words = [code.removeprefix(STATUS) for code in codes]
    told = ", ".join(word for word in words if word in _MEANING) or "unknown status"
    code = "login-cancelled" if failed_means_cancelled and "AuthnFailed" in words else _meaning(words)
    details = _details(message) if code == "request-denied" else {}
    missing = _names_in(details[_MISSING_ATTRIBUTES]) if _MISSING_ATTRIBUTES in details else ()
    code = "attributes-missing" if _MISSING_ATTRIBUTES in details else code
    if not signed:
        raise AnswerRefused(f"{told}, unsigned", code=code)
    _deny(told, code, missing)


def _meaning(words: list[str]) -> str:
    if {"Responder", "AuthnFailed"} <= set(words):
        return "means-failed"  # not the person's doing: a card that could not be read, a PIN that was wrong
    return next((_MEANING[word] for word in _MEANING if word in words), _THEIRS)


def _deny(told: str, code: str, missing: tuple[str, ...]) -> NoReturn:
    if code == "login-cancelled":
        raise LoginCancelled(told)
    if code == "means-failed":
        raise LevelNotReached(told, code=code)
    raise LoginDenied(told, code=code, missing=missing)


def _details(message: Any) -> dict[str, str]:
    """Codes and messages in BundID's StatusDetail, JSON {"version", "errors": [{"code", "message"}]}; empty if none."""
    detail = message.find(f"{p('Status')}/{p('StatusDetail')}")
    text = "" if detail is None or len(detail) == 0 else detail[0].text or ""
    try:
        told = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    errors = told.get("errors") if isinstance(told, dict) else None
    entries = errors if isinstance(errors, list) else []
    known = [entry for entry in entries if isinstance(entry, dict) and "code" in entry]
    return {str(entry["code"]): str(entry.get("message", "")) for entry in known}


def _names_in(text: str) -> tuple[str, ...]:
    """The data whose OIDs a message names, in our names; everything else of it is dropped."""
    found = (_NAMES.get(oid.rstrip(".")) for oid in _OID.findall(text))
    return tuple(dict.fromkeys(name for name in found if name))
