"""Table of answers that are protected as they should be and say the wrong thing: to whom, from whom, about what.

Sources: SAML Core 2.0, 2.4 to 2.7; SAML Profiles 4.1.4.2 and 4.1.4.3; BundID interface description 5, 6 and 10.2.
"""

from collections.abc import Callable
from dataclasses import replace

from idgateway.simulator.catalogue.breakage import Broken, Fields
from idgateway.simulator.catalogue.changes import at, double, drop, on_response, setting, telling, unset
from idgateway.simulator.names import NS, SAML, XSI
from idgateway.simulator.protection import Protection, foreign_signer
from idgateway.simulator.tree import Element, child

_CONFIRMATION = "saml:Subject/saml:SubjectConfirmation/saml:SubjectConfirmationData"
_AUTHENTICATION = "saml:AuthnStatement"
_RESTRICTION = "saml:Conditions/saml:AudienceRestriction"
_ANOTHER = "_" + "0" * 32
_EXACT = "exactly this service's address, compared whole (SAML Profiles 4.1.4.2)"
_SOLICITED = "answers exactly this login's request, told inside what is signed (SAML Profiles 4.1.4.3)"


def _envelope_unsigned(given: Protection) -> Protection:
    return replace(given, sign_response=False)


def _relayed(target: str) -> Callable[[Fields], Fields]:
    return lambda fields: [(name, target if name == "RelayState" else value) for name, value in fields]


def _restricted_twice(assertion: Element) -> None:
    at(_RESTRICTION, double)(assertion)
    at(_RESTRICTION + "/saml:Audience", telling("https://other.example.org/sp"))(assertion)


def _confirmed_twice(assertion: Element) -> None:
    at("saml:Subject/saml:SubjectConfirmation", double)(assertion)
    at(_CONFIRMATION, setting("Recipient", "https://other.example.org/acs"))(assertion)


def _unknown_condition(assertion: Element) -> None:
    condition = child(assertion.find("saml:Conditions", NS), SAML, "Condition")
    condition.set(f"{{{XSI}}}type", "xsd:anyType")


ENTRIES = (
    Broken(
        name="wrong-issuer",
        title=("von einem anderen Aussteller", "from another issuer"),
        rule="the issuer is the provider that was asked (SAML Profiles 4.1.4.2)",
        statement=lambda said: replace(said, issuer=said.issuer + "/other"),
    ),
    Broken(
        name="assertion-issuer-differs",
        title=("Aussage von einem anderen Aussteller als die Hülle", "assertion from another issuer than its envelope"),
        rule="the issuer is the provider that was asked (SAML Profiles 4.1.4.2)",
        draft=at("saml:Issuer", telling("https://other.example.org/idp")),
    ),
    Broken(
        name="idp-confusion",
        title=("gültige Antwort eines anderen Anbieters", "sound answer of another provider"),
        rule="issuer and key belong to the provider that this login asked",
        statement=lambda said: replace(said, issuer="https://other.example.org/idp"),
        protection=lambda given: replace(given, signer=foreign_signer()),
    ),
    Broken(
        name="wrong-audience",
        title=("für einen anderen Dienst bestimmt", "meant for another service"),
        rule="every audience restriction names this service (SAML Core 2.5.1.4)",
        statement=lambda said: replace(said, audience="https://other.example.org/sp"),
    ),
    Broken(
        name="audience-restriction-missing",
        title=("für keinen Dienst bestimmt", "meant for no service in particular"),
        rule="an audience restriction is there (SAML Profiles 4.1.4.2)",
        draft=at(_RESTRICTION, drop),
    ),
    Broken(
        name="second-audience-restriction",
        title=("zusätzlich auf einen anderen Dienst beschränkt", "restricted to another service as well"),
        rule="several restrictions all have to be satisfied (SAML Core 2.5.1.4)",
        draft=_restricted_twice,
    ),
    Broken(
        name="wrong-destination",
        title=(
            "an eine Adresse gerichtet, die wie die richtige beginnt",
            "addressed to a destination that begins like the right one",
        ),
        rule=_EXACT,
        statement=lambda said: replace(said, destination=said.destination + ".example.org"),
    ),
    Broken(
        name="destination-elsewhere",
        title=("an einen anderen Server gerichtet", "addressed to another server"),
        rule=_EXACT,
        statement=lambda said: replace(said, destination="https://other.example.org/acs"),
    ),
    Broken(
        name="destination-missing-unsigned",
        title=("ohne Adresse, Hülle nicht unterschrieben", "no destination, envelope unsigned"),
        rule=_EXACT,
        protection=_envelope_unsigned,
        envelope=on_response(unset("Destination")),
    ),
    Broken(
        name="wrong-recipient",
        title=(
            "für einen anderen Empfänger bestätigt, der die richtige Adresse enthält",
            "confirmed for another recipient that contains the right address",
        ),
        rule=_EXACT,
        statement=lambda said: replace(said, recipient="https://other.example.org/?u=" + said.recipient),
    ),
    Broken(
        name="wrong-in-response-to",
        title=("Antwort auf eine andere Anfrage", "answer to another request"),
        rule=_SOLICITED,
        statement=lambda said: replace(said, in_response_to=_ANOTHER),
    ),
    Broken(
        name="unsolicited",
        title=("Antwort auf keine Anfrage", "answer to no request"),
        rule=_SOLICITED,
        draft=at(_CONFIRMATION, unset("InResponseTo")),
        envelope=on_response(unset("InResponseTo")),
    ),
    Broken(
        name="in-response-to-other-inside",
        title=("Hülle ohne Anfrage, Aussage nennt eine andere", "envelope names no request, assertion names another"),
        rule=_SOLICITED,
        draft=at(_CONFIRMATION, setting("InResponseTo", _ANOTHER)),
        envelope=on_response(unset("InResponseTo")),
    ),
    Broken(
        name="login-csrf",
        title=(
            "fremde Antwort mit der Anfrage des Opfers auf der Hülle",
            "somebody's answer, the victim's request on its envelope",
        ),
        rule=_SOLICITED,
        protection=_envelope_unsigned,
        draft=at(_CONFIRMATION, unset("InResponseTo")),
    ),
    Broken(
        name="login-csrf-other-request",
        title=(
            "Aussage zu einer anderen Anfrage, Hülle umgeschrieben",
            "assertion for another request, envelope rewritten",
        ),
        rule=_SOLICITED,
        protection=_envelope_unsigned,
        draft=at(_CONFIRMATION, setting("InResponseTo", _ANOTHER)),
    ),
    Broken(
        name="two-logins",
        title=("zwei Anmeldungen in einer Aussage", "two logins in one assertion"),
        rule="one AuthnStatement: which of them would count?",
        draft=at(_AUTHENTICATION, double),
    ),
    Broken(
        name="two-confirmations",
        title=("zwei Bestätigungen, eine für einen anderen", "two confirmations, one for somebody else"),
        rule="which of them would count? BundID gives one",
        draft=_confirmed_twice,
    ),
    Broken(
        name="condition-unknown",
        title=("mit einer unbekannten Bedingung", "with an unknown condition"),
        rule="a condition nobody understands is not satisfied (SAML Core 2.5.1)",
        draft=_unknown_condition,
    ),
    Broken(
        name="replay",
        title=("dieselbe Antwort zweimal", "the same answer twice"),
        rule="an assertion is used once (SAML Profiles 4.1.4.5); the first delivery is sound",
        deliveries=2,
    ),
    Broken(
        name="relay-state-script",
        title=("RelayState ist ein javascript:-Verweis", "RelayState is a javascript: link"),
        rule="RelayState is the service's own opaque handle and nothing else",
        form=_relayed("javascript:alert(1)"),
    ),
    Broken(
        name="relay-state-address",
        title=("RelayState ist eine fremde Adresse", "RelayState is a foreign address"),
        rule="RelayState is the service's own opaque handle, never an address to follow",
        form=_relayed("https://other.example.org/"),
    ),
)
