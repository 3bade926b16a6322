"""The gate's one translation of errors: into a page with cause and cure, or into a redirect with an OAuth error."""

from dataclasses import dataclass
from urllib.parse import urlencode

from idgateway.errors import (
    AnswerRefused,
    AttemptLost,
    GateError,
    LevelNotReached,
    LoginCancelled,
    RedirectNotRegistered,
    RequestRefused,
    UnknownClient,
    UpstreamUnavailable,
    WrongBrowser,
)


def N_(text: str) -> str:  # noqa: N802 - gettext's name for "to be translated, but not here"
    """Mark a text for translation; templates translate it."""
    return text


@dataclass(frozen=True, kw_only=True)
class Face:
    """An error as people see it; texts are msgids."""

    status: int
    title: str
    cause: str
    cure: str


_AGAIN = N_("Go back to the online service and start the login again.")
_TELL_SERVICE = N_("You can do nothing about this. Please tell the operator of the online service the error number.")
_FACES: dict[type[GateError], Face] = {
    AnswerRefused: Face(
        status=400,
        title=N_("The login could not be verified"),
        cause=N_(
            "The answer of your account did not pass our checks. You are not logged in, and no data were passed on."
        ),
        cure=_AGAIN,
    ),
    AttemptLost: Face(
        status=400,
        title=N_("This login has ended"),
        cause=N_("The login took too long, was already finished, or was not started here."),
        cure=_AGAIN,
    ),
    WrongBrowser: Face(
        status=400,
        title=N_("This login belongs to another browser"),
        cause=N_("The login was started in another browser, or this one did not keep our cookie. It was ended."),
        cure=N_("Start the login again and stay in one browser. Cookies of this site must be allowed."),
    ),
    UnknownClient: Face(
        status=400,
        title=N_("This online service is not known here"),
        cause=N_("The online service that sent you here is not registered for this login."),
        cure=_TELL_SERVICE,
    ),
    RedirectNotRegistered: Face(
        status=400,
        title=N_("The way back is not known"),
        cause=N_("The online service named an address for your return that is not registered with us."),
        cure=_TELL_SERVICE,
    ),
    LevelNotReached: Face(
        status=403,
        title=N_("This login is not strong enough"),
        cause=N_("The online service needs a login with a higher level of assurance."),
        cure=N_("Start the login again and choose a stronger means, for instance the online ID card."),
    ),
    LoginCancelled: Face(
        status=400,
        title=N_("The login was cancelled"),
        cause=N_("The login was ended at your account. You are not logged in."),
        cure=_AGAIN,
    ),
    UpstreamUnavailable: Face(
        status=502,
        title=N_("The account cannot be reached"),
        cause=N_("The account you want to log in with does not answer at the moment."),
        cure=N_("Try again in a few minutes."),
    ),
    GateError: Face(
        status=400,
        title=N_("The login did not work"),
        cause=N_("The request could not be processed. You are not logged in."),
        cure=_AGAIN,
    ),
}


def face_of(error: GateError) -> Face:
    """The page of an error; a stranger gets the plainest one."""
    for kind in type(error).__mro__:
        if kind in _FACES:
            return _FACES[kind]
    return _FACES[GateError]


def refused_at(error: RequestRefused, issuer: str) -> str:
    """The client's address with the error (RFC 6749 4.1.2.1)."""
    answer = {"error": error.code, "error_description": error.detail, "state": error.state, "iss": issuer}
    return with_query(error.redirect_uri, answer)


def answered_at(redirect_uri: str, *, code: str, state: str, issuer: str) -> str:
    """The client's address with the code (RFC 6749 4.1.2) and our name (RFC 9207)."""
    return with_query(redirect_uri, {"code": code, "state": state, "iss": issuer})


def with_query(url: str, values: dict[str, str]) -> str:
    """A URL with parameters added; empty ones are left out."""
    query = urlencode({name: value for name, value in values.items() if value})
    return f"{url}{'&' if '?' in url else '?'}{query}"
