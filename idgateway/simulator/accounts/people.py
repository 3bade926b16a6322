"""Table of data: who has an account here. All are invented."""

from dataclasses import dataclass
from typing import Final, TypeAlias

Parts: TypeAlias = tuple[tuple[str, str], ...]  # elements of a nested value, in order


@dataclass(frozen=True, kw_only=True)
class Holder:
    """One account: what it tells, by the names of its kind; a nested value is a tuple of elements."""

    key: str
    kind: str
    title: str
    note: tuple[str, str]  # what is special, German and English
    values: tuple[tuple[str, str | Parts], ...]
    pseudonym: str = ""  # name of the attribute that carries a pairwise identifier beside the persistent name


def _organisation(level: str = "substanziell", *, test: bool = False) -> tuple[tuple[str, str], ...]:
    return (
        ("ElsterVertrauensniveauIdentifizierung", level),
        ("ElsterVertrauensniveauAuthentifizierung", level),
        ("IstTestkonto", "true" if test else "false"),
    )


_PSEUDONYM: Final = "DatenuebermittlerPseudonymId"
HOLDERS: Final = (
    Holder(
        key="baeckerei",
        kind="unternehmenskonto",
        title="Backhaus Tröger GmbH",
        note=("Gesellschaft; es handelt Ilse von Tröger", "company; Ilse von Tröger acts for it"),
        pseudonym=_PSEUDONYM,
        values=(
            ("Firmenname", "Backhaus Tröger GmbH"),
            ("Rechtsform", "350"),
            ("RechtsformText", "Gesellschaft mit beschränkter Haftung"),
            ("Registernummer", "40711"),
            ("Registerart", "HRB"),
            ("Registergericht", "Darmstadt"),
            ("TaetigkeitText", "Herstellung von Backwaren"),
            ("PersTyp", "NNatPers"),
            ("DatenkranzTyp", "StNr"),
            *_organisation(),
            (
                "Unternehmensanschrift",
                (
                    ("Typ", "Inland"),
                    ("Strasse", "Rathausstraße"),
                    ("Hausnummer", "7a"),
                    ("PLZ", "68519"),
                    ("Ort", "Viernheim"),
                    ("Land", "DE"),
                ),
            ),
            (
                "HandelndePerson",
                (
                    ("Vorname", "Ilse"),
                    ("Nachname", "Tröger"),
                    ("Namensvorsatz", "von"),
                    ("AkademischerGrad", "Dr."),
                    ("Geburtsdatum", "03.10.1975"),
                ),
            ),
        ),
    ),
    Holder(
        key="tischlerei",
        kind="unternehmenskonto",
        title="Jörg Kühn",
        note=("natürliche Person mit eigenem Betrieb", "natural person with a business"),
        pseudonym=_PSEUDONYM,
        values=(
            ("Vorname", "Jörg"),
            ("Name", "Kühn"),
            ("Geburtsdatum", "29.02.1980"),
            ("Firmenname", "Tischlerei Kühn"),
            ("RechtsformText", "Einzelunternehmen"),
            ("PersTyp", "NatPers"),
            ("DatenkranzTyp", "IdNr"),
            *_organisation(),
            (
                "Anschrift",
                (("Typ", "Inland"), ("Strasse", "Am Bach"), ("Hausnummer", "3"), ("PLZ", "64653"), ("Ort", "Lorsch")),
            ),
        ),
    ),
    Holder(
        key="niedrig",
        kind="unternehmenskonto",
        title="Kegelfreunde 1904 e. V.",
        note=("Verein, Niveau niedrig", "association, level low"),
        pseudonym=_PSEUDONYM,
        values=(("Firmenname", "Kegelfreunde 1904 e. V."), ("PersTyp", "NNatPers"), *_organisation("niedrig")),
    ),
    Holder(
        key="testkonto",
        kind="unternehmenskonto",
        title="Testkonto AG",
        note=("als Testkonto gekennzeichnet", "marked as a test account"),
        pseudonym=_PSEUDONYM,
        values=(("Firmenname", "Testkonto AG"), ("PersTyp", "NNatPers"), *_organisation(test=True)),
    ),
    Holder(
        key="momme",
        kind="servicekonto",
        title="Momme Halliger",
        note=("Bürgerkonto, substanziell", "citizen's account, substantial"),
        values=(
            ("GivenNames", "Momme"),
            ("FamilyNames", "Halliger"),
            ("DateOfBirth", "30.10.1971"),
            ("AssuranceLevel", "STORK-QAA-Level-3"),
            ("InboxReference", "0c7d4c55-2f6a-4b7e-9a01-5d8b1f0e7a21"),
            ("PrincipalType", "NaturalPerson"),
            (
                "PlaceOfResidence",
                (("Street", "Am Deich"), ("HouseNumber", "1"), ("PostalCode", "25859"), ("City", "Hooge")),
            ),
        ),
    ),
    Holder(
        key="deichbau",
        kind="servicekonto",
        title="Deichbau Nord GmbH",
        note=("Konto eines Unternehmens", "account of a company"),
        values=(
            ("GivenNames", "Frauke"),
            ("FamilyNames", "Petersen"),
            ("AssuranceLevel", "STORK-QAA-Level-3"),
            ("PrincipalType", "LegalEntity"),
            (
                "LegalEntity",
                (
                    ("Name", "Deichbau Nord GmbH"),
                    ("LegalForm", "Gesellschaft mit beschränkter Haftung"),
                    ("RegisterType", "HRB"),
                    ("RegisterNumber", "1187"),
                    ("RegisterCourt", "Flensburg"),
                ),
            ),
        ),
    ),
)
BY_KEY: Final = {holder.key: holder for holder in HOLDERS}
