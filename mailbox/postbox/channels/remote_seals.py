"""Sealing by a remote signing service: the key is the service's, the file is ours, and only a hash goes there.

Whether such a seal is qualified is computed when the notice is judged, as of any other.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Final

from asn1crypto import algos, crl
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from postbox.channels.csc import SigningService
from postbox.channels.revocations import ask_responders
from postbox.errors import SealRefused
from postbox.seals.credential import Credential
from postbox.seals.pades import PortSigner, Support, seal_pdf
from postbox.seals.port import Level
from postbox.settings import RemoteSeal

# Without revocation data in the file or in the operator's folder a seal cannot be judged: the usual one carries them.
_USUAL: Final = (Level.LT, Level.B, Level.T, Level.LTA)
_ARCHIVED: Final = (Level.LT, Level.LTA)

Lists = Callable[[], tuple[crl.CertificateList, ...]]


class RemoteKey:
    """A key at a signing service, as the port wants it."""

    def __init__(self, service: SigningService, credential: Credential) -> None:
        """Take the credential as it was judged."""
        self._service = service
        self._credential = credential
        self.certificates: tuple[x509.Certificate, ...] = credential.certificates
        self.algorithm: algos.SignedDigestAlgorithm = credential.algorithm

    def sign(self, attributes: bytes) -> bytes:
        """As the port says."""
        return self._service.sign(self._credential, attributes)


class RemoteSealer:
    """Seals for each authority with its credential at its service."""

    def __init__(self, services: Mapping[str, SigningService], support: Support, lists: Lists) -> None:
        """``lists`` gives the revocation lists that lie in the operator's folder now."""
        self._services = dict(services)
        self._support = support
        self._lists = lists

    def levels(self, authority: str, now: datetime) -> tuple[Level, ...]:  # noqa: ARG002 - the port's
        """Nothing is asked outside for this: B-B, and the others where a time-stamping authority is named."""
        if authority not in self._services:
            return ()
        return tuple(level for level in _USUAL if level in self._support.levels)

    def seal(self, content: bytes, *, authority: str, level: Level, now: datetime) -> bytes:
        """As the port says. Raises SealRefused (``remote-seal-…``, ``seal-revoked``, ``ocsp-…``), ChannelDown."""
        if level not in self.levels(authority, now):
            raise SealRefused(f"No seal of level {level.value} can be made here.", code="seal-not-offered")
        service = self._services[authority]
        credential = service.credential(now)
        signer = PortSigner(RemoteKey(service, credential))
        return seal_pdf(content, signer, self._supported(service, credential, level, now), level=level, now=now)

    def _supported(self, service: SigningService, credential: Credential, level: Level, now: datetime) -> Support:
        if level not in _ARCHIVED:
            return self._support
        anchors = (asn1_x509.Certificate.load(one.public_bytes(Encoding.DER)) for one in service.anchors)
        return replace(
            self._support,
            anchors=(*anchors, *self._support.anchors),
            crls=self._lists(),
            ocsps=ask_responders((credential.certificates[0], *credential.issuers), now),
        )


def services_of(seals: Iterable[RemoteSeal]) -> dict[str, SigningService]:
    """By ARS. Raises SetupWrong."""
    return {one.authority: SigningService.of(one) for one in seals}
