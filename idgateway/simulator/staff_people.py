"""Table of data: the staff of the simulator. Authorities are Amtliche Regionalschlüssel of the demo's towns."""

from dataclasses import dataclass

VIERNHEIM, BENSHEIM = "064310020020", "064310002002"


@dataclass(frozen=True, kw_only=True)
class StaffPerson:
    """One member of staff as their employer's login names them."""

    key: str  # also the stable subject
    name: str
    post: tuple[str, str]  # German, English
    authorities: tuple[str, ...]
    roles: tuple[str, ...]


STAFF: dict[str, StaffPerson] = {
    person.key: person
    for person in (
        StaffPerson(
            key="staff-beispiel",
            name="Frau Beispiel",
            post=("Standesamt Viernheim", "Registry office, Viernheim"),
            authorities=(VIERNHEIM,),
            roles=("casework",),
        ),
        StaffPerson(
            key="staff-muster",
            name="Herr Muster",
            post=("Verwaltung für Viernheim und Bensheim", "Administrator of Viernheim and Bensheim"),
            authorities=(VIERNHEIM, BENSHEIM),
            roles=("casework", "administration"),
        ),
        StaffPerson(
            key="staff-pruefer",
            name="Frau Prüfer",
            post=("Datenschutz, Stadt Viernheim", "Data protection, town of Viernheim"),
            authorities=(VIERNHEIM,),
            roles=("data-protection",),
        ),
    )
}
