"""Table of the accounts' own sentences, German and English; what is not here stands in the stand-in's table."""

WORDS: dict[str, tuple[str, str]] = {
    "accounts.choose": ("Testkonto wählen", "Choose a test account"),
    "accounts.service": ("Anfrage von", "Request by"),
    "accounts.use": ("Mit diesem Konto anmelden", "Log in with this account"),
    "accounts.data": ("Was übermittelt wird", "What is transferred"),
    "accounts.cancel": ("Abbrechen", "Cancel"),
    "accounts.logout": ("Abmelden bei Diensten", "Log out at services"),
    "accounts.logout.there": ("hier abmelden", "log out here"),
    "accounts.logout.nowhere": (
        "Kein bekannter Dienst nennt in seinen Metadaten eine Adresse dafür.",
        "No known service names an address for it in its metadata.",
    ),
    "accounts.logout.send": ("Zum Dienst", "On to the service"),
    "accounts.logout.text": (
        "Der Dienst erfährt jetzt, dass diese Sitzung endet.",
        "The service now learns that this session ends.",
    ),
    "accounts.logout.complete": (
        "Der Dienst hat die Sitzungen beendet.",
        "The service has ended the sessions.",
    ),
    "accounts.logout.partial": (
        "Der Dienst hat seine Sitzungen beendet; nicht jede Anwendung dahinter erfährt es.",
        "The service has ended its sessions; not every application behind it is told.",
    ),
    "accounts.send": ("Zurück zum Dienst", "Back to the service"),
    "accounts.send.text": (
        "Die signierte Antwort geht jetzt an den Dienst.",
        "The signed answer now goes to the service.",
    ),
}
