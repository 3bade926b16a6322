"""The gate's one translation of errors: into a page with cause and cure, or into a redirect with an OAuth error."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from idgateway.endings import AGAIN, N_, TELL_SERVICE, Face, ending_of
from idgateway.errors import (
    AccountOutdated,
    AnswerRefused,
    AttemptLost,
    GateError,
    LoginEnded,
    NotYours,
    RedirectNotRegistered,
    RequestLost,
    RequestRefused,
    UnknownClient,
    UpstreamUnavailable,
    WrongBrowser,
)
from idgateway.provider.clients import RegisteredClient
from idgateway.provider.responses import Reply

_FACES: dict[type[GateError], Face] = {
    AnswerRefused: Face(
        status=400,
        title=N_("The login could not be verified"),
        cause=N_(
            "The answer from your account did not pass our checks. You are not logged in, and no data was passed on."
        ),
        cure=AGAIN,
    ),
    AttemptLost: Face(
        status=400,
        title=N_("This login has ended"),
        cause=N_("The login took too long, was already finished, or was not started here."),
        cure=AGAIN,
    ),
    WrongBrowser: Face(
        status=400,
        title=N_("This login belongs to another browser"),
        cause=N_(
            "The login was started in another browser, or this browser did not keep our cookie. We have ended it."
        ),
        cure=N_("Start the login again and stay in one browser. Please allow cookies from this site."),
    ),
    UnknownClient: Face(
        status=400,
        title=N_("This online service is not known here"),
        cause=N_("The online service that sent you here is not registered for this login."),
        cure=TELL_SERVICE,
    ),
    RedirectNotRegistered: Face(
        status=400,
        title=N_("The way back is not known"),
        cause=N_("The online service gave a return address that is not registered with us."),
        cure=TELL_SERVICE,
    ),
    RequestLost: Face(
        status=400,
        title=N_("This login has ended"),
        cause=N_("The online service's request was used already, has expired, or was not made by this service."),
        cure=AGAIN,
    ),
    UpstreamUnavailable: Face(
        status=502,
        title=N_("The account cannot be reached"),
        cause=N_("The account you want to log in with does not answer at the moment."),
        cure=N_("Try again in a few minutes."),
    ),
    AccountOutdated: Face(
        status=503,
        title=N_("The account cannot be reached"),
        cause=N_("The information we hold about this account is out of date, so we can no longer verify its answers."),
        cure=N_(
            "Try again later, or log in with another account. The operator of this site has to renew the information."
        ),
    ),
    NotYours: Face(
        status=404,
        title=N_("There is nothing to withdraw or end"),
        cause=N_("What you chose does not belong to your account, or it has already ended."),
        cure=N_("Go back to the overview and reload it."),
    ),
    GateError: Face(
        status=400,
        title=N_("The login did not work"),
        cause=N_("The request could not be processed. You are not logged in."),
        cure=AGAIN,
    ),
}


@dataclass(frozen=True, kw_only=True)
class Ways:
    """Where a page leads on; empty where nobody knows the application."""

    back: str = ""  # to the application; after a login that ended it hears why
    fields: Mapping[str, str] = field(default_factory=dict)  # to be posted there; empty: an ordinary link
    restart: str = ""  # to a new login of the same application


def face_of(error: GateError) -> Face:
    """The page of an error: its reason's own row, or that of its kind; a stranger gets the plainest one."""
    return ending_of(error.code) or _FACES[_kind(error)]


def kind_of(error: GateError) -> str:
    """The name under which ``face_by_name`` finds the page of an error."""
    return _kind(error).__name__


def face_by_name(kind: str, code: str) -> Face | None:
    """The page of an error, by the name of its kind and its code; None for a kind that nobody knows."""
    face = {one.__name__: face for one, face in _FACES.items()}.get(kind)
    return face and (ending_of(code) or face)


def _kind(error: GateError) -> type[GateError]:
    return next((kind for kind in type(error).__mro__ if kind in _FACES), GateError)


def ways_to(client: RegisteredClient | None, told: Reply | None = None) -> Ways:
    """The ways on from an error's page: no dead end where the application is known, and no address from a request.

    ``told`` is the way back of a login that ended, on which the application hears why.
    """
    if client is None:
        return Ways()
    back = told or Reply(url=client.home)
    return Ways(back=back.url, fields=back.fields, restart=client.restart)


def ended(error: LoginEnded) -> dict[str, str]:
    """What the application hears of a login that ended: the OAuth error, and the exact reason as its description."""
    return {"error": face_of(error).error or "access_denied", "error_description": error.code}


def refused(error: RequestRefused) -> dict[str, str]:
    """What the application hears of a request with a fault (RFC 6749 4.1.2.1)."""
    return {"error": error.code, "error_description": error.detail}
