"""THE CATALOGUE: every named wrong answer the stand-in can give, by family.

It promises: each entry is one named thing wrong and everything else right; its name stays; it says which rule judges
it and what a sound service does with it (``refuse``, or ``accept`` for the few that only look odd). The consent page
lists it, ``GET /catalogue`` tells it as JSON, and ``?person=…&fault=…`` at the SSO address answers with it at once.
"""

from dataclasses import replace

from idgateway.simulator.catalogue import (
    engine,
    exhaustion,
    markup,
    oddities,
    presence,
    protection,
    references,
    semantics,
    status,
    timing,
    values,
    wrapping,
)
from idgateway.simulator.catalogue.breakage import ACCEPT, REFUSE, SOUND, Broken
from idgateway.simulator.catalogue.metadata import METADATA, misdescribed
from idgateway.simulator.names import Step
from idgateway.simulator.statement import Statement

__all__ = ["ACCEPT", "BROKEN", "FAMILIES", "METADATA", "REFUSE", "SOUND", "Broken", "applicable", "misdescribed"]

FAMILIES: dict[str, tuple[str, str]] = {
    "protection": ("Unterschrift und Verschlüsselung", "Signature and encryption"),
    "semantics": ("Aussage der Antwort", "What the answer says"),
    "timing": ("Zeiten", "Times"),
    "wrapping": ("Untergeschobene Unterschriften", "Wrapped signatures"),
    "presence": ("Felder leer, fehlend, unlesbar", "Fields empty, missing, malformed"),
    "markup": ("Text und Kodierung", "Text and encoding"),
    "status": ("Status", "Status"),
    "engine": ("XML-Verarbeitung und Überlast", "XML processing and overload"),
    "oddities": ("Nur ungewöhnlich", "Merely unusual"),
}
_ENTRIES = {
    "protection": protection.ENTRIES,
    "semantics": semantics.ENTRIES + values.ENTRIES,
    "timing": timing.ENTRIES,
    "wrapping": wrapping.ENTRIES + references.ENTRIES,
    "presence": presence.ENTRIES,
    "markup": markup.ENTRIES,
    "status": status.ENTRIES,
    "engine": engine.ENTRIES + exhaustion.ENTRIES,
    "oddities": oddities.ENTRIES + values.ODD,
}
BROKEN: dict[str, Broken] = {
    entry.name: replace(entry, family=family) for family, entries in _ENTRIES.items() for entry in entries
}


def applicable(statement: Statement, level: Step) -> dict[str, tuple[Broken, ...]]:
    """By family, the entries that change this statement: some have nothing to bite on in some requests."""
    return {
        family: tuple(entry for entry in BROKEN.values() if entry.family == family and entry.applies(statement, level))
        for family in FAMILIES
    }
