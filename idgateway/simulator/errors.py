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
    "sim-online-service-id-missing": (
        "Die Kennung des Dienstes (OnlineServiceId) fehlt; seit Juni 2025 ist sie Pflicht.",
        "The service's identifier (OnlineServiceId) is missing; it is mandatory since June 2025.",
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
    "sim-login-unknown": (
        "Diese Anmeldung ist abgelaufen oder unbekannt. Bitte beginnen Sie beim Dienst noch einmal.",
        "This login has expired or is unknown. Please begin again at the service.",
    ),
}


class RequestRefused(Exception):
    """A request the stand-in does not serve; ``code`` is one of CODES, ``detail`` helps the developer."""

    def __init__(self, code: str, detail: str = "") -> None:
        """Raises KeyError for a code nobody has explained."""
        super().__init__(CODES[code][1])
        self.code = code
        self.detail = detail
