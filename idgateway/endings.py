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
TELL_SERVICE = N_(
    "There is nothing you can do about this yourself. Please give the error number to the operator of"
    " the online service."
)

ENDINGS: dict[str, Face] = {
    "login-cancelled": Face(
        status=400,
        title=N_("The login was cancelled"),
        cause=N_("The login was cancelled at your account. You are not logged in, and no data was passed on."),
        cure=AGAIN,
        error="access_denied",
        at_once=True,
    ),
    "consent-refused": Face(
        status=400,
        title=N_("No data was passed on"),
        cause=N_("You decided that the online service should not receive your data. You are not logged in there."),
        cure=N_("If you want to use it after all, start the login again."),
        error="access_denied",
        at_once=True,
    ),
    "attributes-missing": Face(
        status=403,
        title=N_("Your account lacks data that the service needs"),
        cause=N_("The online service needs the following data, and your account could not supply it:"),
        cure=N_(
            "Log in again with another method, for instance the online ID card, or add the missing data to "
            "your account."
        ),
        error="access_denied",
    ),
    "request-denied": Face(
        status=403,
        title=N_("Your account refused the login"),
        cause=N_("Your account did not pass on what the online service asked for. You are not logged in."),
        cure=N_(
            "Start again and choose another login method. If that is refused too, please give the operator "
            "the error number."
        ),
        error="access_denied",
    ),
    "account-unknown": Face(
        status=403,
        title=N_("Your account was not found"),
        cause=N_(
            "The provider found no account for this login. It may have been deleted because it had not been "
            "used for a long time."
        ),
        cure=N_("Use another login method, or create a new account with the provider."),
        error="access_denied",
    ),
    "means-failed": Face(
        status=403,
        title=N_("The login with your account did not work"),
        cause=N_(
            "Your account reports that the login method you chose did not work, or does not reach the level needed."
        ),
        cure=N_(
            "Start again. If you use your ID card, keep it on the reader until the end and have your PIN "
            "ready. If you use a certificate, make sure that it has not expired."
        ),
        error="unmet_authentication_requirements",
    ),
    "level-not-reached": Face(
        status=403,
        title=N_("This login is not strong enough"),
        cause=N_("The online service needs a login with a higher level of assurance."),
        cure=N_("Start the login again and choose a stronger login method, for instance the online ID card."),
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
        title=N_("Your account is having technical problems"),
        cause=N_(
            "The provider of your account could not complete the login: something is not working there, or it"
            " took too long."
        ),
        cure=N_("Try again in a few minutes."),
        error="temporarily_unavailable",
    ),
    "request-faulty": Face(
        status=400,
        title=N_("Your account did not accept our request"),
        cause=N_("Your account could not process the request that this login service sent. The mistake is ours."),
        cure=TELL_SERVICE,
        error="server_error",
        again=False,
    ),
    # From here on: answers that prove nothing. The application hears nothing, and the login stays open for a true one.
    "identifier-missing": Face(
        status=400,
        title=N_("This service needs a login with an account"),
        cause=N_("The online service has to recognise you next time. With a guest login, it cannot."),
        cure=N_("Start the login again and use your own account."),
    ),
    "means": Face(
        status=400,
        title=N_("This login method is not accepted here"),
        cause=N_("You logged in with a method that the online service does not accept."),
        cure=N_("Start the login again and choose one of the methods offered."),
    ),
    **dict.fromkeys(
        ("expired", "window", "not-yet-valid"),
        Face(
            status=400,
            title=N_("The answer came too late"),
            cause=N_("The answer from your account is valid for a few minutes only, and that time has passed."),
            cure=N_(
                "Start the login again. If this happens again straight away, a clock is wrong: please tell the "
                "operator."
            ),
        ),
    ),
    "attempt-expired": Face(
        status=400,
        title=N_("This login took too long"),
        cause=N_("A login must be completed within half an hour. No data was passed on."),
        cure=N_("Start the login again. You need your login method, its PIN or password, and a few minutes."),
    ),
    "attempt-used": Face(
        status=400,
        title=N_("This login is already complete"),
        cause=N_("Each login works only once, and this one has been used. Perhaps you went back or reloaded a page."),
        cure=N_("Continue to the online service: you may already be logged in there. If not, start the login again."),
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
    "akdb-extension-v1-deprecated": N_("Only version 2 of the extension is accepted; this gateway sends no other."),
    "organization-display-name-missing": N_("Set display_name of the application, at most 50 characters."),
    "requested-attributes-empty": N_("No attribute was asked for; this gateway always asks for level and method."),
    "requested-attributes-missing-name": N_("An attribute was asked for without its OID; report it as our fault."),
    "empty-authentication-methods": N_("No login method reaches the level asked for: check minimum_level."),
    "purpose-does-not-support-restricted-html": N_("A purpose with forbidden HTML; this gateway sends no purpose."),
    "missing-berca": N_("The Land's authorisation certificate for the online ID card is missing: ask BundID."),
}


def ending_of(code: str) -> Face | None:
    """What stands behind a reason; None for one that has no row of its own."""
    return ENDINGS.get(code)
