"""Trust anchors: whose signatures count. They come from the verifier's own side, never with the thing verified.

As a file (``anchors.json``)::

    {"format": "postbox-anchors-2", "issuer": "https://postbox.example",
     "receipt_keys": {"keys": [...]}, "log_keys": ["name+id+key"], "container_certificates": ["PEM"],
     "time_stamp_certificates": ["PEM"], "witness_keys": ["name+id+key"]}

``receipt_keys`` is a JSON Web Key Set (RFC 7517), each of ``log_keys`` and ``witness_keys`` a verifier key (C2SP
signed-note). Format 1 had neither certificates nor witnesses, and is read still. Which authorities and witnesses the
operator names is the operator's word: whoever verifies may cross one out or add one.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from keys.jwk import public_jwks
from keys.keyring import Keyring, Purpose
from postbox.errors import EvidenceInvalid
from postbox.proof.canonical import canonical_json, read_json
from postbox.proof.log import verifier_key
from postbox.proof.notes import COSIGNATURE, read_verifier_key
from postbox.proof.stamping import StampingList

FORMAT: Final = "postbox-anchors-2"
_OLD_FORMAT: Final = "postbox-anchors-1"
_OLD_MEMBERS: Final = {"format", "issuer", "receipt_keys", "log_keys"}
_LATER: Final = ("container_certificates", "time_stamp_certificates", "witness_keys")
Certificates = tuple[x509.Certificate, ...]


@dataclass(frozen=True, kw_only=True)
class Anchors:
    """One postbox that the verifier trusts, and the outsiders whose word about its log counts."""

    issuer: str
    receipt_keys: Mapping[str, Any]
    log_keys: tuple[str, ...]
    container_certificates: Certificates = ()
    time_stamp_certificates: Certificates = ()
    witness_keys: tuple[str, ...] = ()
    stamping: StampingList | None = None  # the verifier's own trusted list; it has a file and a signer of its own

    @classmethod
    def of(
        cls,
        keyring: Keyring,
        *,
        issuer: str,
        log_origin: str,
        at: datetime,
        time_stamps: Certificates = (),
        witnesses: tuple[str, ...] = (),
    ) -> "Anchors":
        """The anchors a postbox publishes: every key that has signed and has not been destroyed, and its outsiders."""
        sealing = keyring.published(Purpose.EVIDENCE_SEALING, at)
        return cls(
            issuer=issuer,
            receipt_keys=public_jwks(keyring, (Purpose.RECEIPT_SIGNING,), at),
            log_keys=tuple(verifier_key(log_origin, key) for key in keyring.published(Purpose.LOG_SIGNING, at)),
            container_certificates=tuple(key.certificate for key in sealing if key.certificate),
            time_stamp_certificates=time_stamps,
            witness_keys=witnesses,
        )

    def to_json(self) -> bytes:
        """The file's bytes (canonical JSON)."""
        return canonical_json(
            {
                "format": FORMAT,
                "issuer": self.issuer,
                "receipt_keys": dict(self.receipt_keys),
                "log_keys": list(self.log_keys),
                "container_certificates": [_pem(one) for one in self.container_certificates],
                "time_stamp_certificates": [_pem(one) for one in self.time_stamp_certificates],
                "witness_keys": list(self.witness_keys),
            }
        )

    @classmethod
    def from_json(cls, data: bytes) -> "Anchors":
        """Read a file of anchors; every part must be there and usable. Raises EvidenceInvalid."""
        value = read_json(data)
        old = value.get("format") == _OLD_FORMAT
        wanted = _OLD_MEMBERS if old else _OLD_MEMBERS | set(_LATER)
        if set(value) != wanted or value["format"] not in (FORMAT, _OLD_FORMAT) or not isinstance(value["issuer"], str):
            raise _invalid()
        keys = value["receipt_keys"]
        if not isinstance(keys, dict) or not isinstance(keys.get("keys"), list) or not keys["keys"]:
            raise _invalid()
        logs, (containers, stamps, witnesses) = (
            _texts(value["log_keys"]),
            (_texts(value.get(name, [])) for name in _LATER),
        )
        for log in logs:
            read_verifier_key(log)
        for witness in witnesses:
            read_verifier_key(witness, COSIGNATURE)
        return cls(
            issuer=value["issuer"],
            receipt_keys=keys,
            log_keys=logs,
            container_certificates=_certificates(containers),
            time_stamp_certificates=_certificates(stamps),
            witness_keys=witnesses,
        )


def _texts(value: object) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise _invalid()
    return tuple(value)


def _certificates(texts: tuple[str, ...]) -> Certificates:
    try:
        return tuple(x509.load_pem_x509_certificate(text.encode()) for text in texts)
    except ValueError:
        raise _invalid() from None


def _pem(certificate: x509.Certificate) -> str:
    return certificate.public_bytes(Encoding.PEM).decode()


def _invalid() -> EvidenceInvalid:
    return EvidenceInvalid("These are not trust anchors.", code="anchors-invalid")
