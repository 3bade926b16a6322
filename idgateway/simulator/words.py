"""Table of the pages' sentences, German and English. The stand-in uses nobody's catalogues."""

LANGUAGES = ("de", "en")

WORDS: dict[str, tuple[str, str]] = {
    "brand": ("Simulator – keine echte BundID", "Simulator – not the real BundID"),
    "warning": (
        "Nur zum Testen. Alle Personen sind erfunden, keine Angabe wird geprüft.",
        "For testing only. All persons are made up, and nothing is checked.",
    ),
    "skip": ("Zum Inhalt springen", "Skip to content"),
    "language": ("English", "Deutsch"),
    "footer": (
        "Diese Seite ist ein Testwerkzeug und kein Angebot einer Behörde.",
        "This page is a test tool, not a service of any authority.",
    ),
    "index.title": ("Bereit", "Ready"),
    "index.text": (
        "Beginnen Sie bei dem Dienst, den Sie testen. Der Simulator spricht SAML, für Beschäftigte OpenID Connect.",
        "Start at the service you are testing. The simulator speaks SAML, and OpenID Connect for staff.",
    ),
    "index.persons": ("Personen", "Persons"),
    "index.providers": ("Bekannte Dienste", "Known services"),
    "index.none": ("Noch liegen keine Metadaten vor.", "No metadata yet."),
    "index.metadata": ("Metadaten des Simulators", "The simulator's metadata"),
    "index.direct": ("Ohne Seiten testen", "Testing without pages"),
    "index.catalogue": ("Katalog der benannten Antworten als JSON", "Catalogue of named answers as JSON"),
    "index.direct.text": (
        "Wer Person und Fehler schon bei der Anfrage nennt, bekommt gleich die Antwort; ohne Fehler die richtige.",
        "Name person and fault with the request and get the answer at once; without a fault, the sound one.",
    ),
    "index.direct.headers": (
        "Die Kopfzeilen X-Simulator-Person und X-Simulator-Fault wirken wie die Adresse.",
        "The headers X-Simulator-Person and X-Simulator-Fault work like the address.",
    ),
    "index.direct.json": (
        "Mit Accept: application/json kommen Adresse und Felder des Formulars als JSON.",
        "With Accept: application/json you get the form's address and fields as JSON.",
    ),
    "index.clock": ("Hier gilt eine andere Zeit:", "Another time holds here:"),
    "index.tolerant": (
        "Fehlerhafte Erweiterungen werden ignoriert (Verhalten ohne Pflicht zu Version 2).",
        "Wrong extensions are ignored (as before version 2 was compulsory).",
    ),
    "warning.title": ("Bedient, aber nicht in Ordnung:", "Served, but not in order:"),
    "warning.ignored": ("Grund:", "Reason:"),
    "means.title": ("Anmeldemittel wählen", "Choose how to log in"),
    "means.level": ("Der Dienst verlangt mindestens", "The service asks for at least"),
    "means.none": (
        "Für diese Anfrage gibt es kein Anmeldemittel: Niveau, Mittel und angefragte Daten passen nicht zusammen.",
        "No login method fits this request: level, method and requested data do not match.",
    ),
    "means.hidden": (
        "Schwächere Mittel fehlen hier. Gäste haben keinen Zugang, wenn der Dienst Kennung oder Postfach verlangt.",
        "Weaker methods are not offered. Guests cannot log in when the service asks for an identifier or a postbox.",
    ),
    "persons.title": ("Testperson wählen", "Choose a test person"),
    "persons.means": ("Anderes Anmeldemittel", "Another way to log in"),
    "data.person": ("Angemeldet als", "Logged in as"),
    "data.title": ("Daten übermitteln", "Transfer data"),
    "data.text": ("Diese Daten gehen an", "This data goes to"),
    "data.agree": ("Einverstanden, Daten übermitteln", "I agree, transfer the data"),
    "data.cancel": ("Abbrechen", "Cancel"),
    "data.back": ("Abbrechen und zurück zum Dienst", "Cancel and go back to the service"),
    "data.missing": ("Angefragt, aber nicht vorhanden", "Asked for, but not available"),
    "data.required": (
        "Eine Pflichtangabe fehlt. Der Dienst bekommt keine Daten, nur eine Fehlermeldung.",
        "A required value is missing. The service gets no data, only an error.",
    ),
    "data.refuse": ("Fehlermeldung an den Dienst senden", "Send the error to the service"),
    "data.trust": ("Vertrauen", "Trust"),
    "data.name": ("Angabe", "Item"),
    "data.value": ("Wert", "Value"),
    "data.unmarked": ("ohne Angabe", "unmarked"),
    "data.other": ("Andere Person wählen", "Choose another person"),
    "broken.title": ("Eine fehlerhafte Antwort senden", "Send a broken answer"),
    "broken.text": (
        "Der Dienst muss jede dieser Antworten ablehnen, außer wo „annehmen“ steht.",
        "The service has to refuse each of these answers, except where it says “accept”.",
    ),
    "broken.accept": ("annehmen", "accept"),
    "broken.choose": ("Fehler in der Antwort", "Fault in the answer"),
    "broken.send": ("Fehlerhafte Antwort senden", "Send the broken answer"),
    "outcome.title": ("Die Anmeldung scheitern lassen", "Let the login fail"),
    "outcome.text": (
        "Der Dienst bekommt eine SAML-Antwort ohne Daten; er muss sie verstehen und einen Weg zurück zeigen.",
        "The service gets a SAML answer without data; it has to understand it and show a way back.",
    ),
    "outcome.choose": ("Was geschieht", "What happens"),
    "outcome.send": ("So beenden", "End it that way"),
    "manner.title": ("Wie die Antwort gebaut wird", "How the answer is built"),
    "manner.text": (
        "Jede dieser Formen ist richtig; der Dienst muss sie annehmen. Nur die Uhr darf nicht zu weit abweichen.",
        "Each of these forms is sound; the service has to accept it. Only the clock must not be too far off.",
    ),
    "manner.signed": ("Unterschrieben ist", "What is signed"),
    "manner.signature": ("Unterschrift", "Signature"),
    "manner.encryption": ("Verschlüsselung", "Encryption"),
    "manner.transport": ("Schlüsseltransport", "Key transport"),
    "manner.country": ("Ausstellender Staat", "Issuing state"),
    "manner.eidas_level": ("Niveau der eIDAS-Identität", "Level of the eIDAS identity"),
    "manner.mfa": ("Zweiter Faktor (mfa)", "Second factor (mfa)"),
    "manner.clock_offset": ("Uhr verstellt um Sekunden", "Clock off by seconds"),
    "manner.as_is": ("wie bei der Person", "as with the person"),
    "choice.both": ("Antwort und Aussage", "response and assertion"),
    "choice.response": ("nur die Antwort", "the response only"),
    "choice.assertion": ("nur die Aussage", "the assertion only"),
    "choice.low": ("niedrig", "low"),
    "choice.substantial": ("substanziell", "substantial"),
    "choice.high": ("hoch", "high"),
    "choice.true": ("ja", "yes"),
    "choice.false": ("nein", "no"),
    "manner.send": ("Antwort so bauen", "Build it that way"),
    "send.title": ("Zurück zum Dienst", "Back to the service"),
    "send.text": (
        "Die Antwort ist bereit. Geht es nicht von selbst weiter, nutzen Sie bitte die Schaltfläche.",
        "The answer is ready. If nothing happens, please use the button.",
    ),
    "send.twice": (
        "Senden Sie dieselbe Antwort zweimal: jede Sendung öffnet ein eigenes Fenster.",
        "Send the same answer twice: each opens a window of its own.",
    ),
    "send.button": ("Weiter zum Dienst", "Continue to the service"),
    "send.again": ("Senden, Nummer", "Send, number"),
    "error.title": ("Anfrage abgelehnt", "Request refused"),
    "error.code": ("Code", "Code"),
    "staff.title": ("Beschäftigte anmelden", "Staff login"),
    "staff.text": ("Wer meldet sich an bei", "Who logs in at"),
    "staff.cancel": ("Abbrechen", "Cancel"),
    "entrance.eID": ("Online-Ausweis", "Online ID card"),
    "entrance.Elster": ("ELSTER-Zertifikat", "ELSTER certificate"),
    "entrance.eIDAS": ("Identität eines EU-Staats", "Identity of an EU state"),
    "entrance.Benutzername": ("Benutzername und Passwort", "User name and password"),
    "entrance.FINK": ("Konto eines Landes", "Account of a German state"),
    "entrance.guest": ("Online-Ausweis ohne Konto (Gast)", "Online ID card without an account (guest)"),
    "level.1": ("Basisregistrierung", "basic registration"),
    "level.2": ("niedrig", "low"),
    "level.3": ("substanziell", "substantial"),
    "level.4": ("hoch", "high"),
}


def say(key: str, language: str) -> str:
    """The sentence of a key; any language but English reads German. Raises KeyError for an unknown key."""
    return pick(WORDS[key], language)


def pick(pair: tuple[str, str], language: str) -> str:
    """One of two: German first, English second."""
    return pair[1] if language == "en" else pair[0]


def spoken(choice: str, language: str) -> str:
    """A switch's choice in words, or as it is where it is a technical name."""
    return say(f"choice.{choice}", language) if f"choice.{choice}" in WORDS else choice
