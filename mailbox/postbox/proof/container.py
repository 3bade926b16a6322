"""The container: ASiC-E with CAdES (ETSI EN 319 162-1, 4.4): any signature program opens it and names its signer.

``META-INF/ASiCManifest.xml`` states the SHA-256 of every member but itself, its signature and ``mimetype``;
``META-INF/signature001.p7s`` signs it. Both are made of the members alone, so nothing can hide in them.
"""

import base64
import hashlib
import hmac
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from cryptography import x509

from keys.cades import DetachedSignature, sign_detached, verify_detached
from keys.keyring import Key
from postbox.errors import EvidenceInvalid

MIMETYPE: Final = "mimetype"
MEDIA_TYPE: Final = "application/vnd.etsi.asic-e+zip"
MANIFEST: Final = "META-INF/ASiCManifest.xml"
SIGNATURE: Final = "META-INF/signature001.p7s"
OWN: Final = frozenset({MIMETYPE, MANIFEST, SIGNATURE})
_ASIC: Final = "http://uri.etsi.org/02918/v1.2.1#"
_XMLDSIG: Final = "http://www.w3.org/2000/09/xmldsig#"
_SHA256: Final = "http://www.w3.org/2001/04/xmlenc#sha256"
_TYPES: Final[Mapping[str, str]] = {
    "json": "application/json",
    "jwt": "application/jwt",
    "pdf": "application/pdf",
    "tst": "application/vnd.etsi.timestamp-token",
    "txt": "text/plain",
}


def enclosed(members: Mapping[str, bytes], key: Key, at: datetime) -> dict[str, bytes]:
    """These members in a container, signed by an ``EVIDENCE_SEALING`` key. Raises KeyNotValid."""
    manifest = manifest_of(members)
    signed = sign_detached(key, manifest, at)
    return {MIMETYPE: MEDIA_TYPE.encode(), MANIFEST: manifest, SIGNATURE: signed, **members}


def check_container(members: Mapping[str, bytes], anchors: Sequence[x509.Certificate]) -> DetachedSignature:
    """Return the signature if the container is whole. Raises EvidenceInvalid, SignatureInvalid."""
    content = {name: data for name, data in members.items() if name not in OWN}
    if not members.keys() >= OWN:
        raise EvidenceInvalid("The container is not complete.", code="container-incomplete")
    if members[MIMETYPE] != MEDIA_TYPE.encode():
        raise EvidenceInvalid("The container does not say what it is.", code="container-mimetype")
    if not hmac.compare_digest(members[MANIFEST], manifest_of(content)):
        raise EvidenceInvalid("The container's manifest is about other members.", code="container-manifest")
    return verify_detached(members[SIGNATURE], members[MANIFEST], anchors)


def manifest_of(members: Mapping[str, bytes]) -> bytes:
    """ASiCManifest of these members, in the order of their names; the names need no escape (``unpack``)."""
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f'<asic:ASiCManifest xmlns:asic="{_ASIC}" xmlns:ds="{_XMLDSIG}">',
        f'<asic:SigReference URI="{SIGNATURE}" MimeType="application/pkcs7-signature"/>',
        *(_reference(name, members[name]) for name in sorted(members)),
        "</asic:ASiCManifest>",
    ]
    return ("\n".join(lines) + "\n").encode()


def _reference(name: str, data: bytes) -> str:
    digest = base64.b64encode(hashlib.sha256(data).digest()).decode()
    media_type = _TYPES.get(name.rpartition(".")[2].lower(), "application/octet-stream")
    return (
        f'<asic:DataObjectReference URI="{name}" MimeType="{media_type}">'
        f'<ds:DigestMethod Algorithm="{_SHA256}"/><ds:DigestValue>{digest}</ds:DigestValue>'
        "</asic:DataObjectReference>"
    )
