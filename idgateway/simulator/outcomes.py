"""Table of logins that end without data: each with its status, as BundID documents it or as the papers leave it open.

Documented: a missing required attribute and data that cannot be delivered at all (interface description 9.2, 9.7).
Cancelling and the technical error follow the employment agency's simulator; the rest is our reading of SAML Core
3.2.2.2, for the papers name no codes. A service has to survive every one of them.
"""

from dataclasses import dataclass

from idgateway.simulator.names import (
    AUTHN_FAILED,
    NO_AUTHN_CONTEXT,
    NO_PASSIVE,
    REQUEST_DENIED,
    REQUEST_UNSUPPORTED,
    REQUESTER,
    RESPONDER,
)


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """One way not to log in: nested status codes, the sentence beside them, whether StatusDetail names attributes."""

    name: str
    title: tuple[str, str]
    codes: tuple[str, ...]
    message: str
    names_attributes: bool = False


def _outcome(name: str, german: str, english: str, codes: tuple[str, ...], message: str) -> Outcome:
    return Outcome(name=name, title=(german, english), codes=codes, message=message)


OUTCOMES: dict[str, Outcome] = {
    outcome.name: outcome
    for outcome in (
        _outcome(
            "cancel",
            "Abgebrochen",
            "Cancelled",
            (REQUESTER, AUTHN_FAILED),
            "Authentication was canceled by the user.",
        ),
        _outcome(
            "failure",
            "Technischer Fehler",
            "Technical error",
            (REQUESTER, NO_AUTHN_CONTEXT),
            "An error has occurred.",
        ),
        _outcome(
            "eid-failed",
            "Online-Ausweis nicht lesbar oder PIN falsch",
            "Online ID card unreadable or PIN wrong",
            (RESPONDER, AUTHN_FAILED),
            "The electronic identification failed.",
        ),
        _outcome(
            "timeout", "Zeit abgelaufen", "Timed out", (RESPONDER,), "The authentication was not completed in time."
        ),
        _outcome(
            "level-not-reached",
            "Vertrauensniveau nicht erreichbar",
            "Level of assurance not reachable",
            (RESPONDER, NO_AUTHN_CONTEXT),
            "The requested authentication context cannot be met.",
        ),
        Outcome(
            name="attributes-missing",
            title=("Pflichtangaben fehlen", "Required values missing"),
            codes=(REQUESTER, REQUEST_DENIED),
            message="The request was denied.",
            names_attributes=True,
        ),
        _outcome(
            "denied",
            "Angaben können überhaupt nicht geliefert werden",
            "Values cannot be delivered at all",
            (REQUESTER, REQUEST_DENIED),
            "The request was denied.",
        ),
        _outcome(
            "unsupported",
            "Anfrage wird nicht unterstützt",
            "Request not supported",
            (REQUESTER, REQUEST_UNSUPPORTED),
            "The request is not supported.",
        ),
        _outcome(
            "no-passive",
            "Ohne Nachfrage nicht möglich (IsPassive)",
            "Not possible without asking (IsPassive)",
            (RESPONDER, NO_PASSIVE),
            "Nobody may be asked, and nobody is logged in.",
        ),
        _outcome("unavailable", "Anbieter gestört", "Provider out of order", (RESPONDER,), "Service unavailable."),
    )
}
