"""New keys: one way per purpose."""

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePrivateKey, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key as generate_rsa_key

from keys.certificates import seal_certificate, self_signed
from keys.jwk import thumbprint
from keys.keyring import ALGORITHMS, Key, PrivateKey, Purpose

SECRET_BYTES = 32
RSA_BITS = 3072  # BSI TR-02102-1: at least 3000 bits
CERTIFICATE_LIFE = timedelta(days=3 * 365)

# RFC 5280 4.1.2.5: no well-defined end. It is pinned, and what it signed is judged for decades.
_NO_END = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)

_CERTIFIED = frozenset({Purpose.SAML_SIGNING, Purpose.SAML_ENCRYPTION, Purpose.EVIDENCE_SEALING})


def _rsa() -> RSAPrivateKey:
    return generate_rsa_key(public_exponent=65537, key_size=RSA_BITS)


def _p256() -> PrivateKey:
    return generate_private_key(SECP256R1())


_GENERATORS: Mapping[str, Callable[[], PrivateKey]] = {
    "ES256": _p256,
    "ECDH-ES+A256KW": _p256,
    "RS256": _rsa,
    "RSA-OAEP": _rsa,
    "Ed25519": Ed25519PrivateKey.generate,
}


@dataclass(frozen=True, kw_only=True)
class Owner:
    """The authority whose seal a key makes."""

    ars: str
    name: str


NOBODY = Owner(ars="", name="idgateway")


def mint(purpose: Purpose, at: datetime, begins: datetime | None = None, owner: Owner = NOBODY) -> Key:
    """A fresh key of the purpose's kind, made at ``at``, used from ``begins`` or at once, with an open end (aware UTC).

    ``owner`` stands in the certificate of a sealing key. The id is the RFC 7638 thumbprint's first 16 characters; a
    symmetric key gets 16 random ones.
    """
    algorithm = ALGORITHMS[purpose]
    if algorithm not in _GENERATORS:
        secret = secrets.token_bytes(SECRET_BYTES)
        kid = secrets.token_urlsafe(12)
        return Key(kid=kid, purpose=purpose, algorithm=algorithm, not_before=begins or at, material=secret)
    private_key = _GENERATORS[algorithm]()
    return Key(
        kid=thumbprint(private_key.public_key()),
        purpose=purpose,
        algorithm=algorithm,
        not_before=begins or at,
        # It is shown from now on, so it is valid from now on.
        certificate=_certificate(purpose, private_key, at, owner),
        material=private_key,
    )


def _certificate(purpose: Purpose, private_key: PrivateKey, at: datetime, owner: Owner) -> x509.Certificate | None:
    if purpose is Purpose.DOCUMENT_SEALING and isinstance(private_key, EllipticCurvePrivateKey):
        until = at + CERTIFICATE_LIFE
        return seal_certificate(private_key, owner=owner.ars, name=owner.name, not_before=at, not_after=until)
    if purpose not in _CERTIFIED or not isinstance(private_key, RSAPrivateKey | EllipticCurvePrivateKey):
        return None
    return self_signed(
        private_key,
        common_name=f"idgateway {purpose}",
        not_before=at,
        not_after=_NO_END if purpose is Purpose.EVIDENCE_SEALING else at + CERTIFICATE_LIFE,
        encryption=purpose is Purpose.SAML_ENCRYPTION,
    )
