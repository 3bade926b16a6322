"""A seal as PAdES has it (EN 319 142-1), put behind the bytes of a PDF: pyHanko writes the file, a ``SealKey`` signs.

What is signed is a digest of the file inside a few attributes, so the document itself goes nowhere.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from typing import Any, Final

from asn1crypto import cms, crl, ocsp, x509
from cryptography.hazmat.primitives.serialization import Encoding
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.sign.fields import SigSeedSubFilter
from pyhanko.sign.general import SigningError
from pyhanko.sign.signers.pdf_cms import Signer
from pyhanko.sign.signers.pdf_signer import PdfSignatureMetadata, PdfSigner
from pyhanko.sign.timestamps import TimeStamper
from pyhanko_certvalidator import ValidationContext
from pyhanko_certvalidator.errors import PathError, RevokedError, ValidationError
from pyhanko_certvalidator.registry import SimpleCertificateStore

from keys.assembly import signed_attributes, signed_data
from postbox.errors import ChannelDown, SealRefused
from postbox.seals.port import Level, SealKey

DIGEST: Final = "sha256"
_FIELD: Final = "Siegel"
_LONGEST_SIGNATURE: Final = 1024  # bytes; RSA with 8192 bits
# Bytes kept free in the file besides the certificates: for names, attributes and signature, and for a time stamp.
_ALONE: Final = 1024 + _LONGEST_SIGNATURE
_STAMP: Final = 22 * 1024


@dataclass(frozen=True, kw_only=True)
class Support:
    """What a seal above B-B leans on: who stamps the time, whom chains may end at, what is known of revocations."""

    stamper: Callable[[datetime], TimeStamper] | None = None
    anchors: tuple[x509.Certificate, ...] = ()
    crls: tuple[crl.CertificateList, ...] = ()
    ocsps: tuple[ocsp.OCSPResponse, ...] = ()

    @property
    def levels(self) -> tuple[Level, ...]:
        """B-B needs nothing; the others a time-stamping authority."""
        return tuple(Level) if self.stamper else (Level.B,)


class PortSigner(Signer):
    """pyHanko's signer over a key of the port. Kept, it has parsed its certificates once."""

    def __init__(self, key: SealKey) -> None:
        """Take the key with its certificates."""
        self._key = key
        encoded = [one.public_bytes(Encoding.DER) for one in key.certificates]
        self.reserved = _ALONE + sum(map(len, encoded))
        own, *issuers = map(x509.Certificate.load, encoded)
        store = SimpleCertificateStore()  # type: ignore[no-untyped-call]
        store.register_multiple(issuers)
        super().__init__(signing_cert=own, cert_registry=store, signature_mechanism=key.algorithm)

    async def async_sign(
        self, data_digest: bytes, digest_algorithm: str, *others: Any, **named: Any
    ) -> cms.ContentInfo:
        """The CMS of the seal. pyHanko's own is as good and takes ten times as long to put together."""
        if others or digest_algorithm != DIGEST or not named.get("use_pades") or named.get("dry_run"):
            raise SigningError(f"Seals are PAdES over {DIGEST}, and made once.")
        attributes = signed_attributes(data_digest, self._key.certificates[0])
        signature = self._key.sign(attributes.dump())
        unsigned = await self.unsigned_attrs(digest_algorithm, signature, attributes, named.get("timestamper"))
        return signed_data(
            self._key.certificates, attributes, signature, algorithm=self._key.algorithm, unsigned=unsigned
        )


def seal_pdf(content: bytes, signer: PortSigner, support: Support, *, level: Level, now: datetime) -> bytes:
    """The PDF with the seal behind it. Raises SealRefused, ChannelDown."""
    try:
        return _sealed(content, signer, support, level, now)
    except RevokedError as error:
        raise SealRefused("The certificate of the seal was revoked.", code="seal-revoked") from error
    except (PathError, ValidationError) as error:
        sentence = "The certificate of the time-stamp authority or of the seal leads to nobody trusted here."
        raise SealRefused(sentence, code="timestamp-untrusted") from error
    except (PdfError, SigningError, ValueError, TypeError, KeyError) as error:
        sentence = "This PDF cannot be sealed: print it to PDF again, or seal it yourself."
        raise SealRefused(sentence, code="seal-impossible") from error
    except OSError as error:
        raise ChannelDown("The time-stamp authority does not answer.", code="timestamp-down") from error


def _sealed(content: bytes, signer: PortSigner, support: Support, level: Level, now: datetime) -> bytes:
    wanted = PdfSignatureMetadata(
        field_name=_FIELD,
        md_algorithm=DIGEST,
        subfilter=SigSeedSubFilter.PADES,
        use_pades_lta=level is Level.LTA,
        **(_validating(support, now) if level in (Level.LT, Level.LTA) else {}),
    )
    stamper = support.stamper(now) if support.stamper and level is not Level.B else None
    reserved = signer.reserved + (_STAMP if stamper else 0)
    written = PdfSigner(wanted, signer, timestamper=stamper).sign_pdf(
        IncrementalPdfFileWriter(BytesIO(content), strict=True), bytes_reserved=2 * reserved
    )
    return bytes(written.getvalue())


def _validating(support: Support, now: datetime) -> dict[str, Any]:
    """What goes into the file so that it validates by itself (EN 319 142-1, 6.3: DSS)."""
    context = ValidationContext(
        trust_roots=list(support.anchors),
        allow_fetching=False,
        revocation_mode="soft-fail",
        moment=now,
        crls=list(support.crls),
        ocsps=list(support.ocsps),
    )
    return {"embed_validation_info": True, "validation_context": context}
