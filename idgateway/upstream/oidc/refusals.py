"""What a provider's error becomes: a row of ``endings`` for the person, a known word for the operator. Pure.

A provider's own words, its ``error_description`` above all, are never shown and never logged.
Sources: RFC 6749 4.1.2.1 and 5.2; OpenID Connect Core 3.1.2.6 and its Error Code 1.0; RFC 9126 2.3.
"""

from typing import Final, NoReturn

from idgateway.errors import LevelNotReached, LoginCancelled, LoginDenied

_ENDED: Final = frozenset({"access_denied", "login_required", "interaction_required", "consent_required"})
_BUSY: Final = frozenset({"server_error", "temporarily_unavailable"})
_TOO_WEAK: Final = "unmet_authentication_requirements"
_FAULTS: Final = frozenset(
    {
        "account_selection_required",
        "invalid_client",
        "invalid_grant",
        "invalid_request",
        "invalid_request_object",
        "invalid_request_uri",
        "invalid_scope",
        "registration_not_supported",
        "request_not_supported",
        "request_uri_not_supported",
        "unauthorized_client",
        "unsupported_grant_type",
        "unsupported_response_type",
    }
)


def known_word(error: object) -> str:
    """The error, where it is one of the specifications' words; a stranger's word is not repeated."""
    known = isinstance(error, str) and error in _ENDED | _BUSY | _FAULTS | {_TOO_WEAK}
    return str(error) if known else "an error of its own"


def refuse(error: str) -> NoReturn:
    """End the login as the error of an authorization response says. Raises LoginDenied or one of its kinds."""
    if error in _ENDED:
        raise LoginCancelled(error)
    if error == _TOO_WEAK:
        raise LevelNotReached(error)
    code = "provider-error" if error in _BUSY else "request-faulty"
    raise LoginDenied(f"the provider says: {known_word(error)}", code=code)
