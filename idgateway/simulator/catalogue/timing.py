"""Table of answers that come at the wrong time: too late, too early, for too long, from an earlier login.

Sources: SAML Core 2.5.1.2 and 2.7.2; SAML Profiles 4.1.4.2 and 4.1.4.3; BundID interface description 10.2.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from idgateway.simulator.catalogue.breakage import Broken
from idgateway.simulator.catalogue.changes import at, on_response, setting
from idgateway.simulator.statement import Statement

_CONFIRMATION = "saml:Subject/saml:SubjectConfirmation/saml:SubjectConfirmationData"
_WINDOW = "valid now, with no more than a small skew (SAML Core 2.5.1.2)"


def _shifted(**by: float) -> Callable[[Statement], Statement]:
    """The whole window of validity moved."""
    delta = timedelta(**by)
    return lambda said: replace(said, not_before=said.not_before + delta, not_on_or_after=said.not_on_or_after + delta)


def _aged(said: Statement) -> Statement:
    return replace(_shifted(minutes=-30)(said), issued_at=said.issued_at - timedelta(minutes=30))


ENTRIES = (
    Broken(
        name="expired",
        title=("seit fünf Minuten abgelaufen", "expired five minutes ago"),
        rule=_WINDOW,
        statement=_shifted(minutes=-10),
    ),
    Broken(
        name="aged",
        title=("vor einer halben Stunde ausgestellt", "issued half an hour ago"),
        rule=_WINDOW,
        statement=_aged,
    ),
    Broken(
        name="not-yet-valid",
        title=("erst in 30 Minuten gültig", "valid in 30 minutes only"),
        rule=_WINDOW,
        statement=_shifted(minutes=30),
    ),
    Broken(
        name="expired-200-seconds",
        title=("seit 200 Sekunden abgelaufen", "expired 200 seconds ago"),
        rule=_WINDOW,
        statement=_shifted(seconds=-500),
    ),
    Broken(
        name="valid-in-200-seconds",
        title=("erst in 200 Sekunden gültig", "valid in 200 seconds only"),
        rule=_WINDOW,
        statement=_shifted(seconds=200),
    ),
    Broken(
        name="confirmation-expired",
        title=("nur die Bestätigung ist abgelaufen", "only the confirmation has expired"),
        rule="the confirmation has an end and it has not come (SAML Profiles 4.1.4.3)",
        draft=at(_CONFIRMATION, setting("NotOnOrAfter", "2020-01-01T00:00:00Z")),
    ),
    Broken(
        name="confirmation-with-beginning",
        title=("Bestätigung mit NotBefore", "confirmation with NotBefore"),
        rule="NotBefore must not stand there (SAML Profiles 4.1.4.2)",
        draft=at(_CONFIRMATION, setting("NotBefore", "2020-01-01T00:00:00Z")),
    ),
    Broken(
        name="valid-for-ten-years",
        title=("zehn Jahre lang gültig", "valid for ten years"),
        rule="the replay store has to outlive every answer; BundID gives five minutes",
        statement=lambda said: replace(said, not_on_or_after=said.not_on_or_after + timedelta(days=3650)),
    ),
    Broken(
        name="issued-2018",
        title=("im Jahr 2018 ausgestellt", "issued in 2018"),
        rule="issued after the request, not in the future",
        draft=at(".", setting("IssueInstant", "2018-01-01T00:00:00Z")),
    ),
    Broken(
        name="issued-2099",
        title=("im Jahr 2099 ausgestellt", "issued in 2099"),
        rule="issued after the request, not in the future",
        draft=at(".", setting("IssueInstant", "2099-01-01T00:00:00Z")),
    ),
    Broken(
        name="response-issued-2099",
        title=("Hülle im Jahr 2099 ausgestellt", "envelope issued in 2099"),
        rule="issued after the request, not in the future",
        envelope=on_response(setting("IssueInstant", "2099-01-01T00:00:00Z")),
    ),
    Broken(
        name="session-ended",
        title=("Sitzung beim Anbieter ist zu Ende", "the provider's session has ended"),
        rule="a session that has ended is no login (SAML Core 2.7.2)",
        draft=at("saml:AuthnStatement", setting("SessionNotOnOrAfter", "2020-01-01T00:00:00Z")),
    ),
    Broken(
        name="stale-authentication",
        title=("Anmeldung lange vor der Anfrage", "login long before the request"),
        rule="ForceAuthn was asked: the login is not older than the request",
        statement=lambda said: replace(said, authenticated_at=said.authenticated_at - timedelta(hours=3)),
    ),
)
