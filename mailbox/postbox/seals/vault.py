"""Sealing with a key of our own vault: PAdES through pyHanko, whose signer asks the vault and never sees a key.

Such a seal is not qualified and says so in its certificate; it stands for the authority's seal in demo and sandbox.
"""

from collections.abc import Sequence
from datetime import datetime
from io import BytesIO
from typing import Any, Final

from asn1crypto import x509
from cryptography.hazmat.primitives.serialization import Encoding
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.sign.fields import SigSeedSubFilter
from pyhanko.sign.general import SigningError
from pyhanko.sign.signers.pdf_cms import Signer
from pyhanko.sign.signers.pdf_signer import PdfSignatureMetadata, PdfSigner
from pyhanko.sign.timestamps import TimeStamper
from pyhanko_certvalidator import ValidationContext
from pyhanko_certvalidator.errors import PathError, ValidationError

from keys.certificates import owner_of
from keys.keyring import Key, Keyring, Purpose
from keys.signing import sign_der
from postbox.errors import ChannelDown, SealRefused
from postbox.seals.port import Level

DIGEST: Final = "sha256"
_FIELD: Final = "Siegel"
_DER_BYTES: Final = 72  # the longest ECDSA signature over P-256
# Digits (two a byte) kept free in the file: for the seal alone, and with a time stamp and its certificates.
_ALONE: Final = 8 * 1024
_STAMPED: Final = 48 * 1024


class VaultSigner(Signer):
    """pyHanko's signer over a key of the vault."""

    def __init__(self, key: Key) -> None:
        """Take a sealing key with its certificate."""
        if key.certificate is None:
            raise SealRefused("A sealing key has a certificate.", code="seal-not-offered")
        self._key = key
        super().__init__(signing_cert=x509.Certificate.load(key.certificate.public_bytes(Encoding.DER)))

    async def async_sign_raw(self, data: bytes, digest_algorithm: str, dry_run: bool = False) -> bytes:
        """The signature over ``data``; a dry run only tells how long it can be."""
        if digest_algorithm != DIGEST:
            raise SigningError(f"The vault seals with {DIGEST}.")
        return bytes(_DER_BYTES) if dry_run else sign_der(self._key, data)


class VaultSealer:
    """Seals with the newest key of each authority. Signers are kept: their certificates are parsed once."""

    def __init__(
        self, keyring: Keyring, timestamper: TimeStamper | None = None, anchors: Sequence[x509.Certificate] = ()
    ) -> None:
        """``timestamper`` is needed for every level above B-B; its chain ends at one of ``anchors``."""
        self._keyring = keyring
        self._anchors = tuple(anchors)
        self._timestamper = timestamper
        self._signers: dict[str, VaultSigner] = {}

    def levels(self, authority: str, now: datetime) -> tuple[Level, ...]:
        """B-B with a key; the others with a time-stamp authority too."""
        if self._key_of(authority, now) is None:
            return ()
        return tuple(Level) if self._timestamper else (Level.B,)

    def seal(self, content: bytes, *, authority: str, level: Level, now: datetime) -> bytes:
        """As the port says."""
        if level not in self.levels(authority, now):
            raise SealRefused(f"No seal of level {level.value} can be made here.", code="seal-not-offered")
        try:
            return self._sealed(content, self._signer(authority, now), level, now)
        except (PathError, ValidationError) as error:
            sentence = "The time-stamp authority's certificate leads to nobody trusted here."
            raise SealRefused(sentence, code="timestamp-untrusted") from error
        except (PdfError, SigningError, ValueError, TypeError, KeyError) as error:
            sentence = "This PDF cannot be sealed: print it to PDF again, or seal it yourself."
            raise SealRefused(sentence, code="seal-impossible") from error
        except OSError as error:
            raise ChannelDown("The time-stamp authority does not answer.", code="timestamp-down") from error

    def _sealed(self, content: bytes, signer: VaultSigner, level: Level, now: datetime) -> bytes:
        validating: dict[str, Any] = {}
        if level in (Level.LT, Level.LTA):
            roots = [signer.signing_cert, *self._anchors]
            context = ValidationContext(
                trust_roots=roots, allow_fetching=False, revocation_mode="soft-fail", moment=now
            )
            validating = {"embed_validation_info": True, "validation_context": context}
        wanted = PdfSignatureMetadata(
            field_name=_FIELD,
            md_algorithm=DIGEST,
            subfilter=SigSeedSubFilter.PADES,
            use_pades_lta=level is Level.LTA,
            **validating,
        )
        stamper = self._timestamper if level is not Level.B else None
        written = PdfSigner(wanted, signer, timestamper=stamper).sign_pdf(
            IncrementalPdfFileWriter(BytesIO(content), strict=True), bytes_reserved=_STAMPED if stamper else _ALONE
        )
        return bytes(written.getvalue())

    def _signer(self, authority: str, now: datetime) -> VaultSigner:
        key = self._key_of(authority, now)
        if key is None:
            raise SealRefused("This authority has no seal here.", code="seal-not-offered")
        if key.kid not in self._signers:
            self._signers[key.kid] = VaultSigner(key)
        return self._signers[key.kid]

    def _key_of(self, authority: str, now: datetime) -> Key | None:
        usable = self._keyring.usable(Purpose.DOCUMENT_SEALING, now)
        return next((key for key in usable if key.certificate and owner_of(key.certificate) == authority), None)


def own_certificates(keyring: Keyring) -> list[bytes]:
    """The certificates (DER) of all seals this vault can make or made."""
    sealing = (key for key in keyring if key.purpose is Purpose.DOCUMENT_SEALING and key.certificate)
    return [key.certificate.public_bytes(Encoding.DER) for key in sealing if key.certificate]
