"""Table of the accounts' own sentences, German and English; what is not here stands in the stand-in's table."""

WORDS: dict[str, tuple[str, str]] = {
    "accounts.choose": ("Testkonto wählen", "Choose a test account"),
    "accounts.service": ("Anfrage von", "Request by"),
    "accounts.use": ("Mit diesem Konto anmelden", "Log in with this account"),
    "accounts.data": ("Was übermittelt wird", "What is transferred"),
    "accounts.cancel": ("Abbrechen", "Cancel"),
    "accounts.send": ("Zurück zum Dienst", "Back to the service"),
    "accounts.send.text": (
        "Die signierte Antwort geht jetzt an den Dienst.",
        "The signed answer now goes to the service.",
    ),
}
