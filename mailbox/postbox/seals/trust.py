"""Whom seals are believed: configured anchors, a trusted list, revocation lists from files, and the vault's own keys.

Read once at the start; files that changed are read again where ``at`` asks for it. Nothing is fetched.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from asn1crypto import crl, pem, x509
from pyhanko.sign.validation.qualified.assess import QualificationAssessor
from pyhanko.sign.validation.qualified.tsp import TSPRegistry
from pyhanko_certvalidator.registry import SimpleTrustManager
from pyhanko_certvalidator.revinfo.archival import CRLContainer

from postbox.errors import TrustUnreadable
from postbox.seals.trusted_list import TrustedList, read_list
from postbox.settings import TrustSettings

_LARGEST_CRL = 32 * 1024 * 1024


@dataclass(frozen=True, kw_only=True)
class Trust:
    """Everything a judgement leans on."""

    anchors: tuple[x509.Certificate, ...] = ()
    listed: TrustedList | None = None
    revocation_directory: Path | None = None
    stamping: tuple[x509.Certificate, ...] = ()  # of time-stamping authorities: they vouch for times and nothing else
    own: tuple[x509.Certificate, ...] = field(default=(), repr=False)  # the vault's seals: demo and sandbox only

    def manager(self) -> SimpleTrustManager:
        """All certificates a chain may end at."""
        services = self.listed.certificates if self.listed else ()
        return SimpleTrustManager.build(trust_roots=[*self.anchors, *services, *self.own])

    def stamping_manager(self) -> SimpleTrustManager:
        """All certificates the chain of a time stamp may end at."""
        return SimpleTrustManager.build(trust_roots=[*self.anchors, *self.stamping])

    def assessor(self) -> QualificationAssessor:
        """What the trusted list says of a path; without a list nothing is qualified."""
        return QualificationAssessor(self.listed.registry if self.listed else TSPRegistry())

    def revocations(self) -> list[CRLContainer]:
        """The revocation lists that lie in the operator's folder now. Raises TrustUnreadable."""
        return [CRLContainer(crl_data=one) for one in self.lists()]

    def lists(self) -> tuple[crl.CertificateList, ...]:
        """The same as they lie there. Raises TrustUnreadable."""
        return tuple(_crls(self.revocation_directory)) if self.revocation_directory else ()

    def is_own(self, certificate: x509.Certificate) -> bool:
        """Whether a certificate is one of the vault's seals."""
        return any(one.sha256 == certificate.sha256 for one in self.own)


def read_trust(settings: TrustSettings, own: Iterable[bytes] = (), stamping: Iterable[bytes] = ()) -> Trust:
    """Read what the configuration names. Raises TrustUnreadable.

    ``own`` are the vault's seal certificates, ``stamping`` the time-stamping authorities' (DER).
    """
    listed = None
    if settings.trusted_list_file is not None:
        signers = [one for path in settings.trusted_list_certificates for one in _certificates(path)]
        listed = read_list(_read(settings.trusted_list_file), signers)
    return Trust(
        anchors=tuple(one for path in settings.anchors for one in _certificates(path)),
        listed=listed,
        revocation_directory=settings.revocation_directory,
        stamping=tuple(x509.Certificate.load(der) for der in stamping),
        own=tuple(x509.Certificate.load(der) for der in own),
    )


def _certificates(path: Path) -> list[x509.Certificate]:
    try:
        found = [x509.Certificate.load(der) for der in _unarmored(_read(path))]
        _ = [one.subject.human_friendly for one in found]  # parsed now, not at the first notice
    except (ValueError, TypeError) as error:
        raise TrustUnreadable(f"{path} holds no certificate (PEM or DER).") from error
    return found


def _crls(directory: Path) -> Iterator[crl.CertificateList]:
    for path in sorted(directory.glob("*.crl")):
        try:
            for der in _unarmored(_read(path)):
                found = crl.CertificateList.load(der)
                _ = found.issuer.human_friendly
                yield found
        except (ValueError, TypeError) as error:
            raise TrustUnreadable(f"{path} is no revocation list (PEM or DER).") from error


def _unarmored(data: bytes) -> list[bytes]:
    return [der for _, _, der in pem.unarmor(data, multiple=True)] if pem.detect(data) else [data]


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(_LARGEST_CRL)
    except OSError as error:
        raise TrustUnreadable(f"{path} cannot be read: {error.strerror}.") from error
