"""One key as one JSON file, format 1: what stands in it, and the checks when it is read.

``{"format": "idgateway-key/1", "kid", "purpose", "algorithm", "not_before", "not_after", "material", "certificate"}``;
times are RFC 3339 with offset; ``material`` is PKCS#8 PEM or, for a symmetric key, base64; ``certificate`` PEM or null.
"""

import base64
import json
from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256
from typing import Any

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from keys.errors import CustodyRefused
from keys.jwk import thumbprint
from keys.keyring import ALGORITHMS, Key, PrivateKey, Purpose
from keys.minting import RSA_BITS, SECRET_BYTES

FORMAT = "idgateway-key/1"
_FIELDS = frozenset({"format", "kid", "purpose", "algorithm", "not_before", "not_after", "material", "certificate"})
_NULLABLE = frozenset({"not_after", "certificate"})
_FOUND_SOUND: set[bytes] = set()  # the SHA-256 of each private key that OpenSSL has checked in this process


def dump(key: Key) -> bytes:
    """The file's bytes."""
    content = {
        "format": FORMAT,
        "kid": key.kid,
        "purpose": key.purpose.value,
        "algorithm": key.algorithm,
        "not_before": key.not_before.isoformat(),
        "not_after": key.not_after.isoformat() if key.not_after else None,
        "material": _text(key.material),
        "certificate": key.certificate.public_bytes(Encoding.PEM).decode() if key.certificate else None,
    }
    return json.dumps(content, indent=1).encode() + b"\n"


def _text(material: PrivateKey | bytes) -> str:
    if isinstance(material, bytes):
        return base64.b64encode(material).decode()
    return material.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def parse(data: bytes) -> Key:
    """Read and check one key file; the first time an RSA key costs up to 0.1 s.

    Raises CustodyRefused where form, key and declared purpose do not fit each other.
    """
    try:
        content = json.loads(data)
        _check_form(content)
        key = _key(content)
    except (ValueError, TypeError, KeyError, UnsupportedAlgorithm) as error:
        # The exception's own text may quote the file; only its kind is safe to pass on.
        raise CustodyRefused("key-file-malformed", f"not a key file ({type(error).__name__})") from None
    _check_material(key)
    _check_window(key)
    _check_certificate(key)
    return key


def _check_form(content: Any) -> None:
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise CustodyRefused("key-file-format", f"the format is not {FORMAT}; a newer release may have written it")
    if set(content) != _FIELDS:
        raise CustodyRefused("key-file-malformed", "fields are missing or unknown")
    texts = [value for name, value in content.items() if value is not None or name not in _NULLABLE]
    if not all(isinstance(text, str) for text in texts):
        raise CustodyRefused("key-file-malformed", "a field is no text")


def _key(content: Mapping[str, Any]) -> Key:
    purpose = Purpose(content["purpose"])
    certificate = content["certificate"]
    not_after = content["not_after"]
    if content["algorithm"] != ALGORITHMS[purpose]:
        raise CustodyRefused("key-file-purpose", f"{purpose} is {ALGORITHMS[purpose]}")
    return Key(
        kid=str(content["kid"]),
        purpose=purpose,
        algorithm=content["algorithm"],
        not_before=datetime.fromisoformat(content["not_before"]),
        not_after=datetime.fromisoformat(not_after) if not_after else None,
        certificate=x509.load_pem_x509_certificate(certificate.encode()) if certificate else None,
        material=_material(content["material"]),
    )


def _material(text: str) -> PrivateKey | bytes:
    if not text.startswith("-----BEGIN"):
        return base64.b64decode(text, validate=True)
    private_key = _checked(text.encode())
    if not isinstance(private_key, EllipticCurvePrivateKey | RSAPrivateKey | Ed25519PrivateKey):
        raise CustodyRefused("key-file-purpose", "a kind of key that no purpose uses")
    return private_key


def _checked(pem: bytes) -> object:
    """OpenSSL checks an RSA key whenever one is loaded, which takes 0.1 s: the same bytes once in a process."""
    these = sha256(pem).digest()
    key = load_pem_private_key(pem, password=None, unsafe_skip_rsa_key_validation=these in _FOUND_SOUND)
    _FOUND_SOUND.add(these)
    return key


def _check_material(key: Key) -> None:
    if not _fits(key.material, key.algorithm):
        raise CustodyRefused("key-file-purpose", f"the key in the file is not fit for {key.algorithm}")
    if not isinstance(key.material, bytes) and key.kid != thumbprint(key.public_key):
        raise CustodyRefused("key-file-kid", "the id is not the key's thumbprint")


def _fits(material: PrivateKey | bytes, algorithm: str) -> bool:
    if isinstance(material, bytes):
        return algorithm in ("A256GCM", "HS256") and len(material) == SECRET_BYTES
    if isinstance(material, RSAPrivateKey):
        return algorithm in ("RS256", "RSA-OAEP") and material.key_size >= RSA_BITS
    if isinstance(material, EllipticCurvePrivateKey):
        return algorithm in ("ES256", "ECDH-ES+A256KW") and material.curve.name == "secp256r1"
    return algorithm == "Ed25519"


def _check_window(key: Key) -> None:
    times = [key.not_before, key.not_after or key.not_before]
    if any(time.tzinfo is None for time in times) or times[1] < times[0]:
        raise CustodyRefused("key-file-window", "times need an offset, and the end stands after the beginning")


def _check_certificate(key: Key) -> None:
    if key.certificate is not None and key.certificate.public_key() != key.public_key:
        raise CustodyRefused("key-file-certificate", "the certificate is not of this key")
