"""Each account's own key and secret, made when it is first met; and its metadata."""

import base64
import hashlib
import hmac
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.hazmat.primitives.serialization import Encoding
from lxml import etree

from idgateway.simulator.accounts.kinds import KINDS, Kind
from idgateway.simulator.identity import pairwise_secret, replace_file, signing_pair
from idgateway.simulator.names import DS, MD, PERSISTENT, POST_BINDING, REDIRECT_BINDING, SAMLP
from idgateway.simulator.protection import Signer
from idgateway.simulator.tree import child


@dataclass(frozen=True, kw_only=True)
class Keys:
    """What one account signs with, and what its identifiers come from."""

    signer: Signer
    secret: bytes = field(repr=False)

    def pairwise(self, service: str, holder: str) -> str:
        """The identifier of one holder for one service: always the same, and another for every other service."""
        return hmac.new(self.secret, f"{service}\n{holder}".encode(), hashlib.sha256).hexdigest()[:40]


def prepare(directory: Path, base_url: str) -> dict[str, Path]:
    """Make what is missing for both accounts; gives each one's metadata file by its kind's key."""
    return {kind.key: _metadata_file(directory, base_url, kind) for kind in KINDS.values()}


def keys_of(directory: Path, kind: Kind) -> Keys:
    """The account's key and secret; made where they are missing."""
    folder = directory / kind.key
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    key, certificate = signing_pair(folder)
    return Keys(signer=Signer(key=key, certificate=certificate), secret=pairwise_secret(folder))


def metadata(keys: Keys, base_url: str, kind: Kind) -> bytes:
    """The account's metadata: one signing key, both bindings, persistent names, signed requests wanted."""
    root = etree.Element(etree.QName(MD, "EntityDescriptor"), nsmap={"md": MD, "ds": DS})
    root.set("entityID", kind.entity_id(base_url))
    role = child(root, MD, "IDPSSODescriptor", WantAuthnRequestsSigned="true", protocolSupportEnumeration=SAMLP)
    data = child(child(child(role, MD, "KeyDescriptor", use="signing"), DS, "KeyInfo"), DS, "X509Data")
    der = keys.signer.certificate.public_bytes(Encoding.DER)
    child(data, DS, "X509Certificate").text = base64.b64encode(der).decode()
    if kind.logs_out:
        child(role, MD, "SingleLogoutService", Binding=POST_BINDING, Location=kind.slo_url(base_url))
    child(role, MD, "NameIDFormat").text = PERSISTENT
    for binding in (POST_BINDING, REDIRECT_BINDING):
        child(role, MD, "SingleSignOnService", Binding=binding, Location=kind.sso_url(base_url))
    return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8"))


def _metadata_file(directory: Path, base_url: str, kind: Kind) -> Path:
    path = directory / kind.key / "idp-metadata.xml"
    replace_file(path, metadata(keys_of(directory, kind), base_url, kind))
    return path
