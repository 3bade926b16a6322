"""How a login can end without one: every known reason, what the application hears, what the person reads. Pure.

One row per reason, so that no case is forgotten and no words of a peer are ever shown. Sources: SAML Core 2.0, 3.2.2.2;
BundID interface description 9.2 to 9.7; RFC 6749 4.1.2.1; OIDC Core 3.1.2.6 and its Error Code 1.0 for levels.
"""

from dataclasses import dataclass


def N_(text: str) -> str:  # noqa: N802 - gettext's name for "to be translated, but not here"
    """Mark a text for translation; templates translate it."""
    return text


@dataclass(frozen=True, kw_only=True)
class Face:
    """An error as people see it; texts are msgids.

    ``error`` is the OAuth error that the way back to the application carries, empty where it hears nothing (what it
    would hear is not proven, or nobody knows where to tell it). ``at_once`` leaves the telling to the application.
    """

    status: int
    title: str
    cause: str
    cure: str
    error: str = ""
    at_once: bool = False
    again: bool = True  # whether a new login is what helps most


AGAIN = N_("Go back to the online service and start the login again.")
TELL_SERVICE = N_("You can do nothing about this. Please tell the operator of the online service the error number.")

ENDINGS: dict[str, Face] = {
    "login-cancelled": Face(
        status=400,
        title=N_("The login was cancelled"),
        cause=N_("The login was ended at your account. You are not logged in, and no data were passed on."),
        cure=AGAIN,
        error="access_denied",
        at_once=True,
    ),
    "consent-refused": Face(
        status=400,
        title=N_("No data were passed on"),
        cause=N_("You decided that the online service does not receive your data. You are not logged in there."),
        cure=N_("If you want to use it after all, start the login again."),
        error="access_denied",
        at_once=True,
    ),
    "attributes-missing": Face(
        status=403,
        title=N_("Your account lacks something the service needs"),
        cause=N_("The online service cannot work without these data, and your account could not supply them:"),
        cure=N_("Log in again by another means, for instance the online ID card, or complete your account's data."),
        error="access_denied",
    ),
    "request-denied": Face(
        status=403,
        title=N_("Your account refused the login"),
        cause=N_("It did not pass on what the online service asked for. You are not logged in."),
        cure=N_("Start again and choose another means. If that is refused too, tell the operator the error number."),
        error="access_denied",
    ),
    "account-unknown": Face(
        status=403,
        title=N_("Your account is not known there"),
        cause=N_("The provider found no account for this login. It may have been deleted after long disuse."),
        cure=N_("Log in by another means, or create a new account at the provider."),
        error="access_denied",
    ),
    "means-failed": Face(
        status=403,
        title=N_("The login at your account did not succeed"),
        cause=N_("Your account reports that the means you chose did not work or does not reach the level needed."),
        cure=N_(
            "Start again. With the ID card: keep it on the reader until the end and have your PIN ready. "
            "A certificate must not have expired."
        ),
        error="unmet_authentication_requirements",
    ),
    "level-not-reached": Face(
        status=403,
        title=N_("This login is not strong enough"),
        cause=N_("The online service needs a login with a higher level of assurance."),
        cure=N_("Start the login again and choose a stronger means, for instance the online ID card."),
        error="unmet_authentication_requirements",
    ),
    "test-account": Face(
        status=403,
        title=N_("This account is for tests"),
        cause=N_(
            "Your account is marked as a test account, and this service works with real ones. Nothing was passed on."
        ),
        cure=N_("Start the login again and use a real account."),
        error="access_denied",
    ),
    "provider-error": Face(
        status=400,
        title=N_("Your account has a disturbance"),
        cause=N_(
            "The provider of your account could not finish the login: something is out of order, or it took too long."
        ),
        cure=N_("Try again in a few minutes."),
        error="temporarily_unavailable",
    ),
    "request-faulty": Face(
        status=400,
        title=N_("Your account did not accept our question"),
        cause=N_("Your account cannot work with the request that this login service sent. The fault is ours."),
        cure=TELL_SERVICE,
        error="server_error",
        again=False,
    ),
    # From here on: answers that prove nothing. The application hears nothing, and the login stays open for a true one.
    "identifier-missing": Face(
        status=400,
        title=N_("This login cannot be recognised again"),
        cause=N_("The online service needs a permanent account; a guest login has no identifier."),
        cure=N_("Start the login again and use an account of your own."),
    ),
    "means": Face(
        status=400,
        title=N_("This means was not offered"),
        cause=N_("You logged in by a means that the online service does not accept."),
        cure=N_("Start the login again and choose one of the means that are offered."),
    ),
    **dict.fromkeys(
        ("expired", "window", "not-yet-valid"),
        Face(
            status=400,
            title=N_("The answer came too late"),
            cause=N_("The answer of your account is valid for a few minutes only, and they are over."),
            cure=N_("Start the login again. If it happens at once again, a clock is wrong: tell the operator."),
        ),
    ),
    "attempt-expired": Face(
        status=400,
        title=N_("This login took too long"),
        cause=N_("A login must be finished within half an hour. Nothing was passed on."),
        cure=N_("Start the login again. What you need: your means, its PIN or password, and a few minutes."),
    ),
    "attempt-used": Face(
        status=400,
        title=N_("This login is already finished"),
        cause=N_("Each login works once, and this one was used. Perhaps you went back or loaded a page again."),
        cure=N_("Go on to the online service: you may be logged in there. If not, start the login again."),
        again=False,
    ),
}

# BundID 9.6: why BundID itself refuses a request. They stand in the address of BundID's own error page as ``idp.code``,
# which we see only where somebody brings them to us; each with what the operator of this gate has to mend.
IDP_CODES: dict[str, str] = {
    "saml-request-not-signed": N_(
        "The signature did not reach BundID or does not fit our metadata: upload them again."
    ),
    "akdb-extension-missing": N_("The request carries no AKDB extension: the account needs the profile of BundID."),
    "akdb-extension-v1-deprecated": N_("Only version 2 of the extension is accepted; this gate sends no other."),
    "organization-display-name-missing": N_("Set display_name of the application, at most 50 characters."),
    "requested-attributes-empty": N_("No attribute was asked for; this gate always asks for level and means."),
    "requested-attributes-missing-name": N_("An attribute was asked for without its OID; report it as our fault."),
    "empty-authentication-methods": N_("No means can reach the level asked for: check minimum_level."),
    "purpose-does-not-support-restricted-html": N_("A purpose with forbidden HTML; this gate sends no purpose."),
    "missing-berca": N_("The Land's authorisation certificate for the online ID card is missing: ask BundID."),
}


def ending_of(code: str) -> Face | None:
    """What stands behind a reason; None for one that has no row of its own."""
    return ENDINGS.get(code)
