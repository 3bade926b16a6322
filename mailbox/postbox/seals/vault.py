"""Sealing with a key of our own vault. Such a seal is not qualified and says so in its certificate.

It stands for the authority's seal in demo and sandbox.
"""

from dataclasses import replace
from datetime import datetime
from typing import Final

from asn1crypto import algos
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from keys.assembly import ECDSA
from keys.certificates import owner_of
from keys.keyring import Key, Keyring, Purpose
from keys.signing import sign_der
from postbox.errors import SealRefused
from postbox.seals.pades import PortSigner, Support, seal_pdf
from postbox.seals.port import Level

_NOTHING: Final = Support()


class VaultKey:
    """A sealing key of the vault, as the port wants it."""

    def __init__(self, key: Key) -> None:
        """Take a sealing key with its certificate."""
        if key.certificate is None:
            raise SealRefused("A sealing key has a certificate.", code="seal-not-offered")
        self._key = key
        self.certificates: tuple[x509.Certificate, ...] = (key.certificate,)
        self.algorithm: algos.SignedDigestAlgorithm = ECDSA

    def sign(self, attributes: bytes) -> bytes:
        """As the port says."""
        return sign_der(self._key, attributes)


class VaultSealer:
    """Seals with the newest key of each authority. Signers are kept: their certificates are parsed once."""

    def __init__(self, keyring: Keyring, support: Support = _NOTHING) -> None:
        """``support`` is needed for every level above B-B."""
        self._keyring = keyring
        self._support = support
        self._signers: dict[str, PortSigner] = {}

    def levels(self, authority: str, now: datetime) -> tuple[Level, ...]:
        """B-B with a key; the others with a time-stamp authority too."""
        return self._support.levels if self._key_of(authority, now) else ()

    def seal(self, content: bytes, *, authority: str, level: Level, now: datetime) -> bytes:
        """As the port says."""
        key = self._key_of(authority, now)
        if key is None or level not in self._support.levels:
            raise SealRefused(f"No seal of level {level.value} can be made here.", code="seal-not-offered")
        if key.kid not in self._signers:
            self._signers[key.kid] = PortSigner(VaultKey(key))
        signer = self._signers[key.kid]
        # It is signed by itself: whoever trusts it pins it.
        support = replace(self._support, anchors=(signer.signing_cert, *self._support.anchors))
        return seal_pdf(content, signer, support, level=level, now=now)

    def _key_of(self, authority: str, now: datetime) -> Key | None:
        usable = self._keyring.usable(Purpose.DOCUMENT_SEALING, now)
        return next((key for key in usable if key.certificate and owner_of(key.certificate) == authority), None)


def own_certificates(keyring: Keyring) -> list[bytes]:
    """The certificates (DER) of all seals this vault can make or made."""
    sealing = (key for key in keyring if key.purpose is Purpose.DOCUMENT_SEALING and key.certificate)
    return [key.certificate.public_bytes(Encoding.DER) for key in sealing if key.certificate]
