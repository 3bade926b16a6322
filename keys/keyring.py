"""Which key serves which purpose at which time. Pure: no file, no clock."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey

from keys.errors import KeyMissing, KeyNotValid

PrivateKey = EllipticCurvePrivateKey | RSAPrivateKey | Ed25519PrivateKey
PublicKey = EllipticCurvePublicKey | RSAPublicKey | Ed25519PublicKey


class Purpose(StrEnum):
    """What a key is for. One key, one purpose."""

    TOKEN_SIGNING = "token-signing"  # noqa: S105 - a name, no secret
    TOKEN_SIGNING_RS256 = "token-signing-rs256"  # noqa: S105
    SAML_SIGNING = "saml-signing"
    SAML_ENCRYPTION = "saml-encryption"
    CLIENT_AUTHENTICATION = "client-authentication"
    ADDRESS_ENCRYPTION = "address-encryption"
    RECEIPT_SIGNING = "receipt-signing"
    LOG_SIGNING = "log-signing"
    EVIDENCE_SEALING = "evidence-sealing"
    WITNESS_SIGNING = "witness-signing"
    CONTENT_SEALING = "content-sealing"
    FIELD_SEALING = "field-sealing"
    DERIVATION = "derivation"
    DOCUMENT_SEALING = "document-sealing"  # one key per authority: the seal is its own, so a certificate names it


GATE_PURPOSES: tuple[Purpose, ...] = (
    Purpose.TOKEN_SIGNING,
    Purpose.TOKEN_SIGNING_RS256,
    Purpose.SAML_SIGNING,
    Purpose.SAML_ENCRYPTION,
    Purpose.CLIENT_AUTHENTICATION,
    Purpose.FIELD_SEALING,
    Purpose.DERIVATION,
)
POSTBOX_PURPOSES: tuple[Purpose, ...] = (
    Purpose.CLIENT_AUTHENTICATION,
    Purpose.ADDRESS_ENCRYPTION,
    Purpose.RECEIPT_SIGNING,
    Purpose.LOG_SIGNING,
    Purpose.EVIDENCE_SEALING,
    Purpose.CONTENT_SEALING,
    Purpose.FIELD_SEALING,
    Purpose.DERIVATION,
)

ALGORITHMS: Mapping[Purpose, str] = MappingProxyType(
    {
        Purpose.TOKEN_SIGNING: "ES256",
        Purpose.TOKEN_SIGNING_RS256: "RS256",
        Purpose.SAML_SIGNING: "RS256",  # the same key also signs PS256 where a profile asks for it
        Purpose.SAML_ENCRYPTION: "RSA-OAEP",
        Purpose.CLIENT_AUTHENTICATION: "ES256",
        Purpose.ADDRESS_ENCRYPTION: "ECDH-ES+A256KW",
        Purpose.RECEIPT_SIGNING: "ES256",
        Purpose.LOG_SIGNING: "Ed25519",
        Purpose.EVIDENCE_SEALING: "ES256",
        Purpose.WITNESS_SIGNING: "Ed25519",
        Purpose.CONTENT_SEALING: "A256GCM",
        Purpose.FIELD_SEALING: "A256GCM",
        Purpose.DERIVATION: "HS256",
        Purpose.DOCUMENT_SEALING: "ES256",
    }
)

# Whose new key can be announced: others read its public half before it signs. An encryption key needs no such wait: it
# opens from the moment it is published, and the one before goes on opening.
ANNOUNCED: frozenset[Purpose] = frozenset(
    {
        Purpose.TOKEN_SIGNING,
        Purpose.TOKEN_SIGNING_RS256,
        Purpose.SAML_SIGNING,
        Purpose.CLIENT_AUTHENTICATION,
        Purpose.RECEIPT_SIGNING,
        Purpose.LOG_SIGNING,
        Purpose.EVIDENCE_SEALING,
    }
)

# How long a rotated key still opens and verifies. None: until it is destroyed, because what it sealed or signed lasts.
RETENTION: Mapping[Purpose, timedelta | None] = MappingProxyType(
    {
        Purpose.TOKEN_SIGNING: timedelta(days=100),  # delivery addresses are valid for 90 days
        Purpose.TOKEN_SIGNING_RS256: timedelta(days=2),
        Purpose.SAML_SIGNING: timedelta(days=30),  # until the identity provider has read the new metadata
        Purpose.SAML_ENCRYPTION: timedelta(days=30),
        Purpose.CLIENT_AUTHENTICATION: timedelta(days=2),
        Purpose.ADDRESS_ENCRYPTION: timedelta(days=100),
        Purpose.RECEIPT_SIGNING: None,
        Purpose.LOG_SIGNING: None,
        Purpose.EVIDENCE_SEALING: None,
        Purpose.WITNESS_SIGNING: None,
        Purpose.CONTENT_SEALING: None,
        Purpose.FIELD_SEALING: None,
        Purpose.DERIVATION: None,
        Purpose.DOCUMENT_SEALING: None,
    }
)


@dataclass(frozen=True, kw_only=True)
class Key:
    """One key with its purpose and window ``not_before <= at < not_after`` (aware UTC; None: open end).

    ``material`` is the private key object, or the bytes of a symmetric key; it is never printed and never compared.
    """

    kid: str
    purpose: Purpose
    algorithm: str
    not_before: datetime
    not_after: datetime | None = None
    certificate: x509.Certificate | None = field(default=None, compare=False, repr=False)
    material: PrivateKey | bytes = field(repr=False, compare=False)

    @property
    def public_key(self) -> PublicKey:
        """The public half. Raises KeyNotValid for a symmetric key."""
        return self.private_key.public_key()

    @property
    def private_key(self) -> PrivateKey:
        """The parsed private key. Raises KeyNotValid for a symmetric key."""
        if isinstance(self.material, bytes):
            raise KeyNotValid("key-is-symmetric", f"{self.purpose} has no public half")
        return self.material

    @property
    def secret(self) -> bytes:
        """The bytes of a symmetric key. Raises KeyNotValid for an asymmetric one."""
        if not isinstance(self.material, bytes):
            raise KeyNotValid("key-is-asymmetric", f"{self.purpose} is no symmetric key")
        return self.material

    def usable_at(self, at: datetime) -> bool:
        """Whether ``at`` (aware UTC) lies in the window."""
        return self.not_before <= at and (self.not_after is None or at < self.not_after)


class Keyring:
    """All keys of one house, chosen by purpose and time. Built once at the start and handed in."""

    def __init__(self, keys: Iterable[Key]) -> None:
        """Take the keys in any order; the same id twice for one purpose raises KeyNotValid."""
        self._by_purpose: dict[Purpose, list[Key]] = {}
        self._by_id: dict[tuple[Purpose, str], Key] = {}
        for key in sorted(keys, key=lambda key: key.not_before, reverse=True):
            if (key.purpose, key.kid) in self._by_id:
                raise KeyNotValid("key-id-twice", f"{key.purpose} {key.kid}")
            self._by_purpose.setdefault(key.purpose, []).append(key)
            self._by_id[key.purpose, key.kid] = key

    def __iter__(self) -> Iterator[Key]:
        return iter(self._by_id.values())

    def current(self, purpose: Purpose, at: datetime) -> Key:
        """The key that signs and seals at ``at``: the newest within its window. Raises KeyMissing, KeyNotValid."""
        if purpose not in self._by_purpose:
            raise KeyMissing("key-missing", f"no key for {purpose}")
        usable = self.usable(purpose, at)
        if not usable:
            raise KeyNotValid("key-not-in-window", f"no key for {purpose} is valid at {at.isoformat()}")
        return usable[0]

    def usable(self, purpose: Purpose, at: datetime) -> tuple[Key, ...]:
        """All keys that may still open or verify at ``at``, the newest first; possibly none."""
        return tuple(key for key in self._by_purpose.get(purpose, ()) if key.usable_at(at))

    def published(self, purpose: Purpose, at: datetime) -> tuple[Key, ...]:
        """All keys whose public half others shall know at ``at``: the usable ones and those that begin later."""
        return tuple(key for key in self._by_purpose.get(purpose, ()) if key.usable_at(at) or at < key.not_before)

    def by_id(self, kid: str, purpose: Purpose) -> Key:
        """The key of this id, whatever its window: what it sealed stays readable. Raises KeyMissing."""
        try:
            return self._by_id[purpose, kid]
        except KeyError:
            raise KeyMissing("key-id-unknown", f"no {purpose} key {kid!r}") from None
