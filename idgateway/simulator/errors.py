"""What the stand-in refuses. ``idp.code`` is BundID's word where BundID has one (interface description 9.6).

Where BundID's papers name no code, ours begins with ``sim-``, so that nobody mistakes it for BundID's.
"""

CODES: dict[str, tuple[str, str]] = {
    "sim-not-readable": (
        "Die Anfrage ist kein lesbarer SAML AuthnRequest.",
        "The request is no readable SAML AuthnRequest.",
    ),
    "sim-issuer-unknown": (
        "Zu diesem Aussteller (Issuer) liegen keine Metadaten vor.",
        "No metadata are known for this issuer.",
    ),
    "saml-request-not-signed": (
        "Die Anfrage ist nicht oder nicht gültig mit dem Schlüssel aus den Metadaten unterschrieben.",
        "The request is not, or not validly, signed with the key of the metadata.",
    ),
    "sim-acs-not-registered": (
        "Die Rücksprungadresse steht nicht in den Metadaten.",
        "The assertion consumer service URL is not in the metadata.",
    ),
    "sim-destination-wrong": (
        "Die Anfrage ist an eine andere Adresse gerichtet.",
        "The request is addressed to another destination.",
    ),
    "akdb-extension-missing": (
        "Die Erweiterung akdb:AuthenticationRequest fehlt.",
        "The extension akdb:AuthenticationRequest is missing.",
    ),
    "akdb-extension-v1-deprecated": (
        "Die Erweiterung muss in Version 2 gesendet werden.",
        "The extension must be sent in version 2.",
    ),
    "requested-attributes-empty": (
        "Die Anfrage nennt keine Attribute (RequestedAttributes).",
        "The request names no attributes (RequestedAttributes).",
    ),
    "requested-attributes-missing-name": (
        "Ein angefragtes Attribut hat keinen Namen der Form urn:oid:…",
        "A requested attribute has no name of the form urn:oid:…",
    ),
    "organization-display-name-missing": (
        "Der Name des Dienstes (OrganizationDisplayName) fehlt.",
        "The name of the service (OrganizationDisplayName) is missing.",
    ),
    "purpose-does-not-support-restricted-html": (
        "Der Zweck (Purpose) enthält HTML, das nicht erlaubt ist.",
        "The purpose contains HTML that is not allowed.",
    ),
    "empty-authentication-methods": (
        "Die Liste der Anmeldemittel (AuthnMethods) ist leer oder lässt keines zu.",
        "The list of means (AuthnMethods) is empty or allows none.",
    ),
    "missing-berca": (
        "Ein Berechtigungszertifikat wird verlangt, aber kein Bundesland genannt, das eines hat.",
        "An authorisation certificate is asked for without naming a state that has one.",
    ),
    "sim-bpk-retired": (
        "Die alte Kennung bPK ist abgeschafft und kann keine Pflichtangabe sein; verlangen Sie bPK2.",
        "The old identifier bPK is retired and cannot be required; ask for bPK2.",
    ),
    "sim-comparison-not-minimum": (
        'RequestedAuthnContext muss Comparison="minimum" tragen.',
        'RequestedAuthnContext must carry Comparison="minimum".',
    ),
    "sim-level-unknown": (
        "Die Anfrage nennt nicht genau ein Vertrauensniveau STORK-QAA-Level-1 bis -4.",
        "The request does not name exactly one level STORK-QAA-Level-1 to -4.",
    ),
    "sim-request-stale": (
        "Die Anfrage ist älter als fünf Minuten oder liegt in der Zukunft.",
        "The request is older than five minutes or lies in the future.",
    ),
    "sim-request-replayed": (
        "Diese Anfrage wurde schon einmal gesendet.",
        "This request has been sent before.",
    ),
    "sim-encryption-key-missing": (
        "In den Metadaten steht kein RSA-Schlüssel zum Verschlüsseln.",
        "The metadata hold no RSA key to encrypt for.",
    ),
    "sim-person-not-offered": (
        "Diese Person gibt es nicht, oder sie passt nicht zur Anfrage (Niveau, Mittel, angefragte Daten).",
        "There is no such person, or they do not fit the request (level, means, requested data).",
    ),
    "sim-fault-unknown": (
        "Diesen Fehler kennt der Katalog nicht.",
        "The catalogue has no such fault.",
    ),
    "sim-fault-without-bite": (
        "Dieser Fehler kann bei dieser Anfrage nicht vorkommen.",
        "This fault cannot occur with this request.",
    ),
    "sim-outcome-unknown": (
        "Diesen Ausgang einer Anmeldung kennt der Simulator nicht.",
        "The simulator knows no such outcome of a login.",
    ),
    "sim-manner-unknown": (
        "So kann der Simulator keine Antwort bauen: eine der Angaben dazu ist unbekannt.",
        "The simulator cannot build an answer that way: one of the switches is unknown.",
    ),
    "sim-login-unknown": (
        "Diese Anmeldung ist abgelaufen oder unbekannt. Bitte beginnen Sie beim Dienst noch einmal.",
        "This login has expired or is unknown. Please begin again at the service.",
    ),
}

# Served nevertheless: shown on the pages, told under "warnings" in JSON.
WARNINGS: dict[str, tuple[str, str]] = {
    "sim-online-service-id-missing": (
        "Die Kennung des Dienstes (OnlineServiceId) fehlt; seit Juni 2025 ist sie Pflicht.",
        "The service's identifier (OnlineServiceId) is missing; it is mandatory since June 2025.",
    ),
    "sim-display-name-long": (
        "Der Name des Dienstes hat mehr als 50 Zeichen; BundID darf ihn kürzen.",
        "The service's name has more than 50 characters; BundID may cut it.",
    ),
    "sim-back-url-loopback": (
        "BackURL ist eine Adresse dieses Rechners ohne https: hier erlaubt, bei BundID nicht.",
        "BackURL is an address of this machine without https: allowed here, not at BundID.",
    ),
    "sim-back-url-ignored": (
        "BackURL ist keine https-Adresse und wird nicht angeboten.",
        "BackURL is no https address and is not offered.",
    ),
    "sim-relay-state-long": (
        "RelayState hat mehr als 80 Bytes; SAML erlaubt nicht mehr.",
        "RelayState has more than 80 bytes; SAML allows no more.",
    ),
    "sim-extension-ignored": (
        "Die Erweiterung ist fehlerhaft und wird ignoriert: jedes Mittel, alle Angaben (Verhalten ohne Pflicht zu V2).",
        "The extension is wrong and ignored: every means, every value (as before version 2 was compulsory).",
    ),
}


class RequestRefused(Exception):
    """A request the stand-in does not serve; ``code`` is one of CODES, ``detail`` helps the developer."""

    def __init__(self, code: str, detail: str = "") -> None:
        """Raises KeyError for a code nobody has explained."""
        super().__init__(CODES[code][1])
        self.code = code
        self.detail = detail
