"""Table of the two accounts: how each protects and names what it tells."""

from dataclasses import dataclass
from typing import Final

EKONA: Final = "http://www.elster.de/schema/ekona/saml/extensions"
SERVICEKONTO: Final = "urn:idgateway:simulator:servicekonto"  # the real namespace is in no public source


@dataclass(frozen=True, kw_only=True)
class Kind:
    """One account; ``key`` is its part of every address here."""

    key: str
    title: tuple[str, str]  # German and English
    namespace: str  # of XML inside attribute values
    encrypt: bool
    sign_response: bool
    sign_assertion: bool
    logs_out: bool = False  # tells services of a logout

    def entity_id(self, base_url: str) -> str:
        """Its entityID, where its metadata stand too."""
        return f"{base_url}/accounts/{self.key}"

    def sso_url(self, base_url: str) -> str:
        """Where requests go, by HTTP-POST and by HTTP-Redirect."""
        return f"{self.entity_id(base_url)}/sso"

    def slo_url(self, base_url: str) -> str:
        """Where the word on a logout comes back, by HTTP-POST."""
        return f"{self.entity_id(base_url)}/slo"


KINDS: Final = {
    kind.key: kind
    for kind in (
        Kind(
            key="unternehmenskonto",
            title=("Simulator – kein echtes Unternehmenskonto", "Simulator – not the real account for organisations"),
            namespace=EKONA,
            encrypt=True,
            sign_response=True,  # the message; the assertion inside is not signed separately
            sign_assertion=False,
        ),
        Kind(
            key="servicekonto",
            title=("Simulator – kein echtes Servicekonto", "Simulator – not the real Servicekonto"),
            namespace=SERVICEKONTO,
            encrypt=False,
            sign_response=False,
            sign_assertion=True,
            logs_out=True,
        ),
    )
}
