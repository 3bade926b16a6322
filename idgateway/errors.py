"""What can go wrong in the gate. Errors carry a stable code and know nothing of HTTP; ``faces`` translates them.

GateError
├── UnknownLevel          a word that is not a level of assurance
├── AnswerRefused         an answer of an identity provider that did not pass a numbered check
├── AttemptLost           no open login attempt stands behind this request
├── WrongBrowser          the login ends in another browser than it began in
├── LoginDenied           the identity provider says, proven to be its word, that there is no login
│   ├── LevelNotReached   the person logged in, but below the level that was asked for
│   └── LoginCancelled    the person ended the login
├── LoginEnded            such a no, on its way to the application and the person's own browser
├── UnknownClient         nobody registered this client
├── RedirectNotRegistered the redirect URI is not, character for character, a registered one
├── OtherPerson           somebody else logged in than the application means
├── ConsentDue            the person was not told yet which data would go to the application
├── NotYours              nothing of this name belongs to the account that asks
├── KeptBack              an answer of before keeps voluntary claims back
├── RequestLost           no pushed request stands behind this reference
├── RequestRefused        an authorization request that may be answered at the client's address
├── RegistrationRefused   an application that registers itself said something that cannot be right
├── TokenRefused          an access token that opens nothing here
├── NotConfigured         settings that cannot be right: the gate does not start
└── UpstreamUnavailable   an identity provider could not be reached or answered nonsense
    ├── AccountOutdated   what it told us about itself is over, so nothing it says can be verified
    └── LinesBusy         too many documents of applications are being fetched: to be asked again
"""


class GateError(Exception):
    """Base of the gate's errors.

    ``code`` is stable, for tests and the help desk; ``detail`` goes to the log only. No personal data in either.
    """

    code = "gate-error"

    def __init__(self, detail: str = "", *, code: str | None = None) -> None:
        """Keep the detail for the log; a more exact code may replace the class's own."""
        super().__init__(detail or self.code)
        self.detail = detail
        self.client_id = ""  # the application to lead back to, where it is known
        self.language = ""  # the person's, where it is known: an answer from another site brings no cookie
        if code is not None:
            self.code = code


class UnknownLevel(GateError):
    """A word that is not a level of assurance."""

    code = "unknown-level"


class AnswerRefused(GateError):
    """An identity provider's answer failed a check; ``code`` names the check."""

    code = "answer-refused"


class AttemptLost(GateError):
    """No open login attempt stands behind this request: expired, used, or never begun here."""

    code = "attempt-lost"


class WrongBrowser(GateError):
    """The login returned to another browser than the one it began in."""

    code = "wrong-browser"


class LoginDenied(GateError):
    """The identity provider says that there is no login, and it is proven that it says so.

    ``code`` is a row of ``endings``; ``missing`` names the data that were lacking, in names of ``attributes``.
    """

    code = "request-denied"

    def __init__(self, detail: str = "", *, code: str | None = None, missing: tuple[str, ...] = ()) -> None:
        """``missing`` holds names of ours, never a word of the peer."""
        super().__init__(detail, code=code)
        self.missing = missing


class LevelNotReached(LoginDenied):
    """The person logged in below the level the application needs."""

    code = "level-not-reached"


class LoginCancelled(LoginDenied):
    """The login was ended at the identity provider."""

    code = "login-cancelled"


class LoginEnded(LoginDenied):
    """A login that ended without one, told where person and application may hear it: in the person's own browser."""

    def __init__(
        self, *, code: str, redirect_uri: str, state: str, missing: tuple[str, ...] = (), detail: str = ""
    ) -> None:
        """``redirect_uri`` and ``state`` are those of the application's own, checked request."""
        super().__init__(detail, code=code, missing=missing)
        self.redirect_uri = redirect_uri
        self.state = state
        self.response_mode = "query"
        self.reported = False  # whether the operators heard of it when the account's answer came


class UnknownClient(GateError):
    """No such client is registered."""

    code = "unknown-client"


class RedirectNotRegistered(GateError):
    """The redirect URI is not exactly one of the client's."""

    code = "redirect-not-registered"


class OtherPerson(GateError):
    """Somebody else logged in than the one whom the application means; it hears ``login_required``."""

    code = "other-person"


class ConsentDue(GateError):
    """Data would go to an application, and the person was not told of it yet; ``relinks``: it undid this link once."""

    code = "consent_required"

    def __init__(self, detail: str = "", *, relinks: bool = False) -> None:
        """Met where the code is born; the page before data go answers it."""
        super().__init__(detail)
        self.relinks = relinks


class NotYours(GateError):
    """Nothing of this name belongs to the account that asks."""

    code = "not-yours"


class KeptBack(GateError):
    """An answer of before keeps voluntary claims back; ``claims`` are those that may be released."""

    code = "kept-back"

    def __init__(self, claims: frozenset[str]) -> None:
        """Names only."""
        super().__init__("voluntary claims were kept back")
        self.claims = claims


class RequestLost(GateError):
    """No pushed request stands behind this reference: unknown, another client's, used or expired."""

    code = "request-unknown"


class RequestRefused(GateError):
    """An authorization request with a fault that may be told at the client's redirect URI.

    ``code`` is the OAuth error code (RFC 6749 4.1.2.1, OIDC Core 3.1.2.6). ``redirect_uri`` is set only after
    client and URI are proven to belong together; without it nobody is sent anywhere. ``response_mode`` is the way the
    client wants to hear it.
    """

    code = "invalid_request"

    def __init__(self, detail: str = "", *, code: str | None = None, redirect_uri: str = "", state: str = "") -> None:
        """``detail`` may be told to the application: it never repeats what the request said."""
        super().__init__(detail, code=code)
        self.redirect_uri = redirect_uri
        self.state = state
        self.response_mode = "query"


class RegistrationRefused(GateError):
    """Metadata that are not taken (RFC 7591 3.2.2); ``detail`` is told to the application."""

    code = "invalid_client_metadata"


class TokenRefused(GateError):
    """An access token that is missing, unknown, expired or revoked, or presented by who does not hold its key."""

    code = "invalid_token"
    scheme = "Bearer"  # or "DPoP": how the token is to be presented


class NotConfigured(GateError):
    """The settings contradict each other, or a file they name does not hold what it should."""

    code = "not-configured"


class UpstreamUnavailable(GateError):
    """An identity provider could not be reached, or its answer was no answer."""

    code = "upstream-unavailable"


class AccountOutdated(UpstreamUnavailable):
    """The identity provider's metadata are over (``validUntil``): logins stop until newer ones have come."""

    code = "metadata-ended"


class LinesBusy(UpstreamUnavailable):
    """Too many documents of applications are being fetched at this moment, or this one is; soon they are not."""

    code = "busy"
