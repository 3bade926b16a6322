"""What the pages say in German, for tests that press what a person reads. English is the msgid."""

from functools import cache
from pathlib import Path

from babel.messages.pofile import read_po

_ROOT = Path(__file__).parents[2]
_CATALOGUES = (
    "runtime/shell/translations/de.po",
    "runtime/demo/translations/de.po",
    "idgateway/translations/de.po",
    "mailbox/postbox/translations/de.po",
)
# The stand-in uses nobody's catalogues, and some texts are put together from two.
_OTHERS = {
    "Online ID card": "Online-Ausweis",
    "User name and password": "Benutzername und Passwort",
    "identity card, every value": "Personalausweis, alle Angaben",
    "the same account as with the card": "dasselbe Konto wie mit Ausweis",
    "I agree, transfer the data": "Einverstanden, Daten übermitteln",
    "Online ID card without an account (guest)": "Online-Ausweis ohne Konto (Gast)",
    "no account": "ohne Konto",
    "Cancel and go back to the service": "Abbrechen und zurück zum Dienst",
    "Cancel": "Abbrechen",
    "Continue to the service": "Weiter zum Dienst",
    "Continue to BundID": "Weiter zu BundID",
    "Family name, verified": "Familienname, geprüft",
    "Save": "speichern",
}


@cache
def _catalogue() -> dict[str, str]:
    known: dict[str, str] = {}
    for path in _CATALOGUES:
        with (_ROOT / path).open("rb") as file:
            for message in read_po(file, locale="de"):
                if message.id and message.string:
                    known[str(message.id)] = str(message.string)
    return known | _OTHERS


def german(text: str) -> str:
    """The German text. Raises KeyError for a text that no page has; a beginning of a text will do."""
    known = _catalogue()
    if text in known:
        return known[text]
    return next(known[one] for one in known if one.startswith(text))
