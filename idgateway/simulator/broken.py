"""Table of broken answers: each does one named thing wrong, and everything else right.

A breakage bites at one of four places: the statement's values before any XML, the protection, the assertion after its
signature, the response after its signature. A service that accepts any of them has a hole of that name.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta

from idgateway.simulator.names import SAML, Step
from idgateway.simulator.persons import Value
from idgateway.simulator.protection import Protection, foreign_signer
from idgateway.simulator.statement import Statement
from idgateway.simulator.tree import Element


def _same_statement(statement: Statement) -> Statement:
    return statement


def _same_protection(protection: Protection) -> Protection:
    return protection


def _always(_statement: Statement, _level: Step) -> bool:
    return True


def _untouched(_element: Element) -> None:
    pass


@dataclass(frozen=True, kw_only=True)
class Broken:
    """One named way to be wrong, with its title in German and English."""

    name: str
    title: tuple[str, str]
    statement: Callable[[Statement], Statement] = _same_statement
    protection: Callable[[Protection], Protection] = _same_protection
    assertion: Callable[[Element], None] = _untouched
    response: Callable[[Element], None] = _untouched
    deliveries: int = 1  # how often the page offers to send it
    applies: Callable[[Statement, Step], bool] = _always  # given the honest statement and the level asked for


SOUND = Broken(name="", title=("richtige Antwort", "sound answer"))


def _aged(statement: Statement) -> Statement:
    past = timedelta(minutes=30)
    return replace(
        statement,
        issued_at=statement.issued_at - past,
        not_before=statement.not_before - past,
        not_on_or_after=statement.not_on_or_after - past,
    )


def _expired(statement: Statement) -> Statement:
    ended = statement.not_before - timedelta(minutes=5)
    return replace(statement, not_before=ended - timedelta(minutes=5), not_on_or_after=ended)


def _early(statement: Statement) -> Statement:
    later = timedelta(minutes=30)
    return replace(
        statement, not_before=statement.not_before + later, not_on_or_after=statement.not_on_or_after + later
    )


def _at_level(statement: Statement, token: str) -> Statement:
    values = tuple(_valued(value, "EID-CITIZEN-QAA-LEVEL", token) for value in statement.values)
    return replace(statement, class_reference=token, values=values)


def _contradicting(statement: Statement) -> Statement:
    other = Step.HIGH if statement.class_reference == Step.BASIC.token else Step.BASIC
    values = tuple(_valued(value, "EID-CITIZEN-QAA-LEVEL", other.token) for value in statement.values)
    return replace(statement, values=values)


def _says(name: str) -> Callable[[Statement, Step], bool]:
    return lambda statement, _level: any(value.name == name for value in statement.values)


def _valued(value: Value, name: str, content: str) -> Value:
    return replace(value, value=content) if value.name == name else value


def _anonymous(statement: Statement) -> Statement:
    return replace(statement, values=tuple(value for value in statement.values if value.name != "bPK2"))


def _tampered(assertion: Element) -> None:
    """Change a signed value; with no attribute at hand, the name identifier."""
    values = assertion.findall(f".//{{{SAML}}}AttributeValue") or assertion.findall(f".//{{{SAML}}}NameID")
    values[0].text = (values[0].text or "") + "X"


def _amended(response: Element) -> None:
    """Add an attribute that SAML allows and that means nothing to anyone: only the signature suffers."""
    response.set("Consent", "urn:oasis:names:tc:SAML:2.0:consent:obtained")


BROKEN: dict[str, Broken] = {
    entry.name: entry
    for entry in (
        Broken(
            name="unsigned",
            title=("ohne jede Unterschrift", "without any signature"),
            protection=lambda given: replace(given, sign_response=False, sign_assertion=False),
        ),
        Broken(
            name="foreign-key",
            title=("mit fremdem Schlüssel unterschrieben", "signed with a foreign key"),
            protection=lambda given: replace(given, signer=foreign_signer()),
        ),
        Broken(
            name="tampered",
            title=("nach der Unterschrift verändert", "changed after it was signed"),
            protection=lambda given: replace(given, sign_response=False),
            assertion=_tampered,
        ),
        Broken(
            name="tampered-response",
            title=("Hülle nach der Unterschrift verändert", "envelope changed after it was signed"),
            response=_amended,
        ),
        Broken(
            name="not-encrypted",
            title=("nicht verschlüsselt", "not encrypted"),
            protection=lambda given: replace(given, encrypt=False),
        ),
        Broken(
            name="wrong-issuer",
            title=("von einem anderen Aussteller", "from another issuer"),
            statement=lambda said: replace(said, issuer=said.issuer + "/other"),
        ),
        Broken(
            name="wrong-audience",
            title=("für einen anderen Dienst bestimmt", "meant for another service"),
            statement=lambda said: replace(said, audience="https://other.example.org/sp"),
        ),
        Broken(
            name="wrong-destination",
            title=("an eine andere Adresse gerichtet", "addressed to another destination"),
            statement=lambda said: replace(said, destination=said.destination + ".example.org"),
        ),
        Broken(
            name="wrong-recipient",
            title=("für einen anderen Empfänger bestätigt", "confirmed for another recipient"),
            statement=lambda said: replace(said, recipient="https://other.example.org/?u=" + said.recipient),
        ),
        Broken(
            name="wrong-in-response-to",
            title=("Antwort auf eine andere Anfrage", "answer to another request"),
            statement=lambda said: replace(said, in_response_to="_" + "0" * 32),
        ),
        Broken(name="expired", title=("seit fünf Minuten abgelaufen", "expired five minutes ago"), statement=_expired),
        Broken(name="aged", title=("vor einer halben Stunde ausgestellt", "issued half an hour ago"), statement=_aged),
        Broken(name="not-yet-valid", title=("erst in 30 Minuten gültig", "valid in 30 minutes only"), statement=_early),
        Broken(
            name="stale-authentication",
            title=("Anmeldung lange vor der Anfrage", "login long before the request"),
            statement=lambda said: replace(said, authenticated_at=said.authenticated_at - timedelta(hours=3)),
        ),
        Broken(
            name="level-too-low",
            title=("Vertrauensniveau zu niedrig", "level of assurance too low"),
            statement=lambda said: _at_level(said, Step.BASIC.token),
            applies=lambda _said, level: level > Step.BASIC,
        ),
        Broken(
            name="level-contradiction",
            title=("Vertrauensniveau widerspricht sich", "level of assurance contradicts itself"),
            statement=_contradicting,
            applies=_says("EID-CITIZEN-QAA-LEVEL"),
        ),
        Broken(
            name="level-unknown",
            title=("unbekanntes Vertrauensniveau", "unknown level of assurance"),
            statement=lambda said: _at_level(said, "STORK-QAA-Level-5"),
        ),
        Broken(
            name="pairwise-id-missing",
            title=("Kennung bPK2 fehlt trotz Konto", "identifier bPK2 missing despite an account"),
            statement=_anonymous,
            applies=_says("bPK2"),
        ),
        Broken(
            name="replay",
            title=("dieselbe Antwort zweimal", "the same answer twice"),
            deliveries=2,
        ),
    )
}


def applicable(statement: Statement, level: Step) -> tuple[Broken, ...]:
    """The breakages that make this statement wrong: some have nothing to bite on in some requests."""
    return tuple(entry for entry in BROKEN.values() if entry.applies(statement, level))
