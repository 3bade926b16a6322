"""How the postbox's errors look on a page: cause, cure and a way on; never a dead end, never a detail of ours."""

from dataclasses import dataclass

from flask import Blueprint, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from postbox import errors, faces
from postbox.levels import LEVELS
from postbox.web import request_id


@dataclass(frozen=True, kw_only=True)
class PageFace:
    """An error in words; all of them are msgids."""

    code: str
    title: str
    cause: str
    cure: str
    way: str
    way_label: str


_WORDS: dict[type[errors.PostboxError], tuple[str, str, str]] = {
    errors.NotFound: (
        "Not found",
        "This page does not exist, or it is not meant for you.",
        "Perhaps the link is old. Your notices are in the list.",
    ),
    errors.NotAllowed: (
        "You may not open this",
        "Your account is not allowed to do this here.",
        "If you need this for your work, ask your administrator for the role.",
    ),
    errors.Erased: (
        "This has been erased",
        "The content has been erased; only the record that it existed remains.",
        "Ask the authority if you need it again.",
    ),
    errors.TooLarge: (
        "The file is too large",
        "The file is larger than we accept.",
        "Make the PDF smaller, for instance by scanning at a lower resolution, and try again.",
    ),
    errors.NotNow: (
        "Not possible now",
        "What you wanted to do does not fit the present state.",
        "Go back to the list and look at the state it shows.",
    ),
    errors.ChannelDown: (
        "Something does not answer",
        "A service we depend on does not answer at the moment.",
        "Nothing is lost. Please try again in a minute.",
    ),
}
_OTHERWISE = (
    "That did not work",
    "We could not do what you asked for.",
    "Please try again. If it happens again, give the error number to the help desk.",
)


def N_(text: str) -> str:  # noqa: N802 - gettext's name for "to be translated, but not here"
    """Mark a text for translation; templates translate it."""
    return text


# How a login can come back without one: title and text, by the word that the start page's address carries.
_UNFINISHED = {
    "cancelled": (
        N_("The login was not finished"),
        N_("Nothing was passed on and nothing is lost. You can start again at any time."),
    ),
    "weak": (
        N_("This login was not strong enough"),
        N_("Choose the level again and use a login method that reaches it, for example your Online-Ausweis."),
    ),
    "lost": (
        N_("This login cannot be continued"),
        N_("It took too long, or it began in another browser. Please start again; cookies must be allowed."),
    ),
    "failed": (
        N_("The login could not be completed"),
        N_(
            "Your account or the login service is having technical problems. Nothing is lost; please try "
            "again in a few minutes."
        ),
    ),
}
_UNFINISHED_BY = {
    "login-cancelled": "cancelled",
    "login-too-weak": "weak",
    "login-level": "weak",
    "login-lost": "lost",
    "login-state": "lost",
    "login-expired": "lost",
}


def unfinished() -> tuple[str, str] | None:
    """Title and text, as msgids, for a start page that a login led to without one; None where none did."""
    return _UNFINISHED.get(request.args.get("login", ""))


# The page whose form leads to an endpoint: a login cannot repeat a form, so it leads back to where the form stands.
_FORM_OF = {
    "citizen.ticket": ("citizen.notice", "notice_id"),
    "casework.preview": ("casework.case", "recipient"),
    "casework.send": ("casework.draft", "draft_id"),
    "casework.take_step": ("casework.notice", "notice_id"),
    "citizen.acknowledge": ("citizen.notice", "notice_id"),
    "citizen.refuse": ("citizen.notice", "notice_id"),
    "citizen.report_unreadable": ("citizen.notice", "notice_id"),
}
_DIES_WITH_ITS_SESSION = frozenset({"citizen.document"})  # a ticket is of no use after another login


def after_login() -> str:
    """Where a login that became necessary now should lead: this page, or the one whose form was sent; empty: home."""
    endpoint, arguments = request.endpoint or "", request.view_args or {}
    if endpoint in _FORM_OF:
        page, name = _FORM_OF[endpoint]
        return url_for(page, **{name: arguments[name]})
    return request.path if request.method == "GET" and endpoint not in _DIES_WITH_ITS_SESSION else ""


def answer_with_pages(blueprint: Blueprint, *, home: str, login: str) -> None:
    """Every error of ours raised in this blueprint becomes a page with a way back to ``home`` or to ``login``."""

    def no_login(error: errors.NotAuthenticated) -> BaseResponse:
        if error.code != "session-ended":
            why = _UNFINISHED_BY.get(error.code, "failed")
            return redirect(url_for(login, login=why, next=g.get("login_next") or None), 303)
        expired = None if request.method == "GET" else "yes"  # who sends a form was logged in
        return redirect(url_for(login, next=after_login() or None, expired=expired), 303)

    def too_low(error: errors.LevelTooLow) -> BaseResponse:
        level = error.required if error.required in LEVELS else "high"
        return redirect(url_for(f"{blueprint.name}.login", level=level, next=after_login() or None), 303)

    def page(error: errors.PostboxError) -> tuple[str, int]:
        title, cause, cure = next((_WORDS[cls] for cls in type(error).__mro__ if cls in _WORDS), _OTHERWISE)
        face = PageFace(
            code=error.code, title=title, cause=cause, cure=cure, way=url_for(home), way_label="Back to the list"
        )
        body = render_template("postbox/error.html", face=face, error_id=request_id())
        return body, faces.face_of(error).status

    blueprint.register_error_handler(errors.NotAuthenticated, no_login)
    blueprint.register_error_handler(errors.LevelTooLow, too_low)
    blueprint.register_error_handler(errors.PostboxError, page)
