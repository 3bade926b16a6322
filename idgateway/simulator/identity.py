"""Who the stand-in is: an RSA key, a certificate that says Simulator, a secret for identifiers, metadata."""

import os
import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID

from idgateway.simulator.metadata import idp_metadata

_SIGNING, _CERTIFICATE, _SECRET, _STAFF = "signing.pem", "signing.crt", "pairwise.secret", "staff-signing.pem"
_LIFETIME = timedelta(days=3650)


@dataclass(frozen=True, kw_only=True)
class Identity:
    """The stand-in's keys, loaded once; nothing secret shows in ``repr``."""

    entity_id: str
    certificate: x509.Certificate
    key: rsa.RSAPrivateKey = field(repr=False)
    pairwise_secret: bytes = field(repr=False)
    staff_key: ec.EllipticCurvePrivateKey = field(repr=False)


def entity_id_of(base_url: str) -> str:
    """The stand-in's entityID, which is also where its metadata stand."""
    return base_url + "/idp"


def prepare(directory: Path, base_url: str) -> Path:
    """Create what is missing in ``directory`` and return the path of ``idp-metadata.xml``; existing keys are kept."""
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    _, certificate = signing_pair(directory)
    if not (directory / _STAFF).exists():
        _keep(directory / _STAFF, _pem(ec.generate_private_key(ec.SECP256R1())))
    pairwise_secret(directory)
    path = directory / "idp-metadata.xml"
    replace_file(path, idp_metadata(base_url, entity_id_of(base_url), certificate))
    return path


def signing_pair(directory: Path) -> tuple[rsa.RSAPrivateKey, x509.Certificate]:
    """The RSA key of a directory with its certificate; made where they are missing."""
    if not (directory / _SIGNING).exists():
        _keep(directory / _SIGNING, _pem(rsa.generate_private_key(public_exponent=65537, key_size=3072)))
    if not (directory / _CERTIFICATE).exists():
        certificate = certify(_load_rsa(directory), now=datetime.now(UTC))
        _keep(directory / _CERTIFICATE, certificate.public_bytes(serialization.Encoding.PEM))
    return _load_rsa(directory), x509.load_pem_x509_certificate((directory / _CERTIFICATE).read_bytes())


def pairwise_secret(directory: Path) -> bytes:
    """What identifiers come from; made where it is missing."""
    _keep(directory / _SECRET, secrets.token_bytes(32))
    return (directory / _SECRET).read_bytes()


def load(directory: Path, base_url: str) -> Identity:
    """Read a prepared directory. Raises FileNotFoundError where ``prepare`` has not been."""
    staff = serialization.load_pem_private_key((directory / _STAFF).read_bytes(), password=None)
    if not isinstance(staff, ec.EllipticCurvePrivateKey):
        raise TypeError(f"{_STAFF} holds no elliptic curve key")
    return Identity(
        entity_id=entity_id_of(base_url),
        certificate=x509.load_pem_x509_certificate((directory / _CERTIFICATE).read_bytes()),
        key=_load_rsa(directory),
        pairwise_secret=(directory / _SECRET).read_bytes(),
        staff_key=staff,
    )


def certify(key: rsa.RSAPrivateKey, *, now: datetime) -> x509.Certificate:
    """A self-signed certificate whose every name says that nothing here is real."""
    name = x509.Name(
        [
            x509.NameAttribute(NameOID.COMMON_NAME, "Simulator - keine echte BundID"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "idgateway simulator, for tests only"),
        ]
    )
    builder = x509.CertificateBuilder(subject_name=name, issuer_name=name, public_key=key.public_key())
    builder = builder.serial_number(x509.random_serial_number())
    builder = builder.not_valid_before(now - timedelta(days=1)).not_valid_after(now + _LIFETIME)
    return builder.sign(key, hashes.SHA256())


def _load_rsa(directory: Path) -> rsa.RSAPrivateKey:
    return _rsa((directory / _SIGNING).read_bytes())


@lru_cache(maxsize=4)
def _rsa(pem: bytes) -> rsa.RSAPrivateKey:
    """OpenSSL checks an RSA key whenever one is loaded, which takes a tenth of a second: each key once in a process."""
    key = serialization.load_pem_private_key(pem, password=None)
    if not isinstance(key, rsa.RSAPrivateKey):
        raise TypeError(f"{_SIGNING} holds no RSA key")
    return key


def _pem(key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _keep(path: Path, content: bytes) -> None:
    """Write only where nothing is yet; the loser of a race takes the winner's file."""
    if path.exists():
        return
    draft = _draft(path, content)
    try:
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()


def replace_file(path: Path, content: bytes) -> None:
    """Write a file whole or not at all, readable by us alone."""
    _draft(path, content).replace(path)


def _draft(path: Path, content: bytes) -> Path:
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(content)
    return draft
