"""Table of data: the people of the simulator, as their means deliver them. All are invented.

Trust per attribute follows BundID's own samples (interface description 6, 10.2): identity data as strong as their
source, bPK2, mailbox handle, mail and the level merely NORMAL, salutation and telephone UNTERGEORDNET.
"""

from dataclasses import dataclass
from enum import StrEnum

from idgateway.simulator.names import Step


class Trust(StrEnum):
    """``akdb:TrustLevel`` on the wire."""

    SUBORDINATE = "UNTERGEORDNET"
    NORMAL = "NORMAL"
    SUBSTANTIAL = "SUBSTANTIELL"
    HIGH = "HOCH"


@dataclass(frozen=True, kw_only=True)
class Value:
    """One value a login can deliver; ``trust`` is None where BundID marks nothing."""

    name: str  # friendly name, a key of names.ATTRIBUTES
    value: str
    trust: Trust | None


@dataclass(frozen=True, kw_only=True)
class Person:
    """One way one person logs in: means, level, account and what the account holds."""

    key: str
    title: str
    note: tuple[str, str]  # what is special, German and English
    means: str  # as AssertionProvedBy says it
    level: Step
    account: str | None  # the account's UUID; None for a guest, who has neither bPK2 nor mailbox
    values: tuple[Value, ...]
    mfa: str = ""  # "true" or "false" where it is not told by the means

    @property
    def entrance(self) -> str:
        """Under which means the page offers this login; a guest has an entrance of their own."""
        return self.means if self.account else "guest"


def _values(trust: Trust | None, **named: str) -> tuple[Value, ...]:
    return tuple(Value(name=name, value=value, trust=trust) for name, value in named.items())


def _contact(mail: str, salutation: str = "", telephone: str = "") -> tuple[Value, ...]:
    told = {"gender": salutation, "telephoneNumber": telephone}
    return _values(Trust.NORMAL, mail=mail) + _values(
        Trust.SUBORDINATE, **{name: value for name, value in told.items() if value}
    )


_ERIKA, _ERIKA_SECOND = "5f0c1c5e-6f0a-4d5c-9d2e-0d8c3c1f7a10", "b8a4c0de-2f31-4c8e-8f7b-6a5d4e3c2b11"
_ERIKA_CARD = _values(
    Trust.HIGH,
    givenName="ERIKA",
    surname="MUSTERMANN",
    birthName="GABLER",
    birthdate="1964-08-12",
    placeOfBirth="BERLIN",
    nationality="D",
    documentType="ID",
    postalAddress="HEIDESTRAẞE 17",
    postalCode="51147",
    localityName="KÖLN",
    country="DE",
    communityId="05315000",
)

PERSONS: tuple[Person, ...] = (
    Person(
        key="erika-eid",
        title="Erika Mustermann",
        note=("Personalausweis, alle Angaben", "identity card, every value"),
        means="eID",
        level=Step.HIGH,
        account=_ERIKA,
        values=_ERIKA_CARD
        + _contact("erika.mustermann@example.org", "2", "+49 221 5550100")
        + _values(None, pseudonym="DKK-0b7e4b6d1f1e4a5f9c30"),
    ),
    Person(
        key="hans-guenther-eid",
        title="Hans-Günther von Drebenbusch-Dalgoẞen",
        note=("Personalausweis, langer Name und Geburtsname", "identity card, long name and birth name"),
        means="eID",
        level=Step.HIGH,
        account="0e8f1f5a-35f4-4d3c-8b0b-93a3e4a0d512",
        values=_values(
            Trust.HIGH,
            givenName="HANS-GÜNTHER",
            surname="VON DREBENBUSCH-DALGOẞEN",
            birthName="WEIẞ",
            birthdate="1984-01-26",
            placeOfBirth="BREMERHAVEN",
            nationality="D",
            documentType="ID",
            postalAddress="WEG NR. 12 8E",
            postalCode="22043",
            localityName="HAMBURG",
            country="DE",
            communityId="02000000",
        )
        + _values(Trust.NORMAL, personalTitle="Dr.eh.Dr.")
        + _contact("hgvdd@example.org", "1"),
    ),
    Person(
        key="erika-second-eid",
        title="Erika Mustermann",
        note=(
            "zweites Konto derselben Person: andere Kennung",
            "second account of the same person: another identifier",
        ),
        means="eID",
        level=Step.HIGH,
        account=_ERIKA_SECOND,
        values=_ERIKA_CARD + _contact("e.mustermann@mail.example.org", "2"),
    ),
    Person(
        key="single-name-eid",
        title="Anjali",
        note=("nur ein Name: kein Vorname", "one name only: no given name"),
        means="eID",
        level=Step.HIGH,
        account="3d1a7c77-61c5-4a3f-a7b9-58b6d1f0e313",
        values=_values(
            Trust.HIGH,
            surname="ANJALI",
            birthdate="1992-03-03",
            placeOfBirth="PUNE",
            nationality="IND",
            documentType="AR",
            postalAddress="SCHULSTRAẞE 9",
            postalCode="68519",
            localityName="VIERNHEIM",
            country="DE",
            communityId="06431020",
        )
        + _contact("anjali@example.org"),
    ),
    Person(
        key="no-street-eid",
        title="Momme Halliger",
        note=("Anschrift ohne Straße", "address without a street"),
        means="eID",
        level=Step.HIGH,
        account="7b2c9c0a-8b64-4f0e-9f6a-2c1d0e9f8a14",
        values=_values(
            Trust.HIGH,
            givenName="MOMME",
            surname="HALLIGER",
            birthdate="1971-10-30",
            placeOfBirth="HUSUM",
            nationality="D",
            documentType="ID",
            postalCode="25859",
            localityName="HOOGE",
            country="DE",
            communityId="01054050",
        )
        + _contact("momme@example.org", "1"),
    ),
    Person(
        key="old-card-eid",
        title="Ingrid Altkarte",
        note=("Ausweis von vor November 2019: keine Staatsangehörigkeit", "card before November 2019: no nationality"),
        means="eID",
        level=Step.HIGH,
        account="9c4f5e6d-7a8b-4c9d-8e0f-1a2b3c4d5e15",
        values=_values(
            Trust.HIGH,
            givenName="INGRID",
            surname="ALTKARTE",
            birthdate="1949-05-23",
            placeOfBirth="BONN",
            documentType="ID",
            postalAddress="AM MARKT 1",
            postalCode="64625",
            localityName="BENSHEIM",
            country="DE",
        )
        + _contact("ingrid@example.org", "2"),
    ),
    Person(
        key="guest-eid",
        title="Frieda Winterfeld",
        note=("ohne Konto: nur ein Pseudonym, kein Postfach", "no account: a pseudonym only, no postbox"),
        means="eID",
        level=Step.HIGH,
        account=None,
        values=_values(
            Trust.HIGH,
            givenName="FRIEDA",
            surname="WINTERFELD",
            birthdate="1958-02-17",
            placeOfBirth="WORMS",
            nationality="D",
            documentType="ID",
            postalAddress="LORSCHER STRAẞE 44",
            postalCode="68519",
            localityName="VIERNHEIM",
            country="DE",
        )
        + _values(None, pseudonym="DKK-77c1f0a2e96b4d3f8a51"),
    ),
    Person(
        key="elster",
        title="Dr. Ayşe Yıldırım-Çelik",
        note=("ELSTER-Zertifikat, Name mit vielen Zeichen", "ELSTER certificate, a name with many marks"),
        means="Elster",
        level=Step.SUBSTANTIAL,
        account="c2d3e4f5-a6b7-4c8d-9e0f-a1b2c3d4e516",
        values=_values(
            Trust.SUBSTANTIAL,
            givenName="Ayşe Żofia",
            surname="Yıldırım-Çelik",
            birthName="Đặng",
            birthdate="1987-11-05",
            placeOfBirth="Łódź",
            postalAddress="Straße des Friedens 5a",
            postalCode="64653",
            localityName="Lorsch",
            country="DE",
        )
        + _values(Trust.NORMAL, personalTitle="Dr.")
        + _contact("ayse@example.org", "2", "+49 6251 555017"),
    ),
    Person(
        key="erika-password",
        title="Erika Mustermann",
        note=(
            "dasselbe Konto wie mit Ausweis: schwache Anmeldung, Angaben weiter HOCH",
            "the same account as with the card: weak login, values still HOCH",
        ),
        means="Benutzername",
        level=Step.BASIC,
        account=_ERIKA,
        values=tuple(value for value in _ERIKA_CARD if value.name not in ("documentType", "nationality"))
        + _contact("erika.mustermann@example.org", "2", "+49 221 5550100"),
    ),
    Person(
        key="password",
        title="Jonas Beispiel",
        note=("nur Passwort, alles selbst eingetragen, keine Anschrift", "password only, self-entered, no address"),
        means="Benutzername",
        level=Step.BASIC,
        account="e6f7a8b9-c0d1-4e2f-8a3b-4c5d6e7f8a17",
        values=_values(Trust.NORMAL, givenName="Jonas", surname="Beispiel", birthdate="2001-07-14")
        + _contact("jonas@example.org", "1"),
    ),
    Person(
        key="eidas-substantial",
        title="Johann Gruber",
        note=("Identität aus Österreich, substanziell", "identity from Austria, substantial"),
        means="eIDAS",
        level=Step.SUBSTANTIAL,
        account="f1e2d3c4-b5a6-4978-8695-a4b3c2d1e018",
        values=_values(Trust.SUBSTANTIAL, givenName="Johann", surname="Gruber", birthdate="1979-12-31")
        + _values(Trust.SUBSTANTIAL, **{"eIDAS-Issuing-Country": "AT"})
        + _contact("johann@example.org"),
    ),
    Person(
        key="eidas-low",
        title="Zofia Kowalska",
        note=("Identität aus Polen, niedrig", "identity from Poland, low"),
        means="eIDAS",
        level=Step.LOW,
        account="a9b8c7d6-e5f4-4321-8abc-def012345619",
        values=_values(Trust.NORMAL, givenName="Zofia", surname="Kowalska", birthdate="1995-04-09")
        + _values(Trust.NORMAL, **{"eIDAS-Issuing-Country": "PL"})
        + _contact("zofia@example.org"),
    ),
    Person(
        key="fink",
        title="Josef Huber",
        note=(
            "Konto eines Landes: Kennung mit Vorsatz, kein Postfach",
            "a state's account: prefixed identifier, no postbox",
        ),
        means="FINK",
        level=Step.BASIC,
        account="1a2b3c4d-5e6f-4a7b-8c9d-0e1f2a3b4c20",
        values=_values(Trust.NORMAL, givenName="Josef", surname="Huber", birthdate="1966-09-21")
        + _contact("josef@example.org", "1"),
    ),
)
BY_KEY = {person.key: person for person in PERSONS}
